package statetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"purser/state"
)

// CacheStore is a cache under test, and how to lose it.
type CacheStore struct {
	state.Cache
	Flush    func(t *testing.T)        // takes everything away
	Snapshot func(t *testing.T) func() // returns what brings back what is there now, as a failover to an old replica does
}

// Cache runs the suite. open returns an empty cache that lives as long as the test.
func Cache(t *testing.T, open func(t *testing.T) CacheStore) {
	cases := map[string]func(*testing.T, CacheStore){
		"a partition that was never written is not cached":           cacheEmpty,
		"values come back with the position":                         cacheRoundTrip,
		"a write from another position changes nothing":              cacheGap,
		"a stale owner changes nothing":                              cacheStaleOwner,
		"a reset starts anew, but never back":                        cacheReset,
		"after a flush it is not cached until a reset":               cacheFlush,
		"an old copy that comes back cannot be continued over a gap": cacheOldCopy,
		"partitions do not see each other":                           cacheApart,
		"a large write is one write":                                 cacheLarge,
		"of several writes from one position one is taken":           cacheRace,
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

func store(t *testing.T, c CacheStore, w state.CacheWrite) bool {
	t.Helper()
	w.Partition = part
	ok, err := c.Store(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// begin makes the cache hold a at position 10 for owner 5.
func begin(t *testing.T, c CacheStore) {
	t.Helper()
	if !store(t, c, state.CacheWrite{Owner: 5, To: 10, Reset: true, Images: []state.Image{cell("a", "at 10", 0)}}) {
		t.Fatal("an empty cache refused a reset")
	}
}

// cached asserts what the cache answers to keys a and b.
func cached(t *testing.T, c CacheStore, want string) {
	t.Helper()
	values, changelog, ok, err := c.Load(t.Context(), part, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	got := "not cached"
	if ok {
		got = fmt.Sprintf("%q %q @%d", values[0], values[1], changelog)
	}
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func cacheEmpty(t *testing.T, c CacheStore) {
	cached(t, c, "not cached")
	if store(t, c, state.CacheWrite{Owner: 5, From: 0, To: 10}) {
		t.Error("a write without reset was taken")
	}
	cached(t, c, "not cached")
}

func cacheRoundTrip(t *testing.T, c CacheStore) {
	begin(t, c)
	cached(t, c, `"at 10" "" @10`)
	if !store(t, c, state.CacheWrite{Owner: 5, From: 10, To: 20, Images: []state.Image{cell("b", "\x00\xff", 7)}}) {
		t.Error("the next write was refused")
	}
	cached(t, c, `"at 10" "\x00\xff" @20`)
	gone := state.Image{Key: "a", Value: state.AppendDeleted(nil)}
	if !store(t, c, state.CacheWrite{Owner: 5, From: 20, To: 30, Images: []state.Image{gone, cell("b", "at 30", 0)}}) {
		t.Error("the write that deletes was refused")
	}
	cached(t, c, `"" "at 30" @30`)
	if !store(t, c, state.CacheWrite{Owner: 5, From: 30, To: 31}) {
		t.Error("a write of nothing was refused")
	}
	cached(t, c, `"" "at 30" @31`)
	values, _, _, err := c.Load(t.Context(), part, []string{"a"})
	if err != nil || values[0] != nil {
		t.Errorf("a deleted cell is %v, %v", values[0], err)
	}
}

func cacheGap(t *testing.T, c CacheStore) {
	begin(t, c)
	for _, from := range []int64{0, 9, 11, 20} {
		if store(t, c, state.CacheWrite{Owner: 5, From: from, To: 30, Images: []state.Image{cell("a", "gap", 0)}}) {
			t.Errorf("a write from %d was taken at 10", from)
		}
	}
	cached(t, c, `"at 10" "" @10`)
}

func cacheStaleOwner(t *testing.T, c CacheStore) {
	begin(t, c)
	for _, reset := range []bool{false, true} {
		if store(t, c, state.CacheWrite{Owner: 4, From: 10, To: 20, Reset: reset, Images: []state.Image{cell("a", "stale", 0)}}) {
			t.Errorf("owner 4 wrote after owner 5 (reset %v)", reset)
		}
	}
	cached(t, c, `"at 10" "" @10`)
	if !store(t, c, state.CacheWrite{Owner: 9, From: 10, To: 20, Images: []state.Image{cell("a", "of 9", 0)}}) {
		t.Error("the next owner may go on where the last one stopped")
	}
	if store(t, c, state.CacheWrite{Owner: 5, From: 20, To: 30, Images: []state.Image{cell("a", "stale", 0)}}) {
		t.Error("owner 5 wrote after owner 9")
	}
	cached(t, c, `"of 9" "" @20`)
}

func cacheReset(t *testing.T, c CacheStore) {
	begin(t, c)
	if store(t, c, state.CacheWrite{Owner: 5, To: 9, Reset: true, Images: []state.Image{cell("b", "back", 0)}}) {
		t.Error("a reset went back")
	}
	cached(t, c, `"at 10" "" @10`)
	if !store(t, c, state.CacheWrite{Owner: 5, To: 50, Reset: true, Images: []state.Image{cell("b", "anew", 0)}}) {
		t.Error("a reset past what is held was refused")
	}
	cached(t, c, `"" "anew" @50`)
	if !store(t, c, state.CacheWrite{Owner: 6, To: 50, Reset: true}) {
		t.Error("a reset at the same position was refused")
	}
	cached(t, c, `"" "" @50`)
}

func cacheFlush(t *testing.T, c CacheStore) {
	begin(t, c)
	c.Flush(t)
	cached(t, c, "not cached")
	if store(t, c, state.CacheWrite{Owner: 5, From: 10, To: 20, Images: []state.Image{cell("b", "at 20", 0)}}) {
		t.Error("a write went on over what was lost")
	}
	cached(t, c, "not cached")
	if !store(t, c, state.CacheWrite{Owner: 5, To: 20, Reset: true, Images: []state.Image{cell("b", "at 20", 0)}}) {
		t.Error("a reset was refused")
	}
	cached(t, c, `"" "at 20" @20`)
}

func cacheOldCopy(t *testing.T, c CacheStore) {
	begin(t, c)
	restore := c.Snapshot(t)
	store(t, c, state.CacheWrite{Owner: 5, From: 10, To: 20, Images: []state.Image{cell("a", "at 20", 0)}})
	restore()
	cached(t, c, `"at 10" "" @10`)
	if store(t, c, state.CacheWrite{Owner: 5, From: 20, To: 30, Images: []state.Image{cell("b", "at 30", 0)}}) {
		t.Error("a write went on over what was lost")
	}
	if !store(t, c, state.CacheWrite{Owner: 5, To: 30, Reset: true, Images: []state.Image{cell("b", "at 30", 0)}}) {
		t.Error("a reset was refused")
	}
	cached(t, c, `"" "at 30" @30`)
}

func cacheApart(t *testing.T, c CacheStore) {
	begin(t, c)
	if _, _, ok, err := c.Load(t.Context(), part+1, []string{"a"}); ok || err != nil {
		t.Errorf("the next partition: %v, %v", ok, err)
	}
}

func cacheLarge(t *testing.T, c CacheStore) {
	const n = 15_001
	images, keys := make([]state.Image, n), make([]string, n)
	for i := range images {
		keys[i] = fmt.Sprintf("a\x1forg\x1fwallet-%05d", i)
		images[i] = cell(keys[i], fmt.Sprint("value ", i), 0)
	}
	begin(t, c)
	if !store(t, c, state.CacheWrite{Owner: 5, From: 10, To: 20, Images: images}) {
		t.Fatal("refused")
	}
	values, changelog, ok, err := c.Load(t.Context(), part, keys)
	if err != nil || !ok || changelog != 20 {
		t.Fatalf("at %d, %v, %v", changelog, ok, err)
	}
	for i, v := range values {
		if string(v) != fmt.Sprint("value ", i) {
			t.Fatalf("cell %d is %q", i, v)
		}
		images[i].Value = state.AppendDeleted(nil)
	}
	store(t, c, state.CacheWrite{Owner: 5, From: 20, To: 30, Images: images})
	values, _, _, err = c.Load(t.Context(), part, keys)
	if err != nil || slices.ContainsFunc(values, func(v []byte) bool { return v != nil }) {
		t.Errorf("not all are gone: %v", err)
	}
}

func cacheRace(t *testing.T, c CacheStore) {
	begin(t, c)
	var group sync.WaitGroup
	taken := make([]bool, 4)
	for i := range taken {
		group.Go(func() {
			ok, err := c.Store(t.Context(), state.CacheWrite{Partition: part, Owner: 5, From: 10, To: 20 + int64(i), Images: []state.Image{cell("a", fmt.Sprint("of ", i), 0)}})
			if err != nil {
				t.Error(err)
			}
			taken[i] = ok
		})
	}
	group.Wait()
	winner := slices.Index(taken, true)
	if winner < 0 || slices.Contains(taken[winner+1:], true) {
		t.Fatalf("taken: %v", taken)
	}
	cached(t, c, fmt.Sprintf(`"of %d" "" @%d`, winner, 20+winner))
}
