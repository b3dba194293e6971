package topics

import (
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

const (
	paymentDays    = 30 // from an invoice to its due date, where nothing else is said
	maxPaymentDays = 365
	maxInvoice     = 999_999_999_999_999
)

// fundingTerms is a FundingTerms as it came: what was not given is zero.
type fundingTerms struct {
	terms core.FundingTerms
	by    string // the payment type
	days  int64
}

// fundingTerms decodes a FundingTerms; nil where none is given.
func (c *cursor) fundingTerms(field string) *fundingTerms {
	if !c.enter('{', field) {
		return nil
	}
	t := &fundingTerms{}
	c.within(field, func() { c.termsFields(t) })
	return t
}

func (c *cursor) termsFields(f *fundingTerms) {
	t := &f.terms
	for c.more() {
		switch name := c.name(); name {
		case "name":
			t.Name = strings.Clone(c.ident(name))
		case "payment_type":
			f.by, _ = c.str(name)
		case "payment_method":
			t.Method = strings.Clone(c.ident(name))
		case "po_number":
			t.PO = strings.Clone(c.ident(name))
		case "accounts_payable":
			t.Payables = c.contacts(name)
		case "payment_days":
			f.days = c.whole(name, maxPaymentDays)
		case "default":
			t.Default = c.boolean(name)
		case "card_charges":
			t.Each = c.charges(name)
		case "schedule":
			t.Months, t.Amount = c.fundingSchedule(name)
		default:
			c.skip(name)
		}
	}
	c.checkTerms(f)
}

func (c *cursor) checkTerms(f *fundingTerms) {
	t := &f.terms
	byCard := f.by == "credit_card"
	switch {
	case t.Name == "":
		c.missing("name", "the funding source's name")
	case f.by == "":
		c.missing("payment_type", "one of credit_card, invoice")
	case !byCard && f.by != "invoice":
		c.refuse(ReasonBadValue, "payment_type", `expected one of credit_card, invoice, came `+quoted(f.by))
	case byCard && t.Method == "":
		c.missing("payment_method", "the gateway's token")
	case !byCard && (t.Method != "" || t.Each):
		c.refuse(ReasonConflict, "payment_type", "expected credit_card where there is a payment method or charges of a card, came invoice")
	case byCard && (t.PO != "" || len(t.Payables) > 0 || f.days > 0):
		c.refuse(ReasonConflict, "payment_type", "expected invoice where there is what invoices have, came credit_card")
	}
	c.token("payment_method", t.Method)
}

// fundingSchedule decodes a FundingSchedule; no months where none is given.
func (c *cursor) fundingSchedule(field string) (months int32, amount money.Amount) {
	if !c.enter('{', field) {
		return 0, 0
	}
	every := ""
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "every":
				every, _ = c.str(name)
			case "amount":
				amount, _ = c.amount(name)
			default:
				c.skip(name)
			}
		}
		switch every {
		case "month":
			months = 1
		case "quarter":
			months = 3
		default:
			c.refuse(ReasonBadValue, "every", `expected one of month, quarter, came `+quoted(every))
		}
		c.positive(amount)
	})
	return months, amount
}

func (c *cursor) charges(field string) (each bool) {
	switch s, _ := c.str(field); s {
	case "", "shortfall":
		return false
	case "each":
		return true
	default:
		c.refuse(ReasonBadValue, field, `expected one of shortfall, each, came `+quoted(s))
		return false
	}
}

// terms is preceded by a word, as other optional fields are, and answers with the terms and their defaults.
func (w *canon) terms(f *fundingTerms) *core.FundingTerms {
	t := f.terms
	w.text("funding")
	w.text(t.Name)
	w.text(f.by)
	w.text(t.Method)
	w.text(t.PO)
	w.count(len(t.Payables))
	for _, contact := range t.Payables {
		w.text(contact)
	}
	w.count(int(f.days))
	w.flag(t.Default)
	w.flag(t.Each)
	w.count(int(t.Months))
	w.amount(t.Amount)
	if t.Days = int32(f.days); f.by == "invoice" && f.days == 0 {
		t.Days = paymentDays
	}
	return &t
}

// teamDefined decodes TeamDefinedBody.
func (d *Decoder) teamDefined(ev *core.Event) {
	c, def := &d.cursor, &core.TeamVersion{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "team":
			def.ID = strings.Clone(c.ident(name))
		case "funding_source":
			def.Balances = strings.Clone(c.ident(name))
		case "licence_source":
			def.Licences = strings.Clone(c.ident(name))
		case "budget":
			def.Budget = c.budget(name)
		case "effective_from":
			def.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	if def.ID == "" {
		c.missing("team", "the team's id")
	}
	ev.Team = def
	w := &d.canon
	w.text(def.ID)
	w.text(def.Balances)
	w.text(def.Licences)
	w.budget(def.Budget)
	w.time(def.EffectiveFrom)
	def.EffectiveFrom = effective(def.EffectiveFrom, ev)
}

// budgetUnits are the periods of a budget, by name.
var budgetUnits = map[string]calendar.Unit{"week": calendar.Week, "month": calendar.MonthLong, "quarter": calendar.Quarter, "year": calendar.Year}

// budget decodes a TeamBudget; nil where none is given.
func (c *cursor) budget(field string) *core.Budget {
	if !c.enter('{', field) {
		return nil
	}
	b, every, mode := &core.Budget{}, "", ""
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "amount":
				b.Amount, _ = c.amount(name)
			case "every":
				every, _ = c.str(name)
			case "mode":
				mode, _ = c.str(name)
			default:
				c.skip(name)
			}
		}
		b.Every, b.Rollover = budgetUnits[every], mode == "rollover"
		if b.Every == 0 {
			c.refuse(ReasonBadValue, "every", `expected one of week, month, quarter, year, came `+quoted(every))
		}
		if mode != "" && mode != "refresh" && !b.Rollover {
			c.refuse(ReasonBadValue, "mode", `expected one of refresh, rollover, came `+quoted(mode))
		}
		c.positive(b.Amount)
	})
	return b
}

// budget is preceded by a word, as other optional fields are.
func (w *canon) budget(b *core.Budget) {
	if b == nil {
		return
	}
	w.text("budget")
	w.amount(b.Amount)
	w.count(int(b.Every))
	w.flag(b.Rollover)
}

// member decodes MemberBody.
func (d *Decoder) member(ev *core.Event) {
	c, m := &d.cursor, &core.Member{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "team":
			m.Team = strings.Clone(c.ident(name))
		case "account":
			m.Account = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case m.Team == "":
		c.missing("team", "the team's id")
	case m.Account == "":
		c.missing("account", "the user's wallet")
	}
	ev.Member = m
	d.canon.text(m.Team)
	d.canon.text(m.Account)
}

// invoicePaid decodes InvoicePaidBody.
func (d *Decoder) invoicePaid(ev *core.Event) {
	c, p := &d.cursor, &core.InvoicePayment{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "invoice":
			p.Invoice = uint64(c.whole(name, maxInvoice))
		case "payment":
			p.Payment = strings.Clone(c.ident(name))
		case "amount":
			p.Amount, _ = c.amount(name)
		case "currency":
			p.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case p.Invoice == 0:
		c.missing("invoice", "its number")
	case p.Payment == "":
		c.missing("payment", "the payment's reference")
	case !hasCurrency:
		c.missing("currency", "that of the amount")
	}
	c.positive(p.Amount)
	ev.Bill = p
	w := &d.canon
	w.count(int(p.Invoice))
	w.text(p.Payment)
	w.amount(p.Amount)
	w.currency(p.Currency)
}

// invoiceVoided decodes InvoiceVoidedBody.
func (d *Decoder) invoiceVoided(ev *core.Event) {
	c, p := &d.cursor, &core.InvoicePayment{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "invoice":
			p.Invoice = uint64(c.whole(name, maxInvoice))
		default:
			c.skip(name)
		}
	}
	c.finish()
	if p.Invoice == 0 {
		c.missing("invoice", "its number")
	}
	ev.Bill = p
	d.canon.count(int(p.Invoice))
}

// transferRequested decodes TransferRequestedBody.
func (d *Decoder) transferRequested(ev *core.Event) {
	c, q := &d.cursor, &core.Transfer{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "from":
			q.From = strings.Clone(c.ident(name))
		case "to":
			q.To = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, _ = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.From == "":
		c.missing("from", "the account that it comes from")
	case q.To == "":
		c.missing("to", "the account that gets it")
	case !hasCurrency:
		c.missing("currency", "that of the amount")
	}
	c.positive(q.Amount)
	ev.Transfer = q
	w := &d.canon
	w.text(q.From)
	w.text(q.To)
	w.amount(q.Amount)
	w.currency(q.Currency)
}

// licencePurchased decodes LicencePurchasedBody.
func (d *Decoder) licencePurchased(ev *core.Event) {
	c, q := &d.cursor, &core.LicencePurchase{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "team":
			q.Team = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, _ = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Team == "":
		c.missing("team", "the team's id")
	case !hasCurrency:
		c.missing("currency", "that of the amount")
	}
	c.positive(q.Amount)
	ev.Licence = q
	w := &d.canon
	w.text(q.Team)
	w.amount(q.Amount)
	w.currency(q.Currency)
}
