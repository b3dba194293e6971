package processors_test

import (
	"fmt"

	. "purser/processors/core"
	"purser/processors/money"
)

// attempts are what has gone out to the gateway and come back, told from decisions alone.
type attempts struct {
	order    []sent
	known    map[string]*sent
	numbers  map[string]int
	open     map[string]string // the automatic attempt of an account that has no result
	answered map[string]OutcomeStatus
}

type sent struct {
	org, id, account string
	amount           money.Amount
	credited         bool
}

func newAttempts() attempts {
	return attempts{known: map[string]*sent{}, numbers: map[string]int{}, open: map[string]string{}, answered: map[string]OutcomeStatus{}}
}

// audit holds R4 over any history: numbers without a gap, never two automatic attempts at once, never more than the policy's,
// each credited at most once, and one final answer for each question.
func (a *attempts) audit(t tester, w *world, e *entry) {
	t.Helper()
	a.result(t, e)
	for _, r := range e.Attempts {
		id := e.Org + " " + r.Recharge.AttemptID(r.Number)
		recharge, account := e.Org+" "+r.Recharge.RechargeID(), r.Account.Key
		automatic := r.Recharge.Purpose == Automatic
		switch {
		case a.known[id] != nil:
			t.Fatalf("%s goes out twice", id)
		case r.Number != a.numbers[recharge]+1:
			t.Fatalf("%s follows %d", id, a.numbers[recharge])
		case automatic && (a.open[account] != "" || r.Number > r.Recharge.Limit):
			t.Fatalf("%s goes out beside %q, at most %d", id, a.open[account], r.Recharge.Limit)
		case automatic && r.Account.Balance >= 1000*money.Unit:
			t.Fatalf("%s goes out at %v", id, r.Account.Balance)
		case r.Amount <= 0 || r.Amount != money.CeilMinor(r.Amount, r.Account.Currency):
			t.Fatalf("%s asks for %v", id, r.Amount)
		}
		a.known[id] = &sent{e.Org, r.Recharge.AttemptID(r.Number), account, r.Amount, false}
		a.order = append(a.order, *a.known[id])
		a.numbers[recharge] = r.Number
		if automatic {
			a.open[account] = id
		}
	}
	a.missing(t, w, e)
	a.answer(t, e)
}

func (a *attempts) result(t tester, e *entry) {
	t.Helper()
	if e.event == nil || e.event.Type != AttemptResolved || e.Result != Applied {
		return
	}
	id := e.Org + " " + e.event.Resolved.Attempt
	s := a.known[id]
	if s == nil {
		t.Fatalf("a result of %s, which never went out", id)
	}
	credits := e.event.Resolved.Succeeded && !s.credited
	if len(e.Postings) != 0 != credits || credits && e.Postings[0].Amount != s.amount {
		t.Fatalf("%s credited %q, %v", id, postings(e), s)
	}
	s.credited = s.credited || credits
	if a.open[s.account] == id {
		delete(a.open, s.account)
	}
}

// missing finds an account that an entry leaves low without anything on its way (R4.1).
func (a *attempts) missing(t tester, w *world, e *entry) {
	t.Helper()
	if e.Result != Applied || e.event == nil || e.event.Type == CreditsRemoved || e.event.Type == PaymentRefunded {
		return
	}
	for _, l := range e.Lines {
		if len(l.Account.Versions) != 1 || l.Account.Versions[0].Recharge == nil {
			continue
		}
		d := l.Account.Dunning
		if low := l.Account.Balance < l.Account.Versions[0].Recharge.Below; low && !d.Going && !d.Exhausted {
			t.Fatalf("%s is low at %v and nothing is asked for", l.Account.ID, l.Account.Balance)
		}
		if d.Going && d.Retry == 0 && a.open[l.Account.Key] == "" {
			t.Fatalf("%s is said to be open, and nothing is on its way", l.Account.ID)
		}
	}
}

func (a *attempts) answer(t tester, e *entry) {
	t.Helper()
	o := &e.Outcome
	if o.Status == NoOutcome {
		if e.event != nil && e.event.Type.Asks() {
			t.Fatalf("%s has no answer", e.event.ID)
		}
		return
	}
	question := fmt.Sprint(e.Org, " ", o.Source, " ", o.ID)
	if o.ID == "" {
		question = fmt.Sprint(e.Org, " ", e.event.Source, " ", e.event.ID)
	}
	if was := a.answered[question]; was > Pending || was == Pending && o.Status == Pending && o.Reason != FundsPending { // after its approval
		t.Fatalf("%s is %v after %v", question, o.Status, was)
	}
	a.answered[question] = o.Status
}

// attemptsOf are those that an entry emits: "w/1/1 50.00 by tok".
func attemptsOf(e *entry) (all []string) {
	for _, r := range e.Attempts {
		all = append(all, fmt.Sprintf("%s %v by %s", r.Recharge.AttemptID(r.Number), r.Amount, r.Method))
	}
	return all
}
