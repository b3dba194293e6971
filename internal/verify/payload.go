package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/go-json-experiment/json"

	"purser/topics"
)

// bodyOf returns an empty body of an event's type; nil for a type that has none here.
func bodyOf(kind string) any {
	switch kind {
	case topics.TypeUsageRecorded:
		return new(topics.UsageRecordedBody)
	case topics.TypeOrgDefined:
		return new(topics.OrgDefinedBody)
	case topics.TypePlanDefined:
		return new(topics.PlanDefinedBody)
	case topics.TypePlanRemoved:
		return new(topics.PlanRemovedBody)
	case topics.TypeAccountDefined:
		return new(topics.AccountDefinedBody)
	case topics.TypeAccountRemoved:
		return new(topics.AccountRemovedBody)
	case topics.TypeCreditsGranted:
		return new(topics.CreditsGrantedBody)
	case topics.TypeFXRateDefined:
		return new(topics.FXRateDefinedBody)
	case topics.TypePaymentReceived:
		return new(topics.PaymentReceivedBody)
	case topics.TypeRechargeRequested, topics.TypeFundingRequested:
		return new(topics.RechargeRequestedBody)
	case topics.TypeAttemptResolved:
		return new(topics.AttemptResolvedBody)
	case topics.TypeCreditsRemoved:
		return new(topics.CreditsRemovedBody)
	case topics.TypeUsageVoided:
		return new(topics.UsageVoidedBody)
	case topics.TypeUsageCorrected:
		return new(topics.UsageCorrectedBody)
	case topics.TypePaymentRefunded:
		return new(topics.PaymentRefundedBody)
	case topics.TypeTeamDefined:
		return new(topics.TeamDefinedBody)
	case topics.TypeTeamRemoved:
		return new(topics.TeamRemovedBody)
	case topics.TypeMemberJoined, topics.TypeMemberLeft:
		return new(topics.MemberBody)
	case topics.TypeInvoicePaid:
		return new(topics.InvoicePaidBody)
	case topics.TypeTransferRequested:
		return new(topics.TransferRequestedBody)
	case topics.TypeInvoiceVoided:
		return new(topics.InvoiceVoidedBody)
	case topics.TypeCampaignDefined:
		return new(topics.CampaignDefinedBody)
	case topics.TypeCampaignRemoved:
		return new(topics.CampaignRemovedBody)
	case topics.TypeSendRequested:
		return new(topics.SendRequestedBody)
	case topics.TypeSendApproved:
		return new(topics.SendApprovedBody)
	case topics.TypeSendDeclined:
		return new(topics.SendDeclinedBody)
	case topics.TypeSendAdjusted:
		return new(topics.SendAdjustedBody)
	case topics.TypeSendCancelled:
		return new(topics.SendCancelledBody)
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
		instants(&b.EffectiveFrom)
	case *topics.TeamDefinedBody:
		instants(&b.EffectiveFrom)
	case *topics.InvoicePaidBody:
		figures(&b.Invoice, &b.Amount)
	case *topics.TransferRequestedBody:
		figures(&b.Amount)
	case *topics.InvoiceVoidedBody:
		figures(&b.Invoice)
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
	case *topics.CampaignDefinedBody:
		instants(&b.EffectiveFrom)
	case *topics.SendRequestedBody:
		figures(&b.EstimatedCost)
		for i := range b.Lines {
			if b.Lines[i].Quantity == "" {
				b.Lines[i].Quantity = "1"
			}
			figures(&b.Lines[i].Quantity, &b.Lines[i].UnitPrice)
		}
	case *topics.SendAdjustedBody:
		figures(&b.FinalCost)
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
