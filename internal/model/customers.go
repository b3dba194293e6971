package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// customerTerms are what a definition of a customer account says beyond those of other accounts.
type customerTerms struct {
	days            int
	limit           *dec
	rating, profile string
	classes         []string
	plan, term      string
	prefers         []preference
	owner           particulars
	prices          map[string]dec // its own, by product
}

// books are what a customer account has beside its balance: its transactions, in the order in which they were posted, and drafts.
type books struct {
	posted []*transaction
	drafts map[string]*transaction
	status string // "": active
	over   bool   // more is owed than the limit, and told
}

// transaction is a debit or a credit (R8.1).
type transaction struct {
	id, kind  string
	debit     bool
	amount    dec // zero of a draft: all that will be owed
	open      dec
	date, due time.Time
	against   string
	what      string
	lines     []saleLine

	payer  string       // of a payment: the wallet that it comes from; "": none
	asks   time.Time    // of an invoice: when its preference is charged (R8.10); zero: it was
	charge *chargeToPay // of a charge that waits for an automatic payment (R8.5); nil: for nothing
}

func (b *body) customer() *customerTerms {
	o := b.object("customer")
	if o == nil {
		return nil
	}
	c := &customerTerms{
		o.days("credit_days"), o.maybe("credit_limit"), o.text("credit_rating"), o.text("kyc_profile"), o.texts("classifications"),
		o.text("subscription_plan"), o.text("billing_term"), o.preferences(), o.particulars(), o.prices(),
	}
	b.demand(!o.bad)
	return c
}

// misfits says that a definition has something that an account of its kind does not have.
func (v accountTerms) misfits(kind string) bool {
	if kind != "customer_account" {
		return v.customer != nil
	}
	return v.plan != "" || len(v.multipliers) > 0 || v.low != nil || v.recharge != nil
}

// readTransaction reads what a transaction is to be. It fits where nothing is given that its kind does not have, or lacks.
func readTransaction(e *event) (x *transaction, currency string, fits, draft bool) {
	b := e.body
	x = &transaction{id: b.name("transaction"), kind: b.name("kind"), against: b.text("against"), what: b.text("for")}
	side, currency := b.text("side"), b.name("currency")
	amount, given := b.number("amount", 6)
	b.demand(!given || amount.IsPositive())
	b.demand(slices.Contains([]string{"invoice", "debit_note", "payment", "credit_note", "write_off", "opening_balance"}, x.kind))
	b.demand(slices.Contains([]string{"", "debit", "credit"}, side))
	if day := b.text("date"); day != "" {
		at, err := time.Parse(time.DateOnly, day)
		b.demand(err == nil)
		x.date = at
	}
	x.amount = amount
	x.lines = b.sale()
	x.debit = x.kind == "invoice" || x.kind == "debit_note" || side == "debit"
	fits = (x.kind == "opening_balance") == (side != "") && (given || x.kind == "write_off") &&
		(x.against == "" || x.kind == "payment" || x.kind == "credit_note" || x.kind == "write_off")
	if len(x.lines) > 0 {
		fits = !given && side == "" && (x.kind == "invoice" || x.kind == "debit_note" || x.kind == "credit_note") && (x.against == "" || x.kind == "credit_note")
	}
	return x, currency, fits, b.flag("draft")
}

func transactionRecorded(e *event) func(*turn) {
	id := e.body.name("account")
	x, currency, fits, draft := readTransaction(e)
	return func(t *turn) {
		a := t.o.accounts[id]
		switch why := t.refusesCustomer(a); {
		case why != "":
			t.refuse(why)
		case a.books.find(x.id) != nil:
			t.refuse("transaction_exists")
		case !fits:
			t.refuse("not_of_this_kind")
		case currency != a.currency:
			t.refuse("currency_mismatch")
		case draft && a.books.status == "terminated":
			t.refuse("account_terminated")
		case t.price(a, x) != "":
			t.refuse(t.price(a, x))
		case draft:
			t.dated(x, e.occurred)
			if t.o.tooLate(x) {
				t.refuse("period_closed")
				return
			}
			t.o.hold(a, x)
			t.o.enrol(a)
			t.post()
			t.tellTransaction(a, x, "draft")
			t.tellLines(a, x)
			t.answerTransaction(a, x)
		default:
			t.dated(x, e.occurred)
			if t.postTransaction(a, x) {
				t.tellLines(a, x)
				t.answerTransaction(a, x)
			}
		}
	}
}

func transactionPosted(e *event) func(*turn) {
	id, name := e.body.name("account"), e.body.name("transaction")
	return func(t *turn) {
		a, x := t.draft(id, name)
		if x != nil && t.postTransaction(a, x) {
			t.o.forgetDraft(a, name)
			t.answerTransaction(a, x)
		}
	}
}

func transactionDiscarded(e *event) func(*turn) {
	id, name := e.body.name("account"), e.body.name("transaction")
	return func(t *turn) {
		if a, x := t.draft(id, name); x != nil {
			t.o.forgetDraft(a, name)
			t.post()
			t.tellTransaction(a, x, "discarded")
		}
	}
}

// received is money that has come in for a customer account.
func (t *turn) received(a *account, reference string, amount dec, currency string) {
	x := &transaction{id: reference, kind: "payment", amount: amount}
	switch {
	case a.books.find(reference) != nil:
		t.refuse("transaction_exists")
	case currency != a.currency:
		t.refuse("currency_mismatch")
	default:
		t.dated(x, t.e.occurred)
		t.postTransaction(a, x)
	}
}

func (t *turn) refusesCustomer(a *account) string {
	if why := t.o.refuses(a); why != "" {
		return why
	}
	if a.kind != "customer_account" {
		return "not_a_customer_account"
	}
	return ""
}

// draft is one of an account's drafts; refused where there is none.
func (t *turn) draft(id, name string) (*account, *transaction) {
	a := t.o.accounts[id]
	if why := t.refusesCustomer(a); why != "" {
		t.refuse(why)
		return nil, nil
	}
	x := a.books.find(name)
	switch {
	case x == nil:
		t.refuse("unknown_transaction")
		return nil, nil
	case a.books.drafts[name] == nil || x.charge != nil:
		t.refuse("not_a_draft")
		return nil, nil
	}
	return a, x
}

func (b *books) find(name string) *transaction {
	if x := b.drafts[name]; x != nil {
		return x
	}
	for _, x := range b.posted {
		if x.id == name {
			return x
		}
	}
	return nil
}

// dated gives a transaction the day on which it happened, where it has none of its own.
func (t *turn) dated(x *transaction, at time.Time) {
	if x.date.IsZero() {
		x.date = shownDay(at, t.o.terms.at(at).zone)
	}
}

// postTransaction moves the money and allocates what can be (R8.2). Nothing is changed where it is refused.
func (t *turn) postTransaction(a *account, x *transaction) bool {
	owed, amount := a.balance().Neg(), x.amount
	var first *transaction
	pays := x.kind == "payment" || x.kind == "credit_note" || x.kind == "write_off"
	switch {
	case !pays && (a.books.status == "terminated" || a.books.status == "written_off"):
		t.refuse("account_" + a.books.status)
		return false
	case t.o.tooLate(x):
		t.refuse("period_closed")
		return false
	case x.kind == "opening_balance" && len(a.books.posted) > 0:
		t.refuse("already_opened")
		return false
	case x.kind == "write_off" && (!owed.IsPositive() || amount.GreaterThan(owed)):
		t.refuse("exceeds_owed")
		return false
	case (x.kind == "invoice" || x.kind == "debit_note") && x.charge == nil && t.exceeds(a, amount, x.kind, x.what):
		t.collect(a, x)
		return false
	case x.against != "":
		first = a.books.find(x.against)
		if first == nil {
			t.refuse("unknown_transaction")
			return false
		}
		if !first.debit || !slices.Contains(a.books.posted, first) {
			t.refuse("not_a_debit")
			return false
		}
	}
	if amount.IsZero() {
		amount = owed
	}
	other := x.counterpart()
	if x.payer != "" {
		other = x.payer
	}
	if x.debit {
		t.move(a.id, other, amount, a.currency, nil)
	} else {
		t.move(other, a.id, amount, a.currency, nil)
	}
	if !t.post() {
		return false
	}
	x.amount, x.open, x.due = amount, amount, x.date
	if l, _, _ := t.o.limits(a, t.inForce()); x.debit {
		x.due = x.date.AddDate(0, 0, l.days)
		t.awaitDue(x)
	}
	if first != nil {
		t.allocate(x, first)
	}
	a.books.posted = append(a.books.posted, x)
	t.o.enrol(a)
	t.o.countEarly(a, x)
	t.allocateOldest(a)
	t.tellTransaction(a, x, "posted")
	t.crossLimit(a)
	return true
}

// counterpart is where what is posted comes from, or goes to.
func (x *transaction) counterpart() string {
	other := map[string]string{"payment": "world:payments", "write_off": "world:writeoff", "opening_balance": "world:opening"}[x.kind]
	if other == "" {
		return "revenue:sales"
	}
	return other
}

// allocateOldest gives the oldest debits what is left of the oldest credits.
func (t *turn) allocateOldest(a *account) {
	for _, credit := range a.books.posted {
		for _, debit := range a.books.posted {
			if !credit.debit && debit.debit {
				t.allocate(credit, debit)
			}
		}
	}
}

// allocate gives a debit what is left of a credit, as far as it needs it.
func (t *turn) allocate(credit, debit *transaction) {
	amount := smaller(credit.open, debit.open)
	if !amount.IsPositive() {
		return
	}
	credit.open, debit.open = credit.open.Sub(amount), debit.open.Sub(amount)
	t.line("allocated %s of %s to %s", amount, credit.id, debit.id)
}

func (t *turn) tellTransaction(a *account, x *transaction, state string) {
	side, due := "credit", ""
	if x.debit {
		side = "debit"
	}
	if x.debit && state == "posted" {
		due = x.due.Format(time.DateOnly)
	}
	name, to := "", ""
	if x.kind == "invoice" && state == "posted" {
		c := a.terms.at(t.inForce()).customer
		name, to = a.called(c), sentTo(c)
	}
	t.line("transaction %s %s %s %s %s %s dated %s due %s of %s to %s", x.id, x.kind, side, state, x.amount, a.currency, x.date.Format(time.DateOnly), due, name, to)
}

func (t *turn) answerTransaction(a *account, x *transaction) {
	t.line("outcome accepted  of %s:  %s %s, balance %s invoice 0 send ", t.e.ID, x.amount, a.currency, a.balance())
	t.line("about transaction %s", x.id)
}

// customer is where a customer account stands beside its balance; "" for others and where nothing was ever recorded.
func (m *Model) customer(o *org, a *account) string {
	if a.kind != "customer_account" || len(a.books.posted)+len(a.books.drafts) == 0 && stands(a.books.status, a.books.over) == "active over false" {
		return ""
	}
	outstanding, left, open := zero, zero, ""
	now := m.last
	for _, x := range a.books.posted {
		switch {
		case x.open.IsZero():
			continue
		case !x.debit:
			left = left.Add(x.open)
		case !midnight(x.due.AddDate(0, 0, 1), o.terms.at(now).zone).After(now):
			outstanding = outstanding.Add(x.open)
		}
		open += fmt.Sprintf(" %s %s", x.id, x.open)
	}
	return strings.TrimSpace(fmt.Sprintf("%s customer %s %s outstanding %s unallocated %s drafts %d open%s", o.id, a.id, stands(a.books.status, a.books.over), outstanding, left, len(a.books.drafts), open))
}

func stands(status string, over bool) string {
	if status == "" {
		status = "active"
	}
	return fmt.Sprintf("%s over %v", status, over)
}

// Debits are the references of a customer account's debits of which something is open, and Drafts those of its drafts.
func (m *Model) Debits(org, account string) (all []string) {
	if a := m.org(org).accounts[account]; a != nil {
		for _, x := range a.books.posted {
			if x.debit && x.open.IsPositive() {
				all = append(all, x.id)
			}
		}
	}
	return all
}

// Drafts are the references of a customer account's drafts.
func (m *Model) Drafts(org, account string) (all []string) {
	if a := m.org(org).accounts[account]; a != nil {
		for id := range a.books.drafts {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}
