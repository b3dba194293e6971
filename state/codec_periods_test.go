package state

import (
	"pgregory.net/rapid"

	"purser/processors/core"
)

func drawNamed(t *rapid.T) core.Named {
	return core.Named{Account: drawID.Draw(t, "account"), Transaction: drawID.Draw(t, "transaction")}
}

func drawFindings(t *rapid.T) core.Findings {
	return core.Findings{Count: rapid.Uint64().Draw(t, "count"), Named: drawList(t, drawNamed)}
}

func drawPeriods(t *rapid.T) core.Cell {
	c := &core.Periods{Org: drawID.Draw(t, "org")}
	c.Meta = drawMeta(t, core.AppendPeriodsKey(nil, c.Org))
	c.Form = customerForm
	c.Newest, c.Looking = drawID.Draw(t, "newest"), drawID.Draw(t, "looking")
	c.Defined, c.Yearly = rapid.Bool().Draw(t, "defined"), rapid.Bool().Draw(t, "yearly")
	for _, day := range []*int32{&c.Begins, &c.First, &c.Start, &c.End} {
		*day = rapid.Int32().Draw(t, "day")
	}
	c.Closed, c.Early, c.Unknown = rapid.Uint64().Draw(t, "closed"), drawFindings(t), drawFindings(t)
	if rapid.Bool().Draw(t, "planned") {
		c.Plan = &core.ClosePlan{Period: rapid.Int32().Draw(t, "period"), At: drawTime.Draw(t, "at"), Source: drawID.Draw(t, "source"), Event: drawID.Draw(t, "event")}
	}
	if rapid.Bool().Draw(t, "bulk") {
		c.Bulk = &core.BulkPosting{
			Source: drawID.Draw(t, "source"), Event: drawID.Draw(t, "event"), At: drawTime.Draw(t, "at"), Day: rapid.Int32().Draw(t, "day"), Next: drawNamed(t),
			Posted: rapid.Uint64().Draw(t, "posted"), Left: drawFindings(t),
		}
	}
	return c
}

func drawDraftDay(t *rapid.T) core.Cell {
	c := &core.DraftDay{Org: drawID.Draw(t, "org"), Day: rapid.Int32Min(0).Draw(t, "day")}
	c.Meta = drawMeta(t, core.AppendDraftDayKey(nil, c.Org, c.Day))
	c.Form = customerForm
	c.Count, c.First, c.Last = rapid.Uint64().Draw(t, "count"), drawNamed(t), drawNamed(t)
	return c
}
