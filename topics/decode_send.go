package topics

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// campaignDefined decodes CampaignDefinedBody.
func (d *Decoder) campaignDefined(ev *core.Event) {
	c, v := &d.cursor, &core.CampaignVersion{}
	payer := ""
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "campaign":
			v.ID = strings.Clone(c.ident(name))
		case "payer":
			payer, _ = c.str(name)
		case "funding_source":
			v.FundingSource = strings.Clone(c.ident(name))
		case "approval":
			v.Approval = c.boolean(name)
		case "add_funds":
			v.AddFunds = c.boolean(name)
		case "effective_from":
			v.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	v.FundingPays = payer == "funding_source"
	switch {
	case v.ID == "":
		c.missing("campaign", "the campaign's id")
	case payer == "":
		c.missing("payer", "one of sender, funding_source")
	case !v.FundingPays && payer != "sender":
		c.refuse(ReasonBadValue, "payer", `expected one of sender, funding_source, came `+quoted(payer))
	case !v.FundingPays && v.FundingSource != "":
		c.refuse(ReasonConflict, "funding_source", "expected none where the sender pays, came "+quoted(v.FundingSource))
	}
	ev.Campaign = v
	w := &d.canon
	w.text(v.ID)
	w.flag(v.FundingPays)
	w.text(v.FundingSource)
	w.flag(v.Approval)
	w.flag(v.AddFunds)
	w.time(v.EffectiveFrom)
}

// The origins of a send.
const (
	originManual    = "manual"
	originTriggered = "triggered"
)

// sending is a send as it is being read.
type sending struct {
	origin                 string
	estimated, hasCurrency bool
	lines                  []core.OrderLine
}

// sendRequested decodes SendRequestedBody. Its strings point into the text.
func (d *Decoder) sendRequested(data []byte, ev *core.Event) {
	q, s := &core.SendRequest{}, sending{lines: d.lines}
	if !plainSend(data, q, &s) {
		*q, s = core.SendRequest{}, sending{}
		d.anySend(data, q, &s)
	}
	d.lines = s.lines[:0]
	ev.Send = q
	s.write(&d.canon, q)
}

// anySend is sendRequested whatever the text looks like.
func (d *Decoder) anySend(data []byte, q *core.SendRequest, s *sending) {
	c := &d.cursor
	c.start(data, "data.")
	c.present()
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "send":
			q.Send = c.ident(name)
		case "campaign":
			q.Campaign = c.ident(name)
		case "sender":
			q.Sender = c.ident(name)
		case "origin":
			s.origin, _ = c.str(name)
		case "lines":
			s.lines = c.sendLines(name)
		case "spending_account":
			q.Spending = strings.Clone(c.ident(name))
		case "estimated_cost":
			q.Cost, s.estimated = c.amount(name)
		case "currency":
			q.Currency, s.hasCurrency = c.currency(name)
		case "add_funds":
			q.AddFunds = c.boolean(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	q.Trigger = s.origin == originTriggered
	s.check(c, q)
	if !s.estimated && c.bad == nil {
		q.Cost = c.costOf(s.lines)
	}
	if q.Spending != "" {
		q.Lines = slices.Clone(s.lines) // the room for them is used again
	}
}

func (s *sending) check(c *cursor, q *core.SendRequest) {
	switch {
	case q.Send == "":
		c.missing("send", "the send's own reference")
	case q.Campaign == "":
		c.missing("campaign", "the campaign's id")
	case q.Sender == "":
		c.missing("sender", "the wallet of the user who sends")
	case s.origin == "":
		c.missing("origin", "one of manual, triggered")
	case !q.Trigger && s.origin != originManual:
		c.refuse(ReasonBadValue, "origin", `expected one of manual, triggered, came `+quoted(s.origin))
	case !s.estimated && len(s.lines) == 0:
		c.missing("estimated_cost", "what it costs, or lines that say so")
	case !s.hasCurrency:
		c.missing("currency", "that of the cost")
	}
}

// write writes the cost that counts, and the lines.
func (s *sending) write(w *canon, q *core.SendRequest) {
	w.text(q.Send)
	w.text(q.Campaign)
	w.text(q.Sender)
	w.flag(q.Trigger)
	w.flag(q.AddFunds)
	w.flag(s.estimated)
	w.amount(q.Cost)
	w.currency(q.Currency)
	w.count(len(s.lines))
	for i := range s.lines {
		w.text(s.lines[i].Item)
		w.factor(s.lines[i].Quantity)
		w.factor(s.lines[i].Price)
	}
	s.writeSpending(w, q)
}

// writeSpending writes what is new, where it is there, so that what was sent before is what it was (R2.2).
func (s *sending) writeSpending(w *canon, q *core.SendRequest) {
	if q.Spending != "" {
		w.text("spending_account")
		w.text(q.Spending)
	}
	for i := range s.lines {
		if names := s.lines[i].Shelves; len(names) > 0 {
			w.text("catalogs")
			w.count(i)
			w.names(names)
		}
	}
}

func (c *cursor) sendLines(field string) []core.OrderLine { return c.linesOf(field, "what is sent") }

// costOf is what lines cost together, or refuses them.
func (c *cursor) costOf(lines []core.OrderLine) money.Amount {
	sum, ok := costOf(lines)
	if !ok {
		c.refuse(ReasonBadNumber, "lines", "expected lines that cost less than 10^12 together, came more")
	}
	return sum
}

// costOf is what lines cost together: each is rounded once (R1.2), and the sum is a figure like any other (R1.1).
func costOf(lines []core.OrderLine) (sum money.Amount, ok bool) {
	for i := range lines {
		cost, err := money.Product(lines[i].Quantity, lines[i].Price)
		if err == nil {
			sum, err = sum.Add(cost)
		}
		if err == nil {
			_, err = sum.Factor()
		}
		if err != nil {
			return 0, false
		}
	}
	return sum, true
}

// sendStep decodes what follows a send.
func (d *Decoder) sendStep(ev *core.Event) {
	c, q := &d.cursor, &core.SendStep{}
	hasCost, hasCurrency := false, false
	adjusts := ev.Type == core.SendAdjusted
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); {
		case name == "send":
			q.Send = strings.Clone(c.ident(name))
		case adjusts && name == "final_cost":
			q.Cost, hasCost = c.amount(name)
		case adjusts && name == "currency":
			q.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Send == "":
		c.missing("send", "the send's reference")
	case adjusts && !hasCost:
		c.missing("final_cost", "what the send costs in the end")
	case adjusts && !hasCurrency:
		c.missing("currency", "that of the cost")
	}
	ev.Step = q
	w := &d.canon
	w.text(q.Send)
	if adjusts {
		w.amount(q.Cost)
		w.currency(q.Currency)
	}
}
