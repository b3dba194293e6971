package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"purser/processors/core"
	"purser/state"
)

// body is as long as the ledger record of a usage event.
var body = []byte(`{"entry":123456,"org":"agency-0042","type":"usage.recorded","source":"sms-gateway","id":"` + strings.Repeat("x", 36) +
	`","cause":"usage/3/1234567","result":"applied","occurred_at":"2026-11-22T23:15:00.123456Z","recorded_at":"2026-11-22T23:15:00.456Z",` +
	`"postings":[{"from":"wallet-00012345","to":"revenue:rebilling","amount":"0.029625","currency":"USD","bucket":"purchased"},` +
	`{"from":"agency","to":"world:provider","amount":"0.007900","currency":"USD"}],"balances":[{"account":"wallet-00012345","currency":"USD","seq":1234,"previous":123001,"balance":"123.456789","purchased":"123.456789"},` +
	`{"account":"agency","currency":"USD","seq":99999,"previous":123455,"balance":"-123.456789"}],"price":{"cost":"0.007900","cost_currency":"USD","charge":"0.029625","charge_currency":"USD","basis":"plan","multiplier":"1.25","plan":"standard"}}`)

func BenchmarkSaveRows(b *testing.B) {
	c := open(b)
	const rows = 20_000
	at := state.Position{}
	for b.Loop() {
		s := &state.Save{From: at, To: at}
		for range rows {
			s.To.Entry++
			s.To.Ledger++
			s.Rows = append(s.Rows, state.LedgerRow{Entry: s.To.Entry, Offset: s.To.Ledger, RecordedAt: 1_789_000_000_000_000, Org: "agency-0042", Mark: make([]byte, 42), Body: body})
		}
		if err := c.Save(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		at = s.To
	}
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkSaveCells changes 50,000 cells of 200,000, other ones each time.
func BenchmarkSaveCells(b *testing.B) {
	c := open(b)
	const cells, changed = 200_000, 50_000
	value := make([]byte, 100)
	at, round := state.Position{}, 0
	save := func(n int) {
		s := &state.Save{From: at, To: at, Cells: make([]state.Image, n)}
		s.To.Changelog += int64(n)
		for i := range s.Cells {
			key := core.AppendAccountKey(nil, "agency-0042", fmt.Sprintf("wallet-%07d", (i*7919+round)%cells))
			s.Cells[i] = state.Image{Key: string(key), Value: value}
		}
		if err := c.Save(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		at, round = s.To, round+1
	}
	save(cells)
	for b.Loop() {
		save(changed)
	}
	b.ReportMetric(float64(b.N*changed)/b.Elapsed().Seconds(), "cells/s")
}

// BenchmarkLoad reads 5,000 of 200,000 cells.
func BenchmarkLoad(b *testing.B) {
	c := open(b)
	const cells, loaded = 200_000, 5_000
	s := &state.Save{To: state.Position{Changelog: cells}, Cells: make([]state.Image, cells)}
	for i := range s.Cells {
		s.Cells[i] = state.Image{Key: fmt.Sprintf("a\x1fagency-0042\x1fwallet-%07d", i), Value: make([]byte, 100)}
	}
	if err := c.Save(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	keys := make([]string, loaded)
	for i := range keys {
		keys[i] = s.Cells[i*37%cells].Key
	}
	for b.Loop() {
		if _, _, err := c.Load(b.Context(), 0, keys); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*loaded)/b.Elapsed().Seconds(), "cells/s")
}
