package topics

import (
	"strconv"
	"strings"

	"purser/processors/core"
)

// maxRechargedID bounds the id of an account that is recharged: those of its attempts begin with it, and have to be strings
// that a result may name.
const maxRechargedID = MaxStringBytes - 64

// rechargeable refuses an account whose attempts would have too long an id.
func (c *cursor) rechargeable(account string) {
	if n := len(account); n > maxRechargedID {
		c.refuse(ReasonTooLarge, "account", "expected at most "+strconv.Itoa(maxRechargedID)+" bytes of an account that is recharged, came "+strconv.Itoa(n))
	}
}

// Bounds of a policy's numbers: as often as a card may be tried, and as seldom.
const (
	maxAttempts     = 100
	maxRetrySeconds = 31 * 24 * 60 * 60
)

// rechargePolicy is a RechargePolicy as it came: what was not given is zero.
type rechargePolicy struct {
	policy   core.RechargePolicy
	attempts int64
	seconds  int64
}

// policy decodes a RechargePolicy; nil where none is given.
func (c *cursor) policy(field string) *rechargePolicy {
	if !c.enter('{', field) {
		return nil
	}
	p := &rechargePolicy{}
	c.within(field, func() { c.policyFields(p) })
	return p
}

func (c *cursor) policyFields(p *rechargePolicy) {
	hasBelow, hasAmount := false, false
	for c.more() {
		switch name := c.name(); name {
		case "when_balance_lower_than":
			p.policy.Below, hasBelow = c.amount(name)
		case "amount":
			p.policy.Amount, hasAmount = c.amount(name)
		case "payment_method":
			p.policy.Method = strings.Clone(c.ident(name))
		case "attempts":
			p.attempts = c.whole(name, maxAttempts)
		case "retry_seconds":
			p.seconds = c.whole(name, maxRetrySeconds)
		default:
			c.skip(name)
		}
	}
	switch {
	case !hasBelow:
		c.missing("when_balance_lower_than", "the threshold")
	case !hasAmount:
		c.missing("amount", "what one recharge asks for")
	}
	c.positive(p.policy.Amount)
	c.token("payment_method", p.policy.Method)
}

// whole reads a whole number from 1 on, which is written in one way only; zero where none is given.
func (c *cursor) whole(field string, most int64) int64 {
	digits, given := c.number(field)
	if !given {
		return 0
	}
	n, err := strconv.ParseInt(view(digits), 10, 64)
	if err != nil || n < 1 || n > most || strconv.FormatInt(n, 10) != view(digits) {
		c.refuse(ReasonBadNumber, field, "expected a whole number from 1 to "+strconv.FormatInt(most, 10)+`, came "`+echo(view(digits))+`"`)
	}
	return n
}

// token refuses what looks like a card's number: the engine never holds card data (R4.8). What came is not repeated.
func (c *cursor) token(field, token string) {
	if digits := strings.Trim(token, " -."); digits != "" && cardNumber(digits) == len(digits) {
		c.refuse(ReasonBadValue, field, "expected the token of a payment method, came what looks like a card's number")
	}
}

// of is the policy of an account of that kind, with the defaults of R4.3: seven attempts, one a day; for an agency's wallet
// twelve, four a day.
func (p *rechargePolicy) of(kind core.AccountKind) *core.RechargePolicy {
	attempts, seconds := int64(7), int64(24*60*60)
	if kind == core.KindAgencyWallet {
		attempts, seconds = 12, 6*60*60
	}
	if p.attempts > 0 {
		attempts = p.attempts
	}
	if p.seconds > 0 {
		seconds = p.seconds
	}
	policy := p.policy
	policy.Attempts, policy.Every = int(attempts), core.Time(seconds)*second
	return &policy
}

func (w *canon) policy(p *rechargePolicy) {
	w.text("recharge")
	w.amount(p.policy.Below)
	w.amount(p.policy.Amount)
	w.text(p.policy.Method)
	w.count(int(p.attempts))
	w.count(int(p.seconds))
}

// rechargeRequested decodes RechargeRequestedBody, or FundingRequestedBody: a funding source has a payment method of its own.
func (d *Decoder) rechargeRequested(ev *core.Event) {
	c, q := &d.cursor, &core.RechargeRequest{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, _ = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		case "payment_method":
			if ev.Type == core.FundingRequested {
				c.skip(name)
				continue
			}
			q.Method = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Account == "":
		c.missing("account", "the account that is recharged")
	case !hasCurrency:
		c.missing("currency", "that of the amount")
	}
	c.rechargeable(q.Account)
	c.positive(q.Amount)
	c.token("payment_method", q.Method)
	ev.Request = q
	w := &d.canon
	w.text(q.Account)
	w.amount(q.Amount)
	w.currency(q.Currency)
	w.text(q.Method)
}

// attemptResolved decodes AttemptResolvedBody.
func (d *Decoder) attemptResolved(ev *core.Event) {
	c, r := &d.cursor, &core.AttemptResult{}
	result, why := "", ""
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "attempt":
			r.Attempt = strings.Clone(c.ident(name))
		case "result":
			result, _ = c.str(name)
		case "reason":
			why, _ = c.str(name)
		case "payment":
			r.Payment = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	r.Succeeded, r.Why = result == "succeeded", echo(why) // which goes into an alert, and may not take a card's number there (R4.8)
	switch {
	case r.Attempt == "":
		c.missing("attempt", "the attempt's id")
	case result == "":
		c.missing("result", "succeeded or failed")
	case !r.Succeeded && result != "failed":
		c.refuse(ReasonBadValue, "result", `expected succeeded or failed, came "`+echo(result)+`"`)
	}
	ev.Resolved = r
	w := &d.canon
	w.text(r.Attempt)
	w.flag(r.Succeeded)
	w.text(why)
	w.text(r.Payment)
}

// maxCreditMonths is the longest that monthly credits may last before they expire.
const maxCreditMonths = 120

// monthlyCredits decodes MonthlyCredits; nil where none are given.
func (c *cursor) monthlyCredits(field string) *core.MonthlyCredits {
	if !c.enter('{', field) {
		return nil
	}
	credits, hasAmount := &core.MonthlyCredits{}, false
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "amount":
				credits.Amount, hasAmount = c.amount(name)
			case "expire_after_months":
				credits.Months = int32(c.whole(name, maxCreditMonths))
			default:
				c.skip(name)
			}
		}
		if !hasAmount {
			c.missing("amount", "what comes each month, 0 for nothing")
		}
	})
	return credits
}

// monthlyCredits is preceded by a word, so that one optional field is never taken for another.
func (w *canon) monthlyCredits(credits *core.MonthlyCredits) {
	if credits == nil {
		return
	}
	w.text("monthly_credits")
	w.amount(credits.Amount)
	w.count(int(credits.Months))
}
