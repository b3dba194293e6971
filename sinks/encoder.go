package sinks

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// Encoder turns decisions into output records. A worker reuses one from batch to batch; it is used by one goroutine.
//
// The records of a batch and their bytes live in its slabs. The client holds on to them until each was acknowledged or
// failed, so Reset comes only after the transaction's end is known and every promise was called. Where the end is in
// doubt, the encoder is dropped together with the client, and never reset.
type Encoder struct {
	names                                topics.Names
	ledger, alert, deadLetter, changelog string
	outcome, attempt, invoice            string
	slabs                                slabs
}

// NewEncoder returns an encoder that writes to the topics of those names.
func NewEncoder(names topics.Names) *Encoder {
	return &Encoder{
		names:      names,
		ledger:     names.Of(topics.Ledger),
		alert:      names.Of(topics.Alert),
		outcome:    names.Of(topics.Outcome),
		attempt:    names.Of(topics.RechargeAttempt),
		invoice:    names.Of(topics.Invoice),
		deadLetter: names.Of(topics.DeadLetter),
		changelog:  names.Of(topics.Changelog),
		slabs:      newSlabs(),
	}
}

// Reset takes back every record of the batch.
func (e *Encoder) Reset() { e.slabs.reset() }

// Values of headers that are the same on every record.
var (
	valueSpecVersion = []byte("1.0")
	valueJSON        = []byte("application/json")
	valuePurser      = []byte(topics.SourcePurser)
	valueLedgerEntry = []byte(topics.TypeLedgerEntry)
	valueOwnership   = []byte(topics.TypeOwnership)
)

// Continue makes the record that drives the next slice of due work: n is the number of the transaction it is in.
func (e *Encoder) Continue(partition int32, n uint64) *kgo.Record {
	return topics.NewContinue(e.names, partition, n)
}
