package verify

import "purser/topics"

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
}

type transaction struct {
	body   topics.TransactionRecordedBody
	debit  bool
	draft  bool
	amount amount
	open   amount
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
	case topics.TypeTransactionRecorded:
		var b topics.TransactionRecordedBody
		if decode(a.inputs.bodyOf(e.event), &b) != nil {
			return nil
		}
		t := &transaction{body: b, debit: b.Kind == "invoice" || b.Kind == "debit_note" || b.Side == "debit", draft: b.Draft}
		if b.Amount != "" {
			t.amount = a.figure(e, b.Amount)
		}
		d := o.account(b.Account).debts()
		if d.known[b.Transaction] != nil {
			a.report.find(CheckTwice, e.where, "transaction %s of %s was recorded before", b.Transaction, b.Account)
		}
		d.known[b.Transaction] = t
		if b.Draft {
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
		if t == nil || !t.draft {
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
	d.posted++
	t.open = t.amount
	expected := flows{}
	if from, to := b.Account, counterpart(b.Kind); t.debit {
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
	return expected
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
