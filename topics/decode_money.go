package topics

import (
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// usage decodes UsageRecordedBody. It is the hot one: it allocates nothing.
func (d *Decoder) usage(data []byte, u *core.Usage) {
	u.Quantity = money.One
	if !plainUsage(data, u) {
		*u = core.Usage{Quantity: money.One}
		d.anyUsage(data, u)
	}
	d.writeUsage(u)
}

// anyUsage is usage whatever the text looks like.
func (d *Decoder) anyUsage(data []byte, u *core.Usage) {
	c := &d.cursor
	c.start(data, "data.")
	c.present()
	hasUnitCost, hasCurrency := false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			u.Account = c.ident(name)
		case "channel":
			u.Channel = c.ident(name)
		case "quantity":
			if f, given := c.factor(name); given {
				u.Quantity = f
			}
		case "unit_cost":
			u.UnitCost, hasUnitCost = c.factor(name)
		case "cost":
			u.Cost, u.HasCost = c.factor(name)
		case "currency":
			u.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case u.Account == "":
		c.missing("account", "the wallet that pays")
	case u.Channel == "":
		c.missing("channel", "a channel such as message")
	case !hasCurrency:
		c.missing("currency", "the currency of the provider's cost")
	case u.HasCost && hasUnitCost:
		c.refuse(ReasonConflict, "cost", "expected either cost or unit_cost, came both")
	case !u.HasCost && !hasUnitCost:
		c.missing("unit_cost", "either unit_cost or cost")
	}
}

func (d *Decoder) writeUsage(u *core.Usage) {
	w := &d.canon
	w.text(u.Account)
	w.text(u.Channel)
	w.factor(u.Quantity)
	w.flag(u.HasCost)
	if u.HasCost {
		w.factor(u.Cost)
	} else {
		w.factor(u.UnitCost)
	}
	w.currency(u.Currency)
}

// payment decodes PaymentReceivedBody.
func (d *Decoder) payment(ev *core.Event) {
	c, p := &d.cursor, &core.Payment{}
	hasAmount, hasCurrency := false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			p.Account = c.ident(name)
		case "payment":
			p.Payment = c.ident(name)
		case "amount":
			p.Amount, hasAmount = c.amount(name)
		case "currency":
			p.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case p.Account == "":
		c.missing("account", "the wallet that is credited")
	case p.Payment == "":
		c.missing("payment", "the payment's reference")
	case !hasAmount:
		c.missing("amount", "an amount greater than zero")
	case !hasCurrency:
		c.missing("currency", "the currency of the amount")
	}
	c.positive(p.Amount)
	ev.Payment = p
	w := &d.canon
	w.text(p.Account)
	w.text(p.Payment)
	w.amount(p.Amount)
	w.currency(p.Currency)
}

// grant decodes CreditsGrantedBody.
func (d *Decoder) grant(ev *core.Event) {
	c, g := &d.cursor, &core.GrantRequest{}
	hasAmount, hasCurrency := false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			g.Account = strings.Clone(c.ident(name))
		case "amount":
			g.Amount, hasAmount = c.amount(name)
		case "currency":
			g.Currency, hasCurrency = c.currency(name)
		case "expires_at":
			g.ExpiresAt = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case g.Account == "":
		c.missing("account", "the wallet that is credited")
	case !hasAmount:
		c.missing("amount", "an amount greater than zero")
	case !hasCurrency:
		c.missing("currency", "the currency of the amount")
	}
	c.positive(g.Amount)
	ev.Grant = g
	w := &d.canon
	w.text(g.Account)
	w.amount(g.Amount)
	w.currency(g.Currency)
	w.time(g.ExpiresAt)
}

// positive demands an amount that is not zero: an entry moves something.
func (c *cursor) positive(a money.Amount) {
	if a == 0 {
		c.refuse(ReasonBadNumber, "amount", "expected an amount greater than zero, came zero")
	}
}

// tick decodes TickBody.
func (d *Decoder) tick(ev *core.Event) {
	c := &d.cursor
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "time":
			ev.TickAt = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	if ev.TickAt == 0 {
		c.missing("time", "the time that it is now")
	}
	d.canon.time(ev.TickAt)
}

// proceed checks the body of a continuation or a resume, which says nothing that counts.
func (d *Decoder) proceed() {
	c := &d.cursor
	for ok := c.enter('{', ""); ok && c.more(); {
		c.skip(c.name())
	}
	c.finish()
}
