package inquiry

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/processors/money"
	"purser/topics"
)

// Scan answers from the ledger topic itself, for want of a checkpoint: it reads the org's whole partition, up to what is
// committed now, and keeps the newest entries. A wallet needs no currency; a system account does.
func Scan(ctx context.Context, client *kgo.Client, names topics.Names, org, account string, c money.Currency, limit int) (History, error) {
	reader, ledger := committed.NewReader(client), names.Of(topics.Ledger)
	spans, err := reader.Spans(ctx, ledger)
	if err != nil {
		return History{}, err
	}
	p := topics.PartitionOf(org, int32(len(spans[ledger])))
	span := spans[ledger][p]
	var rows []Row
	err = reader.Read(ctx, ledger, p, span, func(rec *kgo.Record) error {
		if string(rec.Key) != org || topics.IsOwnership(rec) {
			return nil
		}
		row, ok, err := rowOf(rec.Value, account, c.String())
		if err != nil || !ok {
			return err
		}
		if rows = append(rows, row); len(rows) > 2*limit {
			rows = append(rows[:0], rows[len(rows)-limit:]...)
		}
		return nil
	})
	if err != nil {
		return History{}, err
	}
	rows = rows[max(0, len(rows)-limit):]
	slices.Reverse(rows)
	h := History{Rows: rows, AsOf: AsOf{"ledger", p, span.End}, Older: older(rows)}
	if len(rows) > 0 {
		h.Seq = rows[0].Seq
	}
	return h, nil
}
