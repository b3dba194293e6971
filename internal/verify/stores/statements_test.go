package stores_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/statement"
	"purser/processors"
	"purser/processors/money"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

// compareStatements makes the statement of every account from the topics and from Postgres: both say the same, it adds up, and it ends with what the
// account's cell holds.
func compareStatements(t *testing.T, client *kgo.Client, reader *committed.Reader, names topics.Names, store *postgres.Checkpoint) {
	t.Helper()
	made, recharges, invoices, lines := 0, 0, 0, 0
	for p := range int32(len(ledgerSpans(t, reader, names))) {
		for key, value := range cellsOf(t, reader, names, p) {
			cell, err := state.DecodeCell(key, value, func([]byte, *processors.Event) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			a, ok := cell.(*processors.Account)
			if !ok {
				continue
			}
			q := &statement.Query{Org: a.Org, Account: a.ID, Now: topics.TimeOf(time.Now())}
			if a.Kind == processors.KindSystem {
				q.Currency = a.Currency
			}
			s := bothStatements(t, client, names, store, p, q)
			if s == nil {
				continue
			}
			seq := uint64(0)
			if n := len(s.Lines); n > 0 {
				seq = s.Lines[n-1].Seq
			}
			if s.Closing.Balance != a.Balance.String() || s.Now == nil || seq != a.Seq {
				t.Errorf("%s of %s closes with %s after %d entries, the account has %s after %d", a.ID, a.Org, s.Closing.Balance, seq, a.Balance, a.Seq)
			}
			sumOfRecharges(t, s)
			made, recharges, invoices, lines = made+1, recharges+len(s.Recharges), invoices+len(s.Invoices), lines+len(s.Lines)
		}
	}
	if made < 50 || recharges < 200 || invoices < 20 || lines < 1000 {
		t.Errorf("only %d statements were made, with %d lines, %d recharges and %d invoices", made, lines, recharges, invoices)
	}
}

func bothStatements(t *testing.T, client *kgo.Client, names topics.Names, store *postgres.Checkpoint, p int32, q *statement.Query) *statement.Statement {
	t.Helper()
	ledger, err := statement.Kafka(t.Context(), client, names, q)
	if err != nil {
		t.Fatal(err)
	}
	fromKafka, err1 := statement.Make(t.Context(), ledger, q)
	fromPostgres, err2 := statement.Make(t.Context(), statement.Postgres(store, q.Org, p), q)
	if err1 != nil || err2 != nil {
		t.Errorf("%s of %s: %v, %v", q.Account, q.Org, err1, err2)
		return nil
	}
	fromPostgres.AsOf.Ledger = "kafka"
	var a, b bytes.Buffer
	if err := fromKafka.Write(&a); err != nil {
		t.Fatal(err)
	}
	if err := fromPostgres.Write(&b); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("from the topics\n%s\nfrom Postgres\n%s", &a, &b)
	}
	return fromKafka
}

// sumOfRecharges: what the attempts that succeeded were for is what the lines say came in by card.
func sumOfRecharges(t *testing.T, s *statement.Statement) {
	t.Helper()
	var attempts, lines money.Amount
	for _, r := range s.Recharges {
		if r.Result == processors.Succeeded.String() {
			amount, err := money.ParseAmount(r.Amount)
			if err != nil {
				t.Error(fmt.Errorf("attempt %s: %w", r.Attempt, err))
			}
			attempts += amount
		}
	}
	if s.Kind == processors.KindSystem.String() {
		return
	}
	for _, l := range s.Lines {
		if strings.HasPrefix(l.What, "recharge by card") {
			amount, err := money.ParseSigned(l.Amount)
			if err != nil {
				t.Error(err)
			}
			lines += amount
		}
	}
	if lines != attempts {
		t.Errorf("%s of %s: cards brought in %s by the lines, and %s by the attempts", s.Account, s.Org, lines, attempts)
	}
}
