package verify

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Check is what a finding is about.
type Check string

// The checks.
const (
	CheckLost       Check = "lost"        // an event that nothing became of
	CheckFate       Check = "fate"        // an event that became something else than it had to
	CheckTwice      Check = "twice"       // an identity that was decided more than once
	CheckUnproduced Check = "unproduced"  // a ledger record of an event that nobody produced
	CheckRecord     Check = "record"      // an event of the record file that is not in its topic
	CheckConflict   Check = "conflict"    // a conflict that is none, or none that is one
	CheckOrder      Check = "order"       // the later of two deliveries was decided, or entries are out of order
	CheckEntry      Check = "entry"       // entry numbers with a gap, or a ledger record that cannot be read
	CheckMark       Check = "mark"        // a mark that says something else than its record
	CheckChain      Check = "chain"       // a record that was changed, dropped or moved after it was written
	CheckPosting    Check = "posting"     // postings other than recomputed
	CheckPrice      Check = "price"       // a price other than recomputed
	CheckZeroSum    Check = "zero_sum"    // balances of an entry that do not move by zero in sum
	CheckBalance    Check = "balance"     // a balance that is not the sum of the postings
	CheckSequence   Check = "sequence"    // a gap in an account's sequence, or a wrong link to its previous entry
	CheckCause      Check = "cause"       // an output whose cause does not exist
	CheckDeadLetter Check = "dead_letter" // a dead letter missing, twice, changed, or with another reason
	CheckAlert      Check = "alert"       // an alert missing, twice, or with other figures
	CheckInvoice    Check = "invoice"     // an invoice missing, twice, with a gap before its number, or with other figures
	CheckAttempt    Check = "attempt"     // a recharge attempt missing, twice, too many, at the wrong time, or with other figures
	CheckSubject    Check = "subject"     // an entry that says that it is about an attempt, an invoice or a send that it is not about
	CheckOutcome    Check = "outcome"     // an outcome missing, twice, or with another answer
	CheckSpending   Check = "spending"    // a spending account that paid other than it may, or was refused, quoted or changed wrongly
	CheckTransfer   Check = "transfer"    // a transfer that was refused wrongly, or refused and moved something, or has not one answer that is final
	CheckOverdue    Check = "overdue"     // work that was due by the last tick and is not done
	CheckChangelog  Check = "changelog"   // a cell that is not what the ledger says
	CheckCheckpoint Check = "checkpoint"  // likewise in the checkpoint
	CheckRow        Check = "row"         // a ledger row of the checkpoint that is not the ledger's record
	CheckCache      Check = "cache"       // a cell of the cache that is not what the ledger says
)

// Finding is one difference.
type Finding struct {
	Check Check
	Where string // topic/partition/offset, or org and account
	What  string
}

func (f Finding) String() string { return string(f.Check) + " at " + f.Where + ": " + f.What }

// findingsKept bounds what is kept of each check; all are counted.
const findingsKept = 20

// Report is what the audit found. Produced = Applied + Duplicate + DeadLettered + Waiting + Lost.
type Report struct {
	Produced, Applied, Duplicate, DeadLettered, Waiting int64

	Lost       int64 // nothing became of them: each is a difference
	Replayed   int64 // replays of dead letters: beside Produced
	Later      int64 // came while the audit ran: not counted
	Forgotten  int64 // ledger records whose inputs are no longer kept: their prices were not recomputed
	Unrecorded int64 // events that are not in the record file, where one was given: somebody else's

	Entries         int64 // ledger records
	Debits          int64 // usage that was applied
	Invoices        int64 // that went out
	Attempts        int64 // recharge attempts that went out
	Rejected        int64 // questions that were answered with a rejection: among Applied
	Accounts        int64 // with postings
	Behind          int64 // partitions whose checkpoint did not hold everything in time
	CheckpointCells int64 // compared
	CheckpointRows  int64
	CacheCells      int64

	Differences       int64
	Found             map[Check]int64
	Findings          []Finding // the first ones of each check
	DeadLetterReasons map[string]int64
	Alerts            map[string]int64 // by kind
	Debtors           Debtors
}

func newReport() *Report {
	return &Report{Found: map[Check]int64{}, DeadLetterReasons: map[string]int64{}, Alerts: map[string]int64{}, Debtors: Debtors{}}
}

func (r *Report) find(check Check, where, format string, args ...any) {
	r.Differences++
	r.Found[check]++
	if r.Found[check] <= findingsKept {
		r.Findings = append(r.Findings, Finding{check, where, fmt.Sprintf(format, args...)})
	}
}

// merge adds the report of a partition.
func (r *Report) merge(o *Report) {
	for _, pair := range [...]struct{ to, from *int64 }{
		{&r.Produced, &o.Produced}, {&r.Applied, &o.Applied}, {&r.Duplicate, &o.Duplicate},
		{&r.DeadLettered, &o.DeadLettered}, {&r.Waiting, &o.Waiting}, {&r.Lost, &o.Lost}, {&r.Replayed, &o.Replayed},
		{&r.Later, &o.Later}, {&r.Forgotten, &o.Forgotten}, {&r.Unrecorded, &o.Unrecorded}, {&r.Entries, &o.Entries},
		{&r.Debits, &o.Debits}, {&r.Attempts, &o.Attempts}, {&r.Invoices, &o.Invoices}, {&r.Rejected, &o.Rejected}, {&r.Accounts, &o.Accounts}, {&r.CheckpointCells, &o.CheckpointCells}, {&r.Behind, &o.Behind},
		{&r.CheckpointRows, &o.CheckpointRows}, {&r.CacheCells, &o.CacheCells}, {&r.Differences, &o.Differences},
	} {
		*pair.to += *pair.from
	}
	addAll(r.Found, o.Found)
	addAll(r.DeadLetterReasons, o.DeadLetterReasons)
	addAll(r.Alerts, o.Alerts)
	r.Findings = append(r.Findings, o.Findings...)
	r.Debtors.merge(o.Debtors)
}

func addAll[K comparable](to, from map[K]int64) {
	for key, n := range from {
		to[key] += n
	}
}

// close puts what came from the partitions in order.
func (r *Report) close() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(string(a.Check), string(b.Check)), strings.Compare(a.Where, b.Where))
	})
	kept, last, n := r.Findings[:0], Check(""), 0
	for _, f := range r.Findings {
		if f.Check != last {
			last, n = f.Check, 0
		}
		if n++; n <= findingsKept {
			kept = append(kept, f)
		}
	}
	r.Findings = kept
}

// LastLine is what a script looks for.
func (r *Report) LastLine() string {
	return fmt.Sprintf("verified: produced=%d applied=%d duplicate=%d dead_lettered=%d waiting=%d differences=%d",
		r.Produced, r.Applied, r.Duplicate, r.DeadLettered, r.Waiting, r.Differences)
}

// Write prints what a person wants to know, and ends with the last line.
func (r *Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.line("ledger entries %d, debits %d, accounts %d, replayed %d", r.Entries, r.Debits, r.Accounts, r.Replayed)
	if r.Invoices > 0 {
		p.line("invoices %d", r.Invoices)
	}
	if r.Attempts+r.Rejected > 0 {
		p.line("recharge attempts %d, questions that were answered with no %d", r.Attempts, r.Rejected)
	}
	if r.Behind > 0 {
		p.line("the checkpoint of %d partitions is behind: what it holds was compared as of where it stands", r.Behind)
	}
	p.line("compared: %d checkpoint cells, %d checkpoint rows, %d cache cells", r.CheckpointCells, r.CheckpointRows, r.CacheCells)
	if r.Later+r.Forgotten+r.Unrecorded > 0 {
		p.line("not judged: %d inputs that came meanwhile, %d entries whose inputs are gone; %d events are not in the record file",
			r.Later, r.Forgotten, r.Unrecorded)
	}
	p.counts("dead letters by reason", r.DeadLetterReasons)
	p.counts("alerts by kind", r.Alerts)
	for _, currency := range r.Debtors.Currencies() {
		p.line("largest debtors in %s:", currency)
		for _, d := range r.Debtors[currency] {
			p.line("  %s %s  %s %s", d.Org, d.Account, d.Balance, currency)
		}
	}
	for _, f := range r.Findings {
		p.line("DIFFERENCE %s", f)
	}
	if hidden := r.Differences - int64(len(r.Findings)); hidden > 0 {
		p.line("and %d more differences", hidden)
	}
	p.line("%s", r.LastLine())
	return p.err
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) counts(title string, counts map[string]int64) {
	if len(counts) == 0 {
		return
	}
	p.line("%s:", title)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		p.line("  %-22s %d", name, counts[name])
	}
}
