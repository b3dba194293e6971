package sinks

import (
	"fmt"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/topics"
)

// appendPeriod names the accounting period that an entry is about, and what is wrong with it (R8.7).
func appendPeriod(b []byte, p *core.PeriodTold) []byte {
	if p == nil {
		return b
	}
	b = append(append(b, `,"period":`...), marshal(periodBody(p))...)
	if p.State != core.PeriodOpened {
		return b
	}
	periods := topics.PeriodsBody{Length: topics.LengthOf(p.Yearly), YearBegins: fmt.Sprintf("%02d-%02d", p.Begins/100, p.Begins%100)}
	return append(append(b, `,"periods":`...), marshal(&periods)...)
}

func periodBody(p *core.PeriodTold) *topics.PeriodBody {
	b := &topics.PeriodBody{
		Period: calendar.Text(p.Start), To: calendar.Text(p.End), State: p.State.String(), Posted: p.Posted,
		Drafts: findings(&p.Drafts), Early: findings(&p.Early), Unknown: accounts(&p.Unknown),
	}
	if p.Next != 0 {
		b.Next = calendar.Text(p.Next)
	}
	if p.At != 0 {
		b.At = string(topics.AppendTime(nil, p.At))
	}
	return b
}

func findings(f *core.Findings) *topics.PeriodFindings {
	if f.Count == 0 {
		return nil
	}
	b := &topics.PeriodFindings{Count: f.Count, First: make([]topics.PeriodFinding, len(f.Named))}
	for i, n := range f.Named {
		b.First[i] = topics.PeriodFinding{Account: n.Account, Transaction: n.Transaction}
	}
	return b
}

func accounts(f *core.Findings) *topics.PeriodAccounts {
	if f.Count == 0 {
		return nil
	}
	b := &topics.PeriodAccounts{Count: f.Count, First: make([]string, len(f.Named))}
	for i, n := range f.Named {
		b.First[i] = n.Account
	}
	return b
}
