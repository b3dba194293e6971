package processors

import (
	"slices"
	"strconv"
	"strings"

	"purser/processors/money"
)

// A recharge asks a card for money, in one attempt or several, each with an id of its own by which its result is matched. An
// automatic one follows from the account's policy and is dunned (dunning.go); one that was asked for is not.

// recharge emits an automatic attempt where the balance is lower than the policy's threshold, unless one is open already
// (R4.1), by card or by invoice (R5.3), or the last one has failed for the last time (R4.4). Where an earlier recharge was dropped it
// goes on with that one's number (R4.6).
func (d *Decision) recharge(b Book, a *Account, v *AccountVersion, at Time) {
	p := v.Recharge
	if p == nil || !p.low(a.available()) || a.Dunning.Going || a.Funding.Invoice != 0 {
		return
	}
	if v.Terms.invoiced() {
		d.rechargeByInvoice(b, a, v, at)
		return
	}
	if a.Dunning.Exhausted {
		return
	}
	r := d.draft.goesOn(a)
	if r == nil {
		r = beginRecharge(b, a, Automatic)
		r.Limit, r.Every = p.Attempts, p.Every
		a.Dunning.Auto = r.Number
	} else {
		b.Touch(r)
	}
	a.Dunning.Going = true
	a.Dunning.Open++
	d.attempt(a, r, p.Amount, p.Method, tickTime(b.Progress(), at))
}

// low says whether the threshold calls for a recharge: equal is enough (R4.1).
func (p *RechargePolicy) low(available money.Amount) bool { return available < p.Below }

// goesOn is the recharge with which an account's next automatic attempt goes on; nil: it begins a new one.
func (t *draft) goesOn(a *Account) *Recharge {
	for i := range t.sides {
		if s := &t.sides[i]; s.account == a && a.Dunning.Auto != 0 {
			return s.recharge
		}
	}
	return nil
}

// beginRecharge makes the next recharge of an account that the decision has touched.
func beginRecharge(b Book, a *Account, why Purpose) *Recharge {
	a.Dunning.Recharges++
	r := b.NewRecharge(a.Org, a.ID, a.Dunning.Recharges)
	r.Purpose = why
	return r
}

// attempt emits the next attempt of a recharge that the decision has touched, in whole minor units, rounded up (R1.3).
func (d *Decision) attempt(a *Account, r *Recharge, amount money.Amount, method string, at Time) {
	amount = money.CeilMinor(amount, a.Currency)
	r.Attempts = append(r.Attempts, Attempt{Amount: amount, EmittedAt: at})
	r.State, r.NextDue = AttemptOpen, at+patience
	d.Attempts = append(d.Attempts, AttemptRequest{Account: a, Recharge: r, Number: len(r.Attempts), Amount: amount, Method: method})
}

// AttemptID is the id of a recharge's attempt number n: account/recharge/attempt. Within an org it names one attempt.
func (r *Recharge) AttemptID(n int) string { return r.RechargeID() + "/" + strconv.Itoa(n) }

// RechargeID is the id that a recharge's attempts have in common.
func (r *Recharge) RechargeID() string { return r.Account + "/" + strconv.FormatUint(r.Number, 10) }

// Standing is what has become of a recharge, in a word that a ledger entry says. The names are on the wire.
type Standing string

// How a recharge stands.
const (
	StandsOpen      Standing = "open"      // its last attempt has no result yet
	StandsRetrying  Standing = "retrying"  // that one has failed, and is repeated (R4.3)
	StandsSucceeded Standing = "succeeded" // one of them has, at any time (R4.7)
	StandsFailed    Standing = "failed"    // of one that is never repeated
	StandsExhausted Standing = "exhausted" // R4.4
	StandsDropped   Standing = "dropped"   // nothing was to be paid any more (R4.6)
)

// Standing says what has become of the recharge.
func (r *Recharge) Standing() Standing {
	switch {
	case r.State == AttemptOpen:
		return StandsOpen
	case r.State == RetryWaiting:
		return StandsRetrying
	case slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.Result == Succeeded }):
		return StandsSucceeded
	case r.Purpose == Manual || r.Purpose == AddFunds:
		return StandsFailed
	case len(r.Attempts) >= r.Limit && !r.Reset:
		return StandsExhausted
	default:
		return StandsDropped
	}
}

// parseAttempt takes the id of an attempt apart. An account's id may hold slashes itself.
func parseAttempt(id string) (account string, recharge uint64, attempt int, ok bool) {
	rest, last, ok1 := cutLast(id)
	account, middle, ok2 := cutLast(rest)
	recharge, err1 := strconv.ParseUint(middle, 10, 64)
	n, err2 := strconv.ParseUint(last, 10, 31)
	exact := strconv.FormatUint(recharge, 10) == middle && strconv.FormatUint(n, 10) == last // one id, one way to write it
	return account, recharge, int(n), ok1 && ok2 && err1 == nil && err2 == nil && exact && account != ""
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// tickTime is what time it is by ticks: that of the newest one that was read, whatever of its work is left (R4.3). While there
// was none, it is at.
func tickTime(p *Progress, at Time) Time {
	if p.Target == 0 {
		return at
	}
	return p.Target
}

// requestRecharge emits the one attempt of a recharge that a person asks for, whatever the automatic one does (R4.5).
func requestRecharge(b Book, ev *Event, d *Decision) Status {
	q := ev.Request
	a, status := credited(b, ev, d, q.Account)
	if a == nil {
		return status
	}
	p := b.Progress()
	at := latest(p, ev.RecordedAt)
	method := q.Method
	if policy := inForce(a.Versions, at).Recharge; method == "" && policy != nil {
		method = policy.Method
	}
	switch {
	case q.Currency != a.Currency:
		return d.refuse(CurrencyMismatch)
	case method == "":
		return d.refuse(NoPaymentMethod)
	}
	b.Touch(a)
	r := beginRecharge(b, a, Manual)
	r.Source, r.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	a.Dunning.Open++
	d.attempt(a, r, q.Amount, method, tickTime(p, at))
	d.Outcome = Outcome{Status: Pending, Account: a, Attempt: r.AttemptID(1), Amount: r.Attempts[0].Amount}
	return d.apply()
}

// reject answers the question of a refused event.
func (d *Decision) reject(ev *Event, why Reason) {
	d.Outcome = Outcome{Status: Rejected, Reason: why, Needed: d.Needed, Had: d.Had}
	if ev.Send != nil {
		d.Outcome.Send = ev.Send.Send
	}
}
