package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestUsageAloneStaysAsItIs: figures that were measured with a seed can only be compared as long as it produces the same.
func TestUsageAloneStaysAsItIs(t *testing.T) {
	seeds := broker(t)
	makeTopics(t, seeds, "")
	if _, err := Run(t.Context(), mixed(seeds, "", "")); err != nil {
		t.Fatal(err)
	}
	const want = "db6498d7808ebfe368c735df19e7f6b867b98b8bd59d6925712c43e63417d7e6"
	if got := digest(t, seeds, ""); got != want {
		t.Errorf("what seed 7 produces has the digest %s, not %s", got, want)
	}
}

// digest is of all records of the inputs, each at its place.
func digest(t *testing.T, seeds []string, prefix string) string {
	t.Helper()
	var lines []string
	for at, r := range readTopics(t, seeds, prefix) {
		lines = append(lines, fmt.Sprint(at, string(r.Key), r.Headers, string(r.Value)))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
