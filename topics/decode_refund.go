package topics

import (
	"strings"

	"purser/processors/core"
)

// creditsRemoved decodes CreditsRemovedBody.
func (d *Decoder) creditsRemoved(ev *core.Event) {
	c, q := &d.cursor, &core.RemovalRequest{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, _ = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		case "bucket":
			q.Bucket = c.bucket(name)
		case "removal":
			q.Reference = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Account == "":
		c.missing("account", "the wallet that loses credits")
	case !hasCurrency:
		c.missing("currency", "that of the amount")
	case q.Bucket == core.NoBucket:
		c.missing("bucket", "purchased or complimentary")
	}
	c.positive(q.Amount)
	ev.Removal = q
	w := &d.canon
	w.text(q.Account)
	w.amount(q.Amount)
	w.currency(q.Currency)
	w.count(int(q.Bucket))
	w.text(q.Reference)
}

func (c *cursor) bucket(field string) core.Bucket {
	switch s, _ := c.str(field); s {
	case "":
		return core.NoBucket
	case "purchased":
		return core.Purchased
	case "complimentary":
		return core.Complimentary
	default:
		c.refuse(ReasonBadValue, field, `expected purchased or complimentary, came "`+echo(s)+`"`)
		return core.NoBucket
	}
}

// paymentRefunded decodes PaymentRefundedBody.
func (d *Decoder) paymentRefunded(ev *core.Event) {
	c, q := &d.cursor, &core.Refund{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "payment":
			q.Payment = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, _ = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		case "removal":
			q.Removal = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Account == "":
		c.missing("account", "the account that the payment was for")
	case q.Payment == "":
		c.missing("payment", "the payment's reference")
	case !hasCurrency:
		c.missing("currency", "that of the amount")
	}
	c.positive(q.Amount)
	ev.Refund = q
	w := &d.canon
	w.text(q.Account)
	w.text(q.Payment)
	w.amount(q.Amount)
	w.currency(q.Currency)
	w.text(q.Removal)
}
