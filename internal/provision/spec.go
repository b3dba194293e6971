// Package provision creates the topics as the engine needs them, checks before each start that they still are so, and
// gives the consumer group its first offsets.
package provision

import (
	"strconv"
	"time"

	"purser/topics"
)

// MaxBatchBytes is the largest batch that the topics which the engine writes to take; its producers never make a larger
// one. It is well above topics.MaxRecordBytes, because an output may be larger than the input that caused it: a dead
// letter carries the whole record and what was wrong with it.
const MaxBatchBytes = 4 << 20

// maxInputBytes lets an oversized record in up to a quarter above the bound: then it becomes a dead letter with a reason
// (R10.3), which tells its producer more than an error of the broker would.
const maxInputBytes = topics.MaxRecordBytes + topics.MaxRecordBytes/4

// Spec is how one topic has to be.
type Spec struct {
	Topic  string // without prefix
	Config map[string]string
	// Must names the settings without which the engine does not start; the others are advice.
	Must []string
}

// suits says whether a setting has a value that the engine can work with: the wanted one, or, of a size, a larger one.
func suits(setting, have, want string) bool {
	if have == want || setting != maxMessage {
		return have == want
	}
	n, err := strconv.Atoi(have)
	m, _ := strconv.Atoi(want) // ours
	return err == nil && n >= m
}

const (
	timestampType = "message.timestamp.type"
	cleanupPolicy = "cleanup.policy"
	maxMessage    = "max.message.bytes"
	retention     = "retention.ms"
)

// Specs returns every topic. The broker's clock dates all records (R1.5): a producer's clock decides nothing, neither
// for a rule nor for what is deleted.
func Specs() []Spec {
	var specs []Spec
	for _, topic := range topics.Inputs {
		specs = append(specs, Spec{topic, logged(7*24*time.Hour, maxInputBytes), []string{timestampType}})
	}
	for _, topic := range []string{topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.DeadLetter} {
		specs = append(specs, Spec{topic, logged(30*24*time.Hour, MaxBatchBytes), []string{maxMessage}})
	}
	ledger := logged(0, MaxBatchBytes)
	ledger[retention] = "-1" // as long as finance wants; a restore and the checkpoint need it for their longest absence
	return append(specs,
		Spec{topics.Ledger, ledger, []string{timestampType, cleanupPolicy, maxMessage}},
		Spec{topics.Changelog, compacted(), []string{timestampType, cleanupPolicy, maxMessage}},
	)
}

func logged(keep time.Duration, maxBytes int) map[string]string {
	return map[string]string{
		timestampType: "LogAppendTime",
		cleanupPolicy: "delete",
		retention:     millis(keep),
		maxMessage:    strconv.Itoa(maxBytes),
	}
}

// compacted keeps the last image of each cell. A reader that is not far behind sees every image (min.compaction.lag);
// what is superseded goes within a day also where little is written (max.compaction.lag), so that the log from its start,
// which is what a restore without a checkpoint reads, stays near the size of the state. Tombstones stay a week: a reader
// that was away for less still learns of them.
func compacted() map[string]string {
	return map[string]string{
		timestampType:               "LogAppendTime",
		cleanupPolicy:               "compact",
		maxMessage:                  strconv.Itoa(MaxBatchBytes),
		"min.compaction.lag.ms":     millis(10 * time.Minute),
		"max.compaction.lag.ms":     millis(24 * time.Hour),
		"delete.retention.ms":       millis(7 * 24 * time.Hour),
		"min.cleanable.dirty.ratio": "0.3",
		"segment.bytes":             strconv.Itoa(128 << 20),
	}
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
