package topics

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors"
)

// Decoder turns input records into events. It is reused from record to record, by one goroutine.
//
// It is strict in what counts: duplicate fields and headers, other JSON types, exponents, bad UTF-8 and everything beyond
// the bounds is refused. Fields that it does not know are ignored, within the same bounds, so that producers may add some;
// null is the same as not given.
type Decoder struct {
	cursor cursor
	canon  canon
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder { return &Decoder{} }

// Decode fills ev from a record of the input with that index in Inputs, or says why it cannot (R10.1). The event's Org,
// Source, ID and the strings of Usage and Payment may point into the record; definitions and grants have their own.
// After a rejection, ev holds what of the envelope could be read, and no body.
func (d *Decoder) Decode(input int, rec *kgo.Record, ev *processors.Event) *Rejection {
	*ev = processors.Event{RecordedAt: TimeOf(rec.Timestamp)}
	ev.OccurredAt = ev.RecordedAt
	if n := recordSize(rec); n > MaxRecordBytes {
		return &Rejection{Reason: ReasonTooLarge, Detail: "a record of " + strconv.Itoa(n) + " bytes, more than " + strconv.Itoa(MaxRecordBytes)}
	}
	var e envelope
	if bad := d.open(rec, &e); bad != nil {
		return bad
	}
	ev.Source, ev.ID = e.source, e.id
	if bad := org(input, rec.Key, ev); bad != nil {
		return bad
	}
	at, given, bad := e.occurredAt()
	if bad != nil {
		return bad
	}
	if given {
		ev.OccurredAt = at
	}
	if ev.Type = typeOf(input, e.kind); ev.Type == processors.TypeNone {
		return &Rejection{ReasonUnknownType, e.prefix + "type", "topic " + Inputs[input] + ` takes no event of type "` + echo(e.kind) + `"`}
	}
	d.canon.start(ev.Type, at)
	if bad := d.body(e.data, ev); bad != nil {
		*ev = processors.Event{Type: ev.Type, Org: ev.Org, Source: ev.Source, ID: ev.ID, OccurredAt: ev.OccurredAt, RecordedAt: ev.RecordedAt}
		return bad
	}
	ev.Payload = d.canon.sum()
	ev.Identity = d.canon.identity(ev.Org, ev.Source, ev.ID)
	return nil
}

// org reads the key. Ticks are for a partition and have none.
func org(input int, key []byte, ev *processors.Event) *Rejection {
	if Inputs[input] == RefillTick {
		return nil
	}
	switch {
	case len(key) == 0:
		return &Rejection{ReasonMissingKey, "key", "expected the org, came nothing"}
	case len(key) > MaxStringBytes:
		return &Rejection{ReasonTooLarge, "key", "a key of more than " + strconv.Itoa(MaxStringBytes) + " bytes"}
	case !printable(view(key)):
		return &Rejection{ReasonBadString, "key", "expected UTF-8 without control characters"}
	}
	ev.Org = view(key)
	return nil
}

// recordSize is what a record holds.
func recordSize(rec *kgo.Record) int {
	n := len(rec.Key) + len(rec.Value)
	for i := range rec.Headers {
		n += len(rec.Headers[i].Key) + len(rec.Headers[i].Value)
	}
	return n
}

// typeOf says which event a type's name stands for on an input.
func typeOf(input int, name string) processors.Type {
	var t processors.Type
	on := Account
	switch name {
	case TypeUsageRecorded:
		t, on = processors.UsageRecorded, Usage
	case TypePaymentReceived:
		t, on = processors.PaymentReceived, PaymentResult
	case TypeAttemptResolved:
		t, on = processors.AttemptResolved, PaymentResult
	case TypePaymentRefunded:
		t, on = processors.PaymentRefunded, PaymentResult
	case TypeInvoicePaid:
		t, on = processors.InvoicePaid, PaymentResult
	case TypeTick:
		t, on = processors.Tick, RefillTick
	case TypeContinue:
		t, on = processors.Continue, RefillTick
	case TypeResume:
		t, on = processors.Resume, RefillTick
	case TypeOrgDefined:
		t = processors.OrgDefined
	case TypePlanDefined:
		t = processors.PlanDefined
	case TypePlanRemoved:
		t = processors.PlanRemoved
	case TypeAccountDefined:
		t = processors.AccountDefined
	case TypeAccountRemoved:
		t = processors.AccountRemoved
	case TypeCreditsGranted:
		t = processors.CreditsGranted
	case TypeFXRateDefined:
		t = processors.FXRateDefined
	case TypeRechargeRequested:
		t = processors.RechargeRequested
	case TypeCreditsRemoved:
		t = processors.CreditsRemoved
	case TypeTeamDefined:
		t = processors.TeamDefined
	case TypeTeamRemoved:
		t = processors.TeamRemoved
	case TypeMemberJoined:
		t = processors.MemberJoined
	case TypeMemberLeft:
		t = processors.MemberLeft
	case TypeInvoiceVoided:
		t = processors.InvoiceVoided
	case TypeCampaignDefined:
		t = processors.CampaignDefined
	case TypeCampaignRemoved:
		t = processors.CampaignRemoved
	default:
		t, on = sendTypeOf(name), Send
	}
	if Inputs[input] != on {
		return processors.TypeNone
	}
	return t
}

// sendTypeName is TypeName for campaigns and sends.
func sendTypeName(t processors.Type) string {
	switch t {
	case processors.CampaignDefined:
		return TypeCampaignDefined
	case processors.CampaignRemoved:
		return TypeCampaignRemoved
	case processors.SendRequested:
		return TypeSendRequested
	case processors.SendApproved:
		return TypeSendApproved
	case processors.SendDeclined:
		return TypeSendDeclined
	case processors.SendAdjusted:
		return TypeSendAdjusted
	case processors.SendWithdrawn:
		return TypeSendCancelled
	}
	return ""
}

// sendTypeOf is typeOf for what the topic of sends takes.
func sendTypeOf(name string) processors.Type {
	switch name {
	case TypeSendRequested:
		return processors.SendRequested
	case TypeSendApproved:
		return processors.SendApproved
	case TypeSendDeclined:
		return processors.SendDeclined
	case TypeSendAdjusted:
		return processors.SendAdjusted
	case TypeSendCancelled:
		return processors.SendWithdrawn
	}
	return processors.TypeNone
}

// body decodes what belongs to the event's type.
func (d *Decoder) body(data []byte, ev *processors.Event) *Rejection {
	c := &d.cursor
	c.bad = nil
	if ev.Type == processors.UsageRecorded {
		d.usage(data, &ev.Usage)
		return c.bad
	}
	c.start(data, "data.")
	switch ev.Type {
	case processors.PaymentReceived:
		d.payment(ev)
	case processors.CreditsGranted:
		d.grant(ev)
	case processors.RechargeRequested:
		d.rechargeRequested(ev)
	case processors.AttemptResolved:
		d.attemptResolved(ev)
	case processors.CreditsRemoved:
		d.creditsRemoved(ev)
	case processors.PaymentRefunded:
		d.paymentRefunded(ev)
	case processors.TeamDefined:
		d.teamDefined(ev)
	case processors.TeamRemoved:
		ev.Team = &processors.TeamVersion{ID: d.named("team"), EffectiveFrom: ev.RecordedAt}
	case processors.MemberJoined, processors.MemberLeft:
		d.member(ev)
	case processors.InvoicePaid:
		d.invoicePaid(ev)
	case processors.InvoiceVoided:
		d.invoiceVoided(ev)
	case processors.CampaignDefined:
		d.campaignDefined(ev)
	case processors.CampaignRemoved:
		d.campaignRemoved(ev)
	case processors.SendRequested:
		d.sendRequested(ev)
	case processors.SendApproved, processors.SendDeclined, processors.SendAdjusted, processors.SendWithdrawn:
		d.sendStep(ev)
	case processors.Tick:
		d.tick(ev)
	case processors.Continue, processors.Resume:
		d.proceed()
	case processors.OrgDefined:
		d.orgDefined(ev)
	case processors.PlanDefined:
		d.planDefined(ev)
	case processors.PlanRemoved:
		d.planRemoved(ev)
	case processors.AccountDefined:
		d.accountDefined(ev)
	case processors.AccountRemoved:
		d.accountRemoved(ev)
	case processors.FXRateDefined:
		d.fxRateDefined(ev)
	}
	return c.bad
}

// TypeName is an event's type as it is on the wire; "" for TypeNone.
func TypeName(t processors.Type) string {
	switch t {
	case processors.UsageRecorded:
		return TypeUsageRecorded
	case processors.OrgDefined:
		return TypeOrgDefined
	case processors.PlanDefined:
		return TypePlanDefined
	case processors.PlanRemoved:
		return TypePlanRemoved
	case processors.AccountDefined:
		return TypeAccountDefined
	case processors.AccountRemoved:
		return TypeAccountRemoved
	case processors.CreditsGranted:
		return TypeCreditsGranted
	case processors.FXRateDefined:
		return TypeFXRateDefined
	case processors.PaymentReceived:
		return TypePaymentReceived
	case processors.RechargeRequested:
		return TypeRechargeRequested
	case processors.AttemptResolved:
		return TypeAttemptResolved
	case processors.CreditsRemoved:
		return TypeCreditsRemoved
	case processors.PaymentRefunded:
		return TypePaymentRefunded
	case processors.TeamDefined:
		return TypeTeamDefined
	case processors.TeamRemoved:
		return TypeTeamRemoved
	case processors.MemberJoined:
		return TypeMemberJoined
	case processors.MemberLeft:
		return TypeMemberLeft
	case processors.InvoicePaid:
		return TypeInvoicePaid
	case processors.InvoiceVoided:
		return TypeInvoiceVoided
	case processors.Tick:
		return TypeTick
	case processors.Continue:
		return TypeContinue
	case processors.Resume:
		return TypeResume
	}
	return sendTypeName(t)
}
