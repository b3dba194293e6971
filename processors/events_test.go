package processors_test

import (
	"slices"
	"strings"
	"time"

	. "purser/processors/core"
	"purser/processors/money"
)

// Makers of events, so that a test reads like the rule that it holds.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func f(s string) money.Factor { return must(money.ParseFactor(s)) }
func m(s string) money.Amount { return must(money.ParseSigned(s)) }
func cur(s string) money.Currency {
	if s == "" {
		return money.Currency{}
	}
	return must(money.ParseCurrency(s))
}

var (
	usd = cur("USD")
	eur = cur("EUR")
)

// by returns multipliers from "message 5, email 1.25".
func by(list string) (ms []Multiplier) {
	for pair := range strings.SplitSeq(list, ", ") {
		if channel, factor, ok := strings.Cut(pair, " "); ok {
			ms = append(ms, Multiplier{Channel: channel, Factor: f(factor)})
		}
	}
	slices.SortFunc(ms, func(a, b Multiplier) int { return strings.Compare(a.Channel, b.Channel) })
	return ms
}

func org(multipliers string) *Event {
	return &Event{Type: OrgDefined, OrgDef: &OrgVersion{Zone: time.UTC, Currency: usd, Multipliers: by(multipliers)}}
}

func plan(id, multipliers string, cards ...RateCard) *Event {
	return &Event{Type: PlanDefined, Plan: &PlanVersion{ID: id, Multipliers: by(multipliers), RateCards: cards}}
}

func wallet(id, plan, multipliers string) *Event {
	return &Event{Type: AccountDefined, Account: &AccountVersion{ID: id, Kind: KindWallet, Plan: plan, Multipliers: by(multipliers)}}
}

func watched(id, threshold string) *Event {
	ev := wallet(id, "", "")
	ev.Account.LowBalance, ev.Account.HasLowBalance, ev.Account.Contacts = m(threshold), true, []string{"ops@acme.test"}
	return ev
}

// recharged is a wallet that is recharged with an amount below a threshold.
func recharged(id, below, amount string, attempts int) *Event {
	ev := wallet(id, "", "")
	ev.Account.Recharge = &RechargePolicy{Below: m(below), Amount: m(amount), Method: "tok-" + id, Attempts: attempts, Every: day}
	return ev
}

func removal(account, amount string, bucket Bucket, reference string) *Event {
	return &Event{Type: CreditsRemoved, Removal: &RemovalRequest{Account: account, Amount: m(amount), Currency: usd, Bucket: bucket, Reference: reference}}
}

func refund(account, payment, amount, removal string) *Event {
	return &Event{Type: PaymentRefunded, Refund: &Refund{Account: account, Payment: payment, Amount: m(amount), Currency: usd, Removal: removal}}
}

func request(account, amount string) *Event {
	return &Event{Type: RechargeRequested, Source: "app", Request: &RechargeRequest{Account: account, Amount: m(amount), Currency: usd, Method: "tok"}}
}

func result(attempt string, succeeded bool) *Event {
	return &Event{Type: AttemptResolved, Resolved: &AttemptResult{Attempt: attempt, Succeeded: succeeded}}
}

func agency(id string) *Event {
	return &Event{Type: AccountDefined, Account: &AccountVersion{ID: id, Kind: KindAgencyWallet}}
}

func in(currency string, ev *Event) *Event {
	ev.Account.Currency = cur(currency)
	return ev
}

func remove(id string) *Event {
	return &Event{Type: AccountRemoved, Account: &AccountVersion{ID: id}}
}

func rate(from, to, rate string) *Event {
	return &Event{Type: FXRateDefined, FX: &FXRate{From: cur(from), To: cur(to), Rate: f(rate)}}
}

func usage(account, channel, quantity, unitCost string) *Event {
	return &Event{Type: UsageRecorded, Usage: Usage{Account: account, Channel: channel, Quantity: f(quantity), UnitCost: f(unitCost), Currency: usd}}
}

func cost(account, channel, cost string) *Event {
	return &Event{Type: UsageRecorded, Usage: Usage{Account: account, Channel: channel, Quantity: money.One, Cost: f(cost), HasCost: true, Currency: usd}}
}

func pay(account, amount string) *Event {
	return &Event{Type: PaymentReceived, Payment: &Payment{Account: account, Payment: "p", Amount: m(amount), Currency: usd}}
}

func grant(account, amount string, expires Time) *Event {
	return &Event{Type: CreditsGranted, Grant: &GrantRequest{Account: account, Amount: m(amount), Currency: usd, ExpiresAt: expires}}
}

func at(t Time, ev *Event) *Event {
	ev.OccurredAt = t
	return ev
}

func from(t Time, ev *Event) *Event {
	switch ev.Type {
	case OrgDefined:
		ev.OrgDef.EffectiveFrom = t
	case PlanDefined:
		ev.Plan.EffectiveFrom = t
	case AccountDefined:
		ev.Account.EffectiveFrom = t
	case FXRateDefined:
		ev.FX.EffectiveFrom = t
	}
	return ev
}

// card is a rate card in USD: tiers are "100 0.01" for a price up to a volume, the last one "0.005".
func card(channel, minimum string, whole bool, tiers ...string) RateCard {
	c := RateCard{Channel: channel, Currency: usd, WholeVolume: whole, Minimum: m(minimum)}
	for _, tier := range tiers {
		if upTo, price, ok := strings.Cut(tier, " "); ok {
			c.Tiers = append(c.Tiers, Tier{UpTo: f(upTo), UnitPrice: f(price)})
		} else {
			c.Tiers = append(c.Tiers, Tier{UnitPrice: f(tier)})
		}
	}
	return c
}
