package topics

import (
	"math"
	"strconv"
	"strings"

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
		return &Rejection{Reason: ReasonTooLarge, Detail: "expected a record of at most " + strconv.Itoa(MaxRecordBytes) + " bytes, came " + strconv.Itoa(n)}
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
		return &Rejection{ReasonUnknownType, e.prefix + "type", "expected " + typesOn(input) + `, came ` + quoted(e.kind)}
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
		return &Rejection{ReasonTooLarge, "key", tooLong(len(key))}
	case !printable(view(key)):
		return &Rejection{ReasonBadString, "key", expectedPlain + `, came ` + quoted(view(key))}
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
	t := processors.UsageRecorded
	if name != TypeUsageRecorded { // which most are
		t = typesByName[name]
	}
	if types[t].topic != Inputs[input] {
		return processors.TypeNone
	}
	return t
}

// typesOn names what a topic takes.
func typesOn(input int) string {
	var names []string
	for t := range processors.Type(math.MaxUint8) {
		if name := TypeName(t); name != "" && typeOf(input, name) == t {
			names = append(names, name)
		}
	}
	return "one of " + strings.Join(names, ", ") + " on the topic " + Inputs[input]
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
	c.present()
	switch ev.Type {
	case processors.PaymentReceived:
		d.payment(ev)
	case processors.CreditsGranted:
		d.grant(ev)
	case processors.RechargeRequested, processors.FundingRequested:
		d.rechargeRequested(ev)
	case processors.AttemptResolved:
		d.attemptResolved(ev)
	case processors.CreditsRemoved:
		d.creditsRemoved(ev)
	case processors.UsageVoided, processors.UsageCorrected:
		d.reversal(ev)
	case processors.PaymentRefunded:
		d.paymentRefunded(ev)
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
	default:
		d.fundingBody(ev)
	}
	return c.bad
}

// fundingBody is body for funding sources, teams and invoices.
func (d *Decoder) fundingBody(ev *processors.Event) {
	switch ev.Type {
	case processors.TeamDefined:
		d.teamDefined(ev)
	case processors.TeamRemoved:
		ev.Team = &processors.TeamVersion{ID: d.named("team"), EffectiveFrom: ev.RecordedAt}
	case processors.MemberJoined, processors.MemberLeft:
		d.member(ev)
	case processors.InvoicePaid:
		d.invoicePaid(ev)
	case processors.TransferRequested:
		d.transferRequested(ev)
	case processors.LicencePurchased:
		d.licencePurchased(ev)
	case processors.InvoiceVoided:
		d.invoiceVoided(ev)
	default:
		d.sendBody(ev)
	}
}

// sendBody is body for campaigns and sends.
func (d *Decoder) sendBody(ev *processors.Event) {
	switch ev.Type {
	case processors.CampaignDefined:
		d.campaignDefined(ev)
	case processors.CampaignRemoved:
		ev.Campaign = &processors.CampaignVersion{ID: d.named("campaign"), EffectiveFrom: ev.RecordedAt}
	case processors.SendRequested:
		d.sendRequested(ev)
	case processors.SendApproved, processors.SendDeclined, processors.SendAdjusted, processors.SendWithdrawn:
		d.sendStep(ev)
	}
}

// TypeName is an event's type as it is on the wire; "" for TypeNone.
func TypeName(t processors.Type) string {
	if int(t) >= len(types) {
		return ""
	}
	return types[t].name
}

// types has each type's name on the wire, and the topic that it comes on.
var types = [...]struct{ name, topic string }{
	processors.UsageRecorded:     {TypeUsageRecorded, Usage},
	processors.UsageVoided:       {TypeUsageVoided, Usage},
	processors.UsageCorrected:    {TypeUsageCorrected, Usage},
	processors.PaymentReceived:   {TypePaymentReceived, PaymentResult},
	processors.AttemptResolved:   {TypeAttemptResolved, PaymentResult},
	processors.PaymentRefunded:   {TypePaymentRefunded, PaymentResult},
	processors.InvoicePaid:       {TypeInvoicePaid, PaymentResult},
	processors.Tick:              {TypeTick, RefillTick},
	processors.Continue:          {TypeContinue, RefillTick},
	processors.Resume:            {TypeResume, RefillTick},
	processors.OrgDefined:        {TypeOrgDefined, Account},
	processors.PlanDefined:       {TypePlanDefined, Account},
	processors.PlanRemoved:       {TypePlanRemoved, Account},
	processors.AccountDefined:    {TypeAccountDefined, Account},
	processors.AccountRemoved:    {TypeAccountRemoved, Account},
	processors.CreditsGranted:    {TypeCreditsGranted, Account},
	processors.FXRateDefined:     {TypeFXRateDefined, Account},
	processors.RechargeRequested: {TypeRechargeRequested, Account},
	processors.CreditsRemoved:    {TypeCreditsRemoved, Account},
	processors.TeamDefined:       {TypeTeamDefined, Account},
	processors.TeamRemoved:       {TypeTeamRemoved, Account},
	processors.MemberJoined:      {TypeMemberJoined, Account},
	processors.MemberLeft:        {TypeMemberLeft, Account},
	processors.InvoiceVoided:     {TypeInvoiceVoided, Account},
	processors.FundingRequested:  {TypeFundingRequested, Account},
	processors.TransferRequested: {TypeTransferRequested, Account},
	processors.LicencePurchased:  {TypeLicencePurchased, Account},
	processors.CampaignDefined:   {TypeCampaignDefined, Account},
	processors.CampaignRemoved:   {TypeCampaignRemoved, Account},
	processors.SendRequested:     {TypeSendRequested, Send},
	processors.SendApproved:      {TypeSendApproved, Send},
	processors.SendDeclined:      {TypeSendDeclined, Send},
	processors.SendAdjusted:      {TypeSendAdjusted, Send},
	processors.SendWithdrawn:     {TypeSendCancelled, Send},
}

var typesByName = func() map[string]processors.Type {
	all := make(map[string]processors.Type, len(types))
	for t := range types {
		if types[t].name != "" {
			all[types[t].name] = processors.Type(t)
		}
	}
	return all
}()
