package books_test

import (
	"fmt"
	"testing"

	"purser/internal/books"
	"purser/state"
)

// usage is an entry as long as that of a usage event, of one of a thousand wallets.
func usage(entry uint64) []byte {
	w := entry % 1000
	return fmt.Appendf(nil, `{"entry":%d,"org":"agency-0042","type":"usage.recorded","source":"sms-gateway","id":"5f0c2d9e-7a51-4e0b-9d5e-%012d","result":"applied",`+
		`"occurred_at":"2026-11-22T23:15:00.123456Z","recorded_at":"2026-11-22T23:15:00.456Z","currency":"USD","postings":[{"from":"agency","to":"world:provider","amount":"0.007900"},`+
		`{"from":"wallet-%08d","to":"revenue:rebilling","amount":"0.029625"}],"balances":[{"account":"agency","seq":99999,"previous":123455,"balance":"-123.456789"},`+
		`{"account":"world:provider","seq":99999,"previous":123455,"balance":"123.456789"},{"account":"wallet-%08d","seq":1234,"previous":123001,"balance":"123.456789"},`+
		`{"account":"revenue:rebilling","seq":99999,"previous":123455,"balance":"923.456789"}],"price":{"basis":"plan","multiplier":"3.75","plan":"standard","channel":"message"}}`,
		entry, entry, w, w)
}

// BenchmarkRollUp adds up 50,000 usage events of a thousand wallets, from Postgres to Postgres.
func BenchmarkRollUp(b *testing.B) {
	l := newLedger(b)
	const n = 50_000
	at := state.Position{}
	for b.Loop() {
		b.StopTimer()
		s := &state.Save{From: at, To: at}
		for range n {
			s.To.Entry++
			s.To.Ledger++
			s.Rows = append(s.Rows, state.LedgerRow{Entry: s.To.Entry, Offset: s.To.Ledger, RecordedAt: 1_789_000_000_000_000, Org: "agency-0042", Mark: make([]byte, 74), Body: usage(s.To.Entry)})
		}
		if err := l.store.Save(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		at = s.To
		b.StartTimer()
		if added, err := l.store.RollUp(b.Context(), 0, n, books.Add); err != nil || added != n {
			b.Fatal(added, err)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "entries/s")
}
