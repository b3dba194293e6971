package definition_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"purser/internal/definition"
	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/redis"
	"purser/topics"
)

const partitions = 4

// world is a Redis that holds what documents have defined, as the engine would have it.
type world struct {
	t    *testing.T
	desk inquiry.Desk
}

func newWorld(t *testing.T) *world {
	cache := redis.New(&goredis.Options{Addr: miniredis.RunT(t).Addr()}, "p.", 0)
	t.Cleanup(func() { _ = cache.Close() })
	return &world{t: t, desk: inquiry.Desk{Cache: cache, Partitions: partitions}}
}

// hold stores cells of one org.
func (w *world) hold(org string, cells ...core.Cell) {
	w.t.Helper()
	write := state.CacheWrite{Partition: topics.PartitionOf(org, partitions), Owner: 1, From: -1, To: 10, Reset: true}
	for _, c := range cells {
		write.Images = append(write.Images, state.Image{Key: c.Head().Key, Value: state.AppendCell(nil, c)})
	}
	if ok, err := w.desk.Cache.Store(w.t.Context(), write); err != nil || !ok {
		w.t.Fatal(ok, err)
	}
}

func (w *world) plan(text string, now time.Time) []*definition.Change {
	w.t.Helper()
	changes, notes, err := definition.Plan(w.t.Context(), &w.desk, read(w.t, text), topics.TimeOf(now))
	if err != nil || len(notes) > 0 {
		w.t.Fatal(err, notes)
	}
	return changes
}

func meta(key []byte) core.Meta { return core.Meta{Key: string(key)} }

func day(d int) core.Time {
	return topics.TimeOf(time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC))
}

func factor(s string) money.Factor {
	f, err := money.ParseFactor(s)
	if err != nil {
		panic(err)
	}
	return f
}

var usd, eur = money.Currency{'U', 'S', 'D'}, money.Currency{'E', 'U', 'R'}

func org(versions ...core.OrgVersion) *core.Org {
	return &core.Org{Meta: meta(core.AppendOrgKey(nil, "acme")), ID: "acme", Versions: versions}
}

func wallet(id string, versions ...core.AccountVersion) *core.Account {
	return &core.Account{Meta: meta(core.AppendAccountKey(nil, "acme", id)), Org: "acme", ID: id, Kind: core.KindWallet, Currency: usd,
		Versions: versions}
}

// gifts names no currency: it has the org's, which is fixed.
var gifts = &core.SpendingTerms{
	ID: "gifts", Labels: core.SpendingLabels{Name: "Gifts"}, Start: 20_454, End: 20_800, Budget: 60_000000, Users: []string{"ann"},
	Limits: []core.Limit{{Kind: core.PerOrder, Percent: factor("50")}},
}

// all is a cell of each kind with two versions, and one that documents do not speak of.
func all() []core.Cell {
	sms := []core.Multiplier{{Channel: "message", Factor: factor("1.25")}}
	return []core.Cell{
		org(core.OrgVersion{EffectiveFrom: day(1), Zone: time.UTC, Currency: usd}, core.OrgVersion{EffectiveFrom: day(9), Zone: time.UTC, Currency: usd, Multipliers: sms}),
		&core.FX{Meta: meta(core.AppendFXKey(nil, "acme", usd, eur)), Org: "acme", From: usd, To: eur, Versions: []core.FXRate{
			{EffectiveFrom: day(1), From: usd, To: eur, Rate: factor("0.9")}, {EffectiveFrom: day(9), From: usd, To: eur, Rate: factor("0.917531")}}},
		&core.Plan{Meta: meta(core.AppendPlanKey(nil, "acme", "gold")), Org: "acme", ID: "gold", Accounts: 1, Versions: []core.PlanVersion{
			{ID: "gold", EffectiveFrom: day(1), Multipliers: sms},
			{ID: "gold", EffectiveFrom: day(9), RateCards: []core.RateCard{{Channel: "email", Currency: usd, Minimum: 5, Tiers: []core.Tier{
				{UpTo: factor("100"), UnitPrice: factor("0.02")}, {UnitPrice: factor("0.01")}}}}}}},
		wallet("alice", core.AccountVersion{ID: "alice", Kind: core.KindWallet, EffectiveFrom: day(1)},
			core.AccountVersion{ID: "alice", Kind: core.KindWallet, EffectiveFrom: day(9), Plan: "gold", HasLowBalance: true, Contacts: []string{"a@example.com"}}),
		&core.Team{Meta: meta(core.AppendTeamKey(nil, "acme", "sales")), Org: "acme", ID: "sales", Versions: []core.TeamVersion{
			{ID: "sales", EffectiveFrom: day(1)}, {ID: "sales", EffectiveFrom: day(9), Balances: "events"}}},
		&core.Campaign{Meta: meta(core.AppendCampaignKey(nil, "acme", "gifts")), Org: "acme", ID: "gifts", Versions: []core.CampaignVersion{
			{ID: "gifts", EffectiveFrom: day(1)}, {ID: "gifts", EffectiveFrom: day(9), FundingPays: true, FundingSource: "events", Approval: true}}},
		&core.CustomerSettings{Meta: meta(core.AppendCustomerSettingsKey(nil, "acme")), Org: "acme", Versions: []core.CustomerPolicy{
			{EffectiveFrom: day(1), Ratings: []core.Rating{{Name: "good", Limit: 5_000000, HasLimit: true, Days: 14}}},
			{EffectiveFrom: day(9), Profiles: []core.Profile{{Name: "known", Maximum: 7_000000}}, Overrides: []core.Override{{Events: []string{"invoice"}}}},
		}},
		&core.Shopper{Meta: meta(core.AppendShopperKey(nil, "acme", "ann")), Org: "acme", ID: "ann", Versions: []core.ShopperVersion{
			{ID: "ann", EffectiveFrom: day(1)}, {ID: "ann", EffectiveFrom: day(9), Groups: []string{"sales"}, Catalogs: []string{"cups", "mugs"}}}},
		&core.Spending{Meta: meta(core.AppendSpendingKey(nil, "acme", "gifts")), Org: "acme", ID: "gifts", Currency: usd, Opened: 1, Versions: []core.SpendingVersion{
			{EffectiveFrom: day(1), Terms: gifts}, {EffectiveFrom: day(5), On: true, Terms: gifts}, {EffectiveFrom: day(9), Terms: &core.SpendingTerms{ID: "gifts", Currency: usd, Start: 20_454}}}},
		&core.Account{Meta: meta(core.AppendAccountKey(nil, "acme", core.BalanceID("gifts", "ann"))), Org: "acme", ID: core.BalanceID("gifts", "ann"), Kind: core.KindSpending, Currency: usd, Seq: 1},
		&core.Account{Meta: meta(core.AppendAccountKey(nil, "acme", "gone")), Org: "acme", ID: "gone", Kind: core.KindWallet, Currency: usd, Seq: 3},
		&core.Account{Meta: meta(core.AppendSystemKey(nil, "acme", "world:fx", usd)), Org: "acme", ID: "world:fx", Kind: core.KindSystem, Currency: usd},
	}
}

// TestWhatIsShownChangesNothing: the documents that show what is in force, one for each name or one for each version, ask for
// nothing else, whenever they are applied.
func TestWhatIsShownChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.hold("acme", all()...)
	for _, now := range []time.Time{time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)} {
		var inForce, dated []byte
		n := 0
		for _, k := range definition.Kinds {
			for _, of := range []string{"acme", ""} { // an org's, and everybody's
				_, err := definition.List(t.Context(), &w.desk, k, of, func(seen definition.Seen) error {
					if h := seen.Held; of == "" {
						n++
						inForce = definition.AppendYAML(inForce, k, h.Org, h.InForce(topics.TimeOf(now)), false)
						for i := range h.Versions {
							dated = definition.AppendYAML(dated, k, h.Org, &h.Versions[i], true)
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if n != len(definition.Kinds) {
			t.Errorf("%d definitions are listed, want one of each kind", n)
		}
		for what, text := range map[string]string{"in force": string(inForce), "every version": string(dated)} {
			changes := w.plan(text, now)
			if want := strings.Count(text, "define:"); len(changes) != want {
				t.Errorf("%s: %d of %d documents are read", what, len(changes), want)
			}
			for _, c := range changes {
				if len(c.Fields) > 0 || c.What() != "unchanged" {
					t.Errorf("%s at %s: %s is %s: %v\n%s", what, now, c.Definition, c.What(), c.Fields, text)
				}
			}
		}
	}
}

func TestWhatDiffersIsListedByField(t *testing.T) {
	w := newWorld(t)
	w.hold("acme", all()...)
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for what, test := range map[string]struct {
		text, is string
		want     []definition.Difference
	}{
		"fields that change, come and go": {
			"define: account\norg: acme\naccount: alice\nkind: wallet\nlow_balance: 5\ncontacts: [b@example.com, c@example.com]\nmultipliers: {fax: 2}\n", "changed",
			[]definition.Difference{{"multipliers.fax", "", "2"}, {"low_balance", "0.000000", "5.000000"},
				{"contacts.0", "a@example.com", "b@example.com"}, {"contacts.1", "", "c@example.com"}, {"plan", "gold", ""}},
		},
		"a currency that is fixed already": {
			"define: account\norg: acme\naccount: alice\nkind: wallet\nplan: gold\nlow_balance: 0\ncontacts: [a@example.com]\ncurrency: USD\n", "unchanged", nil,
		},
		"another currency": {
			"define: account\norg: acme\naccount: alice\nkind: wallet\nplan: gold\nlow_balance: 0\ncontacts: [a@example.com]\ncountry: DE\n", "changed",
			[]definition.Difference{{"currency", "USD", "EUR"}},
		},
		"a time at which the same counts already": {
			"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 0.9\neffective_from: 2026-01-05T00:00:00Z\n", "unchanged", nil,
		},
		"before the first version, which counts there": {
			"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 0.9\neffective_from: 1999-01-05T00:00:00Z\n", "unchanged", nil,
		},
		"a version that is to come": {
			"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 0.8\neffective_from: 2026-03-05T00:00:00Z\n", "changed",
			[]definition.Difference{{"rate", "0.917531", "0.8"}},
		},
		"funding sources that were decided when the team was defined": {
			"define: team\norg: acme\nteam: sales\n", "unchanged", nil,
		},
		"another funding source": {
			"define: team\norg: acme\nteam: sales\nfunding_source: none\n", "changed", []definition.Difference{{"funding_source", "events", "none"}},
		},
		"what nobody has defined": {
			"define: plan\norg: acme\nplan: silver\nmultipliers: {fax: 2}\n", "new",
			[]definition.Difference{{"plan", "", "silver"}, {"multipliers.fax", "", "2"}},
		},
		"what was removed": {
			"define: account\norg: acme\naccount: gone\nkind: wallet\ncurrency: USD\n", "new",
			[]definition.Difference{{"account", "", "gone"}, {"kind", "", "wallet"}, {"currency", "", "USD"}},
		},
		"an org that is not there": {
			"define: org\norg: other\n", "new", []definition.Difference{{"time_zone", "", "UTC"}},
		},
	} {
		changes := w.plan(test.text, now)
		if len(changes) != 1 || changes[0].What() != test.is || !slices.Equal(changes[0].Fields, test.want) {
			t.Errorf("%s: %s %v\nwant %s %v", what, changes[0].What(), changes[0].Fields, test.is, test.want)
		}
	}
}

// TestDocumentsAreSentInTheOrderInWhichTheyReferToEachOther, whatever theirs is; those of a kind keep it.
func TestDocumentsAreSentInTheOrderInWhichTheyReferToEachOther(t *testing.T) {
	changes := newWorld(t).plan(`
define: account
org: b
account: x
kind: wallet
---
define: plan
org: b
plan: p2
---
define: org
org: a
---
define: account
org: a
account: x
kind: wallet
---
define: plan
org: b
plan: p1
---
define: org
org: b
`, time.Now())
	var got []string
	for _, c := range changes {
		got = append(got, c.String())
	}
	if want := []string{"org a", "org b", "plan p2 of b", "plan p1 of b", "account x of b", "account x of a"}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
}

func TestWhatIsDefinedTwiceIsRefused(t *testing.T) {
	w := newWorld(t)
	const twice = "define: org\norg: o\n---\ndefine: org\norg: o\ncurrency: USD\n"
	_, _, err := definition.Plan(t.Context(), &w.desk, read(t, twice), 1)
	if err == nil || err.Error() != "f.yaml:4: org o is defined a second time: first at f.yaml:1" {
		t.Errorf("got %v", err)
	}
	w.plan(twice+"effective_from: 2026-01-01T00:00:00Z\n", time.Now()) // at another time it may be
}

// TestNoStoreNoPlan: where it cannot be told what is in force, nothing may be sent.
func TestNoStoreNoPlan(t *testing.T) {
	w := newWorld(t)
	w.desk.Away = errors.New("it sleeps")
	_, _, err := definition.Plan(t.Context(), &w.desk, read(t, "define: org\norg: o\n"), 1)
	if err == nil || !strings.Contains(err.Error(), "it sleeps") {
		t.Errorf("got %v", err)
	}
}

// TestManyDocuments asks about more than one question to the stores takes.
func TestManyDocuments(t *testing.T) {
	w := newWorld(t)
	var cells []core.Cell
	var text strings.Builder
	const n = 1200
	for i := range n {
		id := fmt.Sprintf("w-%04d", i)
		fmt.Fprintf(&text, "---\ndefine: account\norg: acme\naccount: %s\nkind: wallet\n", id)
		if i%2 == 0 {
			cells = append(cells, wallet(id, core.AccountVersion{ID: id, Kind: core.KindWallet, EffectiveFrom: day(1)}))
		}
	}
	w.hold("acme", cells...)
	count := map[string]int{}
	for _, c := range w.plan(text.String(), time.Now()) {
		count[c.What()]++
	}
	if count["new"] != n/2 || count["unchanged"] != n/2 {
		t.Errorf("got %v", count)
	}
}
