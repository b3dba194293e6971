// Package recharge is what follows from any posting, and stands below all that posts: alerts at crossings (R4.9), recharges by policy (R4.1) and by hand
// (R4.5), attempts and their retries (R4.3, R4.6), and what is covered by an attempt of its own. What becomes of an attempt is in package dunning.
package recharge

import (
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/processors/invoice"
	"purser/processors/money"
)

// A recharge asks a card for money, in one attempt or several, each with an id of its own by which its result is matched. An
// automatic one follows from the account's policy and is dunned (package dunning); one that was asked for is not.

// automatic emits an automatic attempt where the balance is lower than the policy's threshold, unless one is open already
// (R4.1), by card or by invoice (R5.3), or the last one has failed for the last time (R4.4). Where an earlier recharge was dropped it
// goes on with that one's number (R4.6).
func automatic(d *core.Decision, b core.Book, a *core.Account, v *core.AccountVersion, at core.Time) {
	p := v.Recharge
	if p == nil || !short(p, a.Available()) || a.Dunning.Going || a.Funding.Invoice != 0 {
		return
	}
	if v.Terms.Invoiced() {
		invoice.ForRecharge(d, b, a, v, at)
		return
	}
	if a.Dunning.Exhausted {
		return
	}
	r := goesOn(&d.Draft, a)
	if r == nil {
		r = Begin(b, a, core.Automatic)
		r.Limit, r.Every = p.Attempts, p.Every
		a.Dunning.Auto = r.Number
	} else {
		b.Touch(r)
	}
	a.Dunning.Going = true
	a.Dunning.Open++
	Attempt(d, a, r, p.Amount, p.Method, core.TickTime(b.Progress(), at))
}

// short says whether the threshold calls for a recharge: equal is enough (R4.1).
func short(p *core.RechargePolicy, available money.Amount) bool { return available < p.Below }

// goesOn is the recharge with which an account's next automatic attempt goes on; nil: it begins a new one.
func goesOn(t *core.Draft, a *core.Account) *core.Recharge {
	for i := range t.Sides {
		if s := &t.Sides[i]; s.Account == a && a.Dunning.Auto != 0 {
			return s.Recharge
		}
	}
	return nil
}

// Begin makes the next recharge of an account that the decision has touched.
func Begin(b core.Book, a *core.Account, why core.Purpose) *core.Recharge {
	a.Dunning.Recharges++
	r := b.NewRecharge(a.Org, a.ID, a.Dunning.Recharges)
	r.Purpose = why
	return r
}

// Attempt emits the next attempt of a recharge that the decision has touched, in whole minor units, rounded up (R1.3).
func Attempt(d *core.Decision, a *core.Account, r *core.Recharge, amount money.Amount, method string, at core.Time) {
	amount = money.CeilMinor(amount, a.Currency)
	r.Attempts = append(r.Attempts, core.Attempt{Amount: amount, EmittedAt: at})
	r.State, r.NextDue = core.AttemptOpen, at+core.Patience
	d.Attempts = append(d.Attempts, core.AttemptRequest{Account: a, Recharge: r, Number: len(r.Attempts), Amount: amount, Method: method})
}

// ParseAttempt takes the id of an attempt apart. An account's id may hold slashes itself.
func ParseAttempt(id string) (account string, recharge uint64, attempt int, ok bool) {
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

// Request emits the one attempt of a recharge that a person asks for, whatever the automatic one does (R4.5).
func Request(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Request
	a, status := core.Credited(b, ev, d, q.Account)
	if a == nil {
		return status
	}
	p := b.Progress()
	at := core.Latest(p, ev.RecordedAt)
	method := q.Method
	if policy := core.InForce(a.Versions, at).Recharge; method == "" && policy != nil {
		method = policy.Method
	}
	switch {
	case a.Kind == core.KindCustomerAccount:
		return d.Refuse(core.IsACustomer)
	case q.Currency != a.Currency:
		return d.Refuse(core.CurrencyMismatch)
	case method == "":
		return d.Refuse(core.NoPaymentMethod)
	}
	b.Touch(a)
	r := Begin(b, a, core.Manual)
	r.Source, r.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	a.Dunning.Open++
	Attempt(d, a, r, q.Amount, method, core.TickTime(p, at))
	d.Outcome = core.Outcome{Status: core.Pending, Account: a, Attempt: r.AttemptID(1), Amount: r.Attempts[0].Amount}
	return d.Apply()
}
