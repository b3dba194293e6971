package spending

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"purser/processors/core"
	"purser/processors/money"
)

func civilDay(s string) int32 {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return int32(at.Unix() / (24 * 60 * 60))
}

// R1.6: each time is counted from the first, so that a short month does not move those after it.
func TestOccurrences(t *testing.T) {
	for _, c := range []struct {
		rule core.Reload
		days []string
	}{
		{core.Reload{Months: 1, First: civilDay("2026-01-31")}, []string{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"}},
		{core.Reload{Months: 3, First: civilDay("2025-11-30")}, []string{"2025-11-30", "2026-02-28", "2026-05-30"}},
		{core.Reload{Months: 12, First: civilDay("2024-02-29")}, []string{"2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"}},
		{core.Reload{Days: 7, First: civilDay("2026-02-25")}, []string{"2026-02-25", "2026-03-04"}},
		{core.Reload{Days: 1, First: civilDay("2026-02-28")}, []string{"2026-02-28", "2026-03-01"}},
	} {
		for n, day := range c.days {
			require.Equal(t, civilDay(day), occurrence(&c.rule, int32(n)), day)
			require.True(t, falls(&c.rule, civilDay(day)), day)
			require.Equal(t, int32(n), times(&c.rule, civilDay(day)-1), day)
		}
	}
}

var drawRule = rapid.Custom(func(t *rapid.T) core.Reload {
	r := core.Reload{First: rapid.Int32Range(20_000, 20_200).Draw(t, "first"), Set: rapid.Bool().Draw(t, "set"), Amount: money.Amount(rapid.Int64Range(0, 1000).Draw(t, "amount"))}
	if rapid.Bool().Draw(t, "by months") {
		r.Months = rapid.SampledFrom([]int32{1, 3, 12}).Draw(t, "months")
	} else {
		r.Days = rapid.Int32Range(1, 40).Draw(t, "days")
	}
	return r
})

// R7.4: what rules come to is what they come to when they run one after the other, in due order and then in their own.
func TestReloadsAreCountedAsTheyRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(drawRule, 0, 5).Draw(t, "rules")
		after := rapid.Int32Range(19_990, 20_300).Draw(t, "after")
		last := after + rapid.Int32Range(-5, 400).Draw(t, "days")
		balance, set := money.Amount(0), false
		for day := after + 1; day <= last; day++ {
			for i := range rules {
				switch r := &rules[i]; {
				case !falls(r, day):
				case r.Set:
					balance, set = r.Amount, true
				default:
					balance += r.Amount
				}
			}
		}
		sum, found := reloadedBetween(rules, after, last)
		require.Equal(t, set, found)
		require.Equal(t, balance, sum)
	})
}
