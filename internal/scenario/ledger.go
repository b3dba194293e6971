package scenario

import (
	"fmt"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// judge says whether an event is new (R2.1, R2.2). A replay names the entry of the dead letter that it repeats.
func (w *world) judge(ev *core.Event, replay uint64) core.Verdict {
	known, ok := w.known[ev.Identity]
	if !ok {
		return core.New
	}
	seen := core.Seen{Payload: known.Payload, Result: known.Result, Entry: known.Entry, At: known.At}
	return core.Judge(seen, ev, window, replay)
}

// record puts the decision on an event into the ledger and the duplicate index.
func (w *world) record(ev *core.Event, kind string) (Decided, error) {
	d := w.describe()
	d.Type, d.ID = kind, ev.ID
	d.DeadLetter = w.decision.Result == core.Refused && !ev.Type.Asks()
	if d.Outcome != nil && d.Outcome.To == "" {
		d.Outcome.To = ev.ID
	}
	if err := w.audit.result(ev, &w.decision); err != nil {
		return d, fmt.Errorf("%s: %w", ev.ID, err)
	}
	if w.decision.Result == core.Silent {
		return d, fmt.Errorf("%s %s was decided and left no entry", kind, ev.ID)
	}
	w.learn(ev, w.decision.Result, w.cells.Progress().Entry, d.DeadLetter)
	return w.append(d)
}

// recordDue puts a piece of due work into the ledger: an event that waited under its own identity, the end of a grant.
func (w *world) recordDue() (Decided, error) {
	d := w.describe()
	d.Due, d.At = true, stamp(w.decision.At)
	if s := w.decision.Subject; s != nil {
		d.Type, d.ID = topics.TypeName(s.Event.Type), s.Event.ID
		d.DeadLetter = w.decision.Result != core.Applied
		if err := w.audit.result(&s.Event, &w.decision); err != nil {
			return d, fmt.Errorf("%s: %w", d.ID, err)
		}
		w.learn(&s.Event, w.decision.Result, w.cells.Progress().Entry, d.DeadLetter)
		return w.append(d)
	}
	d.Type, d.ID = w.decision.Work.String(), w.decision.Worked
	return w.append(d)
}

// conflict refuses an event whose identity is known with another body (R2.2): an entry, a dead letter and an alert, and no
// trace in the duplicate index.
func (w *world) conflict(ev *core.Event, kind string) (Decided, error) {
	p := w.cells.Progress()
	p.Entry++
	w.cells.Touch(p)
	d := Decided{
		Result: core.Refused.String(), Reason: string(core.IdentityConflict), Type: kind, ID: ev.ID,
		Alerts: []Alert{{Kind: string(core.ConflictAlert)}}, DeadLetter: true,
	}
	w.decision.Reset()
	w.decision.Result, w.decision.Org = core.Refused, ev.Org
	return w.append(d)
}

// append numbers the decision, audits it and closes its transaction.
func (w *world) append(d Decided) (Decided, error) {
	d.Entry = w.cells.Progress().Entry
	if d.Entry != uint64(len(w.ledger))+1 {
		return d, fmt.Errorf("entry %d follows entry %d (R9.5)", d.Entry, len(w.ledger))
	}
	if err := w.audit.entry(&w.decision, d.Entry); err != nil {
		return d, fmt.Errorf("entry %d: %w", d.Entry, err)
	}
	d.org = w.decision.Org
	w.ledger = append(w.ledger, d)
	w.schedule()
	return d, nil
}

// describe copies the decision in hand: the core uses its memory again.
func (w *world) describe() Decided {
	c := &w.decision
	d := Decided{Result: c.Result.String(), Reason: string(c.Reason)}
	if c.Needed != 0 {
		d.Needed = amount(c.Needed)
	}
	if c.Had != 0 {
		d.Had = amount(c.Had)
	}
	if c.Result == core.Waiting {
		d.Until = w.deadline()
	}
	for i := range c.Postings {
		d.Postings = append(d.Postings, describePosting(&c.Postings[i]))
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		b := Balance{
			Account: l.Account.ID, Currency: l.Account.Currency.String(), Balance: amount(l.Balance),
			Seq: l.Seq, Previous: l.Previous, system: l.Account.Kind == core.KindSystem,
		}
		if l.Account.Kind == core.KindWallet {
			b.Purchased = amount(l.Purchased)
		}
		d.Balances = append(d.Balances, b)
	}
	if c.Price.Set {
		d.Price = describePrice(&c.Price)
	}
	for i := range c.Attempts {
		a := &c.Attempts[i]
		d.Attempts = append(d.Attempts, Attempt{
			Attempt: a.Recharge.AttemptID(a.Number), Purpose: a.Recharge.Purpose.String(), Amount: amount(a.Amount),
			Currency: a.Account.Currency.String(), Method: a.Method,
		})
	}
	for i := range c.Invoices {
		d.Invoices = append(d.Invoices, describeInvoice(&c.Invoices[i]))
	}
	d.describeTransaction(c)
	d.Period = describePeriod(c.Period)
	d.Outcome = describeOutcome(&c.Outcome)
	if !c.Rate.IsZero() {
		d.Outcome.Rate = c.Rate.String()
	}
	for i := range c.Alerts {
		d.Alerts = append(d.Alerts, describeAlert(&c.Alerts[i]))
	}
	return d
}

// deadline is until when the event that has just been parked waits.
func (w *world) deadline() string {
	changed, _ := w.cells.Changes()
	for _, c := range changed {
		if p, ok := c.(*core.Parked); ok && p.Deadline != 0 {
			return stamp(p.Deadline)
		}
	}
	return ""
}

func describePosting(p *core.Posting) Posting {
	d := Posting{
		From: p.From.ID, To: p.To.ID, Amount: amount(p.Amount), Currency: p.Currency.String(),
		Bucket: p.Bucket.String(), Grant: p.Grant,
	}
	switch {
	case p.From.Kind == core.KindWallet:
		d.wallet = p.From.ID
	case p.To.Kind == core.KindWallet:
		d.wallet = p.To.ID
	}
	return d
}

func describePrice(p *core.Price) *Price {
	d := &Price{
		Cost: amount(p.Cost), CostIn: p.CostIn.String(), Charge: amount(p.Charge), ChargeIn: p.ChargeIn.String(),
		Basis: p.Basis.String(), Plan: p.Plan,
	}
	if p.Basis != core.ByRateCard {
		d.Multiplier = p.Multiplier.String()
	} else {
		d.Volume = p.Volume.String()
	}
	if !p.Rate.IsZero() {
		d.Rate = p.Rate.String()
	}
	if !p.AgencyRate.IsZero() {
		d.AgencyRate = p.AgencyRate.String()
	}
	return d
}

func describeOutcome(o *core.Outcome) *Answer {
	if o.Status == core.NoOutcome {
		return nil
	}
	d := &Answer{Status: o.Status.String(), To: o.ID, Reason: string(o.Reason), Attempt: o.Attempt, Invoice: o.Invoice, Send: o.Send, Order: o.Order, Transaction: o.Transaction}
	if a := o.Account; a != nil {
		d.Amount, d.Balance, d.In = amount(o.Amount), amount(a.Balance), a.Currency.String()
	}
	if to := o.To; to != nil {
		d.Gets = to.ID + " " + amount(o.Gets) + " " + to.Currency.String() + " balance " + amount(to.Balance)
	}
	if o.Quote != nil {
		d.describeQuote(o.Quote)
	}
	if o.Spent != nil {
		d.Of, d.About = amount(o.Spent.Cost), labels(o.Spent)
		if o.Account == nil {
			d.Amount, d.Balance, d.In = amount(o.Amount), "0", o.Spent.Spending.Currency.String()
		}
	}
	return d
}

// labels are what is told of a spending account.
func labels(s *core.Spent) string {
	l := &s.Terms.Labels
	words := []string{topics.SpendingType(s.Terms), string(topics.AppendDay(nil, s.Terms.Start))}
	if s.Terms.End != 0 {
		words = append(words, "to", string(topics.AppendDay(nil, s.Terms.End)))
	}
	for _, text := range [...]string{l.Name, l.Description, l.Tooltip, l.CostCentre} {
		if text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, " ")
}

func describeInvoice(q *core.InvoiceRequest) Invoice {
	i := q.Invoice
	return Invoice{
		Invoice: i.Number, Kind: i.Kind.String(), Account: i.Account, Amount: amount(i.Amount), Currency: i.Currency.String(),
		Due: string(topics.AppendDay(nil, i.Due)), PO: q.PO, For: q.For, Contacts: append([]string(nil), q.Contacts...),
	}
}

func describeAlert(a *core.Alert) Alert {
	d := Alert{
		Kind: string(a.Kind), Contacts: append([]string(nil), a.Contacts...), Recipients: sentTo(a.Customer), Attempt: a.Attempt, Reason: a.Why, Invoice: a.Invoice, Send: a.Send,
	}
	if a.Account == nil {
		return d
	}
	d.Account, d.Currency, d.Balance = a.Account.ID, a.Currency.String(), amount(a.Balance)
	switch a.Kind {
	case core.LowBalance, core.OverCreditLimit, core.WithinCreditLimit:
		d.Threshold = amount(a.Threshold)
	case core.NegativeBalance:
		d.ToCollect = amount(a.ToCollect)
	}
	if a.Attempt != "" || a.Invoice != 0 || a.Send != "" || a.Kind == core.RecurringFailed {
		d.Amount = amount(a.Amount)
	}
	if a.RetryAt != 0 {
		d.RetryAt = stamp(a.RetryAt)
	}
	return d
}

func amount(a money.Amount) string { return tidy(a.String()) }

func stamp(t core.Time) string { return topics.FormatTime(t) }
