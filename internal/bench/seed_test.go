package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"purser/internal/load"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/topics"
)

func TestCopiesCountOnTheirPlans(t *testing.T) {
	few := int(load.Alike(orgs))
	many := 3*few + 17
	o := &originals{wallets: make([][]byte, few), partition: make([]int32, few)}
	want := map[string]int64{}
	for i := range many {
		org, wallet := load.Wallet(int64(i), orgs)
		plan := [...]string{"", "basic", "rates"}[i%few%3]
		key := string(core.AppendPlanKey(nil, org, plan))
		if plan != "" {
			want[key]++
		}
		if i >= few {
			continue
		}
		p := topics.PartitionOf(org, partitions)
		a := &core.Account{Org: org, ID: wallet, Kind: core.KindWallet, Currency: money.Currency{'U', 'S', 'D'}}
		for range 2 { // versions; the account counts once
			a.Versions = append(a.Versions, core.AccountVersion{Kind: a.Kind, EffectiveFrom: core.Time(len(a.Versions)), Plan: plan})
		}
		o.wallets[i], o.partition[i] = state.AppendCell(nil, a), p
		if o.plans[p] == nil {
			o.plans[p] = map[string]*core.Plan{}
		}
		if o.plans[p][key] == nil {
			o.plans[p][key] = new(core.Plan)
		}
		o.plans[p][key].Accounts++
	}
	require.NoError(t, o.countOnPlans(many))
	for key, n := range want {
		found := int64(0)
		for p := range o.plans {
			if plan := o.plans[p][key]; plan != nil {
				found = plan.Accounts
			}
		}
		require.Equal(t, n, found, key)
	}
}

func TestTheDefaultsEndInAQuarterOfAnHour(t *testing.T) {
	o, err := parse(nil)
	require.NoError(t, err)
	wanted, err := o.wanted()
	require.NoError(t, err)
	var names []string
	for _, p := range wanted {
		names = append(names, p.name)
	}
	require.Equal(t, []string{"core", "burst", "workers", "latency", "takeover", "sustained"}, names)
	require.Less(t, o.left(wanted).Minutes(), 15.0)
	require.Greater(t, o.left(wanted).Minutes(), 8.0, "room for more repeats")
	for _, args := range [][]string{{"-only", "brst"}, {"-only", "many"}} {
		o, err := parse(args)
		require.NoError(t, err)
		_, err = o.wanted()
		require.Error(t, err, args)
	}
}
