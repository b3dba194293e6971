package topics

import "purser/processors/core"

// maxReversibleHours is the longest that usage may be reversed: as long as the default duplicate window.
const maxReversibleHours = 7 * 24

// reversal decodes UsageVoidedBody and UsageCorrectedBody.
func (d *Decoder) reversal(ev *core.Event) {
	c, q := &d.cursor, &core.Reversal{Void: ev.Type == core.UsageVoided}
	usage, source := "", ev.Source
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); {
		case name == "usage":
			usage = c.ident(name)
		case name == "source":
			if s := c.ident(name); s != "" {
				source = s
			}
		case q.Void:
			c.skip(name)
		default:
			c.correction(name, q)
		}
	}
	c.finish()
	switch {
	case usage == "":
		c.missing("usage", "the id of the usage event")
	case !q.Void && q.HasCost && q.HasUnitCost:
		c.refuse(ReasonConflict, "cost", "expected either cost or unit_cost, came both")
	case !q.Void && !q.HasQuantity && !q.HasCost && !q.HasUnitCost:
		c.missing("quantity", "a quantity or a cost")
	}
	q.Usage = IdentityOf(ev.Org, source, usage)
	ev.Reversal = q
	d.canon.reversal(q, source, usage)
}

// correction reads one field of a correction.
func (c *cursor) correction(name string, q *core.Reversal) {
	switch name {
	case "quantity":
		q.Quantity, q.HasQuantity = c.factor(name)
	case "unit_cost":
		q.UnitCost, q.HasUnitCost = c.factor(name)
	case "cost":
		q.Cost, q.HasCost = c.factor(name)
	case "currency":
		q.Currency, _ = c.currency(name)
	default:
		c.skip(name)
	}
}

func (w *canon) reversal(q *core.Reversal, source, usage string) {
	w.text(source)
	w.text(usage)
	w.flag(q.HasQuantity)
	w.factor(q.Quantity)
	w.flag(q.HasUnitCost)
	w.factor(q.UnitCost)
	w.flag(q.HasCost)
	w.factor(q.Cost)
	w.currency(q.Currency)
}
