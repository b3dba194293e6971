package statetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"purser/state"
)

// Lists runs the suite of state.Lists. open returns an empty store, and what makes it hold cells at a changelog offset.
func Lists(t *testing.T, open func(t *testing.T) (list state.Lists, hold func(t *testing.T, changelog int64, cells ...state.Image))) {
	t.Run("cells are listed by the beginning of their keys, in order", func(t *testing.T) { listByPrefix(t, open) })
	t.Run("nothing is listed of a partition that holds nothing", func(t *testing.T) {
		list, _ := open(t)
		if got, at := listed(t, list, "a"); len(got) > 0 || at != 0 {
			t.Errorf("%v at %d", got, at)
		}
	})
	t.Run("many cells", func(t *testing.T) { listMany(t, open) })
	t.Run("the reader ends it", func(t *testing.T) {
		list, hold := open(t)
		hold(t, 10, cell("a1", "x", 0), cell("a2", "x", 0))
		enough, n := errors.New("enough"), 0
		_, err := list.List(t.Context(), part, "a", func(state.Image) error { n++; return enough })
		if !errors.Is(err, enough) || n != 1 {
			t.Errorf("%v after %d", err, n)
		}
	})
}

func listed(t *testing.T, list state.Lists, prefix string) (found []string, changelog int64) {
	t.Helper()
	changelog, err := list.List(t.Context(), part, prefix, func(i state.Image) error {
		found = append(found, i.Key+"="+string(i.Value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, changelog
}

func listByPrefix(t *testing.T, open func(t *testing.T) (state.Lists, func(*testing.T, int64, ...state.Image))) {
	list, hold := open(t)
	hold(t, 10, cell("a\x1facme\x1fw2", "2", 0), cell("a\x1facme\x1fw1", "1", 7), cell("a\x1facme\x1fé", "3", 0), cell("a\x1facme2\x1fw1", "4", 0), cell("b\x1facme\x1fw1", "5", 0),
		cell("a\x1f[x]*?\x1fw", "6", 0), cell("a\x1fx\x1fw", "7", 0))
	for prefix, want := range map[string][]string{
		"a\x1facme\x1f":   {"a\x1facme\x1fw1=1", "a\x1facme\x1fw2=2", "a\x1facme\x1fé=3"},
		"b":               {"b\x1facme\x1fw1=5"},
		"c":               nil,
		"a\x1f[x]*?\x1f":  {"a\x1f[x]*?\x1fw=6"}, // a name is no pattern
		"a\x1fx":          {"a\x1fx\x1fw=7"},
		"a\x1facme2\x1fw": {"a\x1facme2\x1fw1=4"},
	} {
		got, at := listed(t, list, prefix)
		if !slices.Equal(got, want) || at != 10 {
			t.Errorf("%q: %q at %d, want %q", prefix, got, at, want)
		}
	}
}

func listMany(t *testing.T, open func(t *testing.T) (state.Lists, func(*testing.T, int64, ...state.Image))) {
	list, hold := open(t)
	const n = 5000 // more than one command of a scan looks at
	cells := make([]state.Image, n)
	for i := range cells {
		cells[i] = cell(fmt.Sprintf("a%05d", n-1-i), "x", 0)
	}
	hold(t, 10, cells...)
	got, _ := listed(t, list, "a")
	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%d are listed, sorted: %v", len(got), slices.IsSorted(got))
	}
}
