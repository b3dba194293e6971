package topics

import (
	"strings"
	"time"

	"purser/processors/core"
)

// The lengths of accounting periods.
const (
	lengthMonthly = "monthly"
	lengthYearly  = "yearly"
)

// LengthOf is the length of accounting periods as it is written.
func LengthOf(yearly bool) string {
	if yearly {
		return lengthYearly
	}
	return lengthMonthly
}

// periodsDefined decodes PeriodsDefinedBody.
func (d *Decoder) periodsDefined(ev *core.Event) {
	c, q, length := &d.cursor, &core.PeriodSettings{Begins: 101}, ""
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "length":
			length, _ = c.str(name)
		case "year_begins":
			q.Begins = c.dayOfYear(name, q.Begins)
		case "from":
			q.From, q.Given = c.day(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	q.Yearly = length == lengthYearly
	switch {
	case length == "":
		c.missing("length", "one of monthly, yearly")
	case !q.Yearly && length != lengthMonthly:
		c.refuse(ReasonBadValue, "length", "expected one of monthly, yearly, came "+quoted(length))
	}
	ev.Periods = q
	w := &d.canon
	w.flag(q.Yearly)
	w.count(int(q.Begins))
	w.flag(q.Given)
	w.count(int(q.From))
}

// dayOfYear reads a day of every year, as month × 100 + day.
func (c *cursor) dayOfYear(field string, none int32) int32 {
	s, given := c.str(field)
	if !given || s == "" {
		return none
	}
	at, err := time.Parse("2006-01-02", "2001-"+s) // which has no 29 February
	if err != nil || strings.Count(s, "-") != 1 {
		c.refuse(ReasonBadTime, field, `expected a day of the year such as "04-01" and no 29 February, came `+quoted(s))
		return none
	}
	return int32(at.Month())*100 + int32(at.Day())
}

// periodRequest decodes PeriodCloseRequestedBody and PeriodNamedBody.
func (d *Decoder) periodRequest(ev *core.Event) {
	c, q := &d.cursor, &core.PeriodRequest{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); {
		case name == "period":
			q.Period, q.Named = c.day(name)
		case name == "at" && ev.Type == core.PeriodCloseRequested:
			q.At = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	ev.Period = q
	w := &d.canon
	w.flag(q.Named)
	w.count(int(q.Period))
	if ev.Type == core.PeriodCloseRequested {
		w.time(q.At)
	}
}
