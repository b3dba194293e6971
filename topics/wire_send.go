package topics

// Types of events about sends, as ce_type.
const (
	TypeCampaignDefined = "campaign.defined"
	TypeCampaignRemoved = "campaign.removed"
	TypeSendRequested   = "send.requested"
	TypeSendApproved    = "send.approved"
	TypeSendDeclined    = "send.declined"
	TypeSendAdjusted    = "send.adjusted"
	TypeSendCancelled   = "send.cancelled"
)

// CampaignDefinedBody is the whole definition of a campaign (R6.1).
type CampaignDefinedBody struct {
	Campaign      string `json:"campaign"`
	Payer         string `json:"payer"`                    // sender or funding_source
	FundingSource string `json:"funding_source,omitempty"` // default: that of the sender's team, else the org's default
	Approval      bool   `json:"approval,omitempty"`       // triggered sends need one
	AddFunds      bool   `json:"add_funds,omitempty"`      // senders may add funds
	EffectiveFrom string `json:"effective_from,omitempty"`
}

// CampaignRemovedBody names a campaign.
type CampaignRemovedBody struct {
	Campaign string `json:"campaign"`
}

// SendRequestedBody asks to send something (R6.1). The answer is an outcome. What it costs is estimated, or else the sum of its lines,
// each of them rounded once.
type SendRequestedBody struct {
	Send          string     `json:"send"` // the send's own reference, by which what follows names it
	Campaign      string     `json:"campaign"`
	Sender        string     `json:"sender"` // the wallet of the user who sends
	Origin        string     `json:"origin"` // manual or triggered
	Lines         []SendLine `json:"lines,omitempty"`
	EstimatedCost Number     `json:"estimated_cost,omitempty"`
	Currency      string     `json:"currency"`
	AddFunds      bool       `json:"add_funds,omitempty"` // add what the funding source lacks, where the campaign allows it
	// SpendingAccount pays first what it may of the lines (R6.10). The sender is its user.
	SpendingAccount string `json:"spending_account,omitempty"`
}

// SendLine is one thing that is sent.
type SendLine struct {
	Item      string   `json:"item"`
	Quantity  Number   `json:"quantity,omitempty"` // default 1
	UnitPrice Number   `json:"unit_price"`
	Catalogs  []string `json:"catalogs,omitempty"` // that the item is in, for a spending account
}

// SendApprovedBody approves a send that waits for it (R6.4).
type SendApprovedBody struct {
	Send string `json:"send"`
}

// SendDeclinedBody declines it.
type SendDeclinedBody struct {
	Send string `json:"send"`
}

// SendAdjustedBody says what a send costs in the end (R6.6).
type SendAdjustedBody struct {
	Send      string `json:"send"`
	FinalCost Number `json:"final_cost"`
	Currency  string `json:"currency"` // the send's
}

// SendCancelledBody takes a send back (R6.9).
type SendCancelledBody struct {
	Send string `json:"send"`
}
