package verify

import (
	"strconv"
	"strings"
	"time"

	"purser/topics"
)

// scheduledFunding is the purpose of attempts that fund a source, and coverLimit how often what covers something is tried (R5.2).
const (
	scheduledFunding = "scheduled_funding"
	coverLimit       = 7
)

// cover is the first attempt of a recharge that covers something of its own.
func (acct *account) cover(name, purpose, method string, sum amount, currency, source, id string) expectedAttempt {
	sum = toCollect(-sum, currency)
	r := &recharge{covers: purpose, limit: coverLimit, attempts: []attempted{{amount: sum}}, source: source, id: id}
	acct.dunning.recharges = append(acct.dunning.recharges, r)
	return expectedAttempt{name, nameOf(name, len(acct.dunning.recharges), 1), purpose, sum, method}
}

// byInvoice says whether an entry asks for money by invoice. Where an account's versions differ in that, which one counted depends on
// when the engine looked: the entry tells, and one of them has to allow it.
func (a *audit) byInvoice(e *entry, acct *account, kind, name string) (yes bool, method string) {
	yes = a.sends(e, kind, name) != nil
	for i := range acct.versions {
		t := acct.versions[i].def.Funding
		if t == nil || (t.PaymentMethod == "") != yes {
			continue
		}
		if method = t.PaymentMethod; yes || a.charged(e, name, method) {
			return yes, method
		}
	}
	if method == "" && !yes {
		a.report.find(CheckAttempt, e.where, "%s is asked for money, and no definition of it has a card", name)
	} else if len(acct.versions) > 0 && yes && !a.anyInvoiced(acct) {
		a.report.find(CheckInvoice, e.where, "%s gets an invoice, and no definition of it is paid by invoice", name)
	}
	return yes, method
}

func (a *audit) anyInvoiced(acct *account) bool {
	for i := range acct.versions {
		if t := acct.versions[i].def.Funding; t != nil && t.PaymentMethod == "" {
			return true
		}
	}
	return false
}

// charged says whether an entry charges a card of an account.
func (a *audit) charged(e *entry, name, method string) bool {
	for i := range e.body.Attempts {
		c := a.charges[e.body.Org+"\x1f"+e.body.Attempts[i].Attempt]
		if c != nil && c.body.Account == name && c.body.PaymentMethod == method {
			return true
		}
	}
	return false
}

// fundingRequested is a funding that was asked for: one attempt or one invoice (R5.2).
func (a *audit) fundingRequested(o *orgModel, e *entry) ([]expectedAttempt, []expectedInvoice) {
	var b topics.FundingRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil, nil
	}
	acct, sum := o.account(b.Account), a.figure(e, b.Amount)
	yes, method := a.byInvoice(e, acct, fundingInvoice, b.Account)
	if yes {
		return nil, []expectedInvoice{{b.Account, fundingInvoice, "request/" + e.body.ID, sum}}
	}
	return []expectedAttempt{acct.cover(b.Account, scheduledFunding, method, sum, b.Currency, e.body.Source, e.body.ID)}, nil
}

// fundingScheduled is a funding that was due: dated when its month began, by what was in force then, none twice and none left out.
func (a *audit) fundingScheduled(o *orgModel, e *entry) ([]expectedAttempt, []expectedInvoice) {
	name, month, ok := fundingOf(e)
	if !ok {
		a.report.find(CheckAttempt, e.where, "a source was funded, and it does not say which and for what month")
		return nil, nil
	}
	acct := o.account(name)
	at, _ := micros(e.body.OccurredAt)
	if start := monthStart(month.Year(), month.Month(), o.zone(at)); at != start {
		a.report.find(CheckAttempt, e.where, "the funding of %s is dated %s, which is not when the month begins", name, e.body.OccurredAt)
	}
	number := month.Year()*12 + int(month.Month()) - 1
	a.missedFunding(o, e, acct, name, number)
	sum := acct.fundingAt(at, number)
	if sum == 0 {
		a.report.find(CheckAttempt, e.where, "%s was funded for %s, and no definition says so", name, month.Format("2006-01"))
	}
	t := inForce(acct.versions, at)
	if t != nil && t.Funding != nil && t.Funding.PaymentMethod == "" {
		return nil, []expectedInvoice{{name, fundingInvoice, month.Format("2006-01"), sum}}
	}
	method, currency := "", acct.currency
	if t != nil && t.Funding != nil {
		method = t.Funding.PaymentMethod
	}
	if len(e.body.Attempts) > 0 {
		currency = e.body.Attempts[0].Currency
	}
	return []expectedAttempt{acct.cover(name, scheduledFunding, method, sum, currency, "", "")}, nil
}

// missedFunding finds a month that came twice, and one in between for which there was funding.
func (a *audit) missedFunding(o *orgModel, e *entry, acct *account, name string, month int) {
	if month <= acct.funded {
		a.report.find(CheckTwice, e.where, "%s was funded for month %d after month %d", name, month, acct.funded)
	}
	for m := acct.funded + 1; acct.funded > 0 && m < month; m++ {
		start := monthStart(m/12, time.Month(m%12+1), time.UTC)
		if acct.fundingAt(monthStart(m/12, time.Month(m%12+1), o.zone(start)), m) > 0 {
			a.report.find(CheckAttempt, e.where, "%s was not funded for month %d", name, m)
		}
	}
	acct.funded = month
}

// fundingAt is what a schedule in force at an instant asks for in a month.
func (acct *account) fundingAt(at int64, month int) amount {
	def := inForce(acct.versions, at)
	if def == nil || def.Funding == nil || def.Funding.Schedule == nil {
		return 0
	}
	s := def.Funding.Schedule
	sum, err := parseAmount(string(s.Amount))
	if err != nil || s.Every == "quarter" && month%3 != 0 {
		return 0
	}
	return sum
}

// fundingOf says which source and month an entry is about: due/<account>/funding_scheduled/<time>/<month>.
func fundingOf(e *entry) (name string, month time.Time, ok bool) {
	rest, ok1 := strings.CutPrefix(e.body.ID, "due/")
	rest, last, ok2 := cutLast(rest)
	name, ok3 := strings.CutSuffix(rest, "/funding_scheduled/"+e.body.OccurredAt)
	month, err := time.Parse("2006-01", last)
	return name, month, ok1 && ok2 && ok3 && err == nil
}

// resolvedCovering takes a result of a recharge that covers something: a failure is tried again until the last, a success ends it.
func (a *audit) resolvedCovering(e *entry, r *recharge, name, attempt, result string, last bool) {
	switch {
	case result == succeeded:
		if last || r.waiting {
			r.closed, r.waiting = true, false
		}
		r.reset = true
	case last && r.reset:
		r.closed = true
	case last && len(r.attempts) >= r.limit:
		r.closed = true
		r.release(a.world.org(e.body.Org).account(name))
		a.takeAttemptNotice(e, rechargeExhausted, name, attempt)
	case last:
		r.waiting = true
		a.takeAttemptNotice(e, rechargeFailed, name, attempt)
	}
}

// retriedCovering is the retry of a recharge that covers something, or the invoice that takes its place.
func (a *audit) retriedCovering(e *entry, r *recharge, name string, n, k int) ([]expectedAttempt, []expectedInvoice) {
	if !r.waiting || k != len(r.attempts) {
		a.report.find(CheckAttempt, e.where, "no retry of %s was waiting", e.body.Attempt)
		return nil, nil
	}
	r.waiting = false
	acct := a.world.org(e.body.Org).account(name)
	if r.covers == recurringPayment {
		return a.retriedInvoice(e, r, name, n, k), nil
	}
	if r.covers == adjustment {
		return a.retriedAdjustment(e, r, name, n, k), nil
	}
	if (r.covers == teamBudget || r.covers == licencePurpose) && e.body.Type == dueDropped {
		r.closed = true
		return nil, nil
	}
	yes, method := a.byInvoice(e, acct, fundingInvoice, name)
	if yes != (e.body.Type == dueDropped) {
		a.report.find(CheckAttempt, e.where, "%s, and it goes on by invoice: %v", e.body.Type, yes)
	}
	sum := r.attempts[0].amount
	if yes {
		r.closed = true
		return nil, []expectedInvoice{{name, fundingInvoice, name + "/" + strconv.Itoa(n), sum}}
	}
	r.attempts = append(r.attempts, attempted{amount: sum})
	return []expectedAttempt{{name, nameOf(name, n, k+1), r.covers, sum, method}}, nil
}
