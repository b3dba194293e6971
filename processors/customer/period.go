package customer

import (
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
)

// Accounting periods (R8.7). A transaction belongs to the period that its date is in, and to the first one where it is dated before that; so what a
// period holds of an account follows from the dates, and nothing is written for an account when a period is closed: from then on no transaction is
// taken that would be in it. What keeps the open period from being closed is counted when it comes to be.

// DefinePeriods begins an org's accounting periods, once and for all.
func DefinePeriods(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Periods
	org, orgKnown := b.Org(ev.Org)
	x, known := b.Periods(ev.Org)
	switch {
	case !orgKnown || !known:
		return core.Miss
	case org == nil:
		return d.Refuse(core.UnknownOrg)
	case x != nil && x.Defined:
		return d.Refuse(core.PeriodsSet)
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	day := q.From
	if !q.Given {
		day = calendar.Day(int64(ev.OccurredAt), core.InForce(org.Versions, at).Zone)
	}
	if x == nil {
		x = b.NewPeriods(org.ID)
	} else {
		b.Touch(x)
	}
	x.Defined, x.Yearly, x.Begins = true, q.Yearly, q.Begins
	x.Start, x.End = calendar.Accounting(q.Yearly, q.Begins, day)
	x.First, x.Looking = x.Start, x.Newest
	plan(x)
	d.Period = told(x, core.PeriodOpened)
	d.Period.Next, d.Period.Yearly, d.Period.Begins = x.Start, x.Yearly, x.Begins
	return d.Apply()
}

func told(x *core.Periods, state core.PeriodState) *core.PeriodTold {
	return &core.PeriodTold{State: state, Start: x.Start, End: x.End}
}

// plan says when there is something to do: at once, or when a close is scheduled.
func plan(x *core.Periods) {
	switch {
	case x.Looking != "" || x.Bulk != nil:
		x.NextDue = core.DueNow
	case x.Plan != nil:
		x.NextDue = x.Plan.At
	default:
		x.NextDue = 0
	}
}

// asked looks up the periods that an event is about: without them, the status says why.
func asked(b core.Book, ev *core.Event, d *core.Decision) (*core.Periods, *core.Org, core.Status) {
	org, orgKnown := b.Org(ev.Org)
	x, known := b.Periods(ev.Org)
	switch {
	case !orgKnown || !known:
		return nil, nil, core.Miss
	case org == nil:
		return nil, nil, d.Refuse(core.UnknownOrg)
	case x != nil && d.DueFirst(b.Progress(), x):
		return nil, nil, core.DueFirst
	case x == nil || !x.Defined:
		return nil, nil, d.Refuse(core.NoPeriods)
	}
	if why := open(x, ev.Period); why != core.ReasonNone {
		return nil, nil, d.Refuse(why)
	}
	return x, org, core.Done
}

// open says why the period that is named is not the open one.
func open(x *core.Periods, q *core.PeriodRequest) core.Reason {
	switch {
	case !q.Named || q.Period == x.Start:
		return core.ReasonNone
	case q.Period >= x.First && q.Period < x.Start:
		return core.PeriodClosed
	default:
		return core.UnknownPeriod
	}
}

// ClosePeriod closes the open period, or schedules that (R8.7).
func ClosePeriod(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	x, org, status := asked(b, ev, d)
	if x == nil {
		return status
	}
	now := core.Latest(b.Progress(), ev.RecordedAt)
	if ev.Period.At > now {
		if x.Plan != nil {
			return d.Refuse(core.CloseIsScheduled)
		}
		b.Touch(x)
		x.Plan = &core.ClosePlan{Period: x.Start, At: ev.Period.At, Source: strings.Clone(ev.Source), Event: strings.Clone(ev.ID)}
		plan(x)
		d.Period = told(x, core.PeriodPlanned)
		d.Period.At = ev.Period.At
		d.Outcome = core.Outcome{Status: core.Pending, Reason: core.CloseIsPlanned}
		return d.Apply()
	}
	why, status := closing(b, org, x, d, now)
	if status != core.Done {
		return status
	}
	if why != core.ReasonNone {
		return d.Refuse(why)
	}
	b.Touch(x)
	closeIt(x, d)
	d.Outcome = core.Outcome{Status: core.Accepted}
	return d.Apply()
}

// closing says why the open period cannot be closed at a time, with all that is wrong in what the decision tells.
func closing(b core.Book, org *core.Org, x *core.Periods, d *core.Decision, at core.Time) (core.Reason, core.Status) {
	switch {
	case x.Looking != "":
		return core.PeriodsLooking, core.Done
	case x.Bulk != nil:
		return core.PostingDrafts, core.Done
	case at < core.Time(calendar.DayStart(x.End+1, core.InForce(org.Versions, at).Zone)):
		return core.PeriodNotOver, core.Done
	}
	drafts, known := draftsIn(b, x)
	if !known {
		return "", core.Miss
	}
	d.Period = told(x, core.PeriodHasErrors)
	d.Period.Drafts, d.Period.Early, d.Period.Unknown = drafts, x.Early, x.Unknown
	if drafts.Count+x.Early.Count+x.Unknown.Count > 0 {
		return core.PeriodErrors, core.Done
	}
	return core.ReasonNone, core.Done
}

// draftsIn counts the drafts that are dated in the open period, and names the first of them.
func draftsIn(b core.Book, x *core.Periods) (found core.Findings, known bool) {
	known = true
	var days []*core.DraftDay
	for day := x.Start; day <= x.End; day++ {
		drafts, loaded := b.DraftDay(x.Org, day)
		known = known && loaded
		if drafts != nil {
			days = append(days, drafts)
		}
	}
	if !known {
		return found, false
	}
	for _, day := range days {
		for at := day.First; at.Account != "" && len(found.Named) < core.MaxNamed; {
			t, loaded := b.Transaction(x.Org, at.Account, at.Transaction)
			if !loaded {
				return found, false
			}
			found.Add(at.Account, at.Transaction)
			at = t.DraftNext
		}
	}
	found.Count = 0
	for _, day := range days {
		found.Count += day.Count
	}
	return found, true
}

// closeIt closes the open period, which opens the next one. It is touched.
func closeIt(x *core.Periods, d *core.Decision) {
	d.Period = told(x, core.PeriodIsClosed)
	x.Closed++
	x.Start, x.End = calendar.Accounting(x.Yearly, x.Begins, x.End+1)
	d.Period.Next = x.Start
}

// CorrectPeriod has what is dated before the open period count in it (R8.7): that can only be before the first.
func CorrectPeriod(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	x, _, status := asked(b, ev, d)
	switch {
	case x == nil:
		return status
	case x.Looking != "":
		return d.Refuse(core.PeriodsLooking)
	}
	d.Period = told(x, core.PeriodCorrected)
	d.Period.Early, d.Period.Unknown = x.Early, x.Unknown
	b.Touch(x)
	x.Early, x.Unknown = core.Findings{}, core.Findings{}
	d.Outcome = core.Outcome{Status: core.Accepted}
	return d.Apply()
}

// PostDrafts begins to post all drafts that are dated in the open period (R8.7): one after the other, by the days and as they were recorded.
func PostDrafts(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	x, _, status := asked(b, ev, d)
	switch {
	case x == nil:
		return status
	case x.Bulk != nil:
		return d.Refuse(core.PostingDrafts)
	}
	b.Touch(x)
	x.Bulk = &core.BulkPosting{Source: strings.Clone(ev.Source), Event: strings.Clone(ev.ID), At: core.Latest(b.Progress(), ev.RecordedAt), Day: x.Start}
	plan(x)
	d.Period = told(x, core.PeriodPosts)
	d.Outcome = core.Outcome{Status: core.Pending, Reason: core.PostingDrafts}
	return d.Apply()
}

// WorkPeriods does what an org's periods have to do first.
func WorkPeriods(b core.Book, x *core.Periods, d *core.Decision) core.Status {
	switch {
	case x.Looking != "":
		return look(b, x, d)
	case x.Bulk != nil:
		return postNext(b, x, d)
	default:
		return closeAsPlanned(b, x, d)
	}
}

// lookAtOnce is how many older accounts one piece of work looks at.
const lookAtOnce = 32

// look finds the accounts that are older than the periods and have a transaction that is dated before the first.
func look(b core.Book, x *core.Periods, d *core.Decision) core.Status {
	at, found := x.Looking, x.Unknown
	for n := 0; n < lookAtOnce && at != ""; n++ {
		c, known := b.Customer(x.Org, at)
		if !known {
			return core.Miss
		}
		if c.Posted > 0 && c.Earliest < x.First {
			found.Add(at, "")
		}
		at = c.Older
	}
	b.Touch(x)
	x.Looking, x.Unknown = at, found
	plan(x)
	return d.Silent()
}

// closeAsPlanned closes a period at the time for which that was scheduled, if it can be.
func closeAsPlanned(b core.Book, x *core.Periods, d *core.Decision) core.Status {
	org, known := b.Org(x.Org)
	if !known {
		return core.Miss
	}
	p := *x.Plan
	why, status := core.PeriodClosed, core.Done
	if p.Period == x.Start {
		why, status = closing(b, org, x, d, p.At)
	}
	if status != core.Done {
		return status
	}
	b.Touch(x)
	x.Plan = nil
	d.Outcome = core.Outcome{Status: core.Accepted, Source: p.Source, ID: p.Event}
	if why == core.ReasonNone {
		closeIt(x, d)
	} else {
		d.Outcome.Status, d.Outcome.Reason = core.Rejected, why
		if d.Period == nil {
			d.Period = &core.PeriodTold{State: core.PeriodHasErrors}
			d.Period.Start, d.Period.End = calendar.Accounting(x.Yearly, x.Begins, p.Period)
		}
	}
	plan(x)
	d.Work, d.Worked = core.PeriodClosing, calendar.Text(p.Period)
	core.Number(b, d, x.Org, p.At)
	return d.Apply()
}

// daysAtOnce is how many days without a draft one piece of a bulk posting passes.
const daysAtOnce = 32

// postNext posts the next draft of a bulk posting, or leaves it as it is where it cannot be posted.
func postNext(b core.Book, x *core.Periods, d *core.Decision) core.Status {
	day, next, known := upcoming(b, x)
	if !known {
		return core.Miss
	}
	if next.Account == "" {
		return endOfDrafts(b, x, d, day)
	}
	p, t, status := taken(b, x, d, next)
	if p == nil {
		return status
	}
	after := t.DraftNext
	if t.Waits() { // for a payment: it is posted when that has come (R8.5)
		d.Result = core.Refused
	} else if status = p.postDraft(d, t); status != core.Done {
		return status
	}
	b.Touch(x)
	own := *x.Bulk // the decisions before this one may be looked at still
	x.Bulk = &own
	own.Day, own.Next = day, after
	if after.Account == "" {
		own.Day++
	}
	if d.Result == core.Refused {
		own.Left.Add(next.Account, next.Transaction)
		d.Reset()
		return d.Silent()
	}
	own.Posted++
	d.Work, d.Worker, d.Worked = core.DraftPosted, p.account, t.Reference
	core.Number(b, d, x.Org, p.at)
	return d.Apply()
}

// upcoming finds the draft that a bulk posting comes to next, and its day. Without one, it has passed the days before that day.
func upcoming(b core.Book, x *core.Periods) (day int32, next core.Named, known bool) {
	day, next = x.Bulk.Day, x.Bulk.Next
	for n := 0; next.Account == "" && day <= x.End && n < daysAtOnce; n++ {
		drafts, loaded := b.DraftDay(x.Org, day)
		if !loaded {
			return 0, next, false
		}
		if drafts != nil {
			return day, drafts.First, true
		}
		day++
	}
	return day, next, true
}

// endOfDrafts ends a bulk posting that has come to the end of the period, or has it go on with a later day.
func endOfDrafts(b core.Book, x *core.Periods, d *core.Decision, day int32) core.Status {
	b.Touch(x)
	own := *x.Bulk
	if day <= x.End {
		own.Day, x.Bulk = day, &own
		return d.Silent()
	}
	x.Bulk = nil
	plan(x)
	d.Period = told(x, core.PeriodWasPosted)
	d.Period.Posted, d.Period.Drafts = own.Posted, own.Left
	d.Outcome = core.Outcome{Status: core.Accepted, Source: own.Source, ID: own.Event}
	d.Work, d.Worked = core.DraftsDone, calendar.Text(x.Start)+"/"+own.Event
	core.Number(b, d, x.Org, core.Latest(b.Progress(), own.At))
	return d.Apply()
}

// taken looks up a draft and its account.
func taken(b core.Book, x *core.Periods, d *core.Decision, n core.Named) (*posting, *core.Transaction, core.Status) {
	org, known1 := b.Org(x.Org)
	a, known2 := b.Account(x.Org, n.Account)
	c, known3 := b.Customer(x.Org, n.Account)
	t, known4 := b.Transaction(x.Org, n.Account, n.Transaction)
	settings, known5 := b.CustomerSettings(x.Org)
	switch {
	case !known1 || !known2 || !known3 || !known4 || !known5:
		return nil, nil, core.Miss
	case d.DueFirst(b.Progress(), a):
		return nil, nil, core.DueFirst
	}
	p := &posting{book: b, account: a, org: org, customer: c, periods: x, draft: t, at: core.Latest(b.Progress(), x.Bulk.At)}
	p.terms = termsAt(a, settings, p.at)
	return p, t, core.Done
}

// inClosed says whether a transaction is dated in a closed period (R8.7): before the first, it is only where that is closed, too.
func (p *posting) inClosed(t *core.Transaction) bool {
	x := p.periods
	return x != nil && x.Defined && x.Closed > 0 && t.Date < x.Start
}

// dated notes what a transaction that is posted means for the periods.
func (p *posting) dated(t *core.Transaction) {
	x := p.periods
	switch {
	case x == nil || !x.Defined:
		if p.customer.Posted == 1 || t.Date < p.customer.Earliest {
			p.customer.Earliest = t.Date
		}
	case t.Date < x.First:
		p.book.Touch(x)
		x.Early.Add(p.account.ID, t.Reference)
	}
}

// enrol hangs what a customer account has beside its balance to the others of the org.
func (p *posting) enrol(c *core.Customer) {
	if p.periods == nil {
		p.periods = p.book.NewPeriods(p.account.Org)
	} else {
		p.book.Touch(p.periods)
	}
	c.Older, p.periods.Newest = p.periods.Newest, c.Account
}

// draftLinks is the place of a draft among those of its day.
type draftLinks struct {
	day           *core.DraftDay
	before, after *core.Transaction
}

// place finds the place of a draft, or the end of its day for one that is new.
func (p *posting) place(t *core.Transaction) (l draftLinks, known bool) {
	l.day, known = p.book.DraftDay(p.account.Org, t.Date)
	if !known || l.day == nil {
		return l, known
	}
	before, after := t.DraftPrevious, t.DraftNext
	if t.Head().Key == "" { // it has no cell yet
		before = l.day.Last
	}
	ok1, ok2 := true, true
	if before.Account != "" {
		l.before, ok1 = p.book.Transaction(p.account.Org, before.Account, before.Transaction)
	}
	if after.Account != "" {
		l.after, ok2 = p.book.Transaction(p.account.Org, after.Account, after.Transaction)
	}
	return l, ok1 && ok2
}

// joinDrafts puts a draft that has its cell at the end of its day.
func (p *posting) joinDrafts(t *core.Transaction, l draftLinks) {
	own := core.Named{Account: t.Account, Transaction: t.Reference}
	if l.day == nil {
		l.day = p.book.NewDraftDay(t.Org, t.Date)
	} else {
		p.book.Touch(l.day)
	}
	if l.before == nil {
		l.day.First = own
	} else {
		p.book.Touch(l.before)
		l.before.DraftNext, t.DraftPrevious = own, l.day.Last
	}
	l.day.Last = own
	l.day.Count++
}

// leaveDrafts takes a draft from among those of its day. A bulk posting that was to come to it comes to the next.
func (p *posting) leaveDrafts(t *core.Transaction, l draftLinks) {
	own := core.Named{Account: t.Account, Transaction: t.Reference}
	if x := p.periods; x != nil && x.Bulk != nil && x.Bulk.Next == own {
		p.book.Touch(x)
		bulk := *x.Bulk
		bulk.Next, x.Bulk = t.DraftNext, &bulk
		if t.DraftNext.Account == "" {
			bulk.Day++
		}
	}
	if l.before != nil {
		p.book.Touch(l.before)
		l.before.DraftNext = t.DraftNext
	} else {
		l.day.First = t.DraftNext
	}
	if l.after != nil {
		p.book.Touch(l.after)
		l.after.DraftPrevious = t.DraftPrevious
	} else {
		l.day.Last = t.DraftPrevious
	}
	t.DraftPrevious, t.DraftNext = core.Named{}, core.Named{}
	if l.day.Count--; l.day.Count == 0 {
		p.book.Delete(l.day)
		return
	}
	p.book.Touch(l.day)
}
