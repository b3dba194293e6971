package verify

import (
	"strconv"
	"time"

	"purser/topics"
)

// invoice is one that went out, as the ledger has it.
type invoice struct {
	account string
	kind    string
	amount  amount
	paid    amount
	voided  bool
}

func (i *invoice) open() amount {
	if i.voided {
		return 0
	}
	return max(i.amount-i.paid, 0)
}

const (
	rechargeInvoice = "recharge"
	fundingInvoice  = "funding"

	invoiceOverpaid = "invoice_overpaid"
)

// bill is what is kept of an invoice that went out.
type bill struct {
	cause place
	where string
	body  topics.InvoiceBody
	used  bool
}

// expectedInvoice is one that has to go out.
type expectedInvoice struct {
	account, kind, what string
	amount              amount
}

// indexBills finds invoices that have one number.
func (a *audit) indexBills(out *caused) {
	a.bills = map[string]*bill{}
	for i := range out.bills {
		b := &out.bills[i]
		key := billKey(b.body.Org, b.body.Invoice)
		if other := a.bills[key]; other != nil {
			a.report.find(CheckInvoice, b.where, "invoice %d of %s went out before, at %s", b.body.Invoice, b.body.Org, other.where)
			continue
		}
		a.bills[key] = b
	}
}

func billKey(org string, number uint64) string { return org + "\x1f" + strconv.FormatUint(number, 10) }

// invoice finds an invoice that went out; nil where there was none.
func (o *orgModel) invoice(number topics.Number) (n int, i *invoice) {
	n, err := strconv.Atoi(string(number))
	if err != nil || n < 1 || n > len(o.invoices) {
		return 0, nil
	}
	return n, o.invoices[n-1]
}

// invoiced compares the invoices that an entry names with those that it has to send out, each with its record, and their
// numbers with those of the org before them: there is no gap (R9.3).
func (a *audit) invoiced(e *entry, expected []expectedInvoice) {
	o := a.world.org(e.body.Org)
	for i := range e.body.Invoices {
		b := &e.body.Invoices[i]
		if b.Invoice != uint64(len(o.invoices))+1 {
			a.report.find(CheckInvoice, e.where, "invoice %d follows %d of %s", b.Invoice, len(o.invoices), e.body.Org)
			continue
		}
		w := a.bills[billKey(e.body.Org, b.Invoice)]
		if w == nil {
			a.report.find(CheckInvoice, e.where, "invoice %d did not go out", b.Invoice)
			o.invoices = append(o.invoices, &invoice{})
			continue
		}
		w.used = true
		sum, _ := parseAmount(b.Amount)
		sent := &invoice{account: w.body.Account, kind: w.body.Kind, amount: sum}
		o.invoices = append(o.invoices, sent)
		if sent.owes() {
			o.account(sent.account).owed += sum
		}
		a.compareBill(e, b, w, &expected)
	}
	for _, x := range expected {
		a.report.find(CheckInvoice, e.where, "it has to send out a %s invoice of %s to %s", x.kind, x.amount, x.account)
	}
}

func (a *audit) compareBill(e *entry, b *topics.InvoicedBody, w *bill, expected *[]expectedInvoice) {
	r := &w.body
	if w.cause != e.cause || r.Source != e.body.Source || r.ID != e.body.ID || !sameAmount(r.Amount, b.Amount) || r.Currency != b.Currency {
		a.report.find(CheckInvoice, w.where, "it is %s %s because of %s, %s of %s; the ledger says %s %s because of %s, %s of %s",
			r.Amount, r.Currency, w.cause, r.ID, r.Source, b.Amount, b.Currency, e.cause, e.body.ID, e.body.Source)
	}
	a.compareTerms(e, w)
	for i, x := range *expected {
		if x.account != r.Account || x.kind != r.Kind || x.what != r.For {
			continue
		}
		if want := toCollect(-x.amount, r.Currency); !sameAmount(r.Amount, want.String()) {
			a.report.find(CheckInvoice, w.where, "it asks for %s, it has to be %s", r.Amount, want)
		}
		*expected = append((*expected)[:i:i], (*expected)[i+1:]...)
		return
	}
	a.report.find(CheckInvoice, e.where, "it sends out invoice %d, %s of %s to %s, which nothing asks for", r.Invoice, r.Kind, r.Amount, r.Account)
}

// compareTerms holds an invoice's dates, purchase order and lines against the definitions of its account: one of them has to
// explain it. Which one counted depends on when the engine looked.
func (a *audit) compareTerms(e *entry, w *bill) {
	o, r := a.world.org(e.body.Org), &w.body
	issued, err1 := time.Parse(time.DateOnly, r.Issued)
	due, err2 := time.Parse(time.DateOnly, r.Due)
	sum := amount(0)
	for _, l := range r.Lines {
		part, err := parseAmount(l.Amount)
		if err != nil {
			a.report.find(CheckInvoice, w.where, "a line of %q", l.Amount)
		}
		sum += part
	}
	if err1 != nil || err2 != nil || !sameAmount(r.Amount, sum.String()) {
		a.report.find(CheckInvoice, w.where, "issued %s, due %s, its lines add up to %s, it asks for %s", r.Issued, r.Due, sum, r.Amount)
		return
	}
	at, _ := micros(e.body.OccurredAt)
	if e.event != nil {
		at = e.event.recorded
	}
	if day := dayOf(at, o.zone(at)); issued.Before(day) || e.event == nil && !issued.Equal(day) {
		a.report.find(CheckInvoice, w.where, "issued %s, its entry is of %s", r.Issued, day.Format(time.DateOnly))
	}
	for _, v := range o.account(r.Account).versions {
		if t := v.def.Funding; t != nil && t.PONumber == r.PONumber && due.Equal(issued.AddDate(0, 0, daysOf(t))) {
			return
		}
	}
	a.report.find(CheckInvoice, w.where, "no definition of %s explains that it is due %s with the purchase order %q", r.Account, r.Due, r.PONumber)
}

func daysOf(t *topics.FundingTerms) int {
	if n, err := strconv.Atoi(string(t.PaymentDays)); err == nil {
		return n
	}
	return 30
}

// dayOf is the civil day of an instant in a zone, as midnight in UTC.
func dayOf(at int64, zone *time.Location) time.Time {
	y, m, d := time.UnixMicro(at).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// payInvoice is money that came in for an invoice: it is credited, and told of where it is more than was open (R5.2).
func (a *audit) payInvoice(o *orgModel, e *entry) flows {
	var b topics.InvoicePaidBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	n, i := o.invoice(b.Invoice)
	if i == nil {
		if !a.blind {
			a.report.find(CheckInvoice, e.where, "invoice %s was paid, and never went out", b.Invoice)
		}
		return nil
	}
	sum := a.figure(e, b.Amount)
	open := i.open()
	i.paid += sum
	acct := o.account(i.account)
	if i.owes() {
		acct.owed -= min(open, sum)
	}
	acct.paid(b.Payment, sum)
	if i.open() == 0 && acct.invoice == n {
		acct.invoice = 0
	}
	if sum > open && a.notices.take(noticeKey{e.cause, invoiceOverpaid, i.account}) == nil {
		a.report.find(CheckAlert, e.where, "%s of invoice %d was paid, %s were open: without an alert", sum, n, open)
	}
	expected := flows{}
	expected.move(worldPayments, i.account, b.Currency, sum, "", "")
	return expected
}

// voidInvoice takes an invoice back that was open.
func (a *audit) voidInvoice(o *orgModel, e *entry) flows {
	var b topics.InvoiceVoidedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	n, i := o.invoice(b.Invoice)
	switch {
	case a.blind:
		return flows{}
	case i == nil || i.open() == 0:
		a.report.find(CheckInvoice, e.where, "invoice %s was voided, and is not open", b.Invoice)
		return flows{}
	}
	acct := o.account(i.account)
	if i.owes() {
		acct.owed -= i.open()
	}
	i.voided = true
	if acct.invoice == n {
		acct.invoice = 0
	}
	return flows{}
}

// rechargeByInvoice is the invoice that a funding source has to get after an entry, unless it has one that is open (R5.3).
func (a *audit) rechargeByInvoice(o *orgModel, acct *account, name string, p *topics.RechargePolicy) (expectedInvoice, bool) {
	sum, err := parseAmount(string(p.Amount))
	if err != nil || acct.invoice != 0 {
		return expectedInvoice{}, false
	}
	acct.invoice = len(o.invoices) + 1
	return expectedInvoice{name, rechargeInvoice, name, sum}, true
}

// bills says whether an entry sends an invoice of a kind to an account.
func (a *audit) sends(e *entry, kind, account string) *bill {
	for i := range e.body.Invoices {
		if w := a.bills[billKey(e.body.Org, e.body.Invoices[i].Invoice)]; w != nil && w.body.Kind == kind && w.body.Account == account {
			return w
		}
	}
	return nil
}

// unsent finds the invoices that nothing in the ledger caused.
func (a *audit) unsent(out *caused) {
	for i := range out.bills {
		if b := &out.bills[i]; !b.used && !a.blind && !a.inputs.forgotten(b.cause) {
			a.report.find(CheckInvoice, b.where, "no entry sends out invoice %d of %s", b.body.Invoice, b.body.Org)
		}
	}
}
