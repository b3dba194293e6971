package topics

import (
	"strconv"

	"purser/processors/core"
)

// The inverse of decoding a definition: what a cell holds, as the body that would define it. Both agree on everything but
// what decoding resolves: a country is its currency, and a time zone that is not given is UTC.

// OrgBody is the body of a version of an org.
func OrgBody(v *core.OrgVersion) OrgDefinedBody {
	b := OrgDefinedBody{
		TimeZone: v.Zone.String(), Currency: v.Currency.String(),
		Multipliers: multiplierNumbers(v.Multipliers), EffectiveFrom: timeText(v.EffectiveFrom),
	}
	b.SplitBilling = v.SplitBilling
	if v.Reversible != 0 {
		b.UsageReversibleHours = whole(int64(v.Reversible / hour))
	}
	return b
}

// PlanBody is the body of a version of a plan.
func PlanBody(v *core.PlanVersion) PlanDefinedBody {
	b := PlanDefinedBody{Plan: v.ID, Multipliers: multiplierNumbers(v.Multipliers), EffectiveFrom: timeText(v.EffectiveFrom)}
	for i := range v.RateCards {
		if b.RateCards == nil {
			b.RateCards = make(map[string]RateCard, len(v.RateCards))
		}
		b.RateCards[v.RateCards[i].Channel] = rateCardBody(&v.RateCards[i])
	}
	b.MonthlyCredits = monthlyCreditsBody(v.Credits)
	return b
}

// AccountBody is the body of a version of an account.
func AccountBody(v *core.AccountVersion) AccountDefinedBody {
	b := AccountDefinedBody{
		Account: v.ID, Kind: v.Kind.String(), Currency: v.Currency.String(), Plan: v.Plan,
		Multipliers: multiplierNumbers(v.Multipliers), Contacts: v.Contacts, EffectiveFrom: timeText(v.EffectiveFrom),
	}
	if v.HasLowBalance {
		b.LowBalance = Number(v.LowBalance.String())
	}
	b.Recharge, b.MonthlyCredits, b.Funding = policyBody(v.Recharge), monthlyCreditsBody(v.Credits), termsBody(v.Terms)
	b.Customer = customerTermsBody(v.Customer)
	if b.Recharge != nil && v.Terms != nil {
		b.Recharge.PaymentMethod = "" // that of its terms
	}
	return b
}

// termsBody writes the days to pay whether or not they are the default: which were given a cell does not say.
func termsBody(t *core.FundingTerms) *FundingTerms {
	if t == nil {
		return nil
	}
	b := &FundingTerms{
		Name: t.Name, PaymentType: "invoice", PaymentMethod: t.Method, PONumber: t.PO, AccountsPayable: t.Payables, Default: t.Default,
	}
	if t.Method != "" {
		b.PaymentType = "credit_card"
	}
	if t.Days != 0 {
		b.PaymentDays = whole(int64(t.Days))
	}
	if t.Each {
		b.CardCharges = "each"
	}
	switch t.Months {
	case 1:
		b.Schedule = &FundingSchedule{Every: "month", Amount: Number(t.Amount.String())}
	case 3:
		b.Schedule = &FundingSchedule{Every: "quarter", Amount: Number(t.Amount.String())}
	}
	return b
}

// TeamBody is the body of a definition of a team as it came: which funding sources it does not name is not decided yet.
func TeamBody(v *core.TeamVersion) TeamDefinedBody {
	b := TeamDefinedBody{Team: v.ID, FundingSource: v.Balances, LicenceSource: v.Licences, EffectiveFrom: timeText(v.EffectiveFrom)}
	if v.Budget == nil {
		return b
	}
	b.Budget = &TeamBudget{Amount: Number(v.Budget.Amount.String())}
	if v.Budget.Rollover {
		b.Budget.Mode = "rollover"
	}
	for name, unit := range budgetUnits {
		if unit == v.Budget.Every {
			b.Budget.Every = name
		}
	}
	return b
}

// HeldTeamBody is the body of a version of a team that a cell holds, where no funding source means that there is none.
func HeldTeamBody(v *core.TeamVersion) TeamDefinedBody {
	b := TeamBody(v)
	if b.FundingSource == "" {
		b.FundingSource = core.NoSource
	}
	if b.LicenceSource == "" {
		b.LicenceSource = core.NoSource
	}
	return b
}

// CampaignBody is the body of a version of a campaign.
func CampaignBody(v *core.CampaignVersion) CampaignDefinedBody {
	b := CampaignDefinedBody{
		Campaign: v.ID, Payer: "sender", FundingSource: v.FundingSource, Approval: v.Approval, AddFunds: v.AddFunds, EffectiveFrom: timeText(v.EffectiveFrom),
	}
	if v.FundingPays {
		b.Payer = "funding_source"
	}
	return b
}

// FXRateBody is the body of a version of a rate.
func FXRateBody(v *core.FXRate) FXRateDefinedBody {
	return FXRateDefinedBody{
		From: v.From.String(), To: v.To.String(), Rate: Number(v.Rate.String()), EffectiveFrom: timeText(v.EffectiveFrom),
	}
}

// policyBody writes the numbers of R4.3 whether or not they are the defaults: which were given a cell does not say.
func policyBody(p *core.RechargePolicy) *RechargePolicy {
	if p == nil {
		return nil
	}
	return &RechargePolicy{
		WhenBalanceLowerThan: Number(p.Below.String()), Amount: Number(p.Amount.String()), PaymentMethod: p.Method,
		Attempts: whole(int64(p.Attempts)), RetrySeconds: whole(int64(p.Every / second)),
	}
}

func monthlyCreditsBody(c *core.MonthlyCredits) *MonthlyCredits {
	if c == nil {
		return nil
	}
	b := &MonthlyCredits{Amount: Number(c.Amount.String())}
	if c.Months != 0 {
		b.ExpireAfterMonths = whole(int64(c.Months))
	}
	return b
}

func whole(n int64) Number { return Number(strconv.FormatInt(n, 10)) }

// rateCardBody writes one tier without an end as the flat price that it is.
func rateCardBody(c *core.RateCard) RateCard {
	b := RateCard{Currency: c.Currency.String()}
	if c.WholeVolume {
		b.Mode = "whole_volume"
	}
	if c.Minimum != 0 {
		b.Minimum = Number(c.Minimum.String())
	}
	if len(c.Tiers) == 1 {
		b.UnitPrice = Number(c.Tiers[0].UnitPrice.String())
		return b
	}
	for _, t := range c.Tiers {
		tier := Tier{UnitPrice: Number(t.UnitPrice.String())}
		if !t.UpTo.IsZero() {
			tier.UpTo = Number(t.UpTo.String())
		}
		b.Tiers = append(b.Tiers, tier)
	}
	return b
}

func multiplierNumbers(ms []core.Multiplier) map[string]Number {
	if len(ms) == 0 {
		return nil
	}
	numbers := make(map[string]Number, len(ms))
	for _, m := range ms {
		numbers[m.Channel] = Number(m.Factor.String())
	}
	return numbers
}

func timeText(t core.Time) string {
	if t == 0 {
		return ""
	}
	return FormatTime(t)
}
