package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"purser/internal/committed"
	"purser/internal/load"
	"purser/internal/timezone"
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
	"purser/sinks"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

// expire makes of each original one with a single grant, which expires at an instant.
func (o *originals) expire(at core.Time) error {
	for i := range o.wallets {
		account, err := o.wallet(i)
		if err != nil {
			return err
		}
		account.Grants = []core.Grant{{ID: dueGrant, Amount: dueAmount, GrantedAt: at - 1, ExpiresAt: at}}
		account.Balance, account.NextDue = account.Purchased+dueAmount, at
		account.BelowLow, account.BelowZero = false, false
		o.expiring = append(o.expiring, state.AppendCell(nil, account))
	}
	return nil
}

// credit makes of each original one that gets credits when a month begins in its org's zone.
func (o *originals) credit(month int32) error {
	for i := range o.wallets {
		account, err := o.wallet(i)
		if err != nil {
			return err
		}
		zone, err := timezone.Load(load.Zone(int64(i), orgs))
		if err != nil {
			return err
		}
		for v := range account.Versions {
			account.Versions[v].Credits = &core.MonthlyCredits{Amount: dueAmount}
		}
		due := core.Time(calendar.MonthStart(month, zone))
		account.Monthly, account.NextDue, account.Grants, account.Balance = core.Monthly{Month: month, Due: due}, due, nil, account.Purchased
		account.BelowLow, account.BelowZero = false, false
		o.expiring = append(o.expiring, state.AppendCell(nil, account))
	}
	return nil
}

// lastMonthStart is when the month of an instant had begun in every zone of the orgs.
func lastMonthStart(at core.Time) (last core.Time, err error) {
	month := calendar.Month(int64(at), time.UTC)
	for i := range int64(orgs) {
		zone, err := timezone.Load(load.Zone(i, orgs))
		if err != nil {
			return 0, err
		}
		last = max(last, core.Time(calendar.MonthStart(month, zone)))
	}
	if last > at {
		return 0, errors.New("the month has not begun everywhere: try again in some hours")
	}
	return last, nil
}

// dueBooks is what the ledger says of the wallets that were due, by their number from the first of them on.
type dueBooks struct {
	first   int
	credits bool           // what was due are credits
	month   int32          // of them
	expires string         // when the grants do, as the ledger writes it
	expired []int          // how often, or how often there were credits
	burned  []money.Amount // of its grant, by usage or by expiry
	balance []money.Amount // after its last entry
	last    time.Time      // when the last one was produced
}

// kind is the type of the ledger's entries of what was due.
func (b *dueBooks) kind() string {
	if b.credits {
		return sinks.DuePrefix + core.CreditsGiven.String()
	}
	return sinks.DuePrefix + core.GrantExpired.String()
}

// when is the date that the entry of a wallet has to have.
func (b *dueBooks) when(wallet int) (string, error) {
	if !b.credits {
		return b.expires, nil
	}
	zone, err := timezone.Load(load.Zone(int64(wallet), orgs))
	if err != nil {
		return "", err
	}
	return topics.FormatTime(core.Time(calendar.MonthStart(b.month, zone))), nil
}

// audit demands that every wallet got its credits once, at the beginning of the month in its zone; or that every grant expired once, at its time; that what was burned of it before and what expired make the grant;
// and that Postgres has the balance that the ledger ends with, nothing left of the grant and nothing due. It returns when the
// last one expired.
func (d *dueLoad) audit(ctx context.Context) (time.Time, error) {
	n := d.v.Due
	b := &dueBooks{
		first: d.v.Wallets - n, expires: topics.FormatTime(d.expires), credits: d.v.Credits, month: calendar.Month(int64(d.expires), time.UTC),
		expired: make([]int, n), burned: make([]money.Amount, n), balance: make([]money.Amount, n),
	}
	reader := committed.NewReader(d.lab.client)
	ledger := d.names.Of(topics.Ledger)
	spans, err := reader.Spans(ctx, ledger)
	if err != nil {
		return b.last, err
	}
	for p, span := range spans[ledger] {
		if err := reader.Read(ctx, ledger, int32(p), span, b.read); err != nil {
			return b.last, err
		}
	}
	for i := range n {
		switch {
		case b.credits && b.expired[i] == 1:
		case b.credits:
			return b.last, fmt.Errorf("wallet %d got its credits %d times", b.first+i, b.expired[i])
		case b.expired[i] != 1 || b.burned[i] != dueAmount:
			return b.last, fmt.Errorf("the grant of wallet %d expired %d times, and %s was taken of %s", b.first+i, b.expired[i], b.burned[i], dueAmount)
		}
	}
	return b.last, d.auditStore(ctx, b)
}

// dueLedgerEntry is what is needed of topics.LedgerEntryBody: a million whole ones take a while to decode.
type dueLedgerEntry struct {
	Type       string `json:"type"`
	OccurredAt string `json:"occurred_at"`
	Postings   []struct {
		Amount string `json:"amount"`
		Grant  string `json:"grant"`
	} `json:"postings"`
	Balances []struct {
		Account string `json:"account"`
		Balance string `json:"balance"`
	} `json:"balances"`
}

func (b *dueBooks) read(rec *recordOnKafka) error {
	i, ok := walletIn(rec.Value)
	if i -= b.first; !ok || i < 0 {
		return nil
	}
	var e dueLedgerEntry
	if err := json.Unmarshal(rec.Value, &e); err != nil {
		return err
	}
	if e.Type == b.kind() {
		when, err := b.when(b.first + i)
		if err != nil {
			return err
		}
		if e.OccurredAt != when {
			return fmt.Errorf("what was due is dated %s instead of %s: %s", e.OccurredAt, when, rec.Value)
		}
		b.expired[i]++
		if rec.Timestamp.After(b.last) {
			b.last = rec.Timestamp
		}
	}
	for _, p := range e.Postings {
		if p.Grant != dueGrant {
			continue
		}
		amount, err := money.ParseAmount(p.Amount)
		if err != nil {
			return err
		}
		b.burned[i] += amount
	}
	_, wallet := load.Wallet(int64(b.first+i), orgs)
	for _, l := range e.Balances {
		if l.Account != wallet {
			continue
		}
		var err error
		if b.balance[i], err = money.ParseSigned(l.Balance); err != nil {
			return err
		}
	}
	return nil
}

// walletIn finds the number of the wallet that a ledger record is about.
func walletIn(body []byte) (int, bool) {
	_, rest, found := bytes.Cut(body, []byte(`"w-`))
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return 0, false
	}
	n, err := strconv.Atoi(string(rest[:end]))
	return n, err == nil
}

// auditStore compares Postgres with the ledger.
func (d *dueLoad) auditStore(ctx context.Context, b *dueBooks) error {
	store, err := postgres.Open(ctx, postgres.Config{URL: d.url})
	if err != nil {
		return err
	}
	defer store.Close()
	found := 0
	for p := range int32(partitions) {
		_, err := store.Due(ctx, p, func(key string, due core.Time) error {
			if due <= d.expires {
				return fmt.Errorf("cell %q is still due", key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		_, err = store.Cells(ctx, p, func(image state.Image) error {
			ok, err := b.compare(image)
			if ok {
				found++
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if found != len(b.expired) {
		return fmt.Errorf("the checkpoint has %d wallets of %d that were due", found, len(b.expired))
	}
	return nil
}

// compare says whether a cell is one of the wallets, which must be as the ledger has it.
func (b *dueBooks) compare(image state.Image) (bool, error) {
	c, err := state.DecodeCell(image.Key, image.Value, nil)
	if err != nil {
		return false, err
	}
	account, ok := c.(*core.Account)
	if !ok || account.Kind != core.KindWallet {
		return false, nil
	}
	i, err := strconv.Atoi(account.ID[len("w-"):])
	if i -= b.first; err != nil || i < 0 {
		return false, err
	}
	if b.credits {
		if account.Balance != b.balance[i] || account.Monthly.Month != b.month+1 || len(account.Grants) > 1 {
			return true, fmt.Errorf("wallet %s has %s in Postgres and %d grants, and expects credits in month %d; the ledger ends with %s",
				account.ID, account.Balance, len(account.Grants), account.Monthly.Month, b.balance[i])
		}
		return true, nil
	}
	if account.Balance != b.balance[i] || account.Purchased != account.Balance || len(account.Grants) != 0 {
		return true, fmt.Errorf("wallet %s has %s in Postgres, %s of it purchased and %d grants; the ledger ends with %s",
			account.ID, account.Balance, account.Purchased, len(account.Grants), b.balance[i])
	}
	return true, nil
}
