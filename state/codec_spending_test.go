package state

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"purser/processors/core"
	"purser/processors/money"
)

func drawNames(t *rapid.T) []string {
	return drawList(t, func(t *rapid.T) string { return drawID.Draw(t, "name") })
}

func drawListed(t *rapid.T) core.Listed {
	return core.Listed{Include: rapid.Bool().Draw(t, "include"), Names: drawNames(t)}
}

func drawSpending(t *rapid.T) core.Cell {
	s := &core.Spending{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id"), Currency: money.Currency{'U', 'S', 'D'}, Opened: rapid.Int64().Draw(t, "opened")}
	s.Meta = drawMeta(t, core.AppendSpendingKey(nil, s.Org, s.ID))
	s.Form = spendingForm
	s.Born, s.Changes, s.Since, s.All = rapid.Uint64().Draw(t, "born"), rapid.Uint64().Draw(t, "changes"), drawTime.Draw(t, "since"), drawBudgetLine(t)
	s.First, s.Walk = drawLink(t), drawLink(t)
	var last *core.SpendingTerms
	s.Versions = drawList(t, func(t *rapid.T) core.SpendingVersion {
		v := core.SpendingVersion{EffectiveFrom: drawTime.Draw(t, "from"), On: rapid.Bool().Draw(t, "on"), Seq: rapid.Uint64().Draw(t, "seq"), Terms: last}
		if last == nil || rapid.Bool().Draw(t, "changed") {
			v.Terms = &core.SpendingTerms{
				ID: s.ID, Currency: drawMoney.Draw(t, "currency"), Shared: rapid.Bool().Draw(t, "shared"),
				Labels: core.SpendingLabels{Name: drawID.Draw(t, "name"), Description: drawID.Draw(t, "about"), Tooltip: drawID.Draw(t, "tip"), CostCentre: drawID.Draw(t, "centre")},
				Start:  rapid.Int32().Draw(t, "start"), End: rapid.Int32().Draw(t, "end"), Budget: drawAmount.Draw(t, "budget"),
				Catalogs: drawNames(t), Groups: drawNames(t), Users: drawNames(t), Items: drawListed(t), Shelves: drawListed(t),
				Limits: drawList(t, func(t *rapid.T) core.Limit {
					return core.Limit{Kind: core.PerDays, Amount: drawAmount.Draw(t, "limit"), Percent: drawFactor(t), Days: rapid.Int32Min(0).Draw(t, "days")}
				}),
				Reloads: drawList(t, drawReload),
			}
		}
		last = v.Terms
		return v
	})
	return s
}

func drawReload(t *rapid.T) core.Reload {
	r := core.Reload{Days: rapid.Int32Min(1).Draw(t, "days"), First: rapid.Int32().Draw(t, "first"), Set: rapid.Bool().Draw(t, "set"), Amount: drawAmount.Draw(t, "reload")}
	if rapid.Bool().Draw(t, "by months") {
		r.Days, r.Months = 0, r.Days
	}
	return r
}

func drawBudgetLine(t *rapid.T) core.BudgetLine {
	return core.BudgetLine{Seq: rapid.Uint64().Draw(t, "line"), At: drawTime.Draw(t, "line at"), Amount: drawAmount.Draw(t, "line of")}
}

func drawLink(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", core.BalanceLink(""), core.BalanceLink("ann")}).Draw(t, "link")
}

func drawCustomBudget(t *rapid.T) core.Cell {
	c := &core.CustomBudget{Org: drawID.Draw(t, "org"), Spending: drawID.Draw(t, "of"), User: drawID.Draw(t, "user"), BudgetLine: drawBudgetLine(t)}
	c.Meta = drawMeta(t, core.AppendCustomBudgetKey(nil, c.Org, c.Spending, c.User))
	c.Form = spendingForm
	return c
}

func drawAllowance(t *rapid.T) core.Cell {
	a := &core.Allowance{Org: drawID.Draw(t, "org"), Spending: drawID.Draw(t, "of"), User: drawID.Draw(t, "user")}
	a.Meta = drawMeta(t, core.AppendAllowanceKey(nil, a.Org, a.Spending, a.User))
	a.Form = spendingForm
	a.Budget, a.Sets, a.Dropped = drawAmount.Draw(t, "budget"), rapid.Uint64().Draw(t, "sets"), drawTime.Draw(t, "dropped")
	a.Next, a.Seen, a.Ran = drawLink(t), rapid.Uint64().Draw(t, "seen"), rapid.Int32().Draw(t, "ran")
	a.Reload, a.Rule = rapid.Int32().Draw(t, "reload"), rapid.Int32Min(0).Draw(t, "rule")
	a.Periods = drawList(t, func(t *rapid.T) core.PeriodUse {
		return core.PeriodUse{Kind: core.PerMonth, Period: rapid.Int32().Draw(t, "period"), Used: drawAmount.Draw(t, "used")}
	})
	a.Recent = drawList(t, func(t *rapid.T) core.RecentUse {
		return core.RecentUse{At: drawTime.Draw(t, "at"), Used: drawAmount.Draw(t, "used")}
	})
	return a
}

func drawShopper(t *rapid.T) core.Cell {
	s := &core.Shopper{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id")}
	s.Meta = drawMeta(t, core.AppendShopperKey(nil, s.Org, s.ID))
	s.Form = spendingForm
	s.Versions = drawList(t, func(t *rapid.T) core.ShopperVersion {
		return core.ShopperVersion{ID: s.ID, EffectiveFrom: drawTime.Draw(t, "from"), Groups: drawNames(t), Catalogs: drawNames(t)}
	})
	return s
}

func drawOrder(t *rapid.T) core.Cell {
	o := &core.Order{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id"), State: core.OrderState(rapid.IntRange(1, 2).Draw(t, "state"))}
	o.Meta = drawMeta(t, core.AppendOrderKey(nil, o.Org, o.ID))
	o.Form = spendingForm
	o.Source, o.Event, o.Spending, o.User = drawID.Draw(t, "source"), drawID.Draw(t, "event"), drawID.Draw(t, "of"), drawID.Draw(t, "user")
	o.Account, o.CostCentre, o.Currency = drawID.Draw(t, "account"), drawID.Draw(t, "centre"), money.Currency{'U', 'S', 'D'}
	o.OccurredAt, o.Cost, o.Applied = drawTime.Draw(t, "at"), drawAmount.Draw(t, "cost"), drawAmount.Draw(t, "applied")
	o.Noted, o.Sets = rapid.Uint8().Draw(t, "noted"), rapid.Uint64().Draw(t, "sets")
	o.Other = drawSend(t).(*core.Send).Payers
	return o
}

var drawOfSpending = rapid.OneOf(rapid.Custom(drawSpending), rapid.Custom(drawAllowance), rapid.Custom(drawCustomBudget), rapid.Custom(drawShopper), rapid.Custom(drawOrder))

func TestCellsOfSpendingAccountsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawOfSpending.Draw(t, "cell")
		value := AppendCell(nil, c)
		got, err := DecodeCell(c.Head().Key, value, nil)
		require.NoError(t, err)
		require.Equal(t, c, got)
		require.Equal(t, value, AppendCell(nil, got))
		for n := range value {
			if _, err := DecodeCell(c.Head().Key, value[:n], nil); err == nil && n > 0 && !IsDeleted(value[:n]) {
				t.Fatalf("%d of %d bytes are a cell", n, len(value))
			}
		}
	})
}

func TestAnOrgWithSpendingAccountsComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrg(t).(*core.Org)
		o.Form, o.Spending = spendingForm, append(drawNames(t), "gifts")
		for i := range o.Versions {
			o.Versions[i].SplitBilling = rapid.Bool().Draw(t, "split")
		}
		got, err := DecodeCell(o.Key, AppendCell(nil, o), nil)
		require.NoError(t, err)
		require.Equal(t, o, got)
	})
}
