package model

import (
	"strings"
	"time"
)

// fundingTerms are what a definition of a funding source says beyond those of other accounts (R5.1).
type fundingTerms struct {
	name, method, po string // no method: it is paid by invoice
	payables         []string
	days             int
	flagged, each    bool
	every            int // it is funded on the 1st of every so many months; 0: never
	amount           dec
}

func (f *fundingTerms) byInvoice() bool { return f != nil && f.method == "" }

func (b *body) funding(kind string) *fundingTerms {
	o := b.object("funding")
	b.demand((o != nil) == (kind == "funding_source"))
	if o == nil {
		return nil
	}
	f := &fundingTerms{name: o.name("name"), method: o.text("payment_method"), po: o.text("po_number"), payables: o.texts("accounts_payable"), days: 30}
	if n, given := o.number("payment_days", 0); given {
		f.days = int(n.IntPart())
	}
	f.flagged = o.flag("default")
	f.each = o.text("card_charges") == "each"
	o.demand((o.text("payment_type") == "credit_card") == (f.method != ""))
	if s := o.object("schedule"); s != nil {
		f.every, f.amount = map[string]int{"month": 1, "quarter": 3}[s.text("every")], s.posted()
		o.demand(!s.bad && f.every > 0)
	}
	b.demand(!o.bad)
	return f
}

// flag gives a funding source the flag of the org's default from a time on, or takes it away (R5.1).
func (o *org) flag(account string, from time.Time, set bool) {
	switch has := o.defaultAt(from) == account; {
	case set && !has:
		o.defaults = o.defaults.with(from, account)
	case !set && has:
		o.defaults = o.defaults.with(from, "")
	}
}

func (o *org) defaultAt(at time.Time) string {
	if len(o.defaults) == 0 {
		return ""
	}
	return o.defaults.at(at)
}

// held is what is set aside for what waits for a card.
func (a *account) held() dec {
	sum := zero
	for _, r := range a.recharges {
		if r.covers != nil {
			sum = sum.Add(r.covers.held)
		}
	}
	for _, x := range a.books.drafts {
		if x.charge != nil {
			sum = sum.Add(x.charge.held)
		}
	}
	if a.set != nil {
		sum = sum.Add(a.set())
	}
	return sum
}

func (a *account) available() dec { return a.balance().Sub(a.held()) }

// movable is what of an account may be moved to another one: what is available and was purchased (R5.8).
func (a *account) movable() dec { return smaller(a.available(), a.purchased) }

// named says whether a version of a team or of a campaign names a funding source: it stays (R2.3).
func (o *org) named(source string) bool {
	for _, t := range o.teams {
		for _, v := range t.terms {
			if v.terms.balances == source || v.terms.licences == source {
				return true
			}
		}
	}
	for _, c := range o.campaigns {
		for _, v := range c {
			if v.terms.source == source {
				return true
			}
		}
	}
	return false
}

// refusesSources says why a definition cannot name funding sources: of several, the first one's reason.
func (o *org) refusesSources(names ...string) string {
	for _, name := range names {
		switch a := o.accounts[name]; {
		case name == "":
		case !a.defined():
			return "unknown_account"
		case a.kind != "funding_source":
			return "not_a_funding_source"
		}
	}
	return ""
}

// fundingRequested funds a source once (R5.2).
func fundingRequested(e *event) func(*turn) {
	b := e.body
	id, amount, currency := b.name("account"), b.posted(), b.name("currency")
	return func(t *turn) {
		a := t.o.accounts[id]
		switch why := t.o.refuses(a); {
		case why != "":
			t.refuse(why)
			return
		case a.kind != "funding_source":
			t.refuse("not_a_funding_source")
			return
		case currency != a.currency:
			t.refuse("currency_mismatch")
			return
		}
		t.post()
		if i, r := t.fund(a, amount, "request/"+e.ID, t.present(e.Recorded)); i != nil {
			t.answers("accepted", "", e.ID, a, i.amount, "", i.number, "")
		} else {
			r.asked = e.ID
			t.answer(r, r.attempts[0], "pending", "")
		}
	}
}

// fund asks for money for a source: by invoice, or by an attempt of its own.
func (t *turn) fund(a *account, amount dec, what string, at time.Time) (*invoice, *recharge) {
	terms := a.terms.at(at).funding
	if terms.byInvoice() {
		return t.invoice(a, "funding", amount, what, at), nil
	}
	return nil, t.cover(a, "scheduled_funding", amount, terms.method, at, &cover{})
}

// expectFunding begins the schedule of a source with the next month.
func (o *org) expectFunding(a *account, at time.Time) {
	if a.scheduled() && a.funded == 0 {
		a.funded = monthOf(at, o.terms.at(at).zone) + 1
	}
}

func (a *account) scheduled() bool {
	for _, v := range a.terms {
		if v.terms.funding != nil && v.terms.funding.every > 0 {
			return true
		}
	}
	return false
}

// fundOnSchedule funds a source on a 1st, by the definition that is in force then.
func (m *Model) fundOnSchedule(o *org, a *account) {
	of, first := a.funded, o.begins(a.funded)
	if a.funded++; !a.scheduled() {
		a.funded = 0
	}
	if f := a.terms.at(first).funding; f.every > 0 && int(of)%f.every == 0 {
		t := m.work(o, "funding_scheduled", of.String(), first)
		t.fund(a, f.amount, of.String(), first)
	}
}

// transferRequested moves purchased money between a funding source and a user (R5.8).
func transferRequested(e *event) func(*turn) {
	b := e.body
	payer, payee, amount, currency := b.name("from"), b.name("to"), b.posted(), b.name("currency")
	return func(t *turn) {
		from, to := t.o.accounts[payer], t.o.accounts[payee]
		why := t.o.refuses(from)
		if why == "" {
			why = t.o.refuses(to)
		}
		if why == "" {
			why = refusesTransfer(from, to, currency)
		}
		if why != "" {
			t.refuse(why)
			return
		}
		rate, known := t.o.rate(from.currency, to.currency, e.occurred)
		switch {
		case !known:
			t.refuse("no_fx_rate")
			return
		case amount.GreaterThan(from.movable()):
			t.refuse("insufficient_funds")
			return
		}
		gets := rounded(amount.Mul(rate))
		if from.currency == to.currency {
			t.move(from.id, to.id, amount, currency, nil)
		} else {
			t.move(from.id, "world:fx", amount, currency, nil)
			t.move("world:fx", to.id, gets, to.currency, nil)
		}
		if !t.post() {
			return
		}
		t.line("outcome accepted  of %s: %s %s, balance %s; %s gets %s %s, balance %s", e.ID, amount, currency, from.balance(), to.id, gets, to.currency, to.balance())
		t.judge(from, t.present(e.Recorded))
		if t.posted(to) {
			t.judge(to, t.present(e.Recorded))
		}
	}
}

func refusesTransfer(from, to *account, currency string) string {
	switch strings.Join([]string{from.kind, to.kind}, " ") {
	case "wallet wallet":
		return "transfer_between_users"
	case "wallet funding_source", "funding_source wallet":
		if currency != from.currency {
			return "currency_mismatch"
		}
		return ""
	}
	return "not_transferable"
}
