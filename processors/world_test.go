package processors_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	. "purser/processors"
	. "purser/processors/core"
	"purser/processors/money"
)

// tester is what tests and properties fail with.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world drives the core as a shell does, and audits every decision on its own account of the money.
type world struct {
	t        tester
	b        *book
	clock    Time
	log      []entry
	entries  map[uint64]bool
	audited  map[string]*audited
	wasDue   map[string]Time // of accounts, before the decision in hand
	ids      int
	attempts attempts
}

// entry is a decision, copied out of what the shell reuses.
type entry struct {
	Decision
	number uint64
	event  *Event // nil: due work
}

// audited is an account as the postings alone tell it.
type audited struct {
	balance, purchased money.Amount
	seq, last          uint64
}

const (
	second Time = 1_000_000
	hour        = 3600 * second
	day         = 24 * hour
)

func instant(s string) Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return Time(t.UnixMicro())
}

var start = instant("2026-03-10T12:00:00Z")

// newWorld has a cold book, so that every test is one of look-ups too.
func newWorld(t tester) *world {
	w := &world{t: t, b: newBook(), clock: start, entries: map[uint64]bool{}, audited: map[string]*audited{}, wasDue: map[string]Time{}, attempts: newAttempts()}
	w.b.cold = true
	return w
}

// send decides an event, after whatever is due first, and returns what became of it.
func (w *world) send(ev *Event) *entry {
	w.t.Helper()
	w.ids++
	ev.Org = cmpOr(ev.Org, "acme")
	ev.ID = cmpOr(ev.ID, fmt.Sprintf("e%d", w.ids))
	ev.RecordedAt = cmpOr(ev.RecordedAt, w.clock)
	ev.OccurredAt = cmpOr(ev.OccurredAt, ev.RecordedAt)
	ev.Identity = identityOf(ev.Org, ev.ID)
	w.b.hand = ev
	return w.until(ev, func(d *Decision) Status { return Decide(w.b, ev, d) })
}

var balanceDue = regexp.MustCompile(`(?m)^("l\\x1f.*?NextDue:)\d+`)

// asItWas is what is compared of the books where a decision was not reached: a balance's own work may have been brought forward, and follows at once.
func asItWas(d *Decision, books string) string {
	if _, ok := d.DueCell.(*Allowance); !ok {
		return books
	}
	return balanceDue.ReplaceAllString(books, "$1")
}

// until repeats a decision until it is reached: it loads what was missed and runs what is due first.
func (w *world) until(ev *Event, decide func(*Decision) Status) *entry {
	w.t.Helper()
	for range 1000 {
		before := w.b.print()
		clear(w.b.touched)
		w.noteDue()
		d := new(Decision)
		status := decide(d)
		if status != Done && asItWas(d, w.b.print()) != asItWas(d, before) {
			w.t.Fatalf("status %d, but something was changed:\n%s\nwas\n%s", status, w.b.print(), before)
		}
		switch status {
		case Miss:
			if len(w.b.missed) == 0 {
				w.t.Fatalf("a miss that asks for nothing")
			}
			w.b.load()
		case DueFirst:
			w.runDue(d.DueCell)
		case Done:
			w.b.forget()
			return w.done(ev, d, before)
		}
	}
	w.t.Fatalf("no decision is reached")
	return nil
}

func (w *world) runDue(c Cell) *entry {
	w.t.Helper()
	return w.until(nil, func(d *Decision) Status { return RunDue(w.b, c, w.b.progress.Target, d) })
}

// tick moves time on and runs all that has become due.
func (w *world) tick(at Time) {
	w.t.Helper()
	w.clock = max(w.clock, at)
	w.send(&Event{Type: Tick, TickAt: at})
	w.settle()
}

// settle does all due work, earliest first, and closes the tick.
func (w *world) settle() {
	w.t.Helper()
	for {
		c, ok := w.b.due(w.b.progress.Target)
		if !ok {
			break
		}
		w.runDue(c)
	}
	w.b.progress.LastTick = w.b.progress.Target
}

// done audits a decision and writes it down.
func (w *world) done(ev *Event, d *Decision, before string) *entry {
	w.t.Helper()
	e := &entry{Decision: *d, event: ev, number: w.b.progress.Entry}
	for key, n := range w.b.touched {
		if n > 1 {
			w.t.Fatalf("%q was touched %d times", key, n)
		}
	}
	w.untouchedIsUnchanged(before)
	switch d.Result {
	case Silent:
		return e
	case Applied:
		w.audit(e)
		w.dueWasFirst(e)
	case Refused, Waiting, Expired:
		if len(d.Postings)+len(d.Lines)+len(d.Attempts) > 0 || len(d.Alerts) > 0 && ev.Type != AttemptResolved || d.Price != (Price{}) {
			w.t.Fatalf("%v with postings, alerts or a price", d.Result)
		}
	}
	if w.entries[e.number] || e.number != uint64(len(w.log)+1) {
		w.t.Fatalf("entry %d follows %d entries", e.number, len(w.log))
	}
	w.attempts.audit(w.t, w, e)
	w.entries[e.number] = true
	w.log = append(w.log, *e)
	return e
}

// untouchedIsUnchanged finds what a decision changed without telling the shell.
func (w *world) untouchedIsUnchanged(before string) {
	w.t.Helper()
	was := map[string]bool{}
	for line := range strings.SplitSeq(before, "\n") {
		was[line] = true
	}
	for line := range strings.SplitSeq(w.b.print(), "\n") {
		if was[line] || !strings.HasPrefix(line, `"`) {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(w.b.cells)) {
			if strings.HasPrefix(line, fmt.Sprintf("%q ", key)) && w.b.touched[key] == 0 {
				w.t.Fatalf("%q was changed and not touched", key)
			}
		}
	}
}

// audit keeps its own account of every balance, from the postings alone, and compares (R1.4).
func (w *world) audit(e *entry) {
	w.t.Helper()
	lines := map[*Account]Line{}
	for _, l := range e.Lines {
		if _, twice := lines[l.Account]; twice {
			w.t.Fatalf("%s has two lines", l.Account.ID)
		}
		lines[l.Account] = l
	}
	sum := map[money.Currency]money.Amount{}
	for i, p := range e.Postings {
		if p.Amount <= 0 || p.From == p.To || p.From.Currency != p.Currency || p.To.Currency != p.Currency {
			w.t.Fatalf("posting %d: %+v", i, p)
		}
		for account, by := range map[*Account]money.Amount{p.From: -p.Amount, p.To: p.Amount} {
			a := w.of(account)
			a.balance += by
			if account.Kind != KindSystem && p.Bucket == Purchased {
				a.purchased += by
			}
			sum[p.Currency] += by
			if _, ok := lines[account]; !ok {
				w.t.Fatalf("%s has no line", account.ID)
			}
		}
	}
	for c, s := range sum {
		if s != 0 {
			w.t.Fatalf("%v does not sum to zero: %v", c, s)
		}
	}
	for account, l := range lines {
		a := w.of(account)
		if l.Seq != a.seq+1 || l.Previous != a.last || l.Balance != a.balance || l.Balance != account.Balance || l.Purchased != account.Purchased {
			w.t.Fatalf("line %+v beside %+v", l, a)
		}
		a.seq, a.last = l.Seq, e.number
		if account.Seq != a.seq || account.Last != a.last {
			w.t.Fatalf("%s is at %d, %d beside %+v", account.ID, account.Seq, account.Last, a)
		}
		if account.Kind != KindSystem && account.Purchased != a.purchased {
			w.t.Fatalf("%s: purchased %v beside %v", account.ID, account.Purchased, a.purchased)
		}
	}
}

func (w *world) noteDue() {
	clear(w.wasDue)
	for key, c := range w.b.cells {
		if a, ok := c.(*Account); ok {
			w.wasDue[key] = a.NextDue
		}
	}
}

// dueWasFirst holds R1.7: no event posts on an account on which the tick that was read has left something to do. What the event itself
// makes due comes after it: usage, of a plan that has come to give credits on a 1st that has passed.
func (w *world) dueWasFirst(e *entry) {
	w.t.Helper()
	if e.event == nil && (e.Subject == nil || e.Subject.Event.Reversal != nil) {
		return // it has a due time of its own, and comes before what falls due later
	}
	for _, l := range e.Lines {
		if due := w.wasDue[l.Account.Key]; due != 0 && due <= w.b.progress.Target {
			w.t.Fatalf("%s was due at %d and posted on first", l.Account.ID, due)
		}
	}
}

func (w *world) of(a *Account) *audited {
	if w.audited[a.Key] == nil {
		w.audited[a.Key] = &audited{}
	}
	return w.audited[a.Key]
}

// closeBooks compares every account that there is with what the postings say, and the world with zero.
func (w *world) closeBooks() {
	w.t.Helper()
	total := map[money.Currency]money.Amount{}
	for _, c := range w.b.cells {
		a, ok := c.(*Account)
		if !ok {
			continue
		}
		total[a.Currency] += a.Balance
		sum := a.Purchased
		for i, g := range a.Grants {
			sum += g.Amount
			if g.Amount <= 0 || i > 0 && !burnsAfter(g, a.Grants[i-1]) {
				w.t.Fatalf("%s: grants %+v", a.ID, a.Grants)
			}
		}
		if a.Balance != w.of(a).balance || a.Kind != KindSystem && sum != a.Balance {
			w.t.Fatalf("%s: balance %v, postings %v, buckets %v", a.ID, a.Balance, w.of(a).balance, sum)
		}
	}
	for c, sum := range total {
		if sum != 0 {
			w.t.Fatalf("all accounts in %v together hold %v", c, sum)
		}
	}
}

func burnsAfter(g, h Grant) bool {
	if g.ExpiresAt != h.ExpiresAt {
		return g.ExpiresAt == 0 || h.ExpiresAt != 0 && h.ExpiresAt < g.ExpiresAt
	}
	return g.GrantedAt > h.GrantedAt || g.GrantedAt == h.GrantedAt && g.ID >= h.ID
}

// account returns a wallet of acme.
func (w *world) account(id string) *Account {
	w.t.Helper()
	a, _ := w.b.cells[string(AppendAccountKey(nil, "acme", id))].(*Account)
	if a == nil {
		w.t.Fatalf("there is no %s", id)
	}
	return a
}

// balances are those of all accounts that are not at zero, in order: "w USD 50.000000".
func (w *world) balances() []string {
	var all []string
	for _, c := range w.b.cells {
		if a, ok := c.(*Account); ok && a.Balance != 0 {
			all = append(all, fmt.Sprintf("%s %s %s", a.ID, a.Currency, a.Balance))
		}
	}
	slices.Sort(all)
	return all
}

// postings are an entry's, as text: "w → revenue:rebilling 50.000000 USD purchased".
func postings(e *entry) []string {
	var all []string
	for _, p := range e.Postings {
		s := fmt.Sprintf("%s → %s %s %s %s", p.From.ID, p.To.ID, p.Amount, p.Currency, strings.TrimSpace(p.Bucket.String()+" "+p.Grant))
		all = append(all, strings.TrimSpace(s))
	}
	return all
}

func expect(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  got  %s\n  want %s", what, strings.Join(got, "\n       "), strings.Join(want, "\n       "))
	}
}

func cmpOr[T comparable](a, b T) T {
	var zero T
	if a == zero {
		return b
	}
	return a
}

// identityOf stands for the hash that the decoder makes.
func identityOf(org, id string) (identity Identity) {
	h := fnv.New128a()
	fmt.Fprint(h, org, " ", id)
	copy(identity[:], h.Sum(nil))
	return identity
}
