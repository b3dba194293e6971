package model_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"purser/internal/model"
	"purser/internal/scenario"
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
)

// properties hold of any history. What is audited after every entry by the partition itself (internal/scenario) is not repeated here:
// every entry sums to zero; a balance is the sum of its postings and of its buckets; never two automatic attempts at once, nor more than
// the policy's; one final answer to a question. Nor is what processors/property_test.go holds: a cold book decides like a warm one, and
// slices of a tick like the whole. That available is balance less holds, and that every hold is released or captured, is in stand and
// model.State: there, what is held is the sum of what is held for something.
var properties = []struct {
	name  string
	holds func(*rapid.T, *history)
}{
	{"the model agrees", agrees},
	{"the same again is the same", repeats},
	{"a restore in between changes nothing", survives},
	{"a second delivery changes nothing", isIdempotent},
	{"orgs are apart", keepsApart},
	{"ticks may be seldom", ticksSeldom},
	{"orders are decided as quoted", asQuoted},
}

// run is a history that the core has decided.
type run struct {
	t *rapid.T
	*scenario.Partition
	decided [][]scenario.Decided // by record
}

func newRun(t *rapid.T) *run { return &run{t: t, Partition: scenario.NewPartition()} }

func (r *run) take(rec *model.Record) []scenario.Decided {
	k := &kgo.Record{Topic: rec.Topic, Key: []byte(rec.Org), Value: slices.Clone(rec.Body), Timestamp: rec.Recorded}
	for _, h := range [][2]string{{"ce_specversion", "1.0"}, {"ce_id", rec.ID}, {"ce_source", rec.Source}, {"ce_type", rec.Type}, {"ce_time", rec.At}, {"content-type", "application/json"}} {
		if h[1] != "" {
			k.Headers = append(k.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
		}
	}
	all, err := r.Receive(k)
	if err != nil {
		r.t.Fatalf("%s %s: %v\n%s", rec.Type, rec.ID, err, rec.Body)
	}
	r.decided = append(r.decided, all)
	return all
}

func (r *run) all(records []*model.Record) *run {
	for _, rec := range records {
		r.take(rec)
	}
	return r
}

// agrees compares the core with the model: what becomes of every record, and where every account stands in the end.
func agrees(t *rapid.T, h *history) {
	r := newRun(t)
	h.decided = r
	for i, rec := range h.records {
		got, want := facts(r.take(rec)), []string{}
		for _, f := range h.facts[i] {
			want = append(want, f.String())
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%s\nthe core says\n%s\nthe model says\n%s", told(h.records[:i+1]), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		complimentaryStaysInside(t, r.decided[i])
	}
	if got, want := stand(t, r), h.model.State(); !slices.Equal(got, want) {
		t.Fatalf("%s\nthe core stands at\n%s\nthe model at\n%s", told(h.records), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// complimentaryStaysInside: complimentary credit is never charged to a card and never paid out (R3.7, R3.8): it moves between a wallet
// and three accounts, and no payment is among them.
func complimentaryStaysInside(t *rapid.T, all []scenario.Decided) {
	for i := range all {
		for _, p := range all[i].Postings {
			if p.Bucket != "complimentary" {
				continue
			}
			other := p.To
			if strings.Contains(p.From, ":") {
				other = p.From
			}
			if !slices.Contains([]string{"world:complimentary", "world:removed", "world:fx"}, other) {
				t.Fatalf("complimentary credit: %+v", p)
			}
		}
	}
}

// repeats: the same history gives the same bytes.
func repeats(t *rapid.T, h *history) {
	same(t, h, h.decided, newRun(t).all(h.records))
}

// survives: it does so, too, where other processes take over at some points.
func survives(t *rapid.T, h *history) {
	split := newRun(t)
	for i, rec := range h.records {
		if rapid.IntRange(0, 5).Draw(t, "restore") == 0 {
			p, err := split.Restored()
			if err != nil {
				t.Fatalf("%s\n%v", told(h.records[:i]), err)
			}
			split.Partition = p
		}
		split.take(rec)
	}
	same(t, h, h.decided, split)
}

// isIdempotent: delivering any event again, at any later time within the window, changes nothing.
func isIdempotent(t *rapid.T, h *history) {
	twice := newRun(t)
	for i, rec := range h.records {
		twice.take(rec)
		back := rapid.IntRange(0, min(i, 6)).Draw(t, "back")
		again := *h.records[i-back]
		if rec.Recorded.Sub(again.Recorded) > 7*24*time.Hour || refusedAnew(h.facts[i-back]) {
			continue
		}
		again.Recorded = rec.Recorded
		before, entries := twice.Cells(), len(twice.Ledger())
		all := twice.take(&again)
		twice.decided = twice.decided[:len(twice.decided)-1]
		for j := range all {
			if result := all[j].Result; result != "duplicate" && result != "dead-letter" && result != "nothing" {
				t.Fatalf("%s\nand %s again: %+v", told(h.records[:i+1]), again.ID, all)
			}
		}
		if !maps.EqualFunc(before, twice.Cells(), bytes.Equal) || len(twice.Ledger()) != entries {
			t.Fatalf("%s\nand %s again changes cells", told(h.records[:i+1]), again.ID)
		}
	}
	same(t, h, h.decided, twice)
}

// refusedAnew says that a record is judged again when it comes again: one with another's identity, which is another entry, a tick
// that was ahead of its time, and a duplicate, whose window began with the first one.
func refusedAnew(facts []*model.Fact) bool {
	return len(facts) == 1 && (facts[0].Reason == "identity_conflict" || facts[0].Reason == "clock_ahead" || facts[0].Result == "duplicate")
}

// keepsApart: in whatever order the events of two orgs come between two ticks, each org gets the same.
func keepsApart(t *rapid.T, h *history) {
	mixed, other := h.decided, newRun(t)
	var waiting []*model.Record
	release := func() {
		first := rapid.Bool().Draw(t, "acme first")
		for _, acme := range []bool{first, !first} {
			for _, rec := range waiting {
				if (rec.Org == "acme") == acme {
					other.take(rec)
				}
			}
		}
		waiting = nil
	}
	for _, rec := range h.records {
		if rec.Type == "tick" {
			release()
			other.take(rec)
			continue
		}
		waiting = append(waiting, rec)
	}
	release()
	for _, org := range []string{"acme", "zenith"} {
		if a, b := ledgerOf(mixed, org), ledgerOf(other, org); a != b {
			t.Fatalf("%s\n%s had\n%s\nand, in another order beside the other org,\n%s", told(h.records), org, a, b)
		}
	}
}

// ledgerOf is an org's entries without what counts the whole partition.
func ledgerOf(r *run, org string) string {
	var s strings.Builder
	for _, d := range r.Ledger() {
		if d.In() != org {
			continue
		}
		d.Entry = 0
		d.Balances = slices.Clone(d.Balances)
		for i := range d.Balances {
			d.Balances[i].Previous = 0
		}
		fmt.Fprintf(&s, "%s\n", text(d))
	}
	return s.String()
}

// ticksSeldom: where nothing else happens, it makes no difference whether time comes in one tick or in many, unless a card is tried:
// an attempt is dated by the tick that emits it (R4.3).
func ticksSeldom(t *rapid.T, h *history) {
	first := h.records[:rapid.IntRange(1, len(h.records)).Draw(t, "until")]
	once := newRun(t).all(first)
	p, err := once.Restored()
	if err != nil {
		t.Fatalf("%v", err)
	}
	often := &run{t: t, Partition: p}
	end, steps := first[len(first)-1].Recorded, rapid.IntRange(1, 20).Draw(t, "ticks")
	spacing := rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 13 * time.Hour, 5 * 24 * time.Hour}).Draw(t, "spacing")
	var a, b []string
	for n := 1; n <= steps; n++ {
		b = append(b, facts(often.take(tickOf(end.Add(time.Duration(n)*spacing), n)))...)
	}
	a = facts(once.take(tickOf(end.Add(time.Duration(steps)*spacing), steps)))
	slices.Sort(b)
	if strings.Contains(strings.Join(slices.Concat(a, b), "\n"), "recharge_") || strings.Contains(strings.Join(slices.Concat(a, b), "\n"), "\tattempt ") {
		return
	}
	if !slices.Equal(a, b) || !slices.Equal(stand(t, once), stand(t, often)) {
		t.Fatalf("%s\none tick\n%s\nmany\n%s", told(first), strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

func tickOf(at time.Time, n int) *model.Record {
	return &model.Record{Topic: "refill-tick", Org: "0", Source: "purser/tick", ID: fmt.Sprintf("end%d", n), Type: "tick", Recorded: at, Body: []byte(`{"time":"` + at.Format(time.RFC3339Nano) + `"}`)}
}

// same compares two runs to the last byte: every cell as it is stored, and every entry.
func same(t *rapid.T, h *history, a, b *run) {
	x, y := bytes.Split(bytesOf(a), []byte("\n")), bytes.Split(bytesOf(b), []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			t.Fatalf("%s\n%s\nand\n%s", told(h.records), x[i], y[i])
		}
	}
	if len(x) != len(y) {
		t.Fatalf("%s\n%d lines, and %d", told(h.records), len(x), len(y))
	}
}

func bytesOf(r *run) []byte {
	var s bytes.Buffer
	cells := r.Cells()
	for _, key := range slices.Sorted(maps.Keys(cells)) {
		fmt.Fprintf(&s, "%q %x\n", key, cells[key])
	}
	for _, d := range r.Ledger() {
		fmt.Fprintf(&s, "%s\n", text(d))
	}
	return s.Bytes()
}

func text(d scenario.Decided) string {
	line, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(line)
}

// told is a history as a person reads it.
func told(records []*model.Record) string {
	var s strings.Builder
	for _, r := range records {
		fmt.Fprintf(&s, "%s %s %s %s at %q %s\n", r.Recorded.Format(time.RFC3339), r.Org, r.Type, r.ID, r.At, r.Body)
	}
	return s.String()
}

// facts are what the core says of a record, as the model does.
func facts(all []scenario.Decided) (said []string) {
	said = []string{}
	for i := range all {
		d := &all[i]
		if d.Result == "nothing" {
			continue
		}
		f := &model.Fact{Due: d.Due, Org: d.In(), Result: d.Result, Reason: d.Reason, Type: d.Type, ID: d.ID, DeadLetter: d.DeadLetter}
		if d.Due {
			f.At = d.At
		}
		if d.Result == "dead-letter" && d.Reason != "clock_ahead" {
			f.Reason = "" // which field is the decoder's own tests' business
		}
		f.Lines = lines(d)
		said = append(said, f.String())
	}
	slices.Sort(said)
	return said
}

func lines(d *scenario.Decided) (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, p := range d.Postings {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s -> %s %s %s %s", p.From, p.To, tidy(p.Amount), p.Currency, strings.TrimSpace(p.Bucket+" "+p.Grant))))
	}
	for _, b := range d.Balances {
		purchased := ""
		if b.Purchased != "" {
			purchased = " purchased " + tidy(b.Purchased)
		}
		add("balance %s %s %s%s", b.Account, tidy(b.Balance), b.Currency, purchased)
	}
	for _, i := range d.Invoices {
		add("invoice %d %s %s %s %s due %s for %s po %q to [%s]", i.Invoice, i.Kind, i.Account, tidy(i.Amount), i.Currency, i.Due, i.For, i.PO, strings.Join(i.Contacts, " "))
	}
	for _, a := range d.Attempts {
		add("attempt %s %s %s %s by %s", a.Attempt, a.Purpose, tidy(a.Amount), a.Currency, a.Method)
	}
	for _, a := range d.Alerts {
		all = append(all, alert(a))
	}
	if x := d.Transaction; x != nil {
		add("transaction %s %s %s %s %s %s dated %s due %s of %s to %s", x.Transaction, x.Kind, x.Side, x.State, tidy(x.Amount), x.Currency, x.Date, x.Due, x.Name, strings.Join(x.Recipients, " "))
		for _, l := range x.Lines {
			add("line %s %s x %s is %s%s", l.Product, tidy(l.Quantity), tidy(l.Price), tidy(l.Amount), map[bool]string{true: " agreed"}[l.Agreed])
		}
	}
	if p := d.Period; p != nil {
		add("period %s to %s %s next %s at %s posted %d drafts %d early %d unknown %d: %s", p.Period, p.To, p.State, p.Next, p.At, p.Posted, p.Drafts, p.Early, p.Unknown, strings.Join(p.Named, ", "))
	}
	if d.Status != "" {
		add("status %s", d.Status)
	}
	for _, a := range d.Allocations {
		add("allocated %s of %s to %s", tidy(a.Amount), a.Credit, a.Debit)
	}
	if d.Outcome != nil && d.Outcome.Transaction != "" {
		add("about transaction %s", d.Outcome.Transaction)
	}
	if o := d.Outcome; o != nil {
		all = append(all, ordered(o)...)
	}
	switch o := d.Outcome; {
	case o == nil:
	case o.In == "":
		add("outcome %s %s of %s send %s attempt %s", o.Status, o.Reason, o.To, o.Send, o.Attempt)
	case o.Gets != "":
		gets := strings.Fields(o.Gets) // account, amount, currency, "balance", balance
		add("outcome %s %s of %s: %s %s, balance %s; %s gets %s %s, balance %s", o.Status, o.Reason, o.To, tidy(o.Amount), o.In, tidy(o.Balance), gets[0], tidy(gets[1]), gets[2], tidy(gets[4]))
	default:
		add("outcome %s %s of %s: %s %s %s, balance %s invoice %d send %s", o.Status, o.Reason, o.To, o.Attempt, tidy(o.Amount), o.In, tidy(o.Balance), o.Invoice, o.Send)
	}
	return all
}

func alert(a scenario.Alert) string {
	to := "[" + strings.Join(a.Contacts, " ") + "]"
	switch a.Kind {
	case "identity_conflict":
		return "alert identity_conflict"
	case "unknown_attempt":
		return fmt.Sprintf("alert unknown_attempt %s because %s", a.Attempt, a.Reason)
	case "low_balance":
		return fmt.Sprintf("alert low_balance %s %s %s threshold %s to %s", a.Account, tidy(a.Balance), a.Currency, tidy(a.Threshold), to)
	case "credit_limit_exceeded", "credit_limit_restored":
		return fmt.Sprintf("alert %s %s %s %s limit %s to %s %s", a.Kind, a.Account, tidy(a.Balance), a.Currency, tidy(a.Threshold), to, strings.Join(a.Recipients, " "))
	case "negative_balance":
		return fmt.Sprintf("alert negative_balance %s %s %s to collect %s to %s", a.Account, tidy(a.Balance), a.Currency, tidy(a.ToCollect), to)
	}
	return fmt.Sprintf("alert %s %s %s %s about %s %s because %s again %q to %s invoice %d send %s",
		a.Kind, a.Account, tidy(a.Balance), a.Currency, a.Attempt, tidy(a.Amount), a.Reason, a.RetryAt, to, a.Invoice, a.Send)
}

func tidy(amount string) string { return decimal.RequireFromString(amount).String() }

// stand is where the core's cells say that everything stands, as model.State does.
func stand(t *rapid.T, r *run) (all []string) {
	for key, value := range r.Cells() {
		c, err := state.DecodeCell(key, value, nil)
		if err != nil {
			t.Fatalf("%v", err)
		}
		switch c := c.(type) {
		case *core.Account:
			all = append(all, standing(c))
		case *core.Recharge:
			all = append(all, asked(c, r.Cells()))
		case *core.Invoice:
			all = append(all, fmt.Sprintf("%s invoice %d %s %s %s %s paid %s open %s", c.Org, c.Number, c.Kind, c.Account, plain(c.Amount), c.Currency, plain(c.Paid), plain(c.Open())))
		case *core.Send:
			all = append(all, sent(c, r.Cells()))
		case *core.Periods:
			if c.Defined {
				all = append(all, c.Org+" "+periodsOf(t, c))
			}
		case *core.DraftDay:
			draftsOf(t, c, r.Cells())
		case *core.Spending:
			all = append(all, fmt.Sprintf("%s spending account %s %s opened %d", c.Org, c.ID, c.Currency, c.Opened))
		case *core.Allowance:
			all = append(all, allowed(c))
		case *core.Order:
			all = append(all, orderStands(c))
		case *core.Customer:
			if c.Posted > 0 || c.Drafts > 0 || c.Status != core.CustomerActive || c.OverLimit {
				all = append(all, owing(t, c, r.Cells()))
			}
		}
	}
	slices.Sort(all)
	return all
}

func standing(a *core.Account) string {
	if a.Kind == core.KindSystem {
		return fmt.Sprintf("%s %s %s %s", a.Org, a.ID, a.Currency, plain(a.Balance))
	}
	parts := fmt.Sprintf("%s of which %s purchased", plain(a.Balance), plain(a.Purchased))
	for _, g := range a.Grants {
		parts += fmt.Sprintf(", %s of %s until %q", plain(g.Amount), g.ID, instant(g.ExpiresAt))
	}
	team := ""
	if n := len(a.Spells); n > 0 {
		team = a.Spells[n-1].Team
	}
	return fmt.Sprintf("%s %s %s %s defined %v, %s, held %s, exhausted %v, in %q",
		a.Org, a.ID, a.Kind, a.Currency, len(a.Versions) > 0, parts, plain(a.Held), a.Dunning.Exhausted, team)
}

// periodsOf is where an org's accounting periods stand, between whose work nothing may be left.
func periodsOf(t *rapid.T, x *core.Periods) string {
	if x.Looking != "" || x.Bulk != nil || x.Start > x.End || x.Closed > 0 && x.Early.Count+x.Unknown.Count > 0 {
		t.Fatalf("the periods of %s: %+v", x.Org, x)
	}
	s := fmt.Sprintf("periods from %s, open %s to %s after %d, early %d unknown %d", calendar.Text(x.First), calendar.Text(x.Start), calendar.Text(x.End), x.Closed, x.Early.Count, x.Unknown.Count)
	if x.Plan != nil {
		s += " plan " + calendar.Text(x.Plan.Period) + " " + instant(x.Plan.At)
	}
	return s
}

// draftsOf follows the drafts of a day, either way.
func draftsOf(t *rapid.T, c *core.DraftDay, cells map[string][]byte) {
	n, before, at := uint64(0), core.Named{}, c.First
	for at.Account != "" {
		key := string(core.AppendTransactionKey(nil, c.Org, at.Account, at.Transaction))
		cell, err := state.DecodeCell(key, cells[key], nil)
		x, ok := cell.(*core.Transaction)
		if err != nil || !ok || x.Number != 0 || x.Date != c.Day || x.DraftPrevious != before {
			t.Fatalf("draft %v of day %s behind %v: %+v, %v", at, calendar.Text(c.Day), before, x, err)
		}
		n, before, at = n+1, at, x.DraftNext
	}
	if n != c.Count || n == 0 || before != c.Last {
		t.Fatalf("day %s has %d drafts, and ends at %v: %+v", calendar.Text(c.Day), n, before, c)
	}
}

// owing is where a customer account stands, with what the chains of its cells say: both ends of each, and every link either way.
func owing(t *rapid.T, c *core.Customer, cells map[string][]byte) string {
	var open []*core.Transaction
	sums := map[bool]money.Amount{}
	for _, chain := range []core.Chain{c.Debits, c.Credits} {
		before, at := "", chain.First
		for at != "" {
			cell, err := state.DecodeCell(string(core.AppendTransactionKey(nil, c.Org, c.Account, at)), cells[string(core.AppendTransactionKey(nil, c.Org, c.Account, at))], nil)
			x, ok := cell.(*core.Transaction)
			if err != nil || !ok || x.Open <= 0 || x.Open > x.Amount || before != "" && x.Previous != before {
				t.Fatalf("%s: transaction %q in a chain behind %q: %+v, %v", c.Account, at, before, x, err)
			}
			open = append(open, x)
			sums[x.Debit] += x.Open
			before, at = at, x.Next
		}
		if chain.Last != before {
			t.Fatalf("%s: a chain that ends at %q, and not at %q", c.Account, before, chain.Last)
		}
	}
	if sums[true] != c.Open || sums[false] != c.Unallocated || c.Open > 0 && c.Unallocated > 0 {
		t.Fatalf("%s: %+v, and its chains add up to %v", c.Account, c, sums)
	}
	slices.SortFunc(open, func(a, b *core.Transaction) int { return cmp.Compare(a.Number, b.Number) })
	all := ""
	for _, x := range open {
		all += fmt.Sprintf(" %s %s", x.Reference, plain(x.Open))
	}
	return fmt.Sprintf("%s customer %s %s over %v outstanding %s unallocated %s drafts %d open%s", c.Org, c.Account, c.Status, c.OverLimit, plain(c.Outstanding), plain(c.Unallocated), c.Drafts, all)
}

func sent(s *core.Send, cells map[string][]byte) string {
	waiting, prefix := 0, "w\x1f"+s.Org+"\x1f\x01"+s.ID+"\x1f"
	for key := range cells {
		if strings.HasPrefix(key, prefix) {
			waiting++
		}
	}
	all := fmt.Sprintf("%s send %s %s, %d wait, paid by", s.Org, s.ID, s.State, waiting)
	for _, p := range s.Payers {
		all += fmt.Sprintf(" %s %s", p.Account, plain(p.Price))
	}
	if s.Part.Account != "" {
		all += fmt.Sprintf(", part %s %s", s.Part.Account, plain(s.Part.Amount))
	}
	return all
}

// asked is a recharge; when it is tried again stands in its account's cell.
func asked(c *core.Recharge, cells map[string][]byte) string {
	retry := ""
	key := string(core.AppendAccountKey(nil, c.Org, c.Account))
	if c.State == core.RetryWaiting {
		if a, _ := state.DecodeCell(key, cells[key], nil); a != nil && c.Purpose == core.Automatic {
			retry = instant(a.(*core.Account).Dunning.Retry)
		} else {
			retry = instant(c.NextDue)
		}
	}
	s := fmt.Sprintf("%s %s %s open %v retry %q:", c.Org, c.RechargeID(), c.Purpose, c.State != core.Closed, retry)
	for _, each := range c.Attempts {
		s += fmt.Sprintf(" %s %q", plain(each.Amount), map[core.AttemptState]string{core.Failed: "failed", core.Succeeded: "succeeded"}[each.Result])
	}
	return s
}

func plain(a money.Amount) string { return tidy(a.String()) }

func instant(at core.Time) string {
	if at == 0 {
		return ""
	}
	return time.UnixMicro(int64(at)).UTC().Format(time.RFC3339Nano)
}
