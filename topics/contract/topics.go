package contract

import "purser/topics"

// Topic is what the contract says of one topic. Names are without the installation's prefix.
type Topic struct {
	Name     string
	Input    bool // purser reads it; otherwise it writes it
	About    string
	Key      string
	Kept     string
	Messages []Message
}

// Message is one type of record on a topic.
type Message struct {
	Type    string // ce_type, and the name of its schema; "" for what has none of its own: deadLetters, cells
	Headers string // its headers, in headers.json; "" for none
	Own     bool   // written by purser for itself: others neither send nor read it
}

const (
	keyOrg       = "The org, in bytes of UTF-8, hashed with murmur2 as Kafka's Java clients do: its partition is murmur2(org) mod the number of partitions."
	keyPartition = "The partition's number, for people; the record is sent to that partition, whatever the hash of the key."
	keyCell      = "The cell's binary key, or !ownership."
	keyAsItCame  = "As it came."

	keptInput  = "7 days"
	keptOutput = "30 days"
)

// Topics are all there are, inputs in the order of topics.Inputs. A new type of event is a line here, a schema beside the
// others and a wire type: the tests of this package say which of them is missing.
var Topics = []Topic{
	{
		Name: topics.Send, Input: true, Key: keyOrg, Kept: keptInput,
		About: "Questions whether something may be sent, and what follows a send.",
		Messages: []Message{
			{Type: topics.TypeSendRequested, Headers: headersEvent},
			{Type: topics.TypeSendApproved, Headers: headersEvent},
			{Type: topics.TypeSendDeclined, Headers: headersEvent},
			{Type: topics.TypeSendAdjusted, Headers: headersEvent},
			{Type: topics.TypeSendCancelled, Headers: headersEvent},
			{Type: topics.TypeOrderPlaced, Headers: headersEvent},
			{Type: topics.TypeOrderCancelled, Headers: headersEvent},
			{Type: topics.TypeSpendQuoted, Headers: headersEvent},
		},
	},
	{
		Name: topics.Usage, Input: true, Key: keyOrg, Kept: keptInput,
		About: "What was consumed, and what of it was not, or not so.",
		Messages: []Message{
			{Type: topics.TypeUsageRecorded, Headers: headersEvent},
			{Type: topics.TypeUsageVoided, Headers: headersEvent},
			{Type: topics.TypeUsageCorrected, Headers: headersEvent},
		},
	},
	{
		Name: topics.RefillTick, Input: true, Key: keyPartition, Kept: keptInput,
		About: "Time. One tick goes to each partition.",
		Messages: []Message{
			{Type: topics.TypeTick, Headers: headersEvent},
			{Type: topics.TypeContinue, Headers: headersEvent, Own: true},
			{Type: topics.TypeResume, Headers: headersEvent, Own: true},
		},
	},
	{
		Name: topics.Account, Input: true, Key: keyOrg, Kept: keptInput,
		About: "Definitions, who is in which team, credits that are given and taken, and what someone asks for: recharges, funding, transfers, transactions of customer accounts.",
		Messages: []Message{
			{Type: topics.TypeOrgDefined, Headers: headersEvent},
			{Type: topics.TypePlanDefined, Headers: headersEvent},
			{Type: topics.TypePlanRemoved, Headers: headersEvent},
			{Type: topics.TypeAccountDefined, Headers: headersEvent},
			{Type: topics.TypeAccountRemoved, Headers: headersEvent},
			{Type: topics.TypeCreditsGranted, Headers: headersEvent},
			{Type: topics.TypeFXRateDefined, Headers: headersEvent},
			{Type: topics.TypeCreditsRemoved, Headers: headersEvent},
			{Type: topics.TypeRechargeRequested, Headers: headersEvent},
			{Type: topics.TypeTeamDefined, Headers: headersEvent},
			{Type: topics.TypeTeamRemoved, Headers: headersEvent},
			{Type: topics.TypeMemberJoined, Headers: headersEvent},
			{Type: topics.TypeMemberLeft, Headers: headersEvent},
			{Type: topics.TypeFundingRequested, Headers: headersEvent},
			{Type: topics.TypeTransferRequested, Headers: headersEvent},
			{Type: topics.TypeLicencePurchased, Headers: headersEvent},
			{Type: topics.TypeInvoiceVoided, Headers: headersEvent},
			{Type: topics.TypeCampaignDefined, Headers: headersEvent},
			{Type: topics.TypeCampaignRemoved, Headers: headersEvent},
			{Type: topics.TypeSpendingDefined, Headers: headersEvent},
			{Type: topics.TypeSpendingSwitched, Headers: headersEvent},
			{Type: topics.TypeSpendingCopied, Headers: headersEvent},
			{Type: topics.TypeSpendingRemoved, Headers: headersEvent},
			{Type: topics.TypeBudgetsSet, Headers: headersEvent},
			{Type: topics.TypeBudgetsImported, Headers: headersEvent},
			{Type: topics.TypeUserDefined, Headers: headersEvent},
			{Type: topics.TypeUserRemoved, Headers: headersEvent},
			{Type: topics.TypeTransactionRecorded, Headers: headersEvent},
			{Type: topics.TypeTransactionPosted, Headers: headersEvent},
			{Type: topics.TypeTransactionDiscarded, Headers: headersEvent},
			{Type: topics.TypeCustomerSettings, Headers: headersEvent},
			{Type: topics.TypeCustomerStatus, Headers: headersEvent},
			{Type: topics.TypeCreditRequested, Headers: headersEvent},
			{Type: topics.TypePeriodsDefined, Headers: headersEvent},
			{Type: topics.TypePeriodCloseRequested, Headers: headersEvent},
			{Type: topics.TypePeriodDraftsPosted, Headers: headersEvent},
			{Type: topics.TypePeriodCorrected, Headers: headersEvent},
		},
	},
	{
		Name: topics.PaymentResult, Input: true, Key: keyOrg, Kept: keptInput,
		About: "What a payment gateway says, and what is paid on invoices.",
		Messages: []Message{
			{Type: topics.TypePaymentReceived, Headers: headersEvent},
			{Type: topics.TypeAttemptResolved, Headers: headersEvent},
			{Type: topics.TypePaymentRefunded, Headers: headersEvent},
			{Type: topics.TypeInvoicePaid, Headers: headersEvent},
		},
	},
	{
		Name: topics.Outcome, Key: keyOrg, Kept: keptOutput,
		About:    "Answers to events that ask a question (R9.1).",
		Messages: []Message{{Type: topics.TypeOutcome, Headers: "outcome"}},
	},
	{
		Name: topics.Alert, Key: keyOrg, Kept: keptOutput,
		About:    "Lines that balances crossed, and recharges that failed (R9.2).",
		Messages: []Message{{Type: topics.TypeAlert, Headers: "alert"}},
	},
	{
		Name: topics.Invoice, Key: keyOrg, Kept: keptOutput,
		About:    "Invoices to funding sources (R9.3).",
		Messages: []Message{{Type: topics.TypeInvoice, Headers: "invoice"}},
	},
	{
		Name: topics.RechargeAttempt, Key: keyOrg, Kept: keptOutput,
		About:    "Requests to a payment gateway (R9.4).",
		Messages: []Message{{Type: topics.TypeRechargeAttempt, Headers: "recharge_attempt"}},
	},
	{
		Name: topics.Ledger, Key: keyOrg, Kept: "for good, unless the operator says otherwise",
		About: "Every entry, in order, with the event that caused it (R9.5). Read it with isolation.level=read_committed.",
		Messages: []Message{
			{Type: topics.TypeLedgerEntry, Headers: "ledger"},
			{Type: topics.TypeOwnership, Headers: "ownership", Own: true},
		},
	},
	{
		Name: topics.DeadLetter, Key: keyAsItCame, Kept: keptOutput,
		About:    "Records that could not be read or were refused by a rule, whole (R10.1, R10.2): key, value and headers as they came, on the partition of the same number, and headers that say why. purser dlq shows them and sends them back.",
		Messages: []Message{{Headers: "dead_letter"}},
	},
	{
		Name: topics.Changelog, Key: keyCell, Kept: "compacted",
		About:    "purser's own state, in a binary form that is no part of the contract.",
		Messages: []Message{{Type: topics.TypeOwnership, Headers: "ownership", Own: true}},
	},
}

// headersEvent names the headers that every input has.
const headersEvent = "event"

// topicOf finds a topic by its name.
func topicOf(name string) (Topic, bool) {
	for _, t := range Topics {
		if t.Name == name {
			return t, true
		}
	}
	return Topic{}, false
}

// topicsWith finds the topics on which a type stands.
func topicsWith(kind string) []Topic {
	var on []Topic
	for _, t := range Topics {
		for _, m := range t.Messages {
			if kind != "" && m.Type == kind {
				on = append(on, t)
			}
		}
	}
	return on
}
