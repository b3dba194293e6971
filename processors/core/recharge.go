package core

import (
	"slices"
	"strconv"
)

// AttemptID is the id of a recharge's attempt number n: account/recharge/attempt. Within an org it names one attempt.
func (r *Recharge) AttemptID(n int) string { return r.RechargeID() + "/" + strconv.Itoa(n) }

// RechargeID is the id that a recharge's attempts have in common.
func (r *Recharge) RechargeID() string { return r.Account + "/" + strconv.FormatUint(r.Number, 10) }

// Standing is what has become of a recharge, in a word that a ledger entry says. The names are on the wire.
type Standing string

// How a recharge stands.
const (
	StandsOpen      Standing = "open"      // its last attempt has no result yet
	StandsRetrying  Standing = "retrying"  // that one has failed, and is repeated (R4.3)
	StandsSucceeded Standing = "succeeded" // one of them has, at any time (R4.7)
	StandsFailed    Standing = "failed"    // of one that is never repeated
	StandsExhausted Standing = "exhausted" // R4.4
	StandsDropped   Standing = "dropped"   // nothing was to be paid any more (R4.6)
)

// Standing says what has become of the recharge.
func (r *Recharge) Standing() Standing {
	switch {
	case r.State == AttemptOpen:
		return StandsOpen
	case r.State == RetryWaiting:
		return StandsRetrying
	case slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.Result == Succeeded }):
		return StandsSucceeded
	case r.Purpose == Manual || r.Purpose == AddFunds || r.Purpose == AutomaticPayment:
		return StandsFailed
	case len(r.Attempts) >= r.Limit && !r.Reset:
		return StandsExhausted
	default:
		return StandsDropped
	}
}
