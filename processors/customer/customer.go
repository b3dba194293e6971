// Package customer keeps what a company and its customers owe each other: transactions and drafts of them (R8.1), and which credit has paid which
// debit (R8.2), who may owe how much (R8.3, R8.4), what pays by itself (R8.5, R8.10), accounting periods (R8.7), prices (R8.9), and what an account
// says of its owner (R8.12 to R8.16).
//
//	debit        what a customer owes for: an invoice, a debit note
//	credit       what pays for debits: a payment, a credit note, a write-off
//	draft        a transaction that affects nothing yet
//	allocation   what of a credit went to a debit
//	open         what of a debit is not settled
//	outstanding  what is open past its due date
//	chain        transactions that hang together by their cells, so that the first, the last, and one that is named are found at once
//
// Nothing here goes through an account's history: posting to one with a hundred thousand transactions reads as many cells as to one with ten.
package customer

import (
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// Record records a transaction: as a draft, or posted at once (R8.1). The answer is an outcome.
func Record(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Transaction
	p, t, status := begin(b, ev, d, q.Account, q.Transaction)
	if p == nil {
		return status
	}
	switch {
	case t != nil:
		return d.Refuse(core.TransactionExists)
	case !fits(q):
		return d.Refuse(core.NotOfThisKind)
	case q.Currency != p.account.Currency:
		return d.Refuse(core.CurrencyMismatch)
	}
	if q.Draft && p.status() == core.CustomerTerminated {
		return d.Refuse(core.CustomerIsTerminated)
	}
	t = p.drafted(q, ev.OccurredAt)
	if len(q.Lines) > 0 {
		amount, why := p.bill(q.Lines, ev.OccurredAt)
		if why != core.ReasonNone {
			return d.Refuse(why)
		}
		t.Amount = amount
	}
	if q.Draft {
		status = p.hold(d, t)
	} else {
		status = p.post(d, t)
	}
	if status != core.Done || d.Result == core.Refused {
		if status = p.collect(ev, d, t, status); d.Result == core.Applied {
			d.Told.Lines = p.lines // of the charge, also where a wallet's payment for it is told
		}
		return status
	}
	d.Told.Lines = p.lines
	d.Outcome = p.answer(d.Told.Transaction)
	return d.Apply()
}

// hold keeps a draft.
func (p *posting) hold(d *core.Decision, t *core.Transaction) core.Status {
	if p.inClosed(t) {
		return d.Refuse(core.PeriodClosed)
	}
	links, known := p.place(t)
	if !known {
		return core.Miss
	}
	t = p.keep(t)
	p.joinDrafts(t, links)
	p.cell().Drafts++
	d.Told = core.Told{Transaction: t, State: core.TransactionDraft, Currency: p.account.Currency}
	return core.Done
}

// fits says whether what is asked for goes with its kind: only an opening balance has a side, only a write-off may leave its amount open, only what is
// sold or credited has lines, which then say how much it is, and only what can be nothing but a credit names a debit.
func fits(q *core.TransactionRequest) bool {
	opening := q.Kind == core.OpeningBalance
	if len(q.Lines) > 0 {
		return q.Amount == 0 && !q.Sided && (q.Kind.Debits() && q.Against == "" || q.Kind == core.CreditNote)
	}
	return opening == q.Sided && (q.Amount > 0 || q.Kind == core.WriteOff) && (q.Against == "" || !q.Kind.Debits() && !opening)
}

// PostDraft posts a draft as it was recorded.
func PostDraft(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	p, t, status := begin(b, ev, d, ev.Transaction.Account, ev.Transaction.Transaction)
	if p == nil {
		return status
	}
	switch {
	case t == nil:
		return d.Refuse(core.UnknownTransaction)
	case t.Number != 0 || t.Waits():
		return d.Refuse(core.NotADraft)
	}
	p.draft = t
	if status := p.postDraft(d, t); status != core.Done || d.Result == core.Refused {
		return p.collect(ev, d, t, status)
	}
	d.Outcome = p.answer(t)
	return d.Apply()
}

// postDraft posts a draft, and takes it from among the others.
func (p *posting) postDraft(d *core.Decision, t *core.Transaction) core.Status {
	links, known := p.place(t)
	if !known {
		return core.Miss
	}
	if status := p.post(d, t); status != core.Done || d.Result == core.Refused {
		return status
	}
	p.leaveDrafts(t, links)
	p.customer.Drafts--
	return core.Done
}

// Discard gives a draft up. Its reference is free again.
func Discard(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	p, t, status := begin(b, ev, d, ev.Transaction.Account, ev.Transaction.Transaction)
	if p == nil {
		return status
	}
	switch {
	case t == nil:
		return d.Refuse(core.UnknownTransaction)
	case t.Number != 0 || t.Waits():
		return d.Refuse(core.NotADraft)
	}
	links, known := p.place(t)
	if !known {
		return core.Miss
	}
	p.leaveDrafts(t, links)
	p.customer.Drafts--
	b.Touch(p.customer)
	b.Delete(t)
	d.Told = core.Told{Transaction: t, State: core.TransactionIsDiscarded, Currency: p.account.Currency}
	return d.Apply()
}

// Receive is a payment that has come in for a customer account: a transaction, posted at once.
func Receive(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Payment
	p, t, status := begin(b, ev, d, q.Account, q.Payment)
	if p == nil {
		return status
	}
	switch {
	case t != nil: // the same money twice
		return d.Refuse(core.TransactionExists)
	case q.Currency != p.account.Currency:
		return d.Refuse(core.CurrencyMismatch)
	}
	t = p.drafted(&core.TransactionRequest{
		Account: q.Account, Transaction: q.Payment, Kind: core.PaymentTransaction, Amount: q.Amount, Currency: q.Currency,
	}, ev.OccurredAt)
	if status := p.post(d, t); status != core.Done || d.Result == core.Refused {
		return status
	}
	return d.Apply()
}

// Prefetch asks for what a transaction will need, as far as its event tells.
func Prefetch(b core.Book, ev *core.Event) {
	q := ev.Transaction
	PrefetchAccount(b, ev.Org, q.Account)
	b.Transaction(ev.Org, q.Account, q.Transaction)
	c, known := b.Customer(ev.Org, q.Account)
	if q.Against != "" {
		b.Transaction(ev.Org, q.Account, q.Against)
	}
	if ev.Type == core.TransactionRecorded {
		b.System(ev.Org, counterpart(q.Kind), q.Currency)
	}
	if known && c != nil {
		for _, reference := range [...]string{c.Debits.First, c.Debits.Last, c.Credits.First, c.Credits.Last} {
			if reference != "" {
				b.Transaction(ev.Org, q.Account, reference)
			}
		}
	}
}

// PrefetchAccount asks for what any event about a customer account will need.
func PrefetchAccount(b core.Book, org, account string) {
	b.Account(org, account)
	b.Customer(org, account)
	b.CustomerSettings(org)
	b.Periods(org)
}

// InUse says whether drafts of a customer account are left, or anything is open: it cannot be removed (R2.3).
func InUse(b core.Book, a *core.Account) (used, known bool) {
	if a.Kind != core.KindCustomerAccount {
		return false, true
	}
	c, known := b.Customer(a.Org, a.ID)
	return c != nil && (c.Drafts > 0 || c.Open > 0 || c.Unallocated > 0), known
}

// Forget drops what a removed account has no use for. Its cell stays: others hang by it.
func Forget(b core.Book, a *core.Account) {
	if c, _ := b.Customer(a.Org, a.ID); c != nil && c.Posted == 0 {
		b.Touch(c)
		c.Status, c.OverLimit = core.CustomerActive, false
	}
}

// Fits says whether a definition has what an account of its kind may have: customer accounts have terms of their own, and nothing of what a wallet has.
func Fits(v *core.AccountVersion) bool {
	if v.Kind != core.KindCustomerAccount {
		return v.Customer == nil
	}
	return v.Plan == "" && len(v.Multipliers) == 0 && !v.HasLowBalance && v.Recharge == nil
}

// OwnTerms clones a customer account's terms.
func OwnTerms(t *core.CustomerTerms) *core.CustomerTerms {
	if t == nil {
		return nil
	}
	own := *t
	own.Rating, own.Profile, own.Classes = strings.Clone(t.Rating), strings.Clone(t.Profile), core.OwnStrings(t.Classes)
	own.Paying, own.Particulars = ownPaying(t.Paying), ownParticulars(t.Particulars)
	own.Prices = ownPrices(t.Prices)
	return &own
}

// begin looks up what every event about a transaction is about: without it, the status says why.
func begin(b core.Book, ev *core.Event, d *core.Decision, account, reference string) (*posting, *core.Transaction, core.Status) {
	a, status := core.Credited(b, ev, d, account)
	if a == nil {
		return nil, nil, status
	}
	if a.Kind != core.KindCustomerAccount {
		return nil, nil, d.Refuse(core.NotACustomer)
	}
	c, known := b.Customer(a.Org, a.ID)
	var t *core.Transaction
	ok := true
	if reference != "" {
		t, ok = b.Transaction(a.Org, a.ID, reference)
	}
	settings, loaded := b.CustomerSettings(a.Org)
	periods, found := b.Periods(a.Org)
	if !known || !ok || !loaded || !found {
		return nil, nil, core.Miss
	}
	switch {
	case periods != nil && d.DueFirst(b.Progress(), periods):
		return nil, nil, core.DueFirst
	case c != nil && c.Charging != "":
		d.DueCell = c
		return nil, nil, core.DueFirst
	case t != nil && t.Waits() && d.DueFirst(b.Progress(), t):
		return nil, nil, core.DueFirst
	}
	org, _ := b.Org(a.Org) // Credited has looked it up
	p := &posting{book: b, account: a, org: org, customer: c, periods: periods}
	p.at = core.Latest(b.Progress(), ev.RecordedAt)
	p.terms = termsAt(a, settings, p.at)
	return p, t, core.Done
}

// drafted is a transaction as it was asked for. Its date is the day given, or that on which it happened, in the org's zone.
func (p *posting) drafted(q *core.TransactionRequest, at core.Time) *core.Transaction {
	t := &core.Transaction{
		Org: p.account.Org, Account: p.account.ID, Reference: q.Transaction,
		Kind: q.Kind, Debit: q.Kind.Debits() || q.Kind == core.OpeningBalance && q.Debit, Amount: q.Amount, Date: q.Date, Against: strings.Clone(q.Against), For: strings.Clone(q.For),
	}
	if !q.Dated {
		t.Date = calendar.Day(int64(at), core.InForce(p.org.Versions, at).Zone)
	}
	return t
}

// keep makes the cell of a transaction.
func (p *posting) keep(t *core.Transaction) *core.Transaction {
	kept := p.book.NewTransaction(t.Org, t.Account, strings.Clone(t.Reference))
	kept.Kind, kept.Debit, kept.Amount, kept.Date, kept.Against, kept.For = t.Kind, t.Debit, t.Amount, t.Date, t.Against, t.For
	return kept
}

// cell is what the account has beside its balance, made where there was nothing yet, and touched.
func (p *posting) cell() *core.Customer {
	if p.customer == nil {
		p.customer = p.book.NewCustomer(p.account.Org, p.account.ID)
		p.enrol(p.customer)
	} else {
		p.book.Touch(p.customer)
	}
	return p.customer
}

func (p *posting) answer(t *core.Transaction) core.Outcome {
	return core.Outcome{Status: core.Accepted, Account: p.account, Amount: t.Amount, Transaction: t.Reference}
}

// counterpart is the account against which a transaction of a kind is posted.
func counterpart(k core.TransactionKind) string {
	switch k {
	case core.PaymentTransaction:
		return core.WorldPayments
	case core.WriteOff:
		return core.WorldWriteOff
	case core.OpeningBalance:
		return core.WorldOpening
	default:
		return core.RevenueSales
	}
}

// owed is what a customer owes: what the balance is below zero.
func owed(a *core.Account) money.Amount { return max(-a.Balance, 0) }
