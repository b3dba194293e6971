package state

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"purser/processors/core"
	"purser/processors/money"
)

// slot is a cell that the property knows how to look up, make and change.
type slot struct {
	key    string
	lookUp func(*Memory) (core.Cell, bool)
	create func(*Memory) core.Cell
	change func(c core.Cell, by int64)
}

func cellOr[C any, P interface {
	*C
	core.Cell
}](c P, known bool) (core.Cell, bool) {
	if c == nil {
		return nil, known
	}
	return c, known
}

var (
	usd = money.Currency{'U', 'S', 'D'}
	eur = money.Currency{'E', 'U', 'R'}
)

// slots are a few cells of every kind.
var slots = func() (all []slot) {
	for _, org := range []string{"acme", "zenith"} {
		all = append(all, slot{
			key:    string(core.AppendOrgKey(nil, org)),
			lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.Org(org)) },
			create: func(m *Memory) core.Cell { return m.NewOrg(org) },
			change: func(c core.Cell, by int64) {
				o := c.(*core.Org)
				o.AgencyWallet = fmt.Sprint(by)
				o.Versions = []core.OrgVersion{{EffectiveFrom: core.Time(by), Zone: time.UTC}}
			},
		}, slot{
			key:    string(core.AppendPlanKey(nil, org, "basic")),
			lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.Plan(org, "basic")) },
			create: func(m *Memory) core.Cell { return m.NewPlan(org, "basic") },
			change: func(c core.Cell, by int64) { c.(*core.Plan).Accounts = by },
		}, slot{
			key:    string(core.AppendFXKey(nil, org, usd, eur)),
			lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.FX(org, usd, eur)) },
			create: func(m *Memory) core.Cell { return m.NewFX(org, usd, eur) },
			change: func(c core.Cell, by int64) {
				c.(*core.FX).Versions = []core.FXRate{{EffectiveFrom: core.Time(by), From: usd, To: eur, Rate: money.One}}
			},
		}, slot{
			key:    string(core.AppendSystemKey(nil, org, core.WorldProvider, usd)),
			lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.System(org, core.WorldProvider, usd)) },
			create: func(m *Memory) core.Cell { return m.NewSystem(org, core.WorldProvider, usd) },
			change: func(c core.Cell, by int64) { c.(*core.Account).Balance = money.Amount(by) },
		}, slot{
			key:    string(core.AppendQueueKey(nil, org, "w1")),
			lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.Queue(org, "w1")) },
			create: func(m *Memory) core.Cell { return m.NewQueue(org, "w1") },
			change: func(c core.Cell, by int64) {
				c.(*core.Queue).Next, c.Head().NextDue = uint64(by), core.Time(by)
			},
		}, slot{
			key:    string(core.AppendParkedKey(nil, org, "w1", 3)),
			lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.Parked(org, "w1", 3)) },
			create: func(m *Memory) core.Cell { return m.NewParked(org, "w1", 3) },
			change: func(c core.Cell, by int64) {
				p := c.(*core.Parked)
				p.Record = bytes.Repeat([]byte{'r'}, int(by%700))
				p.Event.ID = string(p.Record)
			},
		})
		for _, id := range []string{"w1", "w2", "w3", "w4", "a-wallet-with-a-long-name"} {
			all = append(all, slot{
				key:    string(core.AppendAccountKey(nil, org, id)),
				lookUp: func(m *Memory) (core.Cell, bool) { return cellOr(m.Account(org, id)) },
				create: func(m *Memory) core.Cell { return m.NewAccount(org, id) },
				change: changeAccount,
			})
		}
	}
	return all
}()

func changeAccount(c core.Cell, by int64) {
	a := c.(*core.Account)
	a.Kind, a.Currency, a.Balance, a.Seq = core.KindWallet, usd, money.Amount(by), a.Seq+1
	a.NextDue, a.Grants = 0, nil
	if by%2 == 0 {
		a.NextDue = core.Time(by)
		a.Grants = []core.Grant{{ID: fmt.Sprint(by), Amount: 1, ExpiresAt: a.NextDue}}
	}
	a.Versions = []core.AccountVersion{{Kind: a.Kind, EffectiveFrom: core.Time(by % 3), Plan: "basic"}}
}

// twins are a memory with hardly any room and one that keeps everything decoded, which are told the same. The checkpoint
// behind them holds what it was told to be unpinned.
type twins struct {
	hash       func([]byte) uint64
	tiny, wide *Memory
	codec      Codec
	store      map[string][]byte
	log        []map[string][]byte // what each transaction wrote
	checkpoint int                 // transactions of the log that are in the store
	restored   map[string][]byte   // pinned until the checkpoint has the first transaction after the restore
	restoredAt int                 // transactions of the log at that time
}

func (w *twins) start(t *rapid.T) {
	w.restored, w.restoredAt = map[string][]byte{}, len(w.log)
	w.tiny = newMemory(nil, new(Codec), readParked, newArena(1024, w.hash))
	w.wide = newMemory(&core.Progress{Txn: uint64(len(w.log))}, new(Codec), readParked, newArena(1024, nil))
	entered := map[string]core.Time{}
	for _, images := range w.log[w.checkpoint:] { // one after the other, as the tail has them
		for key, value := range images {
			due, err := w.tiny.Restored(key, value)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := NextDueOf(value)
			if due != want && (due != 0 || want != entered[key]) {
				t.Fatalf("%q was restored with due time %d, want %d, and before that %d", key, due, want, entered[key])
			}
			entered[key] = want
			w.tiny.Forget(4, 1) // nothing of it may go
		}
		maps.Copy(w.restored, images)
	}
	for key, value := range w.restored {
		if _, err := w.wide.Restored(key, value); err != nil {
			t.Fatal(err)
		}
	}
	w.tiny.Resume(&core.Progress{Txn: uint64(len(w.log))})
	if w.tiny.Pinned() != len(w.restored) || w.wide.Pinned() != len(w.restored) {
		t.Fatalf("%d and %d cells are pinned of %d that were restored", w.tiny.Pinned(), w.wide.Pinned(), len(w.restored))
	}
}

// get looks a cell up in both, loads it where it is missing, and holds the answers against each other.
func (w *twins) get(t *rapid.T, s *slot) (tiny, wide core.Cell) {
	tiny = w.load(t, w.tiny, s)
	wide = w.load(t, w.wide, s)
	if (tiny == nil) != (wide == nil) {
		t.Fatalf("%q: %v is there, and %v", s.key, tiny, wide)
	}
	if tiny == nil {
		return nil, nil
	}
	if a, b := AppendCell(nil, tiny), AppendCell(nil, wide); !bytes.Equal(a, b) {
		t.Fatalf("%q: %+v, and %+v", s.key, tiny, wide)
	}
	h, other := tiny.Head(), wide.Head()
	if h.Entered != other.Entered || h.Key != other.Key || h.Dirty != other.Dirty || max(h.Changed, w.tiny.pins.clean()) != max(other.Changed, w.wide.pins.clean()) {
		t.Fatalf("%q: %+v, and %+v", s.key, h, other)
	}
	if p, ok := tiny.(*core.Parked); ok && p.Event.ID != string(p.Record) {
		t.Fatalf("the event %q of %q", p.Event.ID, p.Record)
	}
	return tiny, wide
}

func (w *twins) load(t *rapid.T, m *Memory, s *slot) core.Cell {
	c, known := s.lookUp(m)
	byKey, knownToo := m.Cell(s.key)
	if c != byKey || known != knownToo {
		t.Fatalf("%q is %v, %v by its name, and %v, %v by its key", s.key, c, known, byKey, knownToo)
	}
	if known {
		m.Want(s.key)
		if missing := m.Missing(); missing != nil {
			t.Fatalf("%q is known, and wanted", missing)
		}
		return c
	}
	if missing := m.Missing(); !slices.Equal(missing, []string{s.key}) {
		t.Fatalf("missing is %q, not %q", missing, s.key)
	}
	loaded, err := w.codec.Decode(s.key, w.store[s.key], readParked)
	if err != nil {
		t.Fatal(err)
	}
	if loaded != nil {
		loaded.Head().Entered = loaded.Head().NextDue
	}
	m.Loaded(s.key, loaded)
	m.Loaded(s.key, nil) // memory knows better
	c, known = s.lookUp(m)
	if !known || c != loaded {
		t.Fatalf("%q was loaded as %v, and is %v, %v", s.key, loaded, c, known)
	}
	return c
}

func (w *twins) touch(t *rapid.T) {
	s := &slots[rapid.IntRange(0, len(slots)-1).Draw(t, "cell")]
	by := rapid.Int64Range(1, 2000).Draw(t, "by")
	tiny, wide := w.get(t, s)
	if tiny == nil {
		tiny, wide = s.create(w.tiny), s.create(w.wide)
	} else if rapid.IntRange(0, 4).Draw(t, "delete") == 0 {
		w.tiny.Delete(tiny)
		w.wide.Delete(wide)
		w.get(t, s)
		return
	}
	for m, c := range map[*Memory]core.Cell{w.tiny: tiny, w.wide: wide} {
		s.change(c, by)
		m.Touch(c)
	}
	w.get(t, s)
}

// imagesOf is what a task writes of the open transaction.
func imagesOf(m *Memory) map[string][]byte {
	images := map[string][]byte{}
	cells, deleted := m.Changes()
	for _, c := range cells {
		if now, _ := m.Cell(c.Head().Key); now == c {
			c.Head().Entered = c.Head().NextDue
			images[c.Head().Key] = AppendCell(nil, c)
		}
	}
	for _, key := range deleted {
		if now, known := m.Cell(key); now == nil && known {
			images[key] = AppendDeleted(nil)
		}
	}
	return images
}

func (w *twins) commit(t *rapid.T) {
	tiny, wide := imagesOf(w.tiny), imagesOf(w.wide)
	if !maps.EqualFunc(tiny, wide, bytes.Equal) {
		t.Fatalf("tiny wrote %q\nwide wrote %q", tiny, wide)
	}
	if w.tiny.Txn() != uint64(len(w.log)+1) {
		t.Fatalf("transaction %d follows %d", w.tiny.Txn(), len(w.log))
	}
	w.tiny.Committed()
	w.wide.Committed()
	w.log = append(w.log, tiny)
}

func (w *twins) unpin(t *rapid.T) {
	if w.checkpoint == len(w.log) {
		return
	}
	to := rapid.IntRange(w.checkpoint+1, len(w.log)).Draw(t, "to")
	for _, images := range w.log[w.checkpoint:to] {
		for key, value := range images {
			if IsDeleted(value) {
				delete(w.store, key)
			} else {
				w.store[key] = value
			}
		}
	}
	w.checkpoint = to
	tiny, wide := w.tiny.Unpin(uint64(to)), w.wide.Unpin(uint64(to))
	slices.Sort(tiny)
	slices.Sort(wide)
	if !slices.Equal(tiny, wide) {
		t.Fatalf("tombs %q, and %q", tiny, wide)
	}
}

func (w *twins) check(t *rapid.T) {
	pinned := map[string]bool{}
	for _, images := range w.log[w.checkpoint:] {
		for key := range images {
			pinned[key] = true
		}
	}
	if w.checkpoint <= w.restoredAt {
		for key := range w.restored {
			pinned[key] = true
		}
	}
	cells, deleted := w.wide.Changes()
	for _, c := range cells {
		pinned[c.Head().Key] = true
	}
	for _, key := range deleted {
		pinned[key] = true
	}
	for _, m := range []*Memory{w.tiny, w.wide} {
		for key := range pinned {
			if !m.Knows(key) {
				t.Fatalf("%q is pinned, and was forgotten", key)
			}
		}
		known := 0
		for i := range slots {
			if m.Knows(slots[i].key) {
				known++
			}
		}
		if m.Len() != known || m.Pinned() != len(pinned) {
			t.Fatalf("%d cells are known, said %d; %d are pinned, said %d", known, m.Len(), len(pinned), m.Pinned())
		}
	}
}

// TestAMemoryWithHardlyAnyRoomAnswersLikeAnother holds a memory that encodes and drops all the time against one that never
// does: both answer alike, write the same, and never forget what the checkpoint lacks.
func TestAMemoryWithHardlyAnyRoomAnswersLikeAnother(t *testing.T) {
	for name, hash := range weakHashes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := &twins{hash: hash, store: map[string][]byte{}}
				w.start(t)
				touch := w.touch
				t.Repeat(map[string]func(*rapid.T){
					"touch": touch, "touch again": touch, "and again": touch,
					"look up": func(t *rapid.T) { w.get(t, &slots[rapid.IntRange(0, len(slots)-1).Draw(t, "cell")]) },
					"commit":  w.commit,
					"unpin":   w.unpin,
					"forget": func(t *rapid.T) {
						w.tiny.Forget(rapid.IntRange(0, 6).Draw(t, "cells"), rapid.IntRange(0, 6000).Draw(t, "bytes"))
					},
					"restore": func(t *rapid.T) {
						if rapid.IntRange(0, 3).Draw(t, "really") == 0 { // what the open transaction did is lost, as in a crash
							w.start(t)
						}
					},
					"": w.check,
				})
			})
		})
	}
}

func TestForgetKeepsItsBounds(t *testing.T) {
	m := NewMemory(new(core.Progress), new(Codec), nil)
	defer m.Close()
	const cells, limit, many = 100, 4 << 20, 200_000
	for n := range many {
		changeAccount(m.NewAccount("acme", fmt.Sprintf("wallet-%08d", n)), int64(2*n+1))
		if n%1000 == 999 {
			m.Committed()
			m.Unpin(m.Txn() - 1)
			m.Forget(cells, limit)
			if m.Decoded() > cells || m.Bytes() > limit+1<<20 {
				t.Fatalf("after %d: %d decoded cells, %d bytes", n, m.Decoded(), m.Bytes())
			}
		}
	}
	if perCell := m.Bytes() / m.Len(); perCell > 120 || m.Len() > many/2 {
		t.Fatalf("%d cells take %d bytes each", m.Len(), perCell)
	}
}

func TestWhatIsUsedAllTheTimeStaysDecoded(t *testing.T) {
	m := NewMemory(new(core.Progress), new(Codec), nil)
	defer m.Close()
	m.NewAccount("acme", "busy")
	busy, _ := m.Account("acme", "busy")
	for n := range 10_000 {
		m.NewAccount("acme", fmt.Sprintf("wallet-%08d", n))
		m.Account("acme", "busy")
		if n%100 == 99 {
			m.Committed()
			m.Forget(50, 1<<30)
		}
	}
	if now, _ := m.Account("acme", "busy"); now != busy {
		t.Fatal("it was encoded, and decoded again")
	}
}

func TestTheQueueOfWhatIsHeldStaysWhereItIs(t *testing.T) {
	m := NewMemory(new(core.Progress), new(Codec), nil)
	defer m.Close()
	held := m.NewQueue("acme", "")
	m.Committed()
	m.Unpin(1)
	for range 5 {
		m.Forget(0, 0)
	}
	if now, _ := m.Queue("acme", ""); now != held {
		t.Fatal("a task would change a queue that memory knows nothing of")
	}
}

func TestWhereACellStandsInTheHeapSurvives(t *testing.T) {
	m := NewMemory(new(core.Progress), new(Codec), nil)
	defer m.Close()
	a := m.NewAccount("acme", "w")
	a.NextDue, a.Entered = 7, 5 // it stands there under an earlier time
	m.Committed()
	for range 5 {
		m.Forget(0, 1<<30)
	}
	if m.Decoded() != 0 {
		t.Fatal("it is still decoded")
	}
	if c, _ := m.Account("acme", "w"); c == a || c.NextDue != 7 || c.Entered != 5 || c.Changed != 1 {
		t.Fatalf("it came back as %+v", c.Meta)
	}
}

func TestADamagedCellIsNotRestored(t *testing.T) {
	m := NewMemory(new(core.Progress), new(Codec), nil)
	queue := AppendCell(nil, &core.Queue{})
	for _, value := range [][]byte{{}, {1}, queue} {
		if _, err := m.Restored("a\x1facme\x1fw", value); err == nil {
			t.Errorf("%x was taken for an account", value)
		}
	}
	if m.Len() != 0 || m.Pinned() != 0 {
		t.Fatal("something of it stayed")
	}
}

// TestManyImagesOfOneCellTakeTheRoomOfOne: a tail that is not compacted holds a cell again and again.
func TestManyImagesOfOneCellTakeTheRoomOfOne(t *testing.T) {
	m := NewMemory(nil, new(Codec), nil)
	var entered []core.Time
	for n := range 100_000 {
		a := &core.Account{Kind: core.KindWallet, Currency: usd, Balance: money.Amount(n), Seq: uint64(n)}
		if a.NextDue = 5; n == 50_000 {
			a.NextDue = 7
		}
		due, err := m.Restored("a\x1facme\x1fw", AppendCell(nil, a))
		if err != nil {
			t.Fatal(err)
		}
		if due != 0 {
			entered = append(entered, due)
		}
	}
	if !slices.Equal(entered, []core.Time{5, 7, 5}) {
		t.Errorf("it is to be entered as due at %v", entered)
	}
	if m.Len() != 1 || m.Pinned() != 1 || m.Bytes() > 2*arenaChunk {
		t.Errorf("%d cells, %d pinned, %d bytes", m.Len(), m.Pinned(), m.Bytes())
	}
	m.Resume(&core.Progress{Txn: 40})
	if m.Unpin(40); m.Pinned() != 1 {
		t.Error("a checkpoint that is not past the restore has let go of the cell")
	}
	if m.Unpin(41); m.Pinned() != 0 || m.Txn() != 41 {
		t.Errorf("%d pinned, transaction %d", m.Pinned(), m.Txn())
	}
}

func TestALookUpOfADecodedCellAllocatesNothing(t *testing.T) {
	m := NewMemory(new(core.Progress), new(Codec), nil)
	m.NewAccount("acme", "w")
	if n := testing.AllocsPerRun(100, func() { m.Account("acme", "w") }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
