package topics

import "purser/processors/core"

// spendQuoted decodes SpendQuotedBody. Its strings may point into the record.
func (d *Decoder) spendQuoted(ev *core.Event) {
	c, q := &d.cursor, &core.QuoteRequest{}
	o, hasCurrency := &q.Order, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "user":
			o.User = c.ident(name)
		case "other_payer":
			o.Payer = c.ident(name)
		case "lines":
			o.Lines = c.orderLines(name)
		case "currency":
			o.Currency, hasCurrency = c.currency(name)
		case "after":
			q.After = c.ident(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case o.User == "":
		c.missing("user", "who would order")
	case len(o.Lines) == 0:
		c.missing("lines", "what would be ordered")
	case !hasCurrency:
		c.missing("currency", "that of the prices")
	}
	if c.bad == nil {
		c.costOf(o.Lines)
	}
	ev.Quote = q
	d.canon.order(o)
	d.canon.text(q.After)
}
