package verify

import (
	"slices"

	"purser/topics"
)

const (
	worldWriteOff = "world:writeoff"
	worldOpening  = "world:opening"

	dueAllocated    = "due.credit_allocated"
	maxAllocations  = 32 // of one entry (R8.2)
	customerAccount = "customer_account"
)

// debtor is what the ledger says of a customer account beside its balance: its transactions by reference, and which of them are open, in the
// order in which they were posted (R8.1, R8.2).
type debtor struct {
	known   map[string]*transaction
	debits  []*transaction
	credits []*transaction
	posted  int
	status  string // "": active
	over    bool   // more is owed than the limit

	earliest string // date of what was posted while there were no accounting periods
}

type transaction struct {
	body   topics.TransactionRecordedBody
	debit  bool
	draft  bool
	amount amount
	open   amount

	from    string // of a payment: the wallet that it comes from; "": none
	paidFor bool   // of a charge: it was paid for, whatever the limit is
	charge  *toPay // that it waits for (R8.5); nil: for nothing
	asked   bool   // of an invoice: on its due date (R8.10)
	date    string // as the ledger says
}

func (acct *account) debts() *debtor {
	if acct.debtor == nil {
		acct.debtor = &debtor{known: map[string]*transaction{}}
	}
	return acct.debtor
}

// transact is what an event about a transaction has to post, and what it has to allocate. nil: that cannot be said.
func (a *audit) transact(o *orgModel, e *entry) flows {
	switch e.body.Type {
	case topics.TypeCustomerStatus:
		return a.changeStatus(o, e)
	case topics.TypeCreditRequested:
		a.authorised(o, e)
		return flows{}
	case topics.TypeTransactionRecorded:
		var b topics.TransactionRecordedBody
		if decode(a.inputs.bodyOf(e.event), &b) != nil {
			return nil
		}
		t := &transaction{body: b, debit: b.Kind == "invoice" || b.Kind == "debit_note" || b.Side == "debit", draft: b.Draft}
		if b.Amount != "" {
			t.amount = a.figure(e, b.Amount)
		}
		a.sold(o, e, t)
		d := o.account(b.Account).debts()
		if d.known[b.Transaction] != nil {
			a.report.find(CheckTwice, e.where, "transaction %s of %s was recorded before", b.Transaction, b.Account)
		}
		d.known[b.Transaction] = t
		if b.Draft {
			a.inPeriod(o, e, t)
			a.tells(e, t, "draft")
			return flows{}
		}
		return a.postTransaction(o, e, t)
	default:
		var b topics.TransactionNamedBody
		if decode(a.inputs.bodyOf(e.event), &b) != nil {
			return nil
		}
		d := o.account(b.Account).debts()
		t := d.known[b.Transaction]
		if t == nil || !t.draft || t.charge != nil {
			a.report.find(CheckPosting, e.where, "%s of %s is no draft", b.Transaction, b.Account)
			return nil
		}
		if e.body.Type == topics.TypeTransactionDiscarded {
			a.tells(e, t, "discarded")
			delete(d.known, b.Transaction)
			return flows{}
		}
		t.draft = false
		return a.postTransaction(o, e, t)
	}
}

// received is a payment of a customer account that came in by itself.
func (a *audit) received(o *orgModel, e *entry, b *topics.PaymentReceivedBody) flows {
	t := &transaction{amount: a.figure(e, b.Amount), body: topics.TransactionRecordedBody{
		Account: b.Account, Transaction: b.Payment, Kind: "payment", Amount: b.Amount, Currency: b.Currency,
	}}
	d := o.account(b.Account).debts()
	if d.known[b.Payment] != nil {
		a.report.find(CheckTwice, e.where, "payment %s of %s was taken before", b.Payment, b.Account)
	}
	d.known[b.Payment] = t
	return a.postTransaction(o, e, t)
}

func (a *audit) postTransaction(o *orgModel, e *entry, t *transaction) flows {
	b, d := &t.body, o.account(t.body.Account).debts()
	owed := -a.books.of(e.body.Org, b.Account, b.Currency).balance
	if t.amount == 0 {
		t.amount = owed
	}
	switch {
	case b.Kind == "write_off" && t.amount > owed:
		a.report.find(CheckPosting, e.where, "%s is written off, and %s is owed", t.amount, owed)
	case b.Kind == "opening_balance" && d.posted > 0:
		a.report.find(CheckPosting, e.where, "an opening balance of %s after other transactions", b.Account)
	}
	if pays := b.Kind == "payment" || b.Kind == "credit_note" || b.Kind == "write_off"; !pays && (d.status == "terminated" || d.status == "written_off") {
		a.report.find(CheckPosting, e.where, "a %s on %s, which is %s", b.Kind, b.Account, d.status)
	}
	if (b.Kind == "invoice" || b.Kind == "debit_note") && !t.paidFor {
		if by, lacks := a.chargeLacks(o, e, t); by != nil {
			return a.collectCharge(o, e, t, by, lacks)
		}
		a.uses(o, e, b.Account, b.Currency, t.amount, b.Kind, b.For)
	}
	a.inPeriod(o, e, t)
	d.posted++
	t.open = t.amount
	expected := flows{}
	other := counterpart(b.Kind)
	if t.from != "" {
		other = t.from
	}
	if from, to := b.Account, other; t.debit {
		expected.move(from, to, b.Currency, t.amount, "", "")
	} else {
		expected.move(to, from, b.Currency, t.amount, "", "")
	}
	var allocations []topics.AllocationBody
	if first := d.known[b.Against]; b.Against != "" && first != nil {
		allocations = d.allocate(allocations, t, first)
	}
	if t.debit {
		d.debits = append(d.debits, t)
	} else {
		d.credits = append(d.credits, t)
	}
	a.allocated(e, d.oldest(allocations))
	a.tells(e, t, "posted")
	a.addressed(o, e, t)
	return expected
}

// changeStatus is an account that is suspended, made active again, terminated or written off (R8.6).
func (a *audit) changeStatus(o *orgModel, e *entry) flows {
	var b topics.CustomerStatusBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	d := o.account(b.Account).debts()
	if d.status == "terminated" || b.Status == "terminated" && d.drafts() > 0 {
		a.report.find(CheckPosting, e.where, "%s is %s, with %d drafts, and becomes %s", b.Account, d.status, d.drafts(), b.Status)
	}
	if said := e.body.Customer; said == nil || said.Account != b.Account || said.Status != b.Status {
		a.report.find(CheckSubject, e.where, "it does not say that %s becomes %s", b.Account, b.Status)
	}
	d.status = b.Status
	if b.Status != "written_off" {
		return flows{}
	}
	currency := e.body.Currency
	t := &transaction{body: topics.TransactionRecordedBody{Account: b.Account, Transaction: b.Transaction, Kind: "write_off", Currency: currency}}
	d.known[b.Transaction] = t
	return a.postTransaction(o, e, t)
}

func (d *debtor) drafts() (n int) {
	for _, t := range d.known {
		if t.draft {
			n++
		}
	}
	return n
}

// authorised is a use of funds that was accepted: the account is active, and what it would owe is within its limit or let pass (R8.4).
func (a *audit) authorised(o *orgModel, e *entry) {
	var b topics.CreditRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	if status := o.account(b.Account).debts().status; status != "" && status != "active" {
		a.report.find(CheckPosting, e.where, "%s may use funds, and is %s", b.Account, status)
	}
	a.uses(o, e, b.Account, b.Currency, a.figure(e, b.Amount), b.For)
}

// uses finds what goes beyond the limit and is let pass by no rule.
func (a *audit) uses(o *orgModel, e *entry, account, currency string, sum amount, names ...string) {
	own, settings := o.creditTerms(account, a.presentOf(e))
	limit, limited := limitOf(own, settings)
	if owed := sum - a.books.of(e.body.Org, account, currency).balance + o.account(account).held; limited && owed > limit && !letPass(own, settings, names) {
		a.report.find(CheckPosting, e.where, "%s would owe %s, and its limit is %s", account, owed, limit)
	}
}

// presentOf is the time by which the engine looks at what is in force: when the event was recorded, or the last tick where that is later.
// Due work has a time of its own.
func (a *audit) presentOf(e *entry) int64 {
	if e.event == nil {
		at, _ := micros(e.body.OccurredAt)
		return at
	}
	return max(e.event.recorded, a.due)
}

// creditTerms are what the definition of an account and the org's settings say.
func (o *orgModel) creditTerms(account string, at int64) (own topics.CustomerTerms, settings topics.CustomerSettingsBody) {
	if def := inForce(o.account(account).versions, at); def != nil && def.Customer != nil {
		own = *def.Customer
	}
	if s := inForce(o.customers, at); s != nil {
		settings = *s
	}
	return own, settings
}

// limitOf is how much may be owed: what the account's own terms say, else its rating, and no more than its KYC profile.
func limitOf(own topics.CustomerTerms, settings topics.CustomerSettingsBody) (limit amount, limited bool) {
	written := own.CreditLimit
	for _, r := range settings.CreditRatings {
		if r.Rating == own.CreditRating && written == "" {
			written = r.CreditLimit
		}
	}
	if written != "" {
		limit, _ = parseAmount(string(written))
		limited = true
	}
	for _, k := range settings.KYCProfiles {
		if maximum, err := parseAmount(string(k.MaximumLimit)); err == nil && k.Profile == own.KYCProfile && (!limited || limit > maximum) {
			limit, limited = maximum, true
		}
	}
	return limit, limited
}

func letPass(own topics.CustomerTerms, settings topics.CustomerSettingsBody, names []string) bool {
	meets := func(list []string, have ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(have, func(s string) bool { return slices.Contains(list, s) })
	}
	for _, v := range settings.Overrides {
		if meets(v.Events, names...) && meets(v.Classifications, own.Classifications...) && meets(v.CreditRatings, own.CreditRating) && meets(v.KYCProfiles, own.KYCProfile) {
			return true
		}
	}
	return false
}

// limits compares the crossings of an account's limit with the alerts that an entry causes (R8.4).
func (a *audit) limits(o *orgModel, e *entry) {
	var account string
	switch t := e.body.Transaction; {
	case e.body.Result != resultApplied:
		return
	case t != nil && t.State == "posted":
		account = t.Account
	case e.body.Type == topics.TypeAccountDefined && e.event != nil:
		var b topics.AccountDefinedBody
		if decode(a.inputs.bodyOf(e.event), &b) != nil || b.Kind != customerAccount {
			return
		}
		account = b.Account
	default:
		return
	}
	acct := o.account(account)
	if acct.debtor == nil {
		return
	}
	limit, limited := limitOf(o.creditTerms(account, a.presentOf(e)))
	currency := acct.currency
	for i := range e.body.Balances {
		if e.body.Balances[i].Account == account {
			currency = e.body.Balances[i].Currency
		}
	}
	balance := a.books.of(e.body.Org, account, currency).balance
	over := limited && -balance > limit
	if over == acct.debtor.over {
		return
	}
	acct.debtor.over = over
	kind := "credit_limit_restored"
	if over {
		kind = "credit_limit_exceeded"
	}
	n := a.notices.take(noticeKey{e.cause, kind, account})
	if to := sentTo(o.customerTerms(account, a.presentOf(e))); n != nil && n.recipients != to {
		a.report.find(CheckAlert, e.where, "%s of %s goes %s, and should go %s", kind, account, n.recipients, to)
	}
	if n == nil || !sameAmount(n.balance, balance.String()) || !sameAmount(n.threshold, limit.String()) {
		a.report.find(CheckAlert, e.where, "%s owes %s of %s, and there is no %s that says so", account, -balance, limit, kind)
	}
}

func counterpart(kind string) string {
	switch kind {
	case "payment":
		return worldPayments
	case "write_off":
		return worldWriteOff
	case "opening_balance":
		return worldOpening
	default:
		return revenueSales
	}
}

// allocateRest is what an allocation has left for a further entry.
func (a *audit) allocateRest(e *entry) {
	t := e.body.Transaction
	if t == nil {
		a.report.find(CheckSubject, e.where, "an allocation that does not say of what")
		return
	}
	a.allocated(e, a.world.org(e.body.Org).account(t.Account).debts().oldest(nil))
}

// allocate gives a debit what is left of a credit, as far as it needs it.
func (d *debtor) allocate(all []topics.AllocationBody, credit, debit *transaction) []topics.AllocationBody {
	sum := min(credit.open, debit.open)
	if sum <= 0 {
		return all
	}
	credit.open -= sum
	debit.open -= sum
	return append(all, topics.AllocationBody{Credit: credit.body.Transaction, Debit: debit.body.Transaction, Amount: sum.String()})
}

// oldest goes on with the oldest credits and debits, as far as one entry goes.
func (d *debtor) oldest(all []topics.AllocationBody) []topics.AllocationBody {
	for {
		d.credits, d.debits = stillOpen(d.credits), stillOpen(d.debits)
		if len(d.credits) == 0 || len(d.debits) == 0 || len(all) >= maxAllocations {
			return all
		}
		all = d.allocate(all, d.credits[0], d.debits[0])
	}
}

func stillOpen(all []*transaction) []*transaction {
	for len(all) > 0 && all[0].open == 0 {
		all = all[1:]
	}
	return all
}

// allocated compares the allocations of an entry with those that it has to have.
func (a *audit) allocated(e *entry, want []topics.AllocationBody) {
	shown := e.body.Allocations
	for i := range max(len(want), len(shown)) {
		switch {
		case i >= len(shown):
			a.report.find(CheckPosting, e.where, "it has to allocate %s of %s to %s", want[i].Amount, want[i].Credit, want[i].Debit)
		case i >= len(want):
			a.report.find(CheckPosting, e.where, "it allocates %s of %s to %s, which nothing asks for", shown[i].Amount, shown[i].Credit, shown[i].Debit)
		case want[i].Credit != shown[i].Credit || want[i].Debit != shown[i].Debit || !sameAmount(want[i].Amount, shown[i].Amount):
			a.report.find(CheckPosting, e.where, "it allocates %s of %s to %s, it has to be %s of %s to %s", shown[i].Amount, shown[i].Credit, shown[i].Debit,
				want[i].Amount, want[i].Credit, want[i].Debit)
		}
	}
}

// tells compares what an entry says of its transaction with what was recorded.
func (a *audit) tells(e *entry, t *transaction, state string) {
	b := e.body.Transaction
	if b == nil {
		a.report.find(CheckSubject, e.where, "it does not say that it is about transaction %s", t.body.Transaction)
		return
	}
	side := "credit"
	if t.debit {
		side = "debit"
	}
	if b.Transaction != t.body.Transaction || b.Account != t.body.Account || b.Kind != t.body.Kind || b.Side != side || b.State != state ||
		b.Against != t.body.Against || t.body.Date != "" && b.Date != t.body.Date || !sameAmount(b.Amount, t.amount.String()) {
		a.report.find(CheckSubject, e.where, "it says of transaction %s of %s that it is a %s %s, %s, %s of %s, against %q", b.Transaction, b.Account, b.State, b.Kind, b.Side, b.Amount, b.Date, b.Against)
	}
}
