package stores_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/books"
	"purser/internal/committed"
	"purser/internal/testenv"
	"purser/processors"
	"purser/processors/money"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

const (
	billsInSQL = `SELECT concat_ws(' ', org, invoice, kind, account, currency, amount, paid, open, status, due) FROM finance_invoice`
	cardsInSQL = `SELECT concat_ws(' ', org, account, recharge, purpose, currency, amount, attempts, credited, state) FROM finance_recharge`
)

// compareBills holds what the ledger says of invoices and recharges, as the finance views have it, against the cells: whatever
// has become of one, some entry says so. It asks before anything is added up, halfway, and after.
func compareBills(t *testing.T, client *kgo.Client, names topics.Names) {
	t.Helper()
	reader := committed.NewReader(client)
	want := billsOfCells(t, reader, names)
	if len(want) < 100 {
		t.Errorf("only %d invoices and recharges are there to be compared", len(want))
	}
	url := testenv.Postgres(t).URL
	store, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := saveLedger(t, reader, names, store)
	compareStatements(t, client, reader, names, store)
	for _, add := range []int{0, rows / 3, rows} {
		for p := range int32(len(ledgerSpans(t, reader, names))) {
			if add > 0 {
				if _, err := store.RollUp(t.Context(), p, add, books.Add); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := append(column(t, url, billsInSQL), column(t, url, cardsInSQL)...)
		slices.Sort(got)
		for _, line := range got {
			if _, found := slices.BinarySearch(want, line); !found {
				t.Errorf("with %d added up, the books say what is not so: %s", add, line)
			}
		}
		for _, line := range want {
			if _, found := slices.BinarySearch(got, line); !found {
				t.Errorf("with %d added up, the books do not say: %s", add, line)
			}
		}
	}
}

func ledgerSpans(t *testing.T, reader *committed.Reader, names topics.Names) []committed.Span {
	t.Helper()
	spans, err := reader.Spans(t.Context(), names.Of(topics.Ledger))
	if err != nil {
		t.Fatal(err)
	}
	return spans[names.Of(topics.Ledger)]
}

// saveLedger brings the topic into Postgres, and returns how many entries the longest partition has.
func saveLedger(t *testing.T, reader *committed.Reader, names topics.Names, store *postgres.Checkpoint) (longest int) {
	t.Helper()
	for p, span := range ledgerSpans(t, reader, names) {
		save := &state.Save{Partition: int32(p), To: state.Position{Changelog: 1, Txn: 1, Ledger: span.End}}
		for key, value := range cellsOf(t, reader, names, int32(p)) {
			save.Cells = append(save.Cells, state.Image{Key: key, Value: value})
		}
		err := reader.Read(t.Context(), names.Of(topics.Ledger), int32(p), span, func(r *kgo.Record) error {
			if !topics.IsOwnership(r) {
				save.To.Entry++
				save.Rows = append(save.Rows, state.LedgerRow{Entry: save.To.Entry, Offset: r.Offset, RecordedAt: topics.TimeOf(r.Timestamp), Org: string(r.Key), Body: slices.Clone(r.Value), Mark: []byte{1}})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Save(t.Context(), save); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, len(save.Rows))
	}
	return longest
}

// cellsOf are the cells of a partition as the changelog has them at last.
func cellsOf(t *testing.T, reader *committed.Reader, names topics.Names, p int32) map[string][]byte {
	t.Helper()
	spans, err := reader.Spans(t.Context(), names.Of(topics.Changelog))
	if err != nil {
		t.Fatal(err)
	}
	last := map[string][]byte{}
	err = reader.Read(t.Context(), names.Of(topics.Changelog), p, spans[names.Of(topics.Changelog)][p], func(r *kgo.Record) error {
		if !topics.IsOwnership(r) && len(r.Value) > 0 {
			last[string(r.Key)] = slices.Clone(r.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// billsOfCells are the lines that the views have to have, by the cells as the changelog has them at last.
func billsOfCells(t *testing.T, reader *committed.Reader, names topics.Names) (lines []string) {
	t.Helper()
	last := map[string][]byte{}
	for p := range ledgerSpans(t, reader, names) {
		maps.Copy(last, cellsOf(t, reader, names, int32(p)))
	}
	currencies := map[string]money.Currency{}
	var recharges []*processors.Recharge
	for key, value := range last {
		cell, err := state.DecodeCell(key, value, func([]byte, *processors.Event) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		switch c := cell.(type) {
		case *processors.Account:
			currencies[c.Org+"\x00"+c.ID] = c.Currency
		case *processors.Invoice:
			lines = append(lines, billLine(c))
		case *processors.Recharge:
			recharges = append(recharges, c)
		}
	}
	for _, r := range recharges {
		lines = append(lines, rechargeLine(r, currencies[r.Org+"\x00"+r.Account]))
	}
	slices.Sort(lines)
	return lines
}

func billLine(i *processors.Invoice) string {
	status := "open"
	switch {
	case i.Voided:
		status = "voided"
	case i.Open() == 0:
		status = "paid"
	}
	return strings.TrimSpace(fmt.Sprintln(i.Org, i.Number, i.Kind, i.Account, i.Currency, i.Amount, i.Paid, i.Open(), status, string(topics.AppendDay(nil, i.Due))))
}

func rechargeLine(r *processors.Recharge, currency money.Currency) string {
	credited := money.Amount(0)
	for _, a := range r.Attempts {
		if a.Result == processors.Succeeded {
			credited += a.Amount
		}
	}
	n := len(r.Attempts)
	return strings.TrimSpace(fmt.Sprintln(r.Org, r.Account, r.Number, r.Purpose, currency, r.Attempts[n-1].Amount, n, credited, r.Standing()))
}

func column(t *testing.T, url, sql string) []string {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }()
	rows, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
