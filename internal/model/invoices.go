package model

import (
	"fmt"
	"strings"
	"time"
)

// invoice is a bill to a funding source (R9.3).
type invoice struct {
	number                  int
	kind, account, currency string
	amount, paid            dec
	voided                  bool
}

func (i *invoice) open() dec {
	if i.voided || i.paid.GreaterThan(i.amount) {
		return zero
	}
	return i.amount.Sub(i.paid)
}

// invoice sends one out, in whole minor units (R1.3), with the next number of its org.
func (t *turn) invoice(a *account, kind string, amount dec, what string, at time.Time) *invoice {
	terms := a.terms.at(at).funding
	i := &invoice{number: len(t.o.invoices) + 1, kind: kind, account: a.id, currency: a.currency, amount: collected(amount, a.currency)}
	t.o.invoices = append(t.o.invoices, i)
	due := shownDay(at, t.o.terms.at(at).zone).AddDate(0, 0, terms.days).Format(time.DateOnly)
	t.line("invoice %d %s %s %s %s due %s for %s po %q to %s", i.number, kind, a.id, i.amount, a.currency, due, what, terms.po, contacts(terms.payables))
	return i
}

// open is what is open of the invoices of some kinds to an account.
func (o *org) open(a *account, kinds string) dec {
	sum := zero
	for _, i := range o.invoices {
		if i.account == a.id && strings.Contains(kinds, i.kind) {
			sum = sum.Add(i.open())
		}
	}
	return sum
}

const (
	anyInvoice = "funding recharge add_funds negative_balance"
	debts      = "add_funds negative_balance" // R6.7: those for what is negative, or was to be
)

// invoice reads an invoice's number.
func (b *body) invoice() int {
	n, given := b.number("invoice", 0)
	b.demand(given && n.IsPositive())
	return int(n.IntPart())
}

// refusesInvoice finds an invoice and its account, or says why nothing can be done with it.
func (o *org) refusesInvoice(number int) (i *invoice, a *account, why string) {
	if number > len(o.invoices) {
		return nil, nil, "unknown_invoice"
	}
	i = o.invoices[number-1]
	a = o.accounts[i.account]
	return i, a, o.refuses(a)
}

// invoicePaid credits what came in for an invoice, and tells of what is more than was open.
func invoicePaid(e *event) func(*turn) {
	b := e.body
	number, reference, amount, currency := b.invoice(), b.name("payment"), b.posted(), b.name("currency")
	return func(t *turn) {
		i, a, why := t.o.refusesInvoice(number)
		switch {
		case why != "":
		case a.kind != "funding_source":
			why = "not_a_funding_source"
		case currency != i.currency || currency != a.currency:
			why = "currency_mismatch"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		t.move("world:payments", a.id, amount, currency, nil)
		if !t.post() {
			return
		}
		t.o.paid(a.id, reference, amount)
		at := t.present(e.Recorded)
		if over := amount.Sub(i.open()); over.IsPositive() {
			t.line("alert invoice_overpaid %s %s %s about  %s because  again \"\" to %s invoice %d send ", a.id, a.balance(), a.currency, over, contacts(a.terms.at(at).contacts), i.number)
		}
		i.paid = i.paid.Add(amount)
		t.judge(a, at)
	}
}

func invoiceVoided(e *event) func(*turn) {
	number := e.body.invoice()
	return func(t *turn) {
		i, a, why := t.o.refusesInvoice(number)
		if why == "" && i.open().IsZero() {
			why = "invoice_closed"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		t.post()
		i.voided = true
		t.awaitNight(a, t.present(e.Recorded))
	}
}

// unbilled is what is negative and asked for by no invoice that is open (R6.7).
func (o *org) unbilled(a *account) dec {
	return a.balance().Neg().Sub(o.open(a, debts))
}

// awaitNight: where there is something to send an invoice for, one goes out at the end of the day, 00:00 UTC: of the day of the last tick
// for what an event does, of its own for what was due.
func (t *turn) awaitNight(a *account, at time.Time) {
	if a.kind != "funding_source" {
		return
	}
	if t.e != nil {
		at = t.clock(at)
	}
	billed := false
	for _, v := range a.terms {
		billed = billed || v.terms.funding.byInvoice()
	}
	switch {
	case !billed || !t.o.unbilled(a).IsPositive():
		a.night = time.Time{}
	case a.night.IsZero():
		a.night = at.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
}

// endDay sends out the invoice of a day. A source that is paid by card at its end gets none.
func (m *Model) endDay(o *org, a *account) {
	end := a.night
	a.night = time.Time{}
	if !a.terms.at(end).funding.byInvoice() {
		t := &turn{Model: m, o: o}
		t.awaitNight(a, end)
		return
	}
	day := end.Add(-time.Nanosecond).Format(time.DateOnly)
	m.work(o, "day_ended", day, end).invoice(a, "negative_balance", o.unbilled(a), day, end)
}

func (i *invoice) String() string {
	return fmt.Sprintf("invoice %d %s %s %s %s paid %s open %s", i.number, i.kind, i.account, i.amount, i.currency, i.paid, i.open())
}
