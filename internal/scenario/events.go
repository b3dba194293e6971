package scenario

import (
	"strconv"
	"strings"
	"time"

	"purser/topics"
)

// The functions below read what is particular to each event. Numbers go into the body as they are written: judging them
// is the decoder's work, and a scenario may want to see it done.

func readOrg(w *words, r *record) any {
	r.key = w.take("the org's id")
	var b topics.OrgDefinedBody
	options(w, r, func() bool {
		switch {
		case w.skip("zone"):
			b.TimeZone = w.take("an IANA time zone")
		case w.skip("currency"):
			b.Currency = w.take("a currency")
		case w.skip("country"):
			b.Country = w.take("a country")
		case w.skip("split-billing"):
			b.SplitBilling = true
		case w.skip("reversible"):
			b.UsageReversibleHours = topics.Number(w.take("a number of hours"))
		case w.skip("multiplier"):
			readMultiplier(w, &b.Multipliers)
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return false
		}
		return true
	})
	return b
}

func readPlan(w *words, r *record) any {
	b := topics.PlanDefinedBody{Plan: w.take("the plan's id")}
	options(w, r, func() bool {
		switch {
		case w.skip("multiplier"):
			readMultiplier(w, &b.Multipliers)
		case w.skip("card"):
			if b.RateCards == nil {
				b.RateCards = map[string]topics.RateCard{}
			}
			channel := w.take("a channel")
			b.RateCards[channel] = readCard(w)
		case w.skip("credits"):
			b.MonthlyCredits = readCredits(w)
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return false
		}
		return true
	})
	return b
}

func readMultiplier(w *words, m *map[string]topics.Number) {
	if *m == nil {
		*m = map[string]topics.Number{}
	}
	channel := w.take("a channel")
	(*m)[channel] = topics.Number(w.take("a multiplier"))
}

func readCard(w *words) topics.RateCard {
	c := topics.RateCard{Currency: w.take("the rate card's currency")}
	switch kind := w.take("flat, graduated or whole-volume"); kind {
	case "flat":
		c.UnitPrice = topics.Number(w.take("a price per unit"))
	case "graduated":
		c.Tiers = readTiers(w)
	case "whole-volume":
		c.Mode = "whole_volume"
		c.Tiers = readTiers(w)
	default:
		w.failf("expected flat, graduated or whole-volume, found %q", kind)
	}
	if w.skip("minimum") {
		c.Minimum = topics.Number(w.take("the least that an event costs"))
	}
	return c
}

func readTiers(w *words) []topics.Tier {
	var tiers []topics.Tier
	for _, word := range w.list("tiers such as 1000@0.010,rest@0.008") {
		upTo, price, ok := strings.Cut(word, "@")
		if !ok {
			w.failf("expected a tier such as 1000@0.010 or rest@0.008, found %q", word)
		}
		if upTo == "rest" {
			upTo = ""
		}
		tiers = append(tiers, topics.Tier{UpTo: topics.Number(upTo), UnitPrice: topics.Number(price)})
	}
	return tiers
}

func readRemovePlan(w *words, r *record) any {
	b := topics.PlanRemovedBody{Plan: w.take("the plan's id")}
	options(w, r, nil)
	return b
}

func readAccount(kind string) func(*words, *record) any {
	return func(w *words, r *record) any {
		b := topics.AccountDefinedBody{Account: w.take("the account's id"), Kind: kind}
		options(w, r, func() bool { return accountOption(w, &b) })
		return b
	}
}

func accountOption(w *words, b *topics.AccountDefinedBody) bool {
	switch {
	case w.skip("currency"):
		b.Currency = w.take("a currency")
	case w.skip("country"):
		b.Country = w.take("a country")
	case w.skip("plan"):
		b.Plan = w.take("a plan")
	case w.skip("multiplier"):
		readMultiplier(w, &b.Multipliers)
	case w.skip("alert-below"):
		b.LowBalance = topics.Number(w.take("an amount"))
	case w.skip("recharge"):
		b.Recharge = readPolicy(w)
	case w.skip("credits"):
		b.MonthlyCredits = readCredits(w)
	case w.skip("contacts"):
		b.Contacts = w.list("contacts")
	case w.skip("effective"):
		b.EffectiveFrom = w.time("the time from which it counts")
	default:
		return false
	}
	return true
}

func readPolicy(w *words) *topics.RechargePolicy {
	p := &topics.RechargePolicy{Amount: topics.Number(w.take("an amount"))}
	for w.more() {
		switch {
		case w.skip("below"):
			p.WhenBalanceLowerThan = topics.Number(w.take("a threshold"))
		case w.skip("by"):
			p.PaymentMethod = w.take("the payment method's token")
		case w.skip("attempts"):
			p.Attempts = topics.Number(w.take("a number of attempts"))
		case w.skip("every"):
			p.RetrySeconds = readSeconds(w)
		default:
			return p
		}
	}
	return p
}

func readCredits(w *words) *topics.MonthlyCredits {
	c := &topics.MonthlyCredits{Amount: topics.Number(w.take("an amount"))}
	if w.skip("expire") {
		c.ExpireAfterMonths = topics.Number(w.take("a number of months"))
	}
	return c
}

func readSeconds(w *words) topics.Number {
	d, err := time.ParseDuration(w.take("a duration such as 6h"))
	if err != nil || d%time.Second != 0 {
		w.failf("expected a duration in whole seconds such as 6h")
	}
	return topics.Number(strconv.FormatInt(int64(d/time.Second), 10))
}

func readRechargeRequest(w *words, r *record) any {
	b := topics.RechargeRequestedBody{Account: w.take("an account"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, func() bool {
		if !w.skip("by") {
			return false
		}
		b.PaymentMethod = w.take("the payment method's token")
		return true
	})
	return b
}

func readResult(w *words, r *record) any {
	b := topics.AttemptResolvedBody{Attempt: w.take("an attempt's id"), Result: w.take("succeeded or failed")}
	options(w, r, func() bool {
		switch {
		case w.skip("because"):
			b.Reason = w.take("the gateway's word")
		case w.skip("payment"):
			b.Payment = w.take("the payment's reference")
		default:
			return false
		}
		return true
	})
	return b
}

func readVoid(w *words, r *record) any {
	b := topics.UsageVoidedBody{Usage: w.take("the usage event's id")}
	options(w, r, func() bool {
		if !w.skip("of") {
			return false
		}
		b.Source = w.take("its source")
		return true
	})
	return b
}

func readCorrection(w *words, r *record) any {
	b := topics.UsageCorrectedBody{Usage: w.take("the usage event's id")}
	options(w, r, func() bool {
		switch {
		case w.skip("of"):
			b.Source = w.take("its source")
		case w.skip("quantity"):
			b.Quantity = topics.Number(w.take("a quantity"))
		case w.skip("unit_cost"):
			b.UnitCost, b.Currency = topics.Number(w.take("a cost per unit")), w.take("a currency")
		case w.skip("cost"):
			b.Cost, b.Currency = topics.Number(w.take("a cost")), w.take("a currency")
		default:
			return false
		}
		return true
	})
	return b
}

func readRemoval(w *words, r *record) any {
	b := topics.CreditsRemovedBody{
		Account: w.take("an account"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency"), Bucket: w.take("purchased or complimentary"),
	}
	options(w, r, func() bool {
		if !w.skip("ref") {
			return false
		}
		b.Removal = w.take("the removal's reference")
		return true
	})
	return b
}

func readRefund(w *words, r *record) any {
	b := topics.PaymentRefundedBody{Account: w.take("an account"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, func() bool {
		switch {
		case w.skip("of"):
			b.Payment = w.take("the payment's reference")
		case w.skip("removal"):
			b.Removal = w.take("the removal's reference")
		default:
			return false
		}
		return true
	})
	return b
}

func readRemoveAccount(w *words, r *record) any {
	b := topics.AccountRemovedBody{Account: w.take("the account's id")}
	options(w, r, nil)
	return b
}

func readGrant(w *words, r *record) any {
	b := topics.CreditsGrantedBody{Account: w.take("an account"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, func() bool {
		if !w.skip("expires") {
			return false
		}
		b.ExpiresAt = w.time("the time at which it expires")
		return true
	})
	return b
}

func readFX(w *words, r *record) any {
	b := topics.FXRateDefinedBody{From: w.take("a currency"), To: w.take("a currency"), Rate: topics.Number(w.take("a rate"))}
	options(w, r, func() bool {
		if !w.skip("effective") {
			return false
		}
		b.EffectiveFrom = w.time("the time from which it counts")
		return true
	})
	return b
}

// readPayment leaves the reference empty where the line gives none: scribe.event then takes the event's id.
func readPayment(w *words, r *record) any {
	b := topics.PaymentReceivedBody{Account: w.take("an account"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, func() bool {
		if !w.skip("ref") {
			return false
		}
		b.Payment = w.take("the payment's reference")
		return true
	})
	return b
}

func readUsage(w *words, r *record) any {
	b := topics.UsageRecordedBody{Account: w.take("an account"), Channel: w.take("a channel")}
	options(w, r, func() bool {
		switch {
		case w.skip("quantity"):
			b.Quantity = topics.Number(w.take("a quantity"))
		case w.skip("unit_cost"):
			b.UnitCost = topics.Number(w.take("a cost per unit"))
			b.Currency = w.take("a currency")
		case w.skip("cost"):
			b.Cost = topics.Number(w.take("a cost"))
			b.Currency = w.take("a currency")
		default:
			return false
		}
		return true
	})
	return b
}

func readTick(w *words, r *record) any {
	b := topics.TickBody{Time: w.time("the tick's time")}
	r.tick, _ = time.Parse(time.RFC3339Nano, b.Time)
	options(w, r, nil)
	return b
}
