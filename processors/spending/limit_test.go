package spending

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

type bought struct {
	at     core.Time
	amount money.Amount
	noted  uint8
}

// R7.6, R7.9: whatever orders and cancellations come in whatever order, in no timeframe is more spent than its limit.
func TestTimeframeLimitsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := &core.SpendingTerms{}
		for range rapid.IntRange(1, 4).Draw(t, "limits") {
			terms.Limits = append(terms.Limits, core.Limit{
				Kind:   core.LimitKind(rapid.IntRange(int(core.PerWeek), int(core.PerDays)).Draw(t, "kind")),
				Amount: money.Amount(rapid.Int64Range(0, 100).Draw(t, "amount")), Days: rapid.Int32Range(1, 40).Draw(t, "days"),
			})
		}
		var a core.Allowance
		var orders []bought
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			if len(orders) > 0 && rapid.IntRange(0, 3).Draw(t, "cancel") == 0 {
				i := rapid.IntRange(0, len(orders)-1).Draw(t, "which")
				o := orders[i]
				giveBack(&a, o.noted, o.amount, o.at, dayOf(o.at))
				orders = append(orders[:i:i], orders[i+1:]...)
			} else {
				at := 1_767_225_600_000_000 + core.Time(rapid.Int64Range(0, 4000).Draw(t, "hours"))*60*60*1_000_000
				amount := money.Amount(rapid.Int64Range(0, 60).Draw(t, "wanted"))
				if rest, found := left(terms, &a, at, dayOf(at)); found {
					amount = min(amount, rest)
				}
				orders = append(orders, bought{at, amount, use(terms, &a, amount, at, dayOf(at))})
			}
			hold(t, terms, orders)
		}
		for len(orders) > 0 {
			giveBack(&a, orders[0].noted, orders[0].amount, orders[0].at, dayOf(orders[0].at))
			orders = orders[1:]
		}
		require.Empty(t, a.Periods, "all was cancelled")
		require.Empty(t, a.Recent)
	})
}

func dayOf(at core.Time) int32 { return calendar.Day(int64(at), time.UTC) }

// hold adds up every timeframe that begins or ends with an order.
func hold(t *rapid.T, terms *core.SpendingTerms, orders []bought) {
	for _, l := range terms.Limits {
		for _, last := range orders {
			sum := money.Amount(0)
			for _, o := range orders {
				if l.Kind == core.PerDays && o.at <= last.at && o.at > last.at-core.Time(l.Days)*day ||
					l.Kind != core.PerDays && units[l.Kind].Begins(dayOf(o.at)) == units[l.Kind].Begins(dayOf(last.at)) {
					sum += o.amount
				}
			}
			require.LessOrEqual(t, sum, l.Amount, "%+v at %d", l, last.at)
		}
	}
}

// R10.3: an allowance stays small however much is spent, and forgets nothing that is still to count.
func TestAllowancesAreBounded(t *testing.T) {
	terms := &core.SpendingTerms{Limits: []core.Limit{{Kind: core.PerDays, Amount: money.Limit, Days: 1}, {Kind: core.PerWeek, Amount: money.Limit}}}
	var a core.Allowance
	at := core.Time(1_767_225_600_000_000)
	for range 5000 {
		at += day / 20
		use(terms, &a, 1, at, dayOf(at))
	}
	require.LessOrEqual(t, len(a.Recent), maxRecent)
	require.LessOrEqual(t, len(a.Periods), maxPeriods)
	require.Equal(t, money.Amount(20), usedOf(&terms.Limits[0], &a, at, dayOf(at)))
	total := money.Amount(0)
	for i := range a.Recent {
		total += a.Recent[i].Used
	}
	require.Equal(t, money.Amount(5000), total, "the oldest are told at the later one's time")
	at += (maxDays + 1) * day
	use(terms, &a, 1, at, dayOf(at))
	require.Len(t, a.Recent, 1)
	giveBack(&a, 1<<core.PerDays, 1, at-(maxDays+1)*day, dayOf(at))
	require.Equal(t, money.Amount(1), a.Recent[0].Used, "what was dropped is not taken from what came after it")
}
