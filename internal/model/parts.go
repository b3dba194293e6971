package model

// spendPart is what a spending account pays of a send, before the campaign's payer does (R6.10).
type spendPart struct {
	id      string // of the spending account; "": none
	wish    wish   // what it is asked to pay
	by      *use
	balance string // that has paid, or on which it is held
	amount  dec    // that it pays, or has paid
	counted []string
	held    bool
}

// rest is what the campaign's payer pays.
func (s *send) rest() dec { return s.cost.Sub(s.part.amount) }

// asksSpending reads which spending account a send names, and the lines that this is to pay of.
func (s *send) asksSpending(b *body) {
	if s.part.id = b.text("spending_account"); s.part.id == "" {
		return
	}
	cost := s.cost
	s.part.wish = wish{user: s.sender, currency: s.currency, at: s.occurred, lines: readLines(b), estimate: &cost}
}

// spend finds what the spending account pays of a send, or why it is of no use. What the lines leave it is found once: when the send is asked for.
func (t *turn) spend(s *send) (why string) {
	p := &s.part
	if p.id == "" {
		return ""
	}
	named := t.o.spending[p.id]
	if named == nil {
		return "unknown_spending_account"
	}
	p.by = t.o.useOf(named, &p.wish)
	if p.amount = p.by.amount; p.by.why == "" {
		p.wish.may = &p.by.may
	}
	return p.by.why
}

// draftPart drafts what the account pays, or only what opens its balance, where that is to be held.
func (t *turn) draftPart(s *send, hold bool) {
	if s.part.id == "" {
		return
	}
	t.open(s.part.by)
	if !hold {
		t.payPart(s, s.part.by.balance)
	}
}

// payPart drafts it, and notes that the account pays first.
func (t *turn) payPart(s *send, balance string) {
	amount := s.part.amount
	t.move(balance, "revenue:sales", amount, s.currency, nil)
	s.pay(&payer{account: t.o.accounts[balance], rate: one, price: amount, income: amount, parts: []part{{nil, amount}}})
}

// undraftPart forgets what was drafted and could not be posted.
func (t *turn) undraftPart(s *send) {
	if u := s.part.by; u != nil && u.allowance == nil {
		delete(t.o.accounts, u.balance)
	}
}

// notePart notes in the limits what was posted, and holds it where it is not paid yet.
func (t *turn) notePart(s *send, hold bool) {
	p := &s.part
	if p.id == "" {
		return
	}
	p.counted = t.count(p.by, p.amount, s.occurred)
	p.balance, p.held = p.by.balance, hold
}

// unspend gives an amount back to the limits.
func (t *turn) unspend(s *send, amount dec) {
	day := shownDay(s.occurred, t.o.terms.at(s.occurred).zone)
	for _, per := range s.part.counted {
		t.o.spending[s.part.id].opened[s.part.balance].add(per, amount.Neg(), s.occurred, day)
	}
}

// givePart releases what is held for a send that is not paid, and what that used of limits.
func (t *turn) givePart(s *send) {
	if p := &s.part; p.held {
		t.unspend(s, p.amount)
		p.held, p.balance, p.amount = false, "", zero
	}
}

// heldFor is what is held on a balance of a spending account.
func (o *org) heldFor(balance string) dec {
	sum := zero
	for _, s := range o.sends {
		if s.part.held && s.part.balance == balance {
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
	balance := zero
	if a := t.o.accounts[p.balance]; a != nil {
		balance = a.balance()
	}
	if amount.IsPositive() {
		t.line("outcome accepted  of %s: %s %s, balance %s; %s gets %s %s, balance %s", s.asked, p.amount, s.currency, balance, payer.id, amount, payer.currency, payer.balance())
	} else {
		t.line("outcome accepted  of %s: %s %s %s, balance %s invoice %d send %s", s.asked, attempt, p.amount, s.currency, balance, invoice, s.id)
	}
	t.line("of %s about %s", s.cost, t.o.spending[p.id].terms.at(s.occurred).told())
}
