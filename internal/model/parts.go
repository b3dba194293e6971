package model

// spendPart is what a spending account pays of a send, before the campaign's payer does (R6.10).
type spendPart struct {
	id      string // of the spending account; "": none
	lines   []boughtLine
	may     dec // what its lines leave it, found when the send is asked for
	by      *spender
	account string // the balance that has paid, or on which it is held
	amount  dec    // that it pays, or has paid
	kinds   []string
	held    bool
}

// rest is what the campaign's payer pays.
func (s *send) rest() dec { return s.cost.Sub(s.part.amount) }

// spendFirst finds what the spending account pays of a send that is asked for, or why it is of no use.
func (t *turn) spendFirst(s *send) (why string) {
	p := &s.part
	if p.id == "" {
		return ""
	}
	if p.by, why = t.o.spender(p.id, s.sender, s.currency, s.occurred); why != "" {
		return why
	}
	p.may = smaller(p.by.lines(p.lines), s.cost)
	p.amount, why = p.by.pays(s.cost, p.may, t.o.terms.at(s.occurred).split)
	return why
}

// spendNow is spendFirst for one that was approved: what its lines leave was found before.
func (t *turn) spendNow(s *send) (why string) {
	p := &s.part
	if p.id == "" {
		return ""
	}
	if p.by, why = t.o.spender(p.id, s.sender, s.currency, s.occurred); why != "" {
		return why
	}
	p.amount, why = p.by.pays(s.cost, p.may, t.o.terms.at(s.occurred).split)
	return why
}

// draftPart drafts what the account pays, or only what opens its balance, where that is to be held.
func (t *turn) draftPart(s *send, hold bool) {
	p := &s.part
	if p.id == "" {
		return
	}
	t.openBalance(p.by, s.currency)
	if !hold {
		t.payPart(s, p.by.account)
	}
}

// payPart drafts it, and notes that the account pays first.
func (t *turn) payPart(s *send, account string) {
	p := &s.part
	t.move(account, "revenue:sales", p.amount, s.currency, nil)
	s.pay(&payer{account: t.o.accounts[account], rate: one, price: p.amount, income: p.amount, parts: []part{{nil, p.amount}}})
}

// undraftPart forgets what was drafted and could not be posted.
func (t *turn) undraftPart(s *send) {
	if p := s.part.by; p != nil && p.books == nil {
		delete(t.o.accounts, p.account)
	}
}

// notePart notes in the limits what was posted, and holds it where it is not paid yet.
func (t *turn) notePart(s *send, hold bool) {
	p := &s.part
	if p.id == "" {
		return
	}
	t.noteSpent(p.by, p.amount)
	p.account, p.held = p.by.account, hold
	p.kinds = p.by.books.spent[len(p.by.books.spent)-1].kinds
}

// givePart releases what is held for a send that is not paid, and what that used of limits.
func (t *turn) givePart(s *send) {
	p := &s.part
	if p.held {
		t.o.unspend(p.account, s.occurred, p.amount, p.kinds)
		p.held, p.account, p.amount = false, "", zero
	}
}

// heldFor is what is held on a balance of a spending account.
func (o *org) heldFor(account string) dec {
	sum := zero
	for _, s := range o.sends {
		if s.part.held && s.part.account == account {
			sum = sum.Add(s.part.amount)
		}
	}
	return sum
}

// accepts is the answer to who has asked for a send that was charged: about the spending account's balance, with the rest beside it, where one pays
// a part.
func (t *turn) accepts(s *send, payer *account, amount dec, attempt string, invoice int) {
	p := &s.part
	if p.id == "" {
		t.answers("accepted", "", s.asked, payer, amount, attempt, invoice, s.id)
		return
	}
	name := p.account
	balance := zero
	if a := t.o.accounts[name]; a != nil {
		balance = a.balance()
	}
	if amount.IsPositive() {
		t.line("outcome accepted  of %s: %s %s, balance %s; %s gets %s %s, balance %s", s.asked, p.amount, s.currency, balance, payer.id, amount, payer.currency, payer.balance())
		return
	}
	t.line("outcome accepted  of %s: %s %s %s, balance %s invoice %d send %s", s.asked, attempt, p.amount, s.currency, balance, invoice, s.id)
}
