package topics

import (
	"strings"
	"time"

	"purser/processors/core"
)

const maxCreditDays = 365

// customerTerms decodes a CustomerTerms; nil where none is given.
func (c *cursor) customerTerms(field string) *core.CustomerTerms {
	if !c.enter('{', field) {
		return nil
	}
	t := &core.CustomerTerms{}
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "credit_days":
				t.CreditDays = int32(c.whole(name, maxCreditDays))
			default:
				c.skip(name)
			}
		}
	})
	return t
}

// customer is preceded by a word, as other optional fields are.
func (w *canon) customer(t *core.CustomerTerms) {
	if t == nil {
		return
	}
	w.text("customer")
	w.count(int(t.CreditDays))
}

// transactionKinds are the kinds of transactions, by name.
var transactionKinds = map[string]core.TransactionKind{
	"invoice": core.InvoiceTransaction, "debit_note": core.DebitNote, "payment": core.PaymentTransaction, "credit_note": core.CreditNote,
	"write_off": core.WriteOff, "opening_balance": core.OpeningBalance,
}

// transactionRecorded decodes TransactionRecordedBody.
func (d *Decoder) transactionRecorded(ev *core.Event) {
	c, q := &d.cursor, &core.TransactionRequest{}
	kind, side, hasAmount, hasCurrency := "", "", false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = c.ident(name)
		case "transaction":
			q.Transaction = c.ident(name)
		case "kind":
			kind, _ = c.str(name)
		case "side":
			side, _ = c.str(name)
		case "amount":
			q.Amount, hasAmount = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		case "date":
			q.Date, q.Dated = c.day(name)
		case "against":
			q.Against = c.ident(name)
		case "draft":
			q.Draft = c.boolean(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	q.Kind, q.Debit, q.Sided = transactionKinds[kind], side == "debit", side != ""
	c.checkTransaction(q, kind, side, hasCurrency)
	if hasAmount {
		c.positive(q.Amount)
	}
	ev.Transaction = q
	w := &d.canon
	w.text(q.Account)
	w.text(q.Transaction)
	w.count(int(q.Kind))
	w.text(side)
	w.amount(q.Amount)
	w.currency(q.Currency)
	w.flag(q.Dated)
	w.count(int(q.Date))
	w.text(q.Against)
	w.flag(q.Draft)
}

// checkTransaction refuses what cannot be read. What goes with which kind is a rule, which answers who has asked.
func (c *cursor) checkTransaction(q *core.TransactionRequest, kind, side string, hasCurrency bool) {
	switch {
	case q.Account == "":
		c.missing("account", "a customer account")
	case q.Transaction == "":
		c.missing("transaction", "the transaction's reference")
	case kind == "":
		c.missing("kind", "the kind of transaction")
	case q.Kind == 0:
		c.refuse(ReasonBadValue, "kind", "expected one of invoice, debit_note, payment, credit_note, write_off, opening_balance, came "+quoted(kind))
	case side != "" && side != "debit" && side != "credit":
		c.refuse(ReasonBadValue, "side", "expected one of debit, credit, came "+quoted(side))
	case !hasCurrency:
		c.missing("currency", "that of the account")
	}
}

// day reads a civil day; given is false where there is none.
func (c *cursor) day(field string) (day int32, given bool) {
	s, given := c.str(field)
	if !given || s == "" {
		return 0, false
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil || at.Year() < 1970 {
		c.refuse(ReasonBadTime, field, `expected a day such as "2026-03-31" in the years 1970 to 9999, came `+quoted(s))
		return 0, false
	}
	return int32(at.Unix() / (24 * 60 * 60)), true
}

// transactionNamed decodes TransactionNamedBody.
func (d *Decoder) transactionNamed(ev *core.Event) {
	c, q := &d.cursor, &core.TransactionRequest{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "transaction":
			q.Transaction = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Account == "":
		c.missing("account", "a customer account")
	case q.Transaction == "":
		c.missing("transaction", "the transaction's reference")
	}
	ev.Transaction = q
	d.canon.text(q.Account)
	d.canon.text(q.Transaction)
}

// customerBody is body for customer accounts.
func (d *Decoder) customerBody(ev *core.Event) {
	switch ev.Type {
	case core.TransactionRecorded:
		d.transactionRecorded(ev)
	case core.TransactionPosted, core.TransactionDiscarded:
		d.transactionNamed(ev)
	}
}

func customerTermsBody(t *core.CustomerTerms) *CustomerTerms {
	if t == nil {
		return nil
	}
	b := &CustomerTerms{}
	if t.CreditDays != 0 {
		b.CreditDays = whole(int64(t.CreditDays))
	}
	return b
}
