package stream

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// record writes down what became of an event: its ledger record, its identity, its alerts, and the dead letter where it
// was refused.
func (t *task) record(ev *core.Event, rec *kgo.Record, d *core.Decision) {
	input := t.inputOf(rec.Topic)
	t.count(input, d.Result.String())
	if d.Result == core.Silent {
		return
	}
	m := topics.Mark{Entry: t.progress.Entry, Result: d.Result, Indexed: true, Identity: ev.Identity, Payload: ev.Payload, At: ev.RecordedAt}
	t.know(m)
	t.enter(ev, rec, d, m)
	switch d.Result {
	case core.Refused:
		t.tally(t.w.cfg.Metrics.Refused, string(d.Reason))
		if !ev.Type.Asks() {
			t.letter(rec, string(d.Reason), "", m.Entry)
		}
	case core.Waiting:
		t.fillParked(rec)
	}
}

// know enters the identity of a ledger record into the duplicate index.
func (t *task) know(m topics.Mark) {
	t.index.Add(state.Known{Identity: m.Identity, Payload: m.Payload, Entry: m.Entry, Result: m.Result, At: m.At})
	t.newest = max(t.newest, m.At)
}

// fillParked completes the cell that the core made for an event that waits: with the whole record, and the event decoded
// from that copy, so that nothing of the batch is kept alive.
func (t *task) fillParked(rec *kgo.Record) {
	for _, p := range t.memory.NewlyParked() {
		p.Record = topics.AppendRecord(nil, rec)
		if err := t.decodeParked(p.Record, &p.Event); err != nil {
			panic("an event that was decoded cannot be decoded again: " + err.Error())
		}
	}
}

// recordDue writes down what a piece of due work did. An event that waited ends here, under its own identity.
func (t *task) recordDue(d *core.Decision) {
	if d.Result == core.Silent {
		return
	}
	cause := t.lastRecord.rec
	m := topics.Mark{Entry: t.progress.Entry, Result: d.Result}
	t.count(tickInput, "due_"+d.Result.String())
	if d.Subject == nil {
		t.enter(nil, cause, d, m)
		return
	}
	ev := &d.Subject.Event
	original, err := topics.ReadRecord(d.Subject.Record)
	if err != nil {
		panic("an event that waited cannot be read back: " + err.Error())
	}
	m.Indexed, m.Identity, m.Payload, m.At = true, ev.Identity, ev.Payload, ev.RecordedAt
	t.know(m)
	t.enter(ev, original, d, m)
	if d.Result == core.Refused || d.Result == core.Expired {
		t.tally(t.w.cfg.Metrics.Refused, string(d.Reason))
		t.letter(original, string(d.Reason), "", m.Entry)
	}
}

// conflict refuses an event whose identity is known with another body (R2.2): a ledger record outside the index, a dead
// letter and an alert.
func (t *task) conflict(in *inputRecord) {
	d := &t.decision
	d.Reset()
	d.Result, d.Reason, d.Org, d.At = core.Refused, core.IdentityConflict, in.event.Org, in.event.OccurredAt
	d.Alerts = append(d.Alerts, core.Alert{Kind: core.ConflictAlert})
	t.progress.Entry++
	t.memory.Touch(t.progress)
	m := topics.Mark{Entry: t.progress.Entry, Result: d.Result, Identity: in.event.Identity, Payload: in.event.Payload, At: in.event.RecordedAt}
	t.enter(&in.event, in.rec, d, m)
	t.letter(in.rec, string(d.Reason), "the same source and id came before with another body", m.Entry)
	t.tally(t.w.cfg.Metrics.Refused, string(d.Reason))
	t.count(in.input, "conflict")
}

// enter writes a decision into the ledger, linked to what stands there, and sends what goes out because of it.
func (t *task) enter(ev *core.Event, cause *kgo.Record, d *core.Decision, m topics.Mark) {
	rec, link := t.w.encoder.Ledger(ev, cause, d, m, t.progress.Link)
	t.progress.Link = link // touched already, with its entry number
	t.w.batch.out(rec)
	t.alerts(ev, cause, d)
	t.attempts(ev, cause, d)
	t.invoices(ev, cause, d)
	t.spending(d)
	if d.Outcome.Status != core.NoOutcome {
		t.tally(t.w.cfg.Metrics.Outcomes, d.Outcome.Status.String())
		t.w.batch.out(t.w.encoder.Outcome(ev, cause, d))
	}
}

// spending counts what was decided about spending accounts.
func (t *task) spending(d *core.Decision) {
	m := t.w.cfg.Metrics
	if d.Ordered != nil {
		t.tally(m.Orders, d.Ordered.State.String())
	}
	if d.Sent != nil && d.Sent.Part.Account != "" {
		t.tally(m.SpendingParts, d.Sent.State.String())
	}
	if d.Outcome.Quote == nil {
		return
	}
	for i := range d.Outcome.Quote.Accounts {
		answer := "applies"
		if why := d.Outcome.Quote.Accounts[i].Reason; why != core.ReasonNone {
			answer = string(why)
		}
		t.tally(m.Quoted, answer)
	}
}

func (t *task) attempts(ev *core.Event, cause *kgo.Record, d *core.Decision) {
	for i := range d.Attempts {
		a := &d.Attempts[i]
		t.tally(t.w.cfg.Metrics.Attempts, a.Recharge.Purpose.String())
		t.w.batch.out(t.w.encoder.Attempt(a, ev, cause, d))
	}
}

func (t *task) invoices(ev *core.Event, cause *kgo.Record, d *core.Decision) {
	for i := range d.Invoices {
		q := &d.Invoices[i]
		t.tally(t.w.cfg.Metrics.Invoices, q.Invoice.Kind.String())
		t.w.batch.out(t.w.encoder.Invoice(q, ev, cause, d))
	}
}

func (t *task) alerts(ev *core.Event, cause *kgo.Record, d *core.Decision) {
	for i := range d.Alerts {
		a := &d.Alerts[i]
		t.tally(t.w.cfg.Metrics.Alerts, string(a.Kind))
		t.w.batch.out(t.w.encoder.Alert(a, ev, cause, d))
	}
}

// deadLetter sends a record that could not be understood, or may not be here, to the dead-letter topic whole (R10.1).
func (t *task) deadLetter(in *inputRecord, reason, detail string) {
	t.count(in.input, "dead_letter")
	t.letter(in.rec, reason, detail, 0)
}

func (t *task) letter(rec *kgo.Record, reason, detail string, entry uint64) {
	t.w.cfg.Metrics.DeadLetters.WithLabelValues(reason).Inc()
	t.w.batch.out(t.w.encoder.DeadLetter(rec, reason, detail, entry, entry > 0))
}

// countKey names a counter of events, so that one event does not cost a look-up by labels.
type countKey struct {
	input  int
	result string
}

func (t *task) count(input int, result string) {
	key := countKey{input, result}
	c, ok := t.counts[key]
	if !ok {
		c = t.w.cfg.Metrics.Events.WithLabelValues(topics.Inputs[input], result)
		t.counts[key] = c
	}
	c.Inc()
}

// tallyKey names a counter of a family with one label.
type tallyKey struct {
	family *prometheus.CounterVec
	label  string
}

// tally counts one more, without a look-up by labels for each.
func (t *task) tally(family *prometheus.CounterVec, label string) {
	key := tallyKey{family, label}
	c, ok := t.tallies[key]
	if !ok {
		c = family.WithLabelValues(label)
		t.tallies[key] = c
	}
	c.Inc()
}

func (t *task) inputOf(topic string) int {
	input, ok := t.w.cfg.Names.Input(topic)
	if !ok {
		panic("a record of a topic that is no input: " + topic)
	}
	return input
}
