package core

// Periods are an org's accounting periods (R8.7), with all that keeps the open one from being closed. There is such a cell from the org's first
// customer transaction on, so that accounts are found that are older than the periods.
type Periods struct {
	Meta   // NextDue: DueNow while older accounts are looked at or drafts are posted, else when a close is scheduled
	Org    string
	Newest string // of all customer accounts with a transaction, which hang together by Customer.Older

	Defined    bool
	Yearly     bool
	Begins     int32  // first day of the accounting year: month × 100 + day
	First      int32  // first day of the first period
	Start, End int32  // first and last day of the open one, civil days of the org's zone
	Closed     uint64 // how many are closed
	Looking    string // the next older account to look at; "": all are looked at

	Early   Findings // posted transactions that are dated before the first period
	Unknown Findings // accounts with a transaction that is dated before it and was posted before there were periods
	Plan    *ClosePlan
	Bulk    *BulkPosting
}

// MaxNamed is how many findings are named; all are counted.
const MaxNamed = 100

// Findings are what keeps a period from being closed.
type Findings struct {
	Count uint64
	Named []Named // the first of them. Replace, never change in place
}

// Add adds one.
func (f *Findings) Add(account, transaction string) {
	f.Count++
	if len(f.Named) < MaxNamed {
		f.Named = append(f.Named[:len(f.Named):len(f.Named)], Named{account, transaction})
	}
}

// Named is a transaction of a customer account, or an account.
type Named struct{ Account, Transaction string }

// ClosePlan is a close that is scheduled, and who has asked for it.
type ClosePlan struct {
	Period        int32 // first day of the period that is to be closed
	At            Time
	Source, Event string
}

// BulkPosting goes through the drafts that are dated in the open period.
type BulkPosting struct {
	Source, Event string
	At            Time   // when it was asked for
	Day           int32  // that it has come to
	Next          Named  // the draft that comes next on that day; none: the first one
	Posted        uint64 // drafts so far
	Left          Findings
}

// DraftDay is the drafts that are dated on one day, which hang together by their cells.
type DraftDay struct {
	Meta
	Org         string
	Day         int32
	Count       uint64
	First, Last Named
}

// PeriodSettings say how long accounting periods are. They are set once.
type PeriodSettings struct {
	Yearly bool
	Begins int32 // first day of the accounting year: month × 100 + day
	From   int32 // a day of the first period,
	Given  bool  // where one is given
}

// PeriodRequest asks for something to be done with a period.
type PeriodRequest struct {
	Period int32 // its first day,
	Named  bool  // where one is given; else it is the open one
	At     Time  // of a close: when; 0: now
}

// PeriodState is what an entry says of a period.
type PeriodState uint8

// States of a period.
const (
	PeriodOpened    PeriodState = iota + 1 // the first one, with the settings
	PeriodIsClosed                         // and the next one is open
	PeriodCorrected                        // transactions that are dated before it count in it from now on
	PeriodHasErrors                        // it was not closed
	PeriodPlanned                          // its close is scheduled
	PeriodPosts                            // its drafts are being posted
	PeriodWasPosted                        // they are
)

// PeriodTold is the period that an entry is about, and what is wrong with it or was done.
type PeriodTold struct {
	State      PeriodState // 0: none
	Start, End int32
	Next       int32 // first day of the period that is open from then on
	At         Time  // of a close that is scheduled
	Yearly     bool  // of the first one: how long it is, and the others
	Begins     int32

	Drafts, Early, Unknown Findings // what keeps it from being closed, or was corrected
	Posted                 uint64   // drafts
}

// Events about accounting periods (R8.7). Topic account.
const (
	PeriodsDefined       Type = 104 + iota
	PeriodCloseRequested      //
	PeriodDraftsPosted        // all drafts that are dated in it are to be posted
	PeriodIsCorrected         // what is dated before it is to count in it
)

// Why something about periods is refused.
const (
	PeriodsSet       Reason = "periods_already_defined"
	NoPeriods        Reason = "no_accounting_periods"
	UnknownPeriod    Reason = "unknown_period" // no period begins on that day, or not yet
	PeriodClosed     Reason = "period_closed"
	PeriodNotOver    Reason = "period_not_over"
	PeriodErrors     Reason = "period_has_errors" // what they are is in the outcome
	PeriodsLooking   Reason = "periods_not_ready" // older accounts are still being looked at
	CloseIsScheduled Reason = "close_already_scheduled"
	PostingDrafts    Reason = "drafts_being_posted"
	CloseIsPlanned   Reason = "scheduled" // the answer until it is time
)

// Due work of periods.
const (
	PeriodClosing Work = 48 // at the time for which it is scheduled
	DraftPosted   Work = 49 // of a bulk posting
	DraftsDone    Work = 50 // its end
)

// String returns the state as it is written.
func (s PeriodState) String() string { return name(periodNames[:], int(s)) }

var periodNames = [...]string{
	PeriodOpened: "opened", PeriodIsClosed: "closed", PeriodCorrected: "corrected", PeriodHasErrors: "has_errors", PeriodPlanned: "close_scheduled",
	PeriodPosts: "posting_drafts", PeriodWasPosted: "drafts_posted",
}

// AppendPeriodsKey appends the key of an org's accounting periods.
func AppendPeriodsKey(dst []byte, org string) []byte { return part(append(dst, 'g'), org) }

// AppendDraftDayKey appends the key of the drafts that are dated on a day.
func AppendDraftDayKey(dst []byte, org string, day int32) []byte {
	return numbered(part(append(dst, 'G'), org), uint64(day))
}
