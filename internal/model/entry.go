package model

import (
	"fmt"
	"strings"
	"time"
)

// turn is one event, or one piece of due work, being decided.
type turn struct {
	*Model
	o      *org
	e      *event // nil: due work that no event waits in
	fact   *Fact
	by     time.Time // all that was due up to here has run (R1.7)
	leaves bool      // what exceeds the limit is left as it is: it is posted with many others
	asOf   time.Time // of due work on customer accounts: by which their terms are in force
	moves  []move
}

// move is a posting. Of an account's own money it is purchased credit where it names no grant.
type move struct {
	from, to string
	amount   dec
	currency string
	grant    *grant
}

// turn begins to decide an event, or one that has waited and is due.
func (m *Model) turn(e *event, due bool) *turn {
	f := &Fact{Org: e.Org, Type: e.Type, ID: e.ID, Due: due}
	if due {
		f.At = stamp(e.occurred)
	}
	m.tell(f)
	return &turn{Model: m, o: m.org(e.Org), e: e, fact: f, by: m.until}
}

// work begins a piece of due work.
func (m *Model) work(o *org, kind, about string, at time.Time) *turn {
	f := &Fact{Org: o.id, Type: kind, ID: about, Due: true, At: stamp(at), Result: "applied"}
	m.tell(f)
	return &turn{Model: m, o: o, fact: f}
}

func (t *turn) refuse(why string) {
	t.fact.Result, t.fact.Reason = "refused", why
	t.fact.DeadLetter = t.e != nil && !asks[t.e.Type]
	if t.e != nil && asks[t.e.Type] {
		t.line("outcome rejected %s of %s send %s attempt ", why, t.e.ID, t.e.body.text("send"))
		if x := t.e.body.text("transaction"); x != "" {
			t.line("about transaction %s", x)
		}
	}
}

func (t *turn) line(format string, args ...any) {
	t.fact.Lines = append(t.fact.Lines, fmt.Sprintf(format, args...))
}

// move adds a posting; nothing is no posting.
func (t *turn) move(from, to string, amount dec, currency string, g *grant) {
	switch {
	case amount.IsNegative():
		from, to, amount = to, from, amount.Neg()
	case amount.IsZero():
		return
	}
	t.moves = append(t.moves, move{from, to, amount, currency, g})
}

func isWorld(name string) bool {
	return name == "suspense" || strings.Contains(name, ":") && !strings.HasPrefix(name, "spending:")
}

// side is an account that is posted to, with what it has before and after.
type side struct {
	name, currency string
	after          dec
}

// post makes the entry of the moves, or refuses it: every balance stays within its range (R1.1), and each account's is the sum of its
// postings (R1.4).
func (t *turn) post() bool {
	sides := t.sides()
	for _, s := range sides {
		if s.after.Abs().GreaterThan(limit) {
			t.refuse("balance_out_of_range")
			return false
		}
	}
	t.fact.Result = "applied"
	for _, v := range t.moves {
		t.o.take(v.from, v.amount.Neg(), v)
		t.o.take(v.to, v.amount, v)
		t.line("%s", v.String())
	}
	for _, s := range sides {
		t.line("balance %s %s %s%s", s.name, s.after, s.currency, t.o.buckets(s.name))
	}
	return true
}

// sides are the accounts of the moves, in the order in which they appear.
func (t *turn) sides() (all []*side) {
	find := func(name, currency string) *side {
		for _, s := range all {
			if s.name == name && s.currency == currency {
				return s
			}
		}
		s := &side{name: name, currency: currency, after: t.o.balance(name, currency)}
		all = append(all, s)
		return s
	}
	for _, v := range t.moves {
		from, to := find(v.from, v.currency), find(v.to, v.currency)
		from.after, to.after = from.after.Sub(v.amount), to.after.Add(v.amount)
	}
	return all
}

// posted says whether the entry moves anything of an account.
func (t *turn) posted(a *account) bool {
	for _, v := range t.moves {
		if v.from == a.id || v.to == a.id {
			return true
		}
	}
	return false
}

func (o *org) balance(name, currency string) dec {
	if isWorld(name) {
		return o.world[name+" "+currency]
	}
	return o.accounts[name].balance()
}

// take changes an account's balance by a posting: of a grant where it names one, else of purchased credit.
func (o *org) take(name string, by dec, v move) {
	if isWorld(name) {
		o.world[name+" "+v.currency] = o.world[name+" "+v.currency].Add(by)
		return
	}
	a := o.accounts[name]
	a.history = true
	if v.grant == nil {
		a.purchased = a.purchased.Add(by)
		return
	}
	v.grant.left = v.grant.left.Add(by)
	a.keep(v.grant)
}

// buckets says what of a wallet's balance is purchased.
func (o *org) buckets(name string) string {
	if a := o.accounts[name]; a != nil && a.kind == "wallet" {
		return " purchased " + a.purchased.String()
	}
	return ""
}

func (v move) String() string {
	bucket := ""
	switch {
	case v.grant != nil:
		bucket = "complimentary " + v.grant.id
	case !isWorld(v.from) || !isWorld(v.to):
		bucket = "purchased"
	}
	return strings.TrimSpace(fmt.Sprintf("%s -> %s %s %s %s", v.from, v.to, v.amount, v.currency, bucket))
}
