package faultsim

import (
	"bytes"
	"testing"
)

// TestASeedIsOnePlan: a seed stands for the same plan each time, and different seeds for different ones.
func TestASeedIsOnePlan(t *testing.T) {
	seen := map[string]uint64{}
	for seed := range uint64(500) {
		var first, second bytes.Buffer
		PlanOf(seed).Write(&first)
		PlanOf(seed).Write(&second)
		if first.String() != second.String() {
			t.Fatalf("seed %d is two plans:\n%s\n%s", seed, &first, &second)
		}
		_, faults, _ := bytes.Cut(first.Bytes(), []byte("\n"))
		if other, is := seen[string(faults)]; is {
			t.Errorf("seeds %d and %d are one plan", other, seed)
		}
		seen[string(faults)] = seed
	}
}

// TestEveryFaultIsDrawn: no kind of fault is forgotten.
func TestEveryFaultIsDrawn(t *testing.T) {
	drawn := map[Action]bool{}
	for seed := range uint64(2000) {
		for _, f := range PlanOf(seed).Faults {
			drawn[f.Do] = true
		}
	}
	for a := range actions {
		if !drawn[a] {
			t.Errorf("no plan has: %s", a)
		}
	}
}
