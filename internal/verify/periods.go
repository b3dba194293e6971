package verify

import (
	"time"

	"purser/topics"
)

const (
	dueClosing    = "due.period_closing"
	dueDraft      = "due.draft_posted"
	dueDraftsDone = "due.drafts_done"

	periodHasErrors = "period_has_errors"
	periodClosed    = "period_closed"
)

// accounting is what the ledger says of an org's accounting periods (R8.7).
type accounting struct {
	yearly           bool
	month, day       int
	first            time.Time
	start            time.Time // of the open one
	closed           int
	early, unknown   uint64
	plan, bulk       *periodAsked
	posted, leftOver uint64 // by the bulk posting
}

// periodAsked is who has asked for something of a period that is answered later.
type periodAsked struct {
	period     time.Time
	at         string
	source, id string
}

// after is the first day of the period that begins after a day.
func (p *accounting) after(day time.Time) time.Time {
	for at := day.AddDate(0, 0, 1); ; at = at.AddDate(0, 0, 1) {
		lastDay := at.AddDate(0, 0, 1).Day() == 1
		if (at.Day() == p.day || lastDay && at.Day() < p.day) && (!p.yearly || int(at.Month()) == p.month) {
			return at
		}
	}
}

func (p *accounting) end() time.Time { return p.after(p.start).AddDate(0, 0, -1) }

// startOf is the first day of the period that a day is in.
func (p *accounting) startOf(day time.Time) time.Time {
	at := p.after(day.AddDate(-2, 0, 0))
	for next := p.after(at); !next.After(day); next = p.after(at) {
		at = next
	}
	return at
}

// periods judges an event about accounting periods.
func (a *audit) periods(o *orgModel, e *entry) flows {
	if e.body.Type == topics.TypePeriodsDefined {
		a.periodsBegin(o, e)
		return flows{}
	}
	var b topics.PeriodCloseRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	p := o.accounting
	if p == nil || b.Period != "" && b.Period != p.start.Format(time.DateOnly) {
		a.report.find(CheckSubject, e.where, "it is about period %s, which is not the open one", b.Period)
		return flows{}
	}
	asked := &periodAsked{period: p.start, source: e.body.Source, id: e.body.ID}
	switch e.body.Type {
	case topics.TypePeriodCorrected:
		a.saysPeriod(e, p, p.start, "corrected", &topics.PeriodBody{Early: counted(p.early), Unknown: countedAccounts(p.unknown)})
		p.early, p.unknown = 0, 0
	case topics.TypePeriodDraftsPosted:
		a.saysPeriod(e, p, p.start, "posting_drafts", &topics.PeriodBody{})
		p.bulk, p.posted, p.leftOver = asked, 0, o.draftsIn(p)
	default:
		if said := e.body.Period; said == nil || said.State != "close_scheduled" {
			a.closes(o, e, p, a.atMost(e))
			break
		}
		if at, ok := micros(b.At); !ok || at <= e.event.recorded || p.plan != nil {
			a.report.find(CheckPosting, e.where, "a close is scheduled for %q, which has passed, or beside another one", b.At)
		}
		a.saysPeriod(e, p, p.start, "close_scheduled", &topics.PeriodBody{At: b.At})
		asked.at = b.At
		p.plan = asked
	}
	return flows{}
}

// atMost is the latest that it may have been for the engine when it decided an event: which ticks it had read by then is not in the ledger.
func (a *audit) atMost(e *entry) int64 { return max(a.presentOf(e), a.clock.last) }

func (a *audit) periodsBegin(o *orgModel, e *entry) {
	var b topics.PeriodsDefinedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	if o.accounting != nil {
		a.report.find(CheckTwice, e.where, "accounting periods are defined a second time")
	}
	p := &accounting{yearly: b.Length == "yearly", month: 1, day: 1}
	if at, err := time.Parse(time.DateOnly, "2001-"+b.YearBegins); err == nil {
		p.month, p.day = int(at.Month()), at.Day()
	}
	day, err := time.Parse(time.DateOnly, b.From)
	if err != nil {
		day = dayOf(e.event.occurred, o.zone(a.presentOf(e)))
	}
	p.start = p.startOf(day)
	p.first = p.start
	for _, acct := range o.accounts {
		if d := acct.debtor; d != nil && d.posted > 0 && d.earliest < p.first.Format(time.DateOnly) {
			p.unknown++
		}
	}
	o.accounting = p
	a.saysPeriod(e, p, p.start, "opened", &topics.PeriodBody{Next: p.start.Format(time.DateOnly)})
}

// draftsIn counts the drafts that are dated in the open period.
func (o *orgModel) draftsIn(p *accounting) (n uint64) {
	from, to := p.start.Format(time.DateOnly), p.end().Format(time.DateOnly)
	for _, acct := range o.accounts {
		if acct.debtor == nil {
			continue
		}
		for _, t := range acct.debtor.known {
			if t.draft && t.date >= from && t.date <= to {
				n++
			}
		}
	}
	return n
}

// over says whether the open period is over at a time.
func (o *orgModel) over(p *accounting, at int64) bool {
	return dayOf(at, o.zone(at)).After(p.end())
}

// closes is a close that was made: nothing may have kept the period open.
func (a *audit) closes(o *orgModel, e *entry, p *accounting, at int64) {
	if drafts := o.draftsIn(p); !o.over(p, at) || drafts+p.early+p.unknown > 0 {
		a.report.find(CheckPosting, e.where, "the period from %s is closed, with %d drafts, %d early and %d unknown: it is over: %v", p.start.Format(time.DateOnly), drafts, p.early, p.unknown, o.over(p, at))
	}
	was := p.start
	p.start = p.after(p.start)
	p.closed++
	a.saysPeriod(e, p, was, "closed", &topics.PeriodBody{Next: p.start.Format(time.DateOnly)})
}

// periodsDue judges work of periods that was due.
func (a *audit) periodsDue(o *orgModel, e *entry) flows {
	p := o.accounting
	if p == nil {
		a.report.find(CheckUnproduced, e.where, "work of accounting periods that nobody has defined")
		return flows{}
	}
	switch {
	case e.body.Type == dueDraft:
		if t := e.body.Transaction; p.bulk != nil && t != nil {
			if d := o.account(t.Account).debts().known[t.Transaction]; d != nil && d.draft {
				d.draft = false
				p.posted++
				p.leftOver--
				return a.postTransaction(o, e, d)
			}
		}
		a.report.find(CheckUnproduced, e.where, "a draft is posted that nobody has asked for")
	case e.body.Type == dueDraftsDone && p.bulk != nil:
		a.saysPeriod(e, p, p.bulk.period, "drafts_posted", &topics.PeriodBody{Posted: p.posted, Drafts: counted(p.leftOver)})
		a.answer(e, p.bulk.source, p.bulk.id, "accepted", "")
		p.bulk = nil
	case e.body.Type == dueClosing && p.plan != nil:
		a.closesAsPlanned(o, e, p)
	default:
		a.report.find(CheckUnproduced, e.where, "work that nobody has asked for")
	}
	return flows{}
}

func (a *audit) closesAsPlanned(o *orgModel, e *entry, p *accounting) {
	plan := p.plan
	p.plan = nil
	at, _ := micros(plan.at)
	if said, _ := micros(e.body.OccurredAt); said != at {
		a.report.find(CheckPosting, e.where, "a close is scheduled for %s, and is dated %s", plan.at, e.body.OccurredAt)
	}
	said, why := &topics.PeriodBody{}, ""
	drafts := o.draftsIn(p)
	switch {
	case !plan.period.Equal(p.start):
		why = periodClosed
	case p.bulk != nil:
		why = "drafts_being_posted"
	case !o.over(p, at):
		why = "period_not_over"
	case drafts+p.early+p.unknown > 0:
		why = periodHasErrors
		said.Drafts, said.Early, said.Unknown = counted(drafts), counted(p.early), countedAccounts(p.unknown)
	}
	if why == "" {
		a.closes(o, e, p, at)
		a.answer(e, plan.source, plan.id, "accepted", "")
		return
	}
	a.saysPeriod(e, p, plan.period, "has_errors", said)
	a.answer(e, plan.source, plan.id, "rejected", why)
}

func counted(n uint64) *topics.PeriodFindings { return &topics.PeriodFindings{Count: n} }

func countedAccounts(n uint64) *topics.PeriodAccounts { return &topics.PeriodAccounts{Count: n} }

// saysPeriod compares what an entry says of a period.
func (a *audit) saysPeriod(e *entry, p *accounting, start time.Time, state string, want *topics.PeriodBody) {
	b := e.body.Period
	if b == nil {
		b = &topics.PeriodBody{}
	}
	at, _ := micros(want.At)
	saidAt, _ := micros(b.At)
	drafts, early, unknown := uint64(0), uint64(0), uint64(0)
	if want.Drafts != nil {
		drafts = want.Drafts.Count
	}
	if want.Early != nil {
		early = want.Early.Count
	}
	if want.Unknown != nil {
		unknown = want.Unknown.Count
	}
	if b.Period != start.Format(time.DateOnly) || b.To != p.after(start).AddDate(0, 0, -1).Format(time.DateOnly) || b.State != state || b.Next != want.Next || saidAt != at ||
		b.Posted != want.Posted || countOf(b.Drafts) != drafts || countOf(b.Early) != early || b.Unknown == nil != (unknown == 0) || b.Unknown != nil && b.Unknown.Count != unknown {
		a.report.find(CheckSubject, e.where, "it says of period %s that it is %s; the ledger says %s, %s, with %d drafts, %d early and %d unknown", b.Period, b.State, start.Format(time.DateOnly), state, drafts, early, unknown)
	}
}

func countOf(f *topics.PeriodFindings) uint64 {
	if f == nil {
		return 0
	}
	return f.Count
}

// periodAnswer is the first answer to something that was asked of a period.
func (a *audit) periodAnswer(e *entry) {
	switch said := e.body.Period; {
	case said == nil:
	case said.State == "close_scheduled":
		a.answer(e, e.body.Source, e.body.ID, "pending", "scheduled")
	case said.State == "posting_drafts":
		a.answer(e, e.body.Source, e.body.ID, "pending", "drafts_being_posted")
	default:
		a.answer(e, e.body.Source, e.body.ID, "accepted", "")
	}
}

// inPeriod finds a transaction that is dated in a closed period, and counts what is early.
func (a *audit) inPeriod(o *orgModel, e *entry, t *transaction) {
	if said := e.body.Transaction; said != nil {
		t.date = said.Date
	}
	p := o.accounting
	switch {
	case p != nil && p.closed > 0 && t.date < p.start.Format(time.DateOnly):
		a.report.find(CheckPosting, e.where, "%s of %s is dated %s, in a closed period", t.body.Transaction, t.body.Account, t.date)
	case t.draft:
	case p != nil && t.date < p.first.Format(time.DateOnly):
		p.early++
	case p == nil:
		if d := o.account(t.body.Account).debts(); d.posted == 0 || t.date < d.earliest {
			d.earliest = t.date
		}
	}
}

// refusedPeriod checks that a close that was refused because of what is wrong had that wrong.
func (a *audit) refusedPeriod(o *orgModel, e *entry) {
	p := o.accounting
	if p == nil || e.body.Reason != periodHasErrors || a.report.Forgotten > 0 {
		return
	}
	a.saysPeriod(e, p, p.start, "has_errors", &topics.PeriodBody{Drafts: counted(o.draftsIn(p)), Early: counted(p.early), Unknown: countedAccounts(p.unknown)})
}
