package verify

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"purser/topics"
)

// bodies are the bodies of the types of events that have one.
var bodies = map[string]func() any{
	topics.TypeUsageRecorded:     newBody[topics.UsageRecordedBody],
	topics.TypeOrgDefined:        newBody[topics.OrgDefinedBody],
	topics.TypePlanDefined:       newBody[topics.PlanDefinedBody],
	topics.TypePlanRemoved:       newBody[topics.PlanRemovedBody],
	topics.TypeAccountDefined:    newBody[topics.AccountDefinedBody],
	topics.TypeAccountRemoved:    newBody[topics.AccountRemovedBody],
	topics.TypeCreditsGranted:    newBody[topics.CreditsGrantedBody],
	topics.TypeFXRateDefined:     newBody[topics.FXRateDefinedBody],
	topics.TypePaymentReceived:   newBody[topics.PaymentReceivedBody],
	topics.TypeRechargeRequested: newBody[topics.RechargeRequestedBody],
	topics.TypeFundingRequested:  newBody[topics.RechargeRequestedBody],
	topics.TypeAttemptResolved:   newBody[topics.AttemptResolvedBody],
	topics.TypeCreditsRemoved:    newBody[topics.CreditsRemovedBody],
	topics.TypeUsageVoided:       newBody[topics.UsageVoidedBody],
	topics.TypeUsageCorrected:    newBody[topics.UsageCorrectedBody],
	topics.TypePaymentRefunded:   newBody[topics.PaymentRefundedBody],
	topics.TypeTeamDefined:       newBody[topics.TeamDefinedBody],
	topics.TypeTeamRemoved:       newBody[topics.TeamRemovedBody],
	topics.TypeMemberJoined:      newBody[topics.MemberBody],
	topics.TypeMemberLeft:        newBody[topics.MemberBody],
	topics.TypeInvoicePaid:       newBody[topics.InvoicePaidBody],
	topics.TypeTransferRequested: newBody[topics.TransferRequestedBody],
	topics.TypeLicencePurchased:  newBody[topics.LicencePurchasedBody],
	topics.TypeInvoiceVoided:     newBody[topics.InvoiceVoidedBody],
	topics.TypeCampaignDefined:   newBody[topics.CampaignDefinedBody],
	topics.TypeCampaignRemoved:   newBody[topics.CampaignRemovedBody],
	topics.TypeSendRequested:     newBody[topics.SendRequestedBody],
	topics.TypeSendApproved:      newBody[topics.SendApprovedBody],
	topics.TypeSendDeclined:      newBody[topics.SendDeclinedBody],
	topics.TypeSendAdjusted:      newBody[topics.SendAdjustedBody],
	topics.TypeSendCancelled:     newBody[topics.SendCancelledBody],
	topics.TypeSpendingDefined:   newBody[topics.SpendingDefinedBody],
	topics.TypeSpendingSwitched:  newBody[topics.SpendingSwitchedBody],
	topics.TypeSpendingCopied:    newBody[topics.SpendingCopiedBody],
	topics.TypeSpendingRemoved:   newBody[topics.SpendingRemovedBody],
	topics.TypeUserDefined:       newBody[topics.UserDefinedBody],
	topics.TypeUserRemoved:       newBody[topics.UserRemovedBody],
	topics.TypeOrderPlaced:       newBody[topics.OrderPlacedBody],
	topics.TypeOrderCancelled:    newBody[topics.OrderCancelledBody],
	topics.TypeBudgetsSet:        newBody[topics.BudgetsSetBody],
	topics.TypeBudgetsImported:   newBody[topics.BudgetsImportedBody],
	topics.TypeSpendQuoted:       newBody[topics.SpendQuotedBody],

	topics.TypeTransactionRecorded:  newBody[topics.TransactionRecordedBody],
	topics.TypeTransactionPosted:    newBody[topics.TransactionNamedBody],
	topics.TypeTransactionDiscarded: newBody[topics.TransactionNamedBody],
	topics.TypeCustomerSettings:     newBody[topics.CustomerSettingsBody],
	topics.TypeCustomerStatus:       newBody[topics.CustomerStatusBody],
	topics.TypeCreditRequested:      newBody[topics.CreditRequestedBody],

	topics.TypePeriodsDefined:       newBody[topics.PeriodsDefinedBody],
	topics.TypePeriodCloseRequested: newBody[topics.PeriodCloseRequestedBody],
	topics.TypePeriodDraftsPosted:   newBody[topics.PeriodNamedBody],
	topics.TypePeriodCorrected:      newBody[topics.PeriodNamedBody],
}

func newBody[T any]() any { return new(T) }

// bodyOf returns an empty body of an event's type; nil for a type that has none here.
func bodyOf(kind string) any {
	if fresh := bodies[kind]; fresh != nil {
		return fresh()
	}
	return nil
}

// payloadHash is over an event as decoded: field order, white space and the way a figure is written do not count (R2.2).
// The second hash leaves out when it happened: events that differ only in that are told apart by the engine, but nobody
// could say that they have another body. ok is false where the body cannot be read.
func payloadHash(e *envelope) (full, timeless uint64, ok bool) {
	body := bodyOf(e.kind)
	if body == nil || len(e.body) > topics.MaxRecordBytes || decode(e.body, body) != nil {
		return 0, 0, false
	}
	normalize(body)
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return 0, 0, false
	}
	text = append(append(text, ' '), e.kind...)
	sum := sha256.Sum256(text)
	timeless = binary.BigEndian.Uint64(sum[:])
	at := int64(0)
	if e.hasAt {
		at, ok = micros(e.at)
		if !ok {
			return 0, 0, false
		}
	}
	sum = sha256.Sum256(binary.AppendVarint(text, at))
	return binary.BigEndian.Uint64(sum[:]), timeless, true
}

// normalize gives every figure and instant its one form.
func normalize(body any) {
	switch b := body.(type) {
	case *topics.UsageRecordedBody:
		if b.Quantity == "" {
			b.Quantity = "1"
		}
		figures(&b.Quantity, &b.UnitCost, &b.Cost)
	case *topics.OrgDefinedBody:
		figures(&b.UsageReversibleHours)
		figureMap(b.Multipliers)
		instants(&b.EffectiveFrom)
	case *topics.PlanDefinedBody:
		normalizePlan(b)
	case *topics.AccountDefinedBody:
		figureMap(b.Multipliers)
		figures(&b.LowBalance)
		if p := b.Recharge; p != nil {
			figures(&p.WhenBalanceLowerThan, &p.Amount, &p.Attempts, &p.RetrySeconds)
		}
		monthlyFigures(b.MonthlyCredits)
		if t := b.Funding; t != nil {
			figures(&t.PaymentDays)
			if t.Schedule != nil {
				figures(&t.Schedule.Amount)
			}
			if t.CardCharges == "shortfall" {
				t.CardCharges = ""
			}
		}
		if t := b.Customer; t != nil {
			figures(&t.CreditDays, &t.CreditLimit)
			normalizePrices(t.Prices)
		}
		instants(&b.EffectiveFrom)
	case *topics.CreditsGrantedBody:
		figures(&b.Amount)
		instants(&b.ExpiresAt)
	case *topics.FXRateDefinedBody:
		figures(&b.Rate)
		instants(&b.EffectiveFrom)
	case *topics.PaymentReceivedBody:
		figures(&b.Amount)
	case *topics.RechargeRequestedBody:
		figures(&b.Amount)
	case *topics.CreditsRemovedBody:
		figures(&b.Amount)
	case *topics.UsageCorrectedBody:
		figures(&b.Quantity, &b.UnitCost, &b.Cost)
	case *topics.PaymentRefundedBody:
		figures(&b.Amount)
	default:
		normalizeFunding(body)
	}
}

// normalizeFunding is normalize for teams, invoices, transfers, campaigns and sends.
func normalizeFunding(body any) {
	switch b := body.(type) {
	case *topics.TeamDefinedBody:
		instants(&b.EffectiveFrom)
	case *topics.InvoicePaidBody:
		figures(&b.Invoice, &b.Amount)
	case *topics.TransferRequestedBody:
		figures(&b.Amount)
	case *topics.LicencePurchasedBody:
		figures(&b.Amount)
	case *topics.InvoiceVoidedBody:
		figures(&b.Invoice)
	case *topics.CampaignDefinedBody:
		instants(&b.EffectiveFrom)
	case *topics.SendRequestedBody:
		figures(&b.EstimatedCost)
		for i := range b.Lines {
			if b.Lines[i].Quantity == "" {
				b.Lines[i].Quantity = "1"
			}
			figures(&b.Lines[i].Quantity, &b.Lines[i].UnitPrice)
			sets(&b.Lines[i].Catalogs)
		}
	case *topics.SendAdjustedBody:
		figures(&b.FinalCost)
	case *topics.TransactionRecordedBody:
		figures(&b.Amount)
		normalizeSale(b.Lines)
	case *topics.CreditRequestedBody:
		figures(&b.Amount)
	case *topics.CustomerSettingsBody:
		normalizeSettings(b)
	default:
		normalizeSpending(body)
	}
}

// normalizeSpending is normalize for spending accounts and orders. A list of names is a set.
func normalizeSpending(body any) {
	switch b := body.(type) {
	case *topics.SpendingDefinedBody:
		figures(&b.Budget)
		if b.Budget == "" {
			b.Budget = "0"
		}
		instants(&b.EffectiveFrom)
		if f := b.EligibleFor; f != nil {
			if sets(&f.Catalogs, &f.Groups, &f.Users); len(f.Catalogs)+len(f.Groups)+len(f.Users) == 0 {
				b.EligibleFor = nil
			}
		}
		for _, list := range [...]**topics.SpendingList{&b.Items, &b.Catalogs} {
			if l := *list; l != nil {
				if sets(&l.Names); l.Mode == "exclude" && len(l.Names) == 0 {
					*list = nil
				}
			}
		}
		for i := range b.Limits {
			figures(&b.Limits[i].Amount, &b.Limits[i].Percent, &b.Limits[i].Days)
		}
		for i := range b.Reloads {
			r := &b.Reloads[i]
			figures(&r.Amount, &r.Days)
			if days := map[string]topics.Number{"day": "1", "week": "7"}[r.Every]; days != "" {
				r.Every, r.Days = "days", days
			}
		}
	case *topics.BudgetsSetBody:
		figures(&b.Amount)
	case *topics.BudgetsImportedBody:
		for i := range b.Budgets {
			figures(&b.Budgets[i].Amount)
		}
		slices.Reverse(b.Budgets)
		slices.SortStableFunc(b.Budgets, func(x, y topics.BudgetBody) int { return cmp.Compare(x.User, y.User) })
		b.Budgets = slices.CompactFunc(b.Budgets, func(x, y topics.BudgetBody) bool { return x.User == y.User })
	case *topics.SpendingSwitchedBody:
		instants(&b.EffectiveFrom)
	case *topics.UserDefinedBody:
		sets(&b.Groups, &b.Catalogs)
		instants(&b.EffectiveFrom)
	case *topics.OrderPlacedBody:
		normalizeLines(b.Lines)
	case *topics.SpendQuotedBody:
		normalizeLines(b.Lines)
	}
}

func normalizeLines(lines []topics.OrderLine) {
	for i := range lines {
		l := &lines[i]
		if l.Quantity == "" {
			l.Quantity = "1"
		}
		figures(&l.Quantity, &l.UnitPrice)
		sets(&l.Catalogs)
	}
}

// sets gives every list of names its one form.
func sets(lists ...*[]string) {
	for _, l := range lists {
		slices.Sort(*l)
		if *l = slices.Compact(*l); len(*l) == 0 {
			*l = nil
		}
	}
}

func normalizeSettings(b *topics.CustomerSettingsBody) {
	instants(&b.EffectiveFrom)
	for i := range b.CreditRatings {
		r := &b.CreditRatings[i]
		figures(&r.CreditLimit, &r.CreditDays, &r.ShortestDays, &r.LongestDays)
	}
	for i := range b.KYCProfiles {
		figures(&b.KYCProfiles[i].MaximumLimit)
	}
}

func normalizePlan(b *topics.PlanDefinedBody) {
	figureMap(b.Multipliers)
	monthlyFigures(b.MonthlyCredits)
	instants(&b.EffectiveFrom)
	for channel, card := range b.RateCards {
		figures(&card.UnitPrice, &card.Minimum)
		for i := range card.Tiers {
			figures(&card.Tiers[i].UpTo, &card.Tiers[i].UnitPrice)
		}
		b.RateCards[channel] = card
	}
}

func monthlyFigures(c *topics.MonthlyCredits) {
	if c != nil {
		figures(&c.Amount, &c.ExpireAfterMonths)
	}
}

func figures(list ...*topics.Number) {
	for _, n := range list {
		if x, err := parseExact(string(*n)); err == nil {
			*n = topics.Number(x.String())
		}
	}
}

func figureMap(m map[string]topics.Number) {
	for key, n := range m {
		figures(&n)
		m[key] = n
	}
}

func instants(list ...*string) {
	for _, s := range list {
		if at, ok := micros(*s); ok {
			*s = strings.TrimSpace(amount(at).String())
		}
	}
}
