package scenario

import (
	"fmt"
	"maps"

	"purser/processors/core"
	"purser/processors/money"
)

// attempts are those that have gone out, as the outputs alone tell: no card is charged twice for one of them, nor twice at once
// by itself (R4.1), nor more often than the policy allows (R4.3).
type attempts struct {
	made     map[string]attempt // by org and id
	numbers  map[string]int     // the last one of each recharge
	unpaid   map[string]string  // the automatic attempt of each account that has no result yet
	answered map[string]core.Outcome
}

type attempt struct {
	account   string
	amount    money.Amount
	credited  bool
	automatic bool
}

func newAttempts() attempts {
	return attempts{made: map[string]attempt{}, numbers: map[string]int{}, unpaid: map[string]string{}, answered: map[string]core.Outcome{}}
}

func (a *attempts) clone() attempts {
	return attempts{made: maps.Clone(a.made), numbers: maps.Clone(a.numbers), unpaid: maps.Clone(a.unpaid), answered: maps.Clone(a.answered)}
}

// emitted takes the attempts of a decision down.
func (a *attempts) emitted(d *core.Decision) error {
	for i := range d.Attempts {
		r := &d.Attempts[i]
		id, recharge, account := d.Org+" "+r.Recharge.AttemptID(r.Number), d.Org+" "+r.Recharge.RechargeID(), r.Account.Key
		automatic := r.Recharge.Purpose == core.Automatic
		_, again := a.made[id]
		switch {
		case again:
			return fmt.Errorf("the attempt %s goes out twice (R4.8)", id)
		case r.Number != a.numbers[recharge]+1:
			return fmt.Errorf("attempt %d of %s follows %d (R4.3)", r.Number, recharge, a.numbers[recharge])
		case r.Amount <= 0 || r.Amount != money.CeilMinor(r.Amount, r.Account.Currency):
			return fmt.Errorf("the attempt %s asks for %s %s (R1.3)", id, r.Amount, r.Account.Currency)
		case automatic && a.unpaid[account] != "":
			return fmt.Errorf("the attempt %s goes out while %s is open (R4.1)", id, a.unpaid[account])
		case automatic && r.Number > r.Recharge.Limit:
			return fmt.Errorf("the attempt %s is one more than %d (R4.3)", id, r.Recharge.Limit)
		}
		a.made[id] = attempt{account, r.Amount, false, automatic}
		a.numbers[recharge] = r.Number
		if automatic {
			a.unpaid[account] = id
		}
	}
	return nil
}

// result compares what came of a gateway's answer with the attempt that it is about: a success is credited once, whenever it
// comes (R4.7). And it sees to it that a question has one final answer (R9.1).
func (a *audit) result(ev *core.Event, d *core.Decision) error {
	if err := a.attempts.answer(ev, d); err != nil {
		return err
	}
	if ev.Type != core.AttemptResolved || d.Result != core.Applied {
		return nil
	}
	id := ev.Org + " " + ev.Resolved.Attempt
	made, known := a.attempts.made[id]
	credited := money.Amount(0)
	for i := range d.Postings {
		if d.Postings[i].From.ID == core.WorldPayments { // from where it may go on at once (R5.5)
			credited += d.Postings[i].Amount
		}
	}
	want := money.Amount(0)
	if ev.Resolved.Succeeded && !made.credited {
		want = made.amount
	}
	switch {
	case !known:
		return fmt.Errorf("a result of %s, which never went out, was applied (R4.7)", id)
	case credited != want:
		return fmt.Errorf("%s was credited with %s, it has to be %s (R4.7)", id, credited, want)
	}
	made.credited = made.credited || ev.Resolved.Succeeded
	a.attempts.made[id] = made
	if a.attempts.unpaid[made.account] == id {
		delete(a.attempts.unpaid, made.account)
	}
	return nil
}

func (a *attempts) answer(ev *core.Event, d *core.Decision) error {
	o := &d.Outcome
	if ev.Type.Asks() {
		delete(a.answered, ev.Org+" "+ev.Source+" "+ev.ID) // asked again after the duplicate window, it is another question
	}
	if o.Status == core.NoOutcome {
		if ev.Type.Asks() {
			return fmt.Errorf("a question without an outcome (R9.1)")
		}
		return nil
	}
	question := ev.Org + " " + o.Source + " " + o.ID
	if o.ID == "" {
		question = ev.Org + " " + ev.Source + " " + ev.ID
	}
	was := a.answered[question]
	waitsAgain := o.Reason == core.FundsPending && was.Reason == core.ApprovalPending
	if was.Status > core.Pending || was.Status == core.Pending && o.Status == core.Pending && !waitsAgain {
		return fmt.Errorf("%s is %s after it was %s (R9.1)", question, o.Status, was.Status)
	}
	a.answered[question] = core.Outcome{Status: o.Status, Reason: o.Reason}
	return nil
}
