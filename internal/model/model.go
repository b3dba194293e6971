package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Record is an event as it is on the wire.
type Record struct {
	Topic, Org, Source, ID, Type string
	At                           string    // ce_time; "": none
	Recorded                     time.Time // by the broker
	Body                         []byte    // JSON
}

// Fact is what became of an event, or a piece of work that fell due.
type Fact struct {
	Due        bool
	Org        string
	Result     string // applied, refused, waiting, expired, duplicate, dead-letter
	Reason     string
	Type, ID   string
	At         string // of due work: when it counts as having happened
	DeadLetter bool
	Lines      []string // postings, balances, alerts, attempts and outcomes, sorted
}

// String is the fact in lines.
func (f *Fact) String() string {
	lines := slices.Sorted(slices.Values(f.Lines))
	return fmt.Sprintf("%s: %s %s, due %v at %q: %s %s, dead letter %v\n\t%s", f.Org, f.Type, f.ID, f.Due, f.At, f.Result, f.Reason, f.DeadLetter, strings.Join(lines, "\n\t"))
}

// Model is one partition.
type Model struct {
	orgs  map[string]*org
	seen  map[string]seen
	last  time.Time // the last tick: it is now (R1.7)
	until time.Time // the tick that is being worked off, between ticks the last one
	facts []*Fact
}

type seen struct {
	payload string
	at      time.Time
}

// org is a tenant with all that is its own.
type org struct {
	id        string
	terms     versions[orgTerms]
	plans     map[string]versions[planTerms]
	rates     map[string]versions[dec]
	accounts  map[string]*account
	world     map[string]dec // the rest of the world's balances, by name and currency
	agency    string
	waiting   []*waiting           // usage without an account, in the order in which it came
	reversals []*waiting           // of usage that is not known
	used      map[string]*used     // usage that can be reversed, by identity
	payments  map[string]*payment  // by account and reference
	removals  map[string]*dec      // what a removal took of purchased credit and no refund has made use of
	attempts  map[string]*recharge // by the attempt's id
	defaults  versions[string]     // the funding source that has the flag (R5.1); "" is none
	invoices  []*invoice           // number n is invoices[n-1]
	teams     map[string]*team
	campaigns map[string]versions[campaignTerms]
	sends     map[string]*send
	credit    versions[creditPolicy] // of customer accounts
	numbered  int                    // how many of them have a number
	periods   *periods
	drafts    []held   // in the order in which they were recorded
	enrolled  []string // customer accounts that have something recorded, likewise
	spending  map[string]*spendingAccount
	shoppers  map[string]versions[shopperTerms]
	orders    map[string]*order
}

// New returns a partition to which nothing has happened.
func New() *Model { return &Model{orgs: map[string]*org{}, seen: map[string]seen{}} }

func (m *Model) org(id string) *org {
	if m.orgs[id] == nil {
		m.orgs[id] = &org{
			id: id, plans: map[string]versions[planTerms]{}, rates: map[string]versions[dec]{}, accounts: map[string]*account{},
			world: map[string]dec{}, used: map[string]*used{}, payments: map[string]*payment{}, removals: map[string]*dec{}, attempts: map[string]*recharge{},
			teams: map[string]*team{}, campaigns: map[string]versions[campaignTerms]{}, sends: map[string]*send{},
			spending: map[string]*spendingAccount{}, shoppers: map[string]versions[shopperTerms]{}, orders: map[string]*order{},
		}
	}
	return m.orgs[id]
}

// event is a record that is being decided.
type event struct {
	*Record
	occurred time.Time
	body     *body
	decide   func(*turn)
}

// kinds are the types of events that are known: each reads the body, and returns what decides the event.
var kinds = map[string]func(*event) func(*turn){
	"org.defined": orgDefined, "plan.defined": planDefined, "plan.removed": planRemoved, "account.defined": accountDefined,
	"account.removed": accountRemoved, "fx-rate.defined": rateDefined,
	"usage.recorded": usageRecorded, "usage.voided": usageReversed, "usage.corrected": usageReversed,
	"credits.granted": creditsGranted, "credits.removed": creditsRemoved, "payment.received": paymentReceived, "payment.refunded": paymentRefunded,
	"recharge.requested": rechargeRequested, "recharge-attempt.resolved": attemptResolved,
	"funding.requested": fundingRequested, "transfer.requested": transferRequested, "license.purchased": licencePurchased,
	"invoice.paid": invoicePaid, "invoice.voided": invoiceVoided,
	"team.defined": teamDefined, "team.removed": teamRemoved, "team-member.joined": memberJoined, "team-member.left": memberLeft,
	"campaign.defined": campaignDefined, "campaign.removed": campaignRemoved, "send.requested": sendRequested,
	"send.approved": sendFollowed, "send.declined": sendFollowed, "send.adjusted": sendFollowed, "send.cancelled": sendFollowed,
	"transaction.recorded": transactionRecorded, "transaction.posted": transactionPosted, "transaction.discarded": transactionDiscarded,
	"spending-account.defined": spendingDefined, "spending-account.switched": spendingSwitched, "spending-account.copied": spendingCopied,
	"spending-account.removed": spendingRemoved, "user.defined": userDefined, "user.removed": userRemoved,
	"order.placed": orderPlaced, "order.cancelled": orderCancelled, "spend.quoted": spendQuoted,
	"customer-settings.defined": customerSettings, "customer-status.requested": statusRequested, "credit.requested": creditRequested,
	"accounting-periods.defined": periodsDefined, "period.close_requested": periodCloseRequested, "period.drafts_posted": periodDraftsPosted, "period.corrected": periodCorrected,
}

// asks are the types that ask a question, which is answered by an outcome and never by a dead letter (R9.1).
var asks = map[string]bool{
	"period.close_requested": true, "period.drafts_posted": true, "period.corrected": true,
	"order.placed": true, "spend.quoted": true,
	"transaction.recorded": true, "transaction.posted": true, "customer-status.requested": true, "credit.requested": true,
	"recharge.requested": true, "funding.requested": true, "transfer.requested": true, "license.purchased": true, "send.requested": true}

const (
	window    = 7 * 24 * time.Hour // R2.1
	tickAhead = 5 * time.Minute
)

// Apply takes a record, and says what became of it and what it made due.
func (m *Model) Apply(r *Record) []*Fact {
	m.facts = nil
	if r.Type == "tick" {
		m.tick(r)
		return m.facts
	}
	e := &event{Record: r, occurred: r.Recorded, body: readBody(r.Body)}
	if r.At != "" {
		at, err := time.Parse(time.RFC3339Nano, r.At)
		e.body.demand(err == nil)
		e.occurred = at.UTC()
	}
	e.decide = kinds[r.Type](e)
	if e.body.bad {
		m.tell(&Fact{Result: "dead-letter", ID: r.ID})
		return m.facts
	}
	if m.known(e) {
		return m.facts
	}
	e.decide(m.turn(e, false))
	m.postCharges()
	m.workOff()
	m.takeSteps()
	return m.facts
}

func (m *Model) tell(f *Fact) { m.facts = append(m.facts, f) }

// known says whether an event's identity has been seen, and tells of it (R2.1, R2.2).
func (m *Model) known(e *event) bool {
	identity := e.Org + "|" + e.Source + "|" + e.ID
	payload := e.Type + " " + e.At + " " + e.body.same()
	was, again := m.seen[identity]
	switch {
	case !again || e.Recorded.Sub(was.at) > window:
		m.seen[identity] = seen{payload, e.Recorded}
		return false
	case was.payload == payload:
		m.tell(&Fact{Result: "duplicate", Type: e.Type, ID: e.ID})
	default:
		m.tell(&Fact{Org: e.Org, Result: "refused", Reason: "identity_conflict", Type: e.Type, ID: e.ID, DeadLetter: true, Lines: []string{"alert identity_conflict"}})
	}
	return true
}

// now is the time by which waits are counted: the last tick's, or the broker's while there was none (R1.7).
func (m *Model) now(recorded time.Time) time.Time {
	if m.last.IsZero() {
		return recorded
	}
	return m.last
}

// present is the newest time that is known: what only looks at the present is in force from then on.
func (m *Model) present(at time.Time) time.Time {
	if at.After(m.last) {
		return at
	}
	return m.last
}

// clock is what time it is by ticks, also while one is worked off (R4.3).
func (m *Model) clock(recorded time.Time) time.Time {
	if m.until.IsZero() {
		return recorded
	}
	return m.until
}
