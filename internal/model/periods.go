package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// periods are an org's accounting periods (R8.7).
type periods struct {
	yearly         bool
	month, day     int // on which the accounting year begins
	first          time.Time
	start          time.Time // of the open one
	closed         int
	early, unknown []string // what is wrong, in the order in which it is told
	plan           *closePlan
}

type closePlan struct {
	period, at time.Time
	e          *event
}

// held is a draft, in the order in which drafts were recorded.
type held struct {
	a *account
	x *transaction
}

// begins is the first day of the period that a day is in.
func (p *periods) begins(day time.Time) time.Time {
	at := p.next(day.AddDate(-2, 0, 0))
	for n := p.next(at); !n.After(day); n = p.next(at) {
		at = n
	}
	return at
}

// next is the first first day after a day.
func (p *periods) next(day time.Time) time.Time {
	for at := day.AddDate(0, 0, 1); ; at = at.AddDate(0, 0, 1) {
		last := at.AddDate(0, 0, 1).Month() != at.Month()
		if (at.Day() == p.day || last && at.Day() < p.day) && (!p.yearly || int(at.Month()) == p.month) {
			return at
		}
	}
}

func (p *periods) end() time.Time { return p.next(p.start).AddDate(0, 0, -1) }

func periodsDefined(e *event) func(*turn) {
	length, begins, from := e.body.name("length"), e.body.text("year_begins"), e.body.text("from")
	p := &periods{yearly: length == "yearly", month: 1, day: 1}
	e.body.demand(length == "yearly" || length == "monthly")
	if begins != "" {
		at, err := time.Parse(time.DateOnly, "2001-"+begins)
		e.body.demand(err == nil)
		p.month, p.day = int(at.Month()), at.Day()
	}
	day, err := time.Parse(time.DateOnly, from)
	e.body.demand(from == "" || err == nil)
	return func(t *turn) {
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
			return
		case t.o.periods != nil:
			t.refuse("periods_already_defined")
			return
		}
		if from == "" {
			day = shownDay(e.occurred, t.o.terms.at(t.present(e.Recorded)).zone)
		}
		p.start = p.begins(day)
		p.first = p.start
		for _, id := range slices.Backward(t.o.enrolled) {
			if a := t.o.accounts[id]; a != nil && slices.ContainsFunc(a.books.posted, func(x *transaction) bool { return x.date.Before(p.first) }) {
				p.unknown = append(p.unknown, id)
			}
		}
		t.o.periods = p
		t.post()
		t.tellPeriod(p.start, "opened", told{next: p.start})
	}
}

// told is what is said of a period.
type told struct {
	next, at               time.Time
	posted                 int
	drafts, early, unknown []string
}

func (t *turn) tellPeriod(start time.Time, state string, s told) {
	var named []string
	for _, found := range [...]struct {
		word  string
		names []string
	}{{"draft", s.drafts}, {"early", s.early}, {"unknown", s.unknown}} {
		for _, name := range found.names {
			named = append(named, found.word+" "+name)
		}
	}
	next, at := "", ""
	if !s.next.IsZero() {
		next = s.next.Format(time.DateOnly)
	}
	if !s.at.IsZero() {
		at = stamp(s.at)
	}
	t.line("period %s to %s %s next %s at %s posted %d drafts %d early %d unknown %d: %s", start.Format(time.DateOnly), t.o.periods.next(start).AddDate(0, 0, -1).Format(time.DateOnly),
		state, next, at, s.posted, len(s.drafts), len(s.early), len(s.unknown), strings.Join(named, ", "))
}

func (t *turn) answerPeriod(e *event, status, why string) {
	of := e.ID
	t.line("outcome %s %s of %s send  attempt ", status, why, of)
}

// asked says that something cannot be asked of the period that is named: it is not the open one.
func (t *turn) refusesPeriod(named string) bool {
	p := t.o.periods
	why := ""
	switch {
	case len(t.o.terms) == 0:
		why = "unknown_org"
	case p == nil:
		why = "no_accounting_periods"
	case named == "":
	default:
		switch day, _ := time.Parse(time.DateOnly, named); {
		case day.Equal(p.start):
		case !day.Before(p.first) && day.Before(p.start):
			why = "period_closed"
		default:
			why = "unknown_period"
		}
	}
	if why != "" {
		t.refuse(why)
	}
	return why != ""
}

func readPeriodName(e *event) string {
	named := e.body.text("period")
	_, err := time.Parse(time.DateOnly, named)
	e.body.demand(named == "" || err == nil)
	return named
}

func periodCloseRequested(e *event) func(*turn) {
	named, at := readPeriodName(e), e.body.time("at")
	return func(t *turn) {
		if t.refusesPeriod(named) {
			return
		}
		p, now := t.o.periods, t.present(e.Recorded)
		if at.After(now) {
			if p.plan != nil {
				t.refuse("close_already_scheduled")
				return
			}
			p.plan = &closePlan{p.start, at, e}
			t.post()
			t.tellPeriod(p.start, "close_scheduled", told{at: at})
			t.answerPeriod(e, "pending", "scheduled")
			return
		}
		if why := t.o.keepsOpen(now); why != "" {
			t.refuse(why)
			if why == "period_has_errors" {
				t.tellPeriod(p.start, "has_errors", t.o.wrong())
			}
			return
		}
		t.post()
		t.closePeriod()
		t.answerPeriod(e, "accepted", "")
	}
}

// keepsOpen says why the open period cannot be closed.
func (o *org) keepsOpen(at time.Time) string {
	p := o.periods
	if at.Before(midnight(p.next(p.start), o.terms.at(at).zone)) {
		return "period_not_over"
	}
	if w := o.wrong(); len(w.drafts)+len(w.early)+len(w.unknown) > 0 {
		return "period_has_errors"
	}
	return ""
}

func (o *org) wrong() told {
	w := told{early: o.periods.early, unknown: o.periods.unknown}
	for _, h := range o.draftsOfPeriod() {
		w.drafts = append(w.drafts, h.a.id+" "+h.x.id)
	}
	return w
}

// draftsOfPeriod are the drafts that are dated in the open period, by date, and as they were recorded.
func (o *org) draftsOfPeriod() (all []held) {
	for _, h := range o.drafts {
		if !h.x.date.Before(o.periods.start) && !h.x.date.After(o.periods.end()) {
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(a, b held) int { return a.x.date.Compare(b.x.date) })
	return all
}

func (t *turn) closePeriod() {
	p, was := t.o.periods, t.o.periods.start
	p.closed++
	p.start = p.next(p.start)
	t.tellPeriod(was, "closed", told{next: p.start})
}

func periodCorrected(e *event) func(*turn) {
	named := readPeriodName(e)
	return func(t *turn) {
		if t.refusesPeriod(named) {
			return
		}
		p := t.o.periods
		t.post()
		t.tellPeriod(p.start, "corrected", told{early: p.early, unknown: p.unknown})
		p.early, p.unknown = nil, nil
		t.answerPeriod(e, "accepted", "")
	}
}

// periodDraftsPosted posts the drafts of the open period, one after the other; what cannot be posted is left.
func periodDraftsPosted(e *event) func(*turn) {
	named := readPeriodName(e)
	return func(t *turn) {
		if t.refusesPeriod(named) {
			return
		}
		o, start := t.o, t.o.periods.start
		t.post()
		t.tellPeriod(start, "posting_drafts", told{})
		t.answerPeriod(e, "pending", "drafts_being_posted")
		at, s := t.present(e.Recorded), told{}
		for _, h := range o.draftsOfPeriod() {
			each := t.work(o, "draft_posted", h.x.id, at)
			each.e, each.leaves = e, true
			if h.x.charge == nil && each.postTransaction(h.a, h.x) {
				o.forgetDraft(h.a, h.x.id)
				s.posted++
				continue
			}
			s.drafts = append(s.drafts, h.a.id+" "+h.x.id)
			t.facts = t.facts[:len(t.facts)-1]
		}
		done := t.work(o, "drafts_done", start.Format(time.DateOnly)+"/"+e.ID, at)
		done.tellPeriod(start, "drafts_posted", s)
		done.answerPeriod(e, "accepted", "")
	}
}

// closeAsPlanned is the end of a plan.
func (m *Model) closeAsPlanned(o *org) {
	p := o.periods
	plan := p.plan
	p.plan = nil
	t := m.work(o, "period_closing", plan.period.Format(time.DateOnly), plan.at)
	why := "period_closed"
	if plan.period.Equal(p.start) {
		why = o.keepsOpen(plan.at)
	}
	if why == "" {
		t.closePeriod()
		t.answerPeriod(plan.e, "accepted", "")
		return
	}
	w := told{}
	if why == "period_has_errors" {
		w = o.wrong()
	}
	t.tellPeriod(plan.period, "has_errors", w)
	t.answerPeriod(plan.e, "rejected", why)
}

// enrol notes that an account has something recorded.
func (o *org) enrol(a *account) {
	if !slices.Contains(o.enrolled, a.id) {
		o.enrolled = append(o.enrolled, a.id)
	}
}

// hold keeps a draft.
func (o *org) hold(a *account, x *transaction) {
	a.books.drafts[x.id] = x
	o.drafts = append(o.drafts, held{a, x})
}

func (o *org) forgetDraft(a *account, id string) {
	delete(a.books.drafts, id)
	o.drafts = slices.DeleteFunc(o.drafts, func(h held) bool { return h.a == a && h.x.id == id })
}

// tooLate says that a transaction is dated in a closed period.
func (o *org) tooLate(x *transaction) bool {
	return o.periods != nil && o.periods.closed > 0 && x.date.Before(o.periods.start)
}

// countEarly notes a transaction that is dated before the first period.
func (o *org) countEarly(a *account, x *transaction) {
	if p := o.periods; p != nil && x.date.Before(p.first) {
		p.early = append(p.early, a.id+" "+x.id)
	}
}

// String is where an org's periods stand.
func (p *periods) String() string {
	s := fmt.Sprintf("periods from %s, open %s to %s after %d, early %d unknown %d", p.first.Format(time.DateOnly), p.start.Format(time.DateOnly), p.end().Format(time.DateOnly),
		p.closed, len(p.early), len(p.unknown))
	if p.plan != nil {
		s += " plan " + p.plan.period.Format(time.DateOnly) + " " + stamp(p.plan.at)
	}
	return s
}

// Period is the first day of an org's open period, and of the one before it; none where there is none.
func (m *Model) Period(org string) []string {
	p := m.org(org).periods
	if p == nil {
		return nil
	}
	return []string{p.start.Format(time.DateOnly), p.begins(p.start.AddDate(0, 0, -1)).Format(time.DateOnly)}
}

// PeriodOver is when an org's open period is over; zero where there is none.
func (m *Model) PeriodOver(org string) (at time.Time) {
	if o := m.org(org); o.periods != nil {
		at = midnight(o.periods.next(o.periods.start), o.terms.at(m.last).zone)
	}
	return at
}
