// Package books adds up ledger entries for the finance views (docs/finance.md). The views do the same with what has not been
// added up yet, in SQL; a test asks them before and after, and wants the same answers.
package books

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"purser/processors/money"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

// sums is what some entries come to.
type sums struct {
	moved   map[postgres.MovedKey]moved
	counted map[postgres.CountedKey]int64
	bills   bills
}

type moved struct {
	amount    money.Amount
	movements int64
}

// Add makes the sums of some entries.
func Add(rows []state.LedgerRow) (postgres.Sums, error) {
	s := sums{map[postgres.MovedKey]moved{}, map[postgres.CountedKey]int64{}, newBills()}
	for i := range rows {
		if err := s.entry(&rows[i]); err != nil {
			return postgres.Sums{}, fmt.Errorf("entry %d: %w", rows[i].Entry, err)
		}
	}
	return s.ordered(), nil
}

func (s *sums) entry(row *state.LedgerRow) error {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(row.Body, &b); err != nil {
		return err
	}
	b.Complete()
	channel := ""
	if b.Price != nil {
		channel = b.Price.Channel
	}
	day := time.UnixMicro(int64(row.RecordedAt)).UTC().Format(time.DateOnly)
	s.counted[postgres.CountedKey{Org: row.Org, Day: day, Type: b.Type, Channel: channel, Result: b.Result, Reason: b.Reason}]++
	occurred, ok := dayOf(b.OccurredAt)
	if !ok {
		return errors.New("it does not say when it happened")
	}
	key := postgres.MovedKey{Org: row.Org, Day: day, OccurredOn: occurred, Type: b.Type, Channel: channel}
	for i := range b.Postings {
		if err := s.posting(key, &b.Postings[i]); err != nil {
			return err
		}
	}
	return s.bills.entry(row, &b)
}

// dayOf cuts the day off a time as the ledger has it, which is in UTC.
func dayOf(at string) (string, bool) {
	day, _, ok := strings.Cut(at, "T")
	return day, ok && strings.HasSuffix(at, "Z")
}

// posting counts on both sides of it.
func (s *sums) posting(key postgres.MovedKey, p *topics.PostingBody) error {
	amount, err := money.ParseAmount(p.Amount)
	if err != nil {
		return err
	}
	key.Currency, key.Bucket = p.Currency, p.Bucket
	key.Account, key.CounterAccount = p.From, counter(p.To)
	if err := s.move(key, -amount); err != nil {
		return err
	}
	key.Account, key.CounterAccount = p.To, counter(p.From)
	return s.move(key, amount)
}

func (s *sums) move(key postgres.MovedKey, amount money.Amount) error {
	m := s.moved[key]
	sum, err := m.amount.Add(amount)
	if err != nil {
		return err
	}
	s.moved[key] = moved{sum, m.movements + 1}
	return nil
}

// counter is the other side of a movement where it is the system's. Between an account and a customer's it is left out, or the
// system's accounts would have a row for each customer.
func counter(other string) string {
	for _, system := range []string{"world:", "expense:", "revenue:"} {
		if strings.HasPrefix(other, system) {
			return other
		}
	}
	if other == "suspense" {
		return other
	}
	return ""
}

func (s *sums) ordered() (all postgres.Sums) {
	for key, m := range s.moved {
		all.Moved = append(all.Moved, postgres.Moved{MovedKey: key, Amount: m.amount.String(), Movements: m.movements})
	}
	slices.SortFunc(all.Moved, func(a, b postgres.Moved) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Day, b.Day),
			cmp.Compare(a.OccurredOn, b.OccurredOn), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Bucket, b.Bucket),
			cmp.Compare(a.CounterAccount, b.CounterAccount))
	})
	for key, n := range s.counted {
		all.Counted = append(all.Counted, postgres.Counted{CountedKey: key, Entries: n})
	}
	slices.SortFunc(all.Counted, func(a, b postgres.Counted) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Channel, b.Channel),
			cmp.Compare(a.Result, b.Result), cmp.Compare(a.Reason, b.Reason))
	})
	s.bills.ordered(&all)
	return all
}
