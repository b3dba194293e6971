package model

// payment is what came in for an account under one reference, and what of it was given back (R3.8).
type payment struct{ paid, refunded dec }

func (o *org) paid(account, reference string, amount dec) {
	key := account + "|" + reference
	if o.payments[key] == nil {
		o.payments[key] = &payment{}
	}
	o.payments[key].paid = o.payments[key].paid.Add(amount)
}

func paymentReceived(e *event) func(*turn) {
	b := e.body
	id, reference, amount, currency := b.name("account"), b.name("payment"), b.posted(), b.name("currency")
	return func(t *turn) {
		a := t.o.accounts[id]
		switch why := t.o.refuses(a); {
		case why != "":
			t.refuse(why)
			return
		case a.kind == "customer_account":
			t.received(a, reference, amount, currency)
			return
		case currency != a.currency:
			t.refuse("currency_mismatch")
			return
		}
		t.move("world:payments", id, amount, currency, nil)
		if t.post() {
			t.o.paid(id, reference, amount)
			t.judge(a, t.present(e.Recorded))
		}
	}
}

// creditsRemoved takes credits away, never more than there are nor what is held, and starts no recharge (R3.8).
func creditsRemoved(e *event) func(*turn) {
	b := e.body
	id, amount, currency, bucket, reference := b.name("account"), b.posted(), b.name("currency"), b.name("bucket"), b.text("removal")
	b.demand(bucket == "purchased" || bucket == "complimentary")
	return func(t *turn) {
		a, key := t.o.accounts[id], id+"|"+reference
		switch why := t.o.refuses(a); {
		case why != "":
			t.refuse(why)
			return
		case a.kind == "customer_account":
			t.refuse("is_a_customer_account")
			return
		case currency != a.currency:
			t.refuse("currency_mismatch")
			return
		case reference != "" && t.o.removals[key] != nil:
			t.refuse("removal_exists")
			return
		}
		had, left := smaller(a.purchased, a.available()), amount
		if bucket == "complimentary" {
			had, left = a.balance().Sub(a.purchased), zero
		}
		if amount.GreaterThan(had) {
			t.refuse("insufficient_funds")
			return
		}
		t.takeAway(a, bucket, amount)
		if !t.post() {
			return
		}
		if reference != "" {
			t.o.removals[key] = &left
		}
		t.cross(a, t.present(e.Recorded))
	}
}

func (t *turn) takeAway(a *account, bucket string, amount dec) {
	if bucket == "purchased" {
		t.move(a.id, "world:removed", amount, a.currency, nil)
		return
	}
	for _, p := range a.burns(amount) {
		t.move(a.id, "world:removed", p.amount, a.currency, p.grant)
	}
}

// paymentRefunded gives money of a payment back, out of purchased credit, even below zero, except for what a removal that it names has
// taken already (R3.8). It starts no recharge.
func paymentRefunded(e *event) func(*turn) {
	b := e.body
	id, reference, amount, currency, removal := b.name("account"), b.name("payment"), b.posted(), b.name("currency"), b.text("removal")
	return func(t *turn) {
		a := t.o.accounts[id]
		p, removed := t.o.payments[id+"|"+reference], t.o.removals[id+"|"+removal]
		switch why := t.o.refuses(a); {
		case why != "":
			t.refuse(why)
			return
		case a.kind == "customer_account":
			t.refuse("is_a_customer_account")
			return
		case currency != a.currency:
			t.refuse("currency_mismatch")
			return
		case p == nil:
			t.refuse("unknown_payment")
			return
		case removal != "" && removed == nil:
			t.refuse("unknown_removal")
			return
		case p.refunded.Add(amount).GreaterThan(p.paid):
			t.refuse("exceeds_payment")
			return
		}
		taken := zero
		if removal != "" {
			taken = smaller(*removed, amount)
		}
		t.move(id, "world:payments", amount.Sub(taken), currency, nil)
		t.move("world:removed", "world:payments", taken, currency, nil)
		if !t.post() {
			return
		}
		p.refunded = p.refunded.Add(amount)
		if removal != "" {
			*removed = removed.Sub(taken)
		}
		if t.posted(a) {
			t.cross(a, t.present(e.Recorded))
		}
	}
}
