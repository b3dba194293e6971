package scenario

import (
	"strconv"
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/topics"
)

func readPeriods(w *words, r *record) any {
	b := topics.PeriodsDefinedBody{Length: w.take("monthly or yearly")}
	options(w, r, func() bool {
		switch {
		case w.skip("begins"):
			b.YearBegins = w.take("the first day of the year, such as 04-01")
		case w.skip("from"):
			b.From = w.take("a day of the first period")
		default:
			return false
		}
		return true
	})
	return b
}

func readClosePeriod(w *words, r *record) any {
	var b topics.PeriodCloseRequestedBody
	options(w, r, func() bool {
		switch {
		case w.skip("of"):
			b.Period = w.take("the first day of a period")
		case w.skip("scheduled"):
			b.At = w.time("the time at which it is closed")
		default:
			return false
		}
		return true
	})
	return b
}

func readPeriod(w *words, r *record) any {
	var b topics.PeriodNamedBody
	options(w, r, func() bool {
		if !w.skip("of") {
			return false
		}
		b.Period = w.take("the first day of a period")
		return true
	})
	return b
}

// Period is the accounting period that an entry is about.
type Period struct {
	Period  string   `json:"period"`
	To      string   `json:"to"`
	State   string   `json:"state"`
	Next    string   `json:"next,omitempty"`
	At      string   `json:"at,omitempty"`
	Posted  uint64   `json:"posted,omitempty"`
	Drafts  uint64   `json:"drafts,omitempty"`
	Early   uint64   `json:"early,omitempty"`
	Unknown uint64   `json:"unknown,omitempty"`
	Named   []string `json:"named,omitempty"` // "draft ACCOUNT TRANSACTION", and so on
}

func describePeriod(p *core.PeriodTold) *Period {
	if p == nil {
		return nil
	}
	d := &Period{
		Period: calendar.Text(p.Start), To: calendar.Text(p.End), State: p.State.String(), Posted: p.Posted,
		Drafts: p.Drafts.Count, Early: p.Early.Count, Unknown: p.Unknown.Count,
	}
	if p.Next != 0 {
		d.Next = calendar.Text(p.Next)
	}
	if p.At != 0 {
		d.At = stamp(p.At)
	}
	for _, found := range [...]struct {
		word string
		of   *core.Findings
	}{{"draft", &p.Drafts}, {"early", &p.Early}, {"unknown", &p.Unknown}} {
		for _, n := range found.of.Named {
			d.Named = append(d.Named, strings.TrimSpace(found.word+" "+n.Account+" "+n.Transaction))
		}
	}
	return d
}

func (p *Period) lines() []string {
	if p == nil {
		return nil
	}
	text := "period " + p.Period + " to " + p.To + " " + p.State
	if p.Next != "" {
		text += " next " + p.Next
	}
	if p.At != "" {
		text += " at " + p.At
	}
	for _, count := range [...]struct {
		word string
		n    uint64
	}{{"posted", p.Posted}, {"drafts", p.Drafts}, {"early", p.Early}, {"unknown", p.Unknown}} {
		if count.n > 0 {
			text += " " + count.word + " " + strconv.FormatUint(count.n, 10)
		}
	}
	return append([]string{text}, p.Named...)
}

// periods tells which accounting period is open, and what keeps it from being closed.
func (w *world) periods(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendPeriodsKey(nil, q.org)))
	x, _ := cell.(*core.Periods)
	if x == nil || !x.Defined {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "periods " + topics.LengthOf(x.Yearly)}
	add := func(text string) { o.Details = append(o.Details, Detail{Text: text}) }
	add("open " + calendar.Text(x.Start) + " to " + calendar.Text(x.End) + " after " + strconv.FormatUint(x.Closed, 10))
	if x.Plan != nil {
		add("close of " + calendar.Text(x.Plan.Period) + " at " + stamp(x.Plan.At))
	}
	if x.Early.Count+x.Unknown.Count > 0 {
		add("early " + strconv.FormatUint(x.Early.Count, 10) + " unknown " + strconv.FormatUint(x.Unknown.Count, 10))
	}
	return o
}
