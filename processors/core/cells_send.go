package core

import "purser/processors/money"

// Campaign says who pays for sends and what they may do (R6.1), by version.
type Campaign struct {
	Meta
	Org, ID  string
	Versions []CampaignVersion // ascending by EffectiveFrom
	Pending  int64             // sends of it that are not final: it cannot be removed while there are any (R2.3)
}

// CampaignVersion is one whole definition of a campaign.
type CampaignVersion struct {
	ID            string
	EffectiveFrom Time
	FundingPays   bool   // a funding source pays; otherwise the sender's own balance does
	FundingSource string // which one; "": that of the sender's team, else the org's default
	Approval      bool   // triggered sends need one (R6.4)
	AddFunds      bool   // senders may add funds (R6.3)
}

// Send is something that is sent for money: what it was charged, and to whom, so that it goes back the same way. The cell is there
// from the first event that names the send, whichever that is (R6.5), until sendLife after its last change.
//
// What waits for the send are Parked cells numbered from First up to Next. Those before Looked wait for its end; the others are yet
// to be looked at.
type Send struct {
	Meta
	Org, ID             string
	State               SendState
	First, Next, Looked uint64
	Until               Time // awaited: the deadline of what waits first; pending funds: when it is given up; final: when the cell is forgotten

	Source, Event    string // identity of the event that asked
	Campaign, Sender string
	Team             string // of the sender, when it happened (R5.9)
	Funding          string // the funding source that pays; "": the sender's own balance
	OccurredAt       Time
	Cost             money.Amount // what was asked for
	Currency         money.Currency
	Recharge         uint64  // pending funds: the one of the funding source's whose attempt decides it
	Payers           []Payer // in the order in which they paid
	Part             SpendingPart
}

// SpendingPart is what a spending account pays of a send (R6.10).
type SpendingPart struct {
	Spending   string       // its id; "": none does
	May        money.Amount // the most that it may pay of the lines: those that it may pay, each unit up to the item limit
	Account    string       // id of the balance that has paid, or on which something is held; "": nothing yet
	Amount     money.Amount // what it has paid and has not got back, or what is held of it while the send waits for a card
	Noted      uint8        // kinds of timeframe limits that it counts in, a bit each (R7.6)
	Sets       uint64       // of the allowance, when it paid (R7.9)
	CostCentre string       // of the spending account then (R7.10)
}

// SendState is where a send stands.
type SendState uint8

// States. They never change their number.
const (
	SendAwaited    SendState = iota + 1 // events that follow it have come before it
	ApprovalNeeded                      // nothing is charged yet (R6.4)
	SendAccepted
	SendRejected
	SendCancelled
	FundsNeeded // what lacks is asked of a card (R6.3)
)

// Payer is what one account has paid for a send, and has not got back.
type Payer struct {
	Account string       // Suspense, where nobody pays
	Rate    money.Factor // from the send's currency to the account's: the first that it was charged by (R2.4)
	Price   money.Amount // in the send's currency
	Revenue money.Amount // the part of Price that is revenue; the rest was complimentary (R3.6)
	Buckets []Part       // in the account's currency, in the order in which they burned
}
