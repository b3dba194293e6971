// Package statetest holds one suite for each store interface of package state. Every implementation passes it whole.
package statetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/dedup"
)

// Checkpoint runs the suite. open returns an empty store that lives as long as the test.
func Checkpoint(t *testing.T, open func(t *testing.T) state.Checkpoint) {
	cases := map[string]func(*testing.T, state.Checkpoint){
		"an empty store is at the beginning":                        emptyStore,
		"a step moves position, cells and rows together":            stepMoves,
		"a step from another position changes nothing":              superseded,
		"of several steps from one position one is taken":           raceOfSteps,
		"a step that contradicts itself is refused":                 contradictions,
		"cells are replaced and deleted":                            replaceAndDelete,
		"values come with the position they were read at":           atomicReads,
		"due cells are those that wait for something":               dueCells,
		"partitions do not see each other":                          apart,
		"rows are read from anywhere, in order, until told to stop": rowsFromAnywhere,
		"identities are found in the pieces that are named":         findIdentities,
		"pieces are dropped with their runs":                        dropPieces,
		"a partition that is reset begins anew":                     resetOne,
		"a large step is one step":                                  largeStep,
		"bytes are kept as they are":                                hostileBytes,
		"an error of the reader comes back":                         readerErrors,
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// Histories runs the suite of state.Histories on a store that also is a checkpoint.
func Histories(t *testing.T, open func(t *testing.T) interface {
	state.Checkpoint
	state.Histories
}) {
	t.Run("an account's history is followed back", func(t *testing.T) { followHistory(t, open(t)) })
}

const part = 3

// step makes a save of so many rows and the given cells that continues from.
func step(from state.Position, rows int, cells ...state.Image) *state.Save {
	s := &state.Save{Partition: part, From: from, To: from, Cells: cells}
	s.To.Changelog += int64(len(cells)) + 1
	s.To.Ledger += int64(rows) + 1
	s.To.Txn++
	for range rows {
		s.To.Entry++
		s.Rows = append(s.Rows, row(s.To.Entry))
	}
	return s
}

func row(entry uint64) state.LedgerRow {
	return state.LedgerRow{
		Entry: entry, Offset: int64(entry) * 2, RecordedAt: core.Time(1_789_000_000_000_000 + entry*1000), Org: "org-ä",
		Body: fmt.Appendf(nil, `{"entry": %d, "type": "usage.recorded"}`, entry), Mark: []byte{0, 1, byte(entry)},
	}
}

func cell(key, value string, due core.Time) state.Image {
	return state.Image{Key: key, Value: []byte(value), NextDue: due}
}

func save(t *testing.T, c state.Checkpoint, s *state.Save) state.Position {
	t.Helper()
	if err := c.Save(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s.To
}

func position(t *testing.T, c state.Checkpoint, p int32) state.Position {
	t.Helper()
	positions, err := c.Positions(t.Context(), []int32{p})
	if err != nil {
		t.Fatal(err)
	}
	return positions[p]
}

func load(t *testing.T, c state.Checkpoint, keys ...string) ([]string, int64) {
	t.Helper()
	values, changelog, err := c.Load(t.Context(), part, keys)
	if err != nil {
		t.Fatal(err)
	}
	if len(values) != len(keys) {
		t.Fatalf("%d values for %d keys", len(values), len(keys))
	}
	got := make([]string, len(values))
	for i, v := range values {
		if v == nil {
			got[i] = "<nil>"
			continue
		}
		got[i] = string(v)
	}
	return got, changelog
}

func readRows(t *testing.T, c state.Checkpoint, from uint64) []state.LedgerRow {
	t.Helper()
	var rows []state.LedgerRow
	err := c.LedgerRows(t.Context(), part, from, func(r state.LedgerRow) (bool, error) {
		r.Body, r.Mark = bytes.Clone(r.Body), bytes.Clone(r.Mark)
		rows = append(rows, r)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func readCells(t *testing.T, c state.Checkpoint, p int32) (map[string]string, int64) {
	t.Helper()
	cells := map[string]string{}
	changelog, err := c.Cells(t.Context(), p, func(i state.Image) error {
		cells[i.Key] = fmt.Sprintf("%s@%d", i.Value, i.NextDue)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cells, changelog
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func emptyStore(t *testing.T, c state.Checkpoint) {
	positions, err := c.Positions(t.Context(), []int32{0, 7})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "positions", positions, map[int32]state.Position{0: {}, 7: {}})
	values, changelog := load(t, c, "a", "b")
	equal(t, "values", values, []string{"<nil>", "<nil>"})
	equal(t, "changelog", changelog, 0)
	equal(t, "rows", len(readRows(t, c, 0)), 0)
	known, err := c.Find(t.Context(), part, []state.Probe{{Pieces: []uint64{1}}})
	if err != nil || len(known) > 0 {
		t.Errorf("found %v, %v", known, err)
	}
}

func stepMoves(t *testing.T, c state.Checkpoint) {
	first := step(state.Position{}, 3, cell("a\x1fo\x1fx", "one", 0), cell("b", "two", 17))
	first.To.Sealed, first.To.SealedEntry, first.To.Pieces = 2, 1, 1
	at := save(t, c, first)
	equal(t, "position", position(t, c, part), first.To)
	at = save(t, c, step(at, 2))
	equal(t, "position after the second", position(t, c, part), at)
	equal(t, "rows", readRows(t, c, 1), []state.LedgerRow{row(1), row(2), row(3), row(4), row(5)})
	cells, changelog := readCells(t, c, part)
	equal(t, "cells", cells, map[string]string{"a\x1fo\x1fx": "one@0", "b": "two@17"})
	equal(t, "changelog", changelog, at.Changelog)
	values, changelog := load(t, c, "b", "none", "a\x1fo\x1fx", "b")
	equal(t, "values in the order asked", values, []string{"two", "<nil>", "one", "two"})
	equal(t, "changelog of the values", changelog, at.Changelog)
	only := step(at, 0) // a step of markers alone moves the position too
	save(t, c, only)
	equal(t, "position after an empty step", position(t, c, part), only.To)
}

func superseded(t *testing.T, c state.Checkpoint) {
	at := save(t, c, step(state.Position{}, 2, cell("a", "kept", 0)))
	stale := []state.Position{{}, at, at, at}
	stale[1].Changelog--
	stale[2].Ledger--
	stale[3].Changelog += 5
	for _, from := range stale {
		s := step(from, 0, cell("a", "stale", 9), cell("b", "stale", 0))
		if err := c.Save(t.Context(), s); !errors.Is(err, state.ErrSuperseded) {
			t.Errorf("from %+v: %v", from, err)
		}
	}
	equal(t, "position", position(t, c, part), at)
	cells, _ := readCells(t, c, part)
	equal(t, "cells", cells, map[string]string{"a": "kept@0"})
	equal(t, "rows", len(readRows(t, c, 0)), 2)
}

func raceOfSteps(t *testing.T, c state.Checkpoint) {
	at := state.Position{}
	for round := range 8 { // the first of them makes the partition
		var group sync.WaitGroup
		results := make([]error, 4)
		steps := make([]*state.Save, len(results))
		for i := range results {
			steps[i] = step(at, 1+i, cell("winner", fmt.Sprint(i), 0))
			group.Go(func() { results[i] = c.Save(t.Context(), steps[i]) })
		}
		group.Wait()
		winner := slices.Index(results, nil)
		for i, err := range results {
			if i != winner && !errors.Is(err, state.ErrSuperseded) {
				t.Fatalf("round %d, step %d: %v, and step %d was taken", round, i, err, winner)
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: no step was taken: %v", round, results)
		}
		at = steps[winner].To
		equal(t, "position", position(t, c, part), at)
		values, _ := load(t, c, "winner")
		equal(t, "cell", values, []string{fmt.Sprint(winner)})
		equal(t, "rows", uint64(len(readRows(t, c, 1))), at.Entry)
	}
}

func contradictions(t *testing.T, c state.Checkpoint) {
	at := save(t, c, step(state.Position{}, 2))
	hole := step(at, 2)
	hole.Rows = hole.Rows[1:]
	short := step(at, 2)
	short.To.Entry--
	back := step(at, 0)
	back.To.Changelog = at.Changelog - 1
	for name, s := range map[string]*state.Save{"hole": hole, "short": short, "back": back} {
		if err := c.Save(t.Context(), s); err == nil || errors.Is(err, state.ErrSuperseded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	equal(t, "position", position(t, c, part), at)
}

func replaceAndDelete(t *testing.T, c state.Checkpoint) {
	gone := func(key string) state.Image { return state.Image{Key: key, Value: state.AppendDeleted(nil)} }
	at := save(t, c, step(state.Position{}, 0, cell("a", "1", 5), cell("b", "1", 0), cell("c", "1", 5)))
	at = save(t, c, step(at, 0, cell("a", "2", 0), gone("b"), gone("never there"), cell("c", "2", 6)))
	cells, _ := readCells(t, c, part)
	equal(t, "cells", cells, map[string]string{"a": "2@0", "c": "2@6"})
	save(t, c, step(at, 0, cell("b", "again", 0), state.Image{Key: "c"})) // a tombstone deletes too
	cells, _ = readCells(t, c, part)
	equal(t, "cells", cells, map[string]string{"a": "2@0", "b": "again@0"})
}

// atomicReads saves cells whose value is the position they are saved with, and reads while it does.
func atomicReads(t *testing.T, c state.Checkpoint) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	group.Go(func() {
		defer stop()
		at := state.Position{}
		for range 60 {
			s := step(at, 0)
			value := fmt.Sprint(s.To.Changelog)
			s.Cells = []state.Image{cell("a", value, 1), cell("b", value, 2)}
			if err := c.Save(t.Context(), s); err != nil {
				t.Error(err)
				return
			}
			at = s.To
		}
	})
	for ctx.Err() == nil {
		values, changelog := load(t, c, "a", "b")
		want := fmt.Sprint(changelog)
		if changelog > 0 && !reflect.DeepEqual(values, []string{want, want}) {
			t.Fatalf("values %v came with position %d", values, changelog)
		}
		cells, changelog := readCells(t, c, part)
		if changelog > 0 && !reflect.DeepEqual(cells, map[string]string{"a": fmt.Sprint(changelog, "@1"), "b": fmt.Sprint(changelog, "@2")}) {
			t.Fatalf("cells %v came with position %d", cells, changelog)
		}
	}
	group.Wait()
}

func dueCells(t *testing.T, c state.Checkpoint) {
	at := save(t, c, step(state.Position{}, 0, cell("never", "v", 0), cell("later", "v", 1_789_000_000_000_000), cell("now", "v", core.DueNow), cell("done", "v", 4)))
	at = save(t, c, step(at, 0, cell("done", "v", 0), cell("never", "w", 0)))
	due := map[string]core.Time{}
	changelog, err := c.Due(t.Context(), part, func(key string, at core.Time) error {
		due[key] = at
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "due", due, map[string]core.Time{"later": 1_789_000_000_000_000, "now": core.DueNow})
	equal(t, "changelog", changelog, at.Changelog)
}

func apart(t *testing.T, c state.Checkpoint) {
	save(t, c, step(state.Position{}, 2, cell("a", "of 3", 5)))
	other := step(state.Position{}, 1, cell("a", "of 4", 6), cell("b", "of 4", 0))
	other.Partition = part + 1
	save(t, c, other)
	values, _ := load(t, c, "a", "b")
	equal(t, "values", values, []string{"of 3", "<nil>"})
	cells, _ := readCells(t, c, part+1)
	equal(t, "cells of the other", cells, map[string]string{"a": "of 4@6", "b": "of 4@0"})
	equal(t, "rows", len(readRows(t, c, 1)), 2)
	equal(t, "position of the other", position(t, c, part+1), other.To)
}

func rowsFromAnywhere(t *testing.T, c state.Checkpoint) {
	at := save(t, c, step(state.Position{}, 5))
	save(t, c, step(at, 5))
	equal(t, "from the middle", readRows(t, c, 5), []state.LedgerRow{row(5), row(6), row(7), row(8), row(9), row(10)})
	equal(t, "past the end", len(readRows(t, c, 11)), 0)
	var got []uint64
	err := c.LedgerRows(t.Context(), part, 2, func(r state.LedgerRow) (bool, error) {
		got = append(got, r.Entry)
		return len(got) < 3, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "until told to stop", got, []uint64{2, 3, 4})
}

// identity makes the n-th of a sequence of identities, as hashes are.
func identity(n uint64) (id core.Identity) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	copy(id[:], sum[:])
	return id
}

const sealSize = 4096 // several blocks of a run

// seal adds to s the piece that its rows from entry first on make; its identities are numbered from.
func seal(s *state.Save, number uint64, from uint64) *state.Save {
	sealer := dedup.NewSealer(sealSize, number-1)
	for i := range uint64(sealSize) {
		entry := s.To.Entry - sealSize + 1 + i
		k := state.Known{Identity: identity(from + i), Payload: 1<<63 + from + i, Entry: entry, Result: core.Refused, At: core.Time(entry * 1000)}
		if p := sealer.Add(k); p != nil {
			s.Sealed = append(s.Sealed, *p)
		}
	}
	s.To.Sealed, s.To.SealedEntry, s.To.Pieces = s.To.Ledger, s.To.Entry, number
	return s
}

func findIdentities(t *testing.T, c state.Checkpoint) {
	one := seal(step(state.Position{}, sealSize), 1, 0)
	at := save(t, c, one)
	two := seal(step(at, sealSize), 2, sealSize/2) // half of them again
	save(t, c, two)
	pieces, err := c.Pieces(t.Context(), part, 0)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "pieces", pieces, []state.Piece{one.Sealed[0].Piece, two.Sealed[0].Piece})
	pieces, err = c.Pieces(t.Context(), part, 1)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "pieces after the first", pieces, []state.Piece{two.Sealed[0].Piece})

	want := func(n uint64, entry uint64) state.Known {
		return state.Known{Identity: identity(n), Payload: 1<<63 + n, Entry: entry, Result: core.Refused, At: core.Time(entry * 1000)}
	}
	found, err := c.Find(t.Context(), part, []state.Probe{
		{Identity: identity(0), Pieces: []uint64{2, 1}},                // in the first
		{Identity: identity(sealSize), Pieces: []uint64{2, 1}},         // in the second
		{Identity: identity(sealSize - 1), Pieces: []uint64{2, 1}},     // in both: the latest
		{Identity: identity(sealSize - 2), Pieces: []uint64{1}},        // in both, one is asked
		{Identity: identity(1), Pieces: []uint64{2}},                   // in the other one
		{Identity: identity(1 << 40), Pieces: []uint64{1, 2}},          // in none
		{Identity: core.Identity{}, Pieces: []uint64{1, 2}},            // before the first of every run
		{Identity: identity(sealSize + 1), Pieces: []uint64{2, 99, 7}}, // some pieces are gone
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b state.Known) int { return int(int64(a.Entry) - int64(b.Entry)) })
	equal(t, "found", found, []state.Known{
		want(0, 1), want(sealSize-2, sealSize-1), want(sealSize-1, sealSize+sealSize/2),
		want(sealSize, sealSize+sealSize/2+1), want(sealSize+1, sealSize+sealSize/2+2),
	})
	everyRecordIsFound(t, c, one.Sealed[0].Run)
}

func everyRecordIsFound(t *testing.T, c state.Checkpoint, run []state.Known) {
	probes := make([]state.Probe, len(run))
	for i, k := range run {
		probes[i] = state.Probe{Identity: k.Identity, Pieces: []uint64{1}}
	}
	found, err := c.Find(t.Context(), part, probes)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b state.Known) int { return bytes.Compare(a.Identity[:], b.Identity[:]) })
	if !reflect.DeepEqual(found, run) {
		t.Errorf("a run of %d came back as %d others", len(run), len(found))
	}
}

func dropPieces(t *testing.T, c state.Checkpoint) {
	at := save(t, c, seal(step(state.Position{}, sealSize), 1, 0))
	at = save(t, c, seal(step(at, sealSize), 2, sealSize))
	drop := step(at, 0)
	drop.DropBefore = core.Time(sealSize*1000 + 1) // one past the last of the first piece
	save(t, c, drop)
	pieces, err := c.Pieces(t.Context(), part, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(pieces) != 1 || pieces[0].Number != 2 {
		t.Errorf("%d pieces are left", len(pieces))
	}
	found, err := c.Find(t.Context(), part, []state.Probe{{Identity: identity(5), Pieces: []uint64{1}}, {Identity: identity(sealSize + 5), Pieces: []uint64{1, 2}}})
	if err != nil || len(found) != 1 || found[0].Identity != identity(sealSize+5) {
		t.Errorf("found %+v, %v", found, err)
	}
}

func largeStep(t *testing.T, c state.Checkpoint) {
	const n = 20_000
	cells := make([]state.Image, n)
	for i := range cells {
		cells[i] = cell(fmt.Sprintf("a\x1forg\x1fwallet-%05d", i), fmt.Sprint("value ", i), core.Time(i%3))
	}
	at := save(t, c, step(state.Position{}, n, cells...))
	got, _ := readCells(t, c, part)
	equal(t, "cells", len(got), n)
	equal(t, "one of them", got["a\x1forg\x1fwallet-12345"], "value 12345@0")
	equal(t, "rows", len(readRows(t, c, 1)), n)
	for i := range cells {
		cells[i].Value = state.AppendDeleted(nil)
	}
	save(t, c, step(at, 0, cells...))
	got, _ = readCells(t, c, part)
	equal(t, "cells after they were deleted", len(got), 0)
}

// hostileBytes stores what a text column would refuse: NUL, invalid UTF-8, keys that differ in their last byte alone.
func hostileBytes(t *testing.T, c state.Checkpoint) {
	s := step(state.Position{}, 1, cell("a\x1f\x00\xff", "\x00\xfe", 0), cell("a\x1f\x00\xfe", "", 0))
	s.Rows[0].Body = []byte(`{"org":"\u0000","id":"ü"}`)
	s.Rows[0].Mark = []byte{0, 255}
	s.Rows[0].Org = "ü"
	save(t, c, s)
	values, _ := load(t, c, "a\x1f\x00\xff", "a\x1f\x00\xfe")
	equal(t, "values", values, []string{"\x00\xfe", ""})
	equal(t, "rows", readRows(t, c, 1), s.Rows)
}

func readerErrors(t *testing.T, c state.Checkpoint) {
	save(t, c, step(state.Position{}, 2, cell("a", "v", 1)))
	broken := errors.New("broken")
	if err := c.LedgerRows(t.Context(), part, 1, func(state.LedgerRow) (bool, error) { return true, broken }); !errors.Is(err, broken) {
		t.Errorf("rows: %v", err)
	}
	if _, err := c.Cells(t.Context(), part, func(state.Image) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("cells: %v", err)
	}
	if _, err := c.Due(t.Context(), part, func(string, core.Time) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("due: %v", err)
	}
	position(t, c, part) // the store goes on
}

func followHistory(t *testing.T, c interface {
	state.Checkpoint
	state.Histories
}) {
	usd, eur := money.Currency{'U', 'S', 'D'}, money.Currency{'E', 'U', 'R'}
	s := step(state.Position{}, 6)
	body := func(entry int, balances string) { s.Rows[entry-1].Body = []byte(`{"balances":[` + balances + `]}`) }
	body(1, `{"account":"w","currency":"USD","seq":1}`)
	body(2, `{"account":"x","currency":"USD","seq":1}`)
	body(3, `{"account":"x","currency":"USD","seq":2,"previous":2},{"account":"w","currency":"USD","seq":2,"previous":1}`)
	body(4, `{"account":"w","currency":"EUR","seq":1}`)
	body(6, `{"account":"w","currency":"USD","seq":3,"previous":3}`)
	save(t, c, s)
	history := func(last uint64, cur money.Currency, limit int) (entries []uint64) {
		rows, err := c.History(t.Context(), part, last, "w", cur, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			entries = append(entries, r.Entry)
			if !reflect.DeepEqual(r, s.Rows[r.Entry-1]) {
				t.Errorf("entry %d: got %+v", r.Entry, r)
			}
		}
		return entries
	}
	equal(t, "all of it", history(6, usd, 10), []uint64{6, 3, 1})
	equal(t, "two of it", history(6, usd, 2), []uint64{6, 3})
	equal(t, "from an older entry", history(3, usd, 10), []uint64{3, 1})
	equal(t, "another currency", history(4, eur, 10), []uint64{4})
	equal(t, "an account that never posted", history(0, usd, 10), nil)
	equal(t, "past what is stored", history(99, usd, 10), nil)
	if _, err := c.History(t.Context(), part, 2, "w", usd, 10); err == nil {
		t.Error("an entry that did not post on the account was taken for its history")
	}
}

// resetOne demands that nothing is left of one partition, and everything of another.
func resetOne(t *testing.T, c state.Checkpoint) {
	ctx := t.Context()
	other := step(state.Position{}, 2, cell("kept", "v", 0))
	other.Partition = part + 1
	for _, s := range []*state.Save{step(state.Position{}, 3, cell("a", "1", 0), cell("b", "2", 0)), other} {
		if err := c.Save(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Reset(ctx, part); err != nil {
		t.Fatal(err)
	}
	positions, err := c.Positions(ctx, []int32{part, part + 1})
	if err != nil || positions[part] != (state.Position{}) || positions[part+1] != other.To {
		t.Errorf("positions %+v, %v", positions, err)
	}
	values, at, err := c.Load(ctx, part, []string{"a"})
	if err != nil || values[0] != nil || at != 0 {
		t.Errorf("a cell is left: %q at %d, %v", values[0], at, err)
	}
	for p, want := range map[int32]int{part: 0, part + 1: 2} {
		n := 0
		err := c.LedgerRows(ctx, p, 1, func(state.LedgerRow) (bool, error) { n++; return true, nil })
		if err != nil || n != want {
			t.Errorf("partition %d has %d rows, %v; want %d", p, n, err, want)
		}
	}
	again := step(state.Position{}, 1, cell("a", "3", 0))
	if err := c.Save(ctx, again); err != nil {
		t.Errorf("it does not begin anew: %v", err)
	}
}
