package topics

import (
	"math"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
)

// Decoder turns input records into events. It is reused from record to record, by one goroutine.
//
// It is strict in what counts: duplicate fields and headers, other JSON types, exponents, bad UTF-8 and everything beyond
// the bounds is refused. Fields that it does not know are ignored, within the same bounds, so that producers may add some;
// null is the same as not given.
type Decoder struct {
	cursor cursor
	canon  canon
	lines  []core.OrderLine // of the last send, for their room
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder { return &Decoder{} }

// Decode fills ev from a record of the input with that index in Inputs, or says why it cannot (R10.1). The event's Org,
// Source, ID and the strings of Usage, Send and Payment may point into the record; definitions and grants have their own.
// After a rejection, ev holds what of the envelope could be read, and no body.
func (d *Decoder) Decode(input int, rec *kgo.Record, ev *core.Event) *Rejection {
	*ev = core.Event{RecordedAt: TimeOf(rec.Timestamp)}
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
	if ev.Type = typeOf(input, e.kind); ev.Type == core.TypeNone {
		return &Rejection{ReasonUnknownType, e.prefix + "type", "expected " + typesOn(input) + `, came ` + quoted(e.kind)}
	}
	d.canon.start(ev.Type, at)
	if bad := d.body(e.data, ev); bad != nil {
		*ev = core.Event{Type: ev.Type, Org: ev.Org, Source: ev.Source, ID: ev.ID, OccurredAt: ev.OccurredAt, RecordedAt: ev.RecordedAt}
		return bad
	}
	ev.Payload = d.canon.sum()
	ev.Identity = d.canon.identity(ev.Org, ev.Source, ev.ID)
	return nil
}

// org reads the key. Ticks are for a partition and have none.
func org(input int, key []byte, ev *core.Event) *Rejection {
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
func typeOf(input int, name string) core.Type {
	t := core.UsageRecorded
	if name != TypeUsageRecorded { // which most are
		t = typesByName[name]
	}
	if types[t].topic != Inputs[input] {
		return core.TypeNone
	}
	return t
}

// typesOn names what a topic takes.
func typesOn(input int) string {
	var names []string
	for t := range core.Type(math.MaxUint8) {
		if name := TypeName(t); name != "" && typeOf(input, name) == t {
			names = append(names, name)
		}
	}
	return "one of " + strings.Join(names, ", ") + " on the topic " + Inputs[input]
}

// body decodes what belongs to the event's type.
func (d *Decoder) body(data []byte, ev *core.Event) *Rejection {
	c := &d.cursor
	c.bad = nil
	switch ev.Type { // the frequent ones
	case core.UsageRecorded:
		d.usage(data, &ev.Usage)
		return c.bad
	case core.SendRequested:
		d.sendRequested(data, ev)
		return c.bad
	}
	c.start(data, "data.")
	c.present()
	switch ev.Type {
	case core.PaymentReceived:
		d.payment(ev)
	case core.CreditsGranted:
		d.grant(ev)
	case core.RechargeRequested, core.FundingRequested:
		d.rechargeRequested(ev)
	case core.AttemptResolved:
		d.attemptResolved(ev)
	case core.CreditsRemoved:
		d.creditsRemoved(ev)
	case core.UsageVoided, core.UsageCorrected:
		d.reversal(ev)
	case core.PaymentRefunded:
		d.paymentRefunded(ev)
	case core.Tick:
		d.tick(ev)
	case core.Continue, core.Resume:
		d.proceed()
	case core.OrgDefined:
		d.orgDefined(ev)
	case core.PlanDefined:
		d.planDefined(ev)
	case core.PlanRemoved:
		d.planRemoved(ev)
	case core.AccountDefined:
		d.accountDefined(ev)
	case core.AccountRemoved:
		d.accountRemoved(ev)
	case core.FXRateDefined:
		d.fxRateDefined(ev)
	default:
		d.fundingBody(ev)
	}
	return c.bad
}

// fundingBody is body for funding sources, teams and invoices.
func (d *Decoder) fundingBody(ev *core.Event) {
	switch ev.Type {
	case core.TeamDefined:
		d.teamDefined(ev)
	case core.TeamRemoved:
		ev.Team = &core.TeamVersion{ID: d.named("team"), EffectiveFrom: ev.RecordedAt}
	case core.MemberJoined, core.MemberLeft:
		d.member(ev)
	case core.InvoicePaid:
		d.invoicePaid(ev)
	case core.TransferRequested:
		d.transferRequested(ev)
	case core.LicencePurchased:
		d.licencePurchased(ev)
	case core.InvoiceVoided:
		d.invoiceVoided(ev)
	default:
		d.sendBody(ev)
	}
}

// sendBody is body for campaigns and sends.
func (d *Decoder) sendBody(ev *core.Event) {
	switch ev.Type {
	case core.CampaignDefined:
		d.campaignDefined(ev)
	case core.CampaignRemoved:
		ev.Campaign = &core.CampaignVersion{ID: d.named("campaign"), EffectiveFrom: ev.RecordedAt}
	case core.SendApproved, core.SendDeclined, core.SendAdjusted, core.SendWithdrawn:
		d.sendStep(ev)
	default:
		d.spendingBody(ev)
	}
}

// spendingBody is body for spending accounts and orders.
func (d *Decoder) spendingBody(ev *core.Event) {
	switch ev.Type {
	case core.SpendingDefined:
		d.spendingDefined(ev)
	case core.SpendingSwitched:
		d.spendingSwitched(ev)
	case core.SpendingCopied:
		d.spendingCopied(ev)
	case core.BudgetsSet:
		d.budgetsSet(ev)
	case core.BudgetsImported:
		d.budgetsImported(ev)
	case core.SpendingRemoved:
		ev.Spending = &core.SpendingTerms{ID: d.named("spending_account")}
	case core.ShopperDefined:
		d.userDefined(ev)
	case core.ShopperRemoved:
		ev.Shopper = &core.ShopperVersion{ID: d.named("user")}
	case core.OrderPlaced:
		d.orderPlaced(ev)
	case core.OrderTakenBack:
		ev.Order = &core.OrderRequest{Order: d.named("order")}
	case core.SpendQuoted:
		d.spendQuoted(ev)
	default:
		d.customerBody(ev)
	}
}

// TypeName is an event's type as it is on the wire; "" for TypeNone.
func TypeName(t core.Type) string {
	if int(t) >= len(types) {
		return ""
	}
	return types[t].name
}

// types has each type's name on the wire, and the topic that it comes on.
var types = [...]struct{ name, topic string }{
	core.UsageRecorded:     {TypeUsageRecorded, Usage},
	core.UsageVoided:       {TypeUsageVoided, Usage},
	core.UsageCorrected:    {TypeUsageCorrected, Usage},
	core.PaymentReceived:   {TypePaymentReceived, PaymentResult},
	core.AttemptResolved:   {TypeAttemptResolved, PaymentResult},
	core.PaymentRefunded:   {TypePaymentRefunded, PaymentResult},
	core.InvoicePaid:       {TypeInvoicePaid, PaymentResult},
	core.Tick:              {TypeTick, RefillTick},
	core.Continue:          {TypeContinue, RefillTick},
	core.Resume:            {TypeResume, RefillTick},
	core.OrgDefined:        {TypeOrgDefined, Account},
	core.PlanDefined:       {TypePlanDefined, Account},
	core.PlanRemoved:       {TypePlanRemoved, Account},
	core.AccountDefined:    {TypeAccountDefined, Account},
	core.AccountRemoved:    {TypeAccountRemoved, Account},
	core.CreditsGranted:    {TypeCreditsGranted, Account},
	core.FXRateDefined:     {TypeFXRateDefined, Account},
	core.RechargeRequested: {TypeRechargeRequested, Account},
	core.CreditsRemoved:    {TypeCreditsRemoved, Account},
	core.TeamDefined:       {TypeTeamDefined, Account},
	core.TeamRemoved:       {TypeTeamRemoved, Account},
	core.MemberJoined:      {TypeMemberJoined, Account},
	core.MemberLeft:        {TypeMemberLeft, Account},
	core.InvoiceVoided:     {TypeInvoiceVoided, Account},
	core.FundingRequested:  {TypeFundingRequested, Account},
	core.TransferRequested: {TypeTransferRequested, Account},
	core.LicencePurchased:  {TypeLicencePurchased, Account},
	core.CampaignDefined:   {TypeCampaignDefined, Account},
	core.CampaignRemoved:   {TypeCampaignRemoved, Account},
	core.SendRequested:     {TypeSendRequested, Send},
	core.SendApproved:      {TypeSendApproved, Send},
	core.SendDeclined:      {TypeSendDeclined, Send},
	core.SendAdjusted:      {TypeSendAdjusted, Send},
	core.SendWithdrawn:     {TypeSendCancelled, Send},
	core.SpendingDefined:   {TypeSpendingDefined, Account},
	core.SpendingSwitched:  {TypeSpendingSwitched, Account},
	core.SpendingCopied:    {TypeSpendingCopied, Account},
	core.SpendingRemoved:   {TypeSpendingRemoved, Account},
	core.ShopperDefined:    {TypeUserDefined, Account},
	core.ShopperRemoved:    {TypeUserRemoved, Account},
	core.OrderPlaced:       {TypeOrderPlaced, Send},
	core.OrderTakenBack:    {TypeOrderCancelled, Send},
	core.SpendQuoted:       {TypeSpendQuoted, Send},
	core.BudgetsSet:        {TypeBudgetsSet, Account},
	core.BudgetsImported:   {TypeBudgetsImported, Account},

	core.TransactionRecorded:  {TypeTransactionRecorded, Account},
	core.TransactionPosted:    {TypeTransactionPosted, Account},
	core.TransactionDiscarded: {TypeTransactionDiscarded, Account},

	core.CustomerSettingsDefined: {TypeCustomerSettings, Account},
	core.CustomerStatusRequested: {TypeCustomerStatus, Account},
	core.CreditRequested:         {TypeCreditRequested, Account},

	core.PeriodsDefined:       {TypePeriodsDefined, Account},
	core.PeriodCloseRequested: {TypePeriodCloseRequested, Account},
	core.PeriodDraftsPosted:   {TypePeriodDraftsPosted, Account},
	core.PeriodIsCorrected:    {TypePeriodCorrected, Account},
}

var typesByName = func() map[string]core.Type {
	all := make(map[string]core.Type, len(types))
	for t := range types {
		if types[t].name != "" {
			all[types[t].name] = core.Type(t)
		}
	}
	return all
}()
