package topics

// Types of events about accounting periods (R8.7), as ce_type.
const (
	TypePeriodsDefined       = "accounting-periods.defined"
	TypePeriodCloseRequested = "period.close_requested"
	TypePeriodDraftsPosted   = "period.drafts_posted"
	TypePeriodCorrected      = "period.corrected"
)

// PeriodsDefinedBody begins an org's accounting periods, once and for all.
type PeriodsDefinedBody struct {
	Length     string `json:"length"`                // monthly or yearly
	YearBegins string `json:"year_begins,omitempty"` // first day of the accounting year, as 04-01; default 01-01. Monthly periods begin on its day of the month
	From       string `json:"from,omitempty"`        // a day of the first period; default: that on which it happened
}

// PeriodCloseRequestedBody closes an org's open period, now or at a time. The answer is an outcome.
type PeriodCloseRequestedBody struct {
	Period string `json:"period,omitempty"` // its first day; default: the open one
	At     string `json:"at,omitempty"`     // default: now
}

// PeriodNamedBody has the drafts of an org's open period posted, or has what is dated before it count in it. The answer is an outcome.
type PeriodNamedBody struct {
	Period string `json:"period,omitempty"` // its first day; default: the open one
}

// PeriodBody is the accounting period that an entry or an outcome is about.
type PeriodBody struct {
	Period  string          `json:"period"` // its first day
	To      string          `json:"to"`     // its last day
	State   string          `json:"state"`  // opened, closed, corrected, has_errors, close_scheduled, posting_drafts or drafts_posted
	Next    string          `json:"next,omitempty"`
	At      string          `json:"at,omitempty"`      // when it is to be closed
	Posted  uint64          `json:"posted,omitempty"`  // drafts
	Drafts  *PeriodFindings `json:"drafts,omitempty"`  // that are dated in it, or could not be posted
	Early   *PeriodFindings `json:"early,omitempty"`   // transactions that are dated before the first period
	Unknown *PeriodAccounts `json:"unknown,omitempty"` // accounts with a transaction before it, from before there were periods
}

// PeriodsBody is how long an org's accounting periods are.
type PeriodsBody struct {
	Length     string `json:"length"`      // monthly or yearly
	YearBegins string `json:"year_begins"` // first day of the accounting year, as 04-01
}

// PeriodFindings are transactions that keep a period from being closed, or that were put right.
type PeriodFindings struct {
	Count uint64          `json:"count"`
	First []PeriodFinding `json:"first"` // a hundred at most
}

// PeriodFinding is a transaction of a customer account.
type PeriodFinding struct {
	Account     string `json:"account"`
	Transaction string `json:"transaction"`
}

// PeriodAccounts are customer accounts, likewise.
type PeriodAccounts struct {
	Count uint64   `json:"count"`
	First []string `json:"first"` // a hundred at most
}
