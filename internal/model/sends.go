package model

import (
	"maps"
	"slices"
	"time"
)

// campaignTerms say who pays for sends (R6.1).
type campaignTerms struct {
	funded             bool // a funding source pays, otherwise the sender does
	source             string
	approval, addFunds bool
}

func campaignDefined(e *event) func(*turn) {
	b := e.body
	id, payer := b.name("campaign"), b.name("payer")
	terms := campaignTerms{payer == "funding_source", b.text("funding_source"), b.flag("approval"), b.flag("add_funds")}
	b.demand(terms.funded || payer == "sender" && terms.source == "")
	from := e.effective()
	return func(t *turn) {
		why := t.o.refusesSources(terms.source)
		if len(t.o.terms) == 0 {
			why = "unknown_org"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		t.o.campaigns[id] = t.o.campaigns[id].with(from, terms)
		t.post()
	}
}

func campaignRemoved(e *event) func(*turn) {
	id := e.body.name("campaign")
	return func(t *turn) {
		if len(t.o.campaigns[id]) == 0 {
			t.refuse("unknown_campaign")
			return
		}
		for _, s := range t.o.sends {
			if s.campaign == id && s.pending() {
				t.refuse("in_use")
				return
			}
		}
		delete(t.o.campaigns, id)
		t.post()
	}
}

// send is something that is sent for money (R6.1). It is there from the first event that names it.
type send struct {
	id      string
	state   string     // awaited, pending_approval, pending_funds, accepted, rejected, cancelled, forgotten
	waiting []*waiting // what follows it, and waits for it or for its end, in the order in which it came
	until   time.Time  // awaited: what has waited longest is given up; pending_funds: the send is; final: it is forgotten

	asked, campaign, sender, team, source string
	occurred                              time.Time
	cost                                  dec
	currency                              string
	recharge                              *recharge // whose attempt decides it
	payers                                []*payer
	part                                  spendPart
}

func (s *send) pending() bool { return s.state == "pending_approval" || s.state == "pending_funds" }

// end makes a send final. It is remembered for 400 days.
func (s *send) end(state string, at time.Time) {
	s.state = state
	s.keep(at)
}

func (s *send) keep(at time.Time) { s.until = at.Add(400 * 24 * time.Hour) }

func (o *org) sendsInOrder() (all []*send) {
	for _, id := range slices.Sorted(maps.Keys(o.sends)) {
		all = append(all, o.sends[id])
	}
	return all
}

func (b *body) cost() dec {
	if d, given := b.number("estimated_cost", 6); given {
		return d
	}
	sum := zero
	lines, ok := b.fields["lines"].([]any)
	b.demand(ok && len(lines) > 0)
	for _, v := range lines {
		fields, _ := v.(map[string]any)
		l := &body{fields: fields}
		quantity, given := l.number("quantity", 9)
		if !given {
			quantity = one
		}
		price, given := l.number("unit_price", 9)
		b.demand(given && l.name("item") != "" && !l.bad)
		sum = sum.Add(rounded(quantity.Mul(price))) // each is rounded once
	}
	b.demand(sum.LessThan(beyond))
	return sum
}

func sendRequested(e *event) func(*turn) {
	b := e.body
	asked := send{id: b.name("send"), asked: e.ID, campaign: b.name("campaign"), sender: b.name("sender"), occurred: e.occurred, cost: b.cost(), currency: b.name("currency")}
	asked.asksSpending(b)
	triggered, wants := b.text("origin") == "triggered", b.flag("add_funds")
	b.demand(triggered || b.text("origin") == "manual")
	return func(t *turn) {
		s := t.o.sends[asked.id]
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
			return
		case s != nil && s.state != "awaited":
			t.refuse("send_exists")
			return
		}
		is := asked
		if s != nil {
			is.waiting = s.waiting
		}
		why := t.ask(&is, triggered, wants)
		if why != "" {
			if t.fact.Result != "refused" {
				t.refuse(why)
			}
			is.end("rejected", t.clock(e.Recorded))
		}
		t.o.sends[asked.id] = &is
	}
}

// ask decides a send that is asked for, or says why it is rejected.
func (t *turn) ask(s *send, triggered, wants bool) (why string) {
	sender := t.o.accounts[s.sender]
	switch {
	case len(t.o.campaigns[s.campaign]) == 0:
		return "unknown_campaign"
	case !sender.defined():
		return "unknown_account"
	}
	terms := t.o.campaigns[s.campaign].at(s.occurred)
	s.team = sender.teamAt(s.occurred)
	payer := sender
	if terms.funded {
		if s.source = terms.source; s.source == "" {
			s.source, _ = t.o.sourceOf(s.team, s.occurred)
		}
		if s.source == "" {
			s.source = t.o.defaultAt(s.occurred)
		}
		payer = t.o.accounts[s.source]
	}
	switch {
	case sender.kind != "wallet":
		return "not_a_wallet"
	case !terms.funded && triggered:
		return "triggered_needs_funding_source"
	case s.source == "" && terms.funded:
		return "no_funding_source"
	}
	if why := t.spend(s); why != "" {
		return why
	}
	rate, known := t.o.rate(s.currency, payer.currency, s.occurred)
	amount := rounded(s.rest().Mul(rate))
	switch {
	case !known:
		return "no_fx_rate"
	case amount.GreaterThan(limit):
		return "balance_out_of_range"
	case triggered && terms.approval:
		t.post()
		s.state = "pending_approval"
		t.answers("pending", "pending_approval", s.asked, payer, amount, "", 0, s.id)
		return ""
	case payer.lacks(amount).IsPositive() && (!terms.funded || !triggered && (!wants || !terms.addFunds)):
		return "insufficient_funds"
	}
	return t.raise(s, payer, rate)
}

// sourceOf is the funding source of a team.
func (o *org) sourceOf(id string, at time.Time) (source string, found bool) {
	if o.teams[id] == nil {
		return "", false
	}
	return o.teams[id].terms.at(at).balances, true
}

// raise charges a send, or, where its payer has too little, asks for what lacks: by card the send is pending meanwhile, by invoice it is
// charged all the same (R6.3, R6.4).
func (t *turn) raise(s *send, a *account, rate dec) (why string) {
	at, amount := t.present(t.e.Recorded), rounded(s.rest().Mul(rate))
	lacks, v := a.lacks(amount), a.terms.at(at)
	if lacks.IsPositive() && !v.funding.byInvoice() {
		t.draftPart(s, true)
		if !t.post() {
			t.undraftPart(s)
			return t.fact.Reason
		}
		t.notePart(s, true)
		now := t.clock(t.e.Recorded)
		r := a.begin("add_funds")
		r.covers = &cover{held: amount.Sub(lacks), send: s, rate: rate}
		t.attempt(r, lacks, v.funding.method, now)
		s.state, s.recharge, s.until = "pending_funds", r, now.Add(patience)
		t.answers("pending", "pending_funds", s.asked, a, amount, r.attempts[0].id, 0, s.id)
		return ""
	}
	if t.o.open(a, debts).Add(lacks).GreaterThan(limit) { // R1.1: what is owed has the range of a balance
		return "balance_out_of_range"
	}
	t.draftPart(s, false)
	t.chargeSend(s, a, s.rest(), rate)
	if !t.post() {
		t.undraftPart(s)
		s.payers = nil
		return t.fact.Reason
	}
	t.notePart(s, false)
	number := 0
	if lacks.IsPositive() {
		number = t.invoice(a, "add_funds", lacks, s.id, at).number
	}
	if t.posted(a) {
		t.judge(a, at)
	}
	s.end("accepted", t.clock(t.e.Recorded))
	t.accepts(s, a, amount, "", number)
	return ""
}

// acceptSend is the success of the attempt that a send waits for: what it costs is charged.
func (t *turn) acceptSend(r *recharge, each *attempt) {
	if r.covers == nil {
		return // it has ended meanwhile: the success just credits
	}
	s, amount := r.covers.send, rounded(r.covers.send.rest().Mul(r.covers.rate))
	r.covers, s.part.held = nil, false
	s.end("accepted", t.clock(t.e.Recorded))
	t.accepts(s, r.account, amount, each.id, 0)
}

// rejectSend is its failure: it is not tried again.
func (t *turn) rejectSend(r *recharge) {
	if r.covers == nil {
		return
	}
	s := r.covers.send
	r.covers = nil
	t.givePart(s)
	s.end("rejected", t.clock(t.e.Recorded))
	t.rejects(s, "payment_failed")
}

// rejects answers that a pending send is rejected.
func (t *turn) rejects(s *send, why string) {
	attempt := ""
	if s.recharge != nil {
		attempt = s.recharge.attempts[0].id
	}
	t.line("outcome rejected %s of %s send %s attempt %s", why, s.asked, s.id, attempt)
}

// workSend is what a send has to do: give up what has waited for it for too long, give up itself, or be forgotten.
func (m *Model) workSend(o *org, s *send) {
	at := s.until
	switch s.state {
	case "awaited":
		w := s.waiting[0]
		m.givenUp(w, "unknown_send", at)
		if s.waiting = s.waiting[1:]; len(s.waiting) == 0 {
			delete(o.sends, s.id)
			return
		}
		if s.until = s.waiting[0].deadline; s.until.Before(at) {
			s.until = at
		}
	case "pending_funds":
		t := m.work(o, "funds_overdue", s.id, at)
		s.recharge.covers = nil
		t.givePart(s)
		s.end("rejected", at)
		t.rejects(s, "funds_overdue")
	default:
		delete(o.sends, s.id)
		s.state = "forgotten" // a retry for it that is still to come finds it so
	}
}
