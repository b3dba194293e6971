package statement

import (
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/processors"
	"purser/state"
	"purser/topics"
)

// kafkaLedger reads the topics themselves: changelog for what the account is, and ledger from its beginning. It needs nothing
// but the broker, and takes as long as the org's partition is.
type kafkaLedger struct {
	reader    *committed.Reader
	names     topics.Names
	org       string
	partition int32
	end       int64
	before    []byte // the last entry on the account before the period
}

// Kafka reads a statement from the topics.
func Kafka(ctx context.Context, client *kgo.Client, names topics.Names, q *Query) (Ledger, error) {
	l := &kafkaLedger{reader: committed.NewReader(client), names: names, org: q.Org}
	spans, err := l.reader.Spans(ctx, names.Of(topics.Ledger))
	l.partition = topics.PartitionOf(q.Org, int32(len(spans[names.Of(topics.Ledger)])))
	return l, err
}

// Cells reads the changelog once more: which cells a statement needs is not known before the entries are read.
func (l *kafkaLedger) Cells(ctx context.Context, keys []string) ([][]byte, error) {
	values := make([][]byte, len(keys))
	if len(keys) == 0 {
		return values, nil
	}
	changelog := l.names.Of(topics.Changelog)
	spans, err := l.reader.Spans(ctx, changelog)
	if err != nil {
		return nil, err
	}
	err = l.reader.Read(ctx, changelog, l.partition, spans[changelog][l.partition], func(r *kgo.Record) error {
		i := slices.Index(keys, string(r.Key))
		if i < 0 || topics.IsOwnership(r) {
			return nil
		}
		if values[i] = r.Value; r.Value != nil && state.IsDeleted(r.Value) {
			values[i] = nil
		}
		return nil
	})
	return values, err
}

var errAfter = errors.New("the period is over")

func (l *kafkaLedger) Entries(ctx context.Context, from, to processors.Time, s Subject, f func(at processors.Time, body []byte) error) error {
	ledger := l.names.Of(topics.Ledger)
	spans, err := l.reader.Spans(ctx, ledger)
	if err != nil {
		return err
	}
	span := spans[ledger][l.partition]
	l.end = span.End
	pieces, latest := s.pieces(), processors.Time(0)
	err = l.reader.Read(ctx, ledger, l.partition, span, func(r *kgo.Record) error {
		if topics.IsOwnership(r) {
			return nil
		}
		if latest = max(latest, topics.TimeOf(r.Timestamp)); to != 0 && latest >= to {
			return errAfter
		}
		if string(r.Key) != l.org || !holdsAny(r.Value, pieces) {
			return nil
		}
		if latest >= from {
			return f(latest, r.Value)
		}
		b, err := parse(r.Value)
		if err == nil && s.line(b) != nil {
			l.before = r.Value
		}
		return err
	})
	if errors.Is(err, errAfter) {
		return nil
	}
	return err
}

// Before is known once the entries are read.
func (l *kafkaLedger) Before(context.Context, processors.Time, uint64, Subject) ([]byte, error) {
	return l.before, nil
}

func (l *kafkaLedger) AsOf() AsOf {
	return AsOf{Ledger: "kafka", Partition: l.partition, Offset: l.end}
}
