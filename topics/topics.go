// Package topics is the contract with everyone else on Kafka: names, keys, the envelope, the wire types and their schemas.
// It imports the core and translates to and from it; nothing here decides anything.
package topics

// The topics, without their prefix. Inputs are read by tasks: task p owns partition p of each, so they have equal
// partition counts and are keyed by org.
const (
	Send          = "send"
	Usage         = "usage"
	RefillTick    = "refill-tick"
	Account       = "account"
	PaymentResult = "payment-result"

	Outcome         = "outcome"
	Alert           = "alert"
	Invoice         = "invoice"
	RechargeAttempt = "recharge-attempt"
	Ledger          = "ledger"
	Changelog       = "changelog" // internal, compacted
	DeadLetter      = "dead-letter"
)

// Inputs in the order in which Progress.Offsets counts them. The order never changes; a new input is appended.
var Inputs = []string{Send, Usage, RefillTick, Account, PaymentResult}

// Header names beside those of CloudEvents' binary mode (ce_specversion, ce_type, ce_source, ce_id, ce_time, content-type).
const (
	// HeaderMark is on every ledger record: its number, result and event identity in a fixed binary form (Mark), so that
	// a restore and the checkpoint need not decode the body.
	HeaderMark = "purser_mark"
	// HeaderCheckpointed is on every Progress record of the changelog: the offset that the checkpoint was known to have
	// reached. A store that is found below it was set back.
	HeaderCheckpointed = "purser_checkpointed"
	// HeaderCause is on every output: topic/partition/offset of the input record that caused it.
	HeaderCause = "purser_cause"
	// HeaderReason and HeaderDetail are on dead letters: why, and in which field.
	HeaderReason = "purser_reason"
	HeaderDetail = "purser_detail"
	// HeaderEntry is on dead letters that have a ledger record: its number. A replay copies it to HeaderReplay, and
	// counts only while that record is the last word on its identity: so a dead letter is replayed at most once.
	HeaderEntry  = "purser_entry"
	HeaderReplay = "purser_replay"
)

// Bounds of an input (R10.3).
const (
	MaxRecordBytes = 1 << 20
	MaxStringBytes = 1 << 10
	MaxLines       = 1000
)
