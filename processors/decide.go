package processors

import (
	"purser/processors/core"
	"purser/processors/credit"
	"purser/processors/customer"
	"purser/processors/definition"
	"purser/processors/dunning"
	"purser/processors/funding"
	"purser/processors/invoice"
	"purser/processors/licence"
	"purser/processors/order"
	"purser/processors/payment"
	"purser/processors/recharge"
	"purser/processors/reversal"
	"purser/processors/send"
	"purser/processors/spending"
	"purser/processors/team"
	"purser/processors/usage"
)

// Decide says what an event does. Everything that it changes is in the book afterwards, and what happened is in d.
//
// On Miss and DueFirst nothing has been changed, but that what a balance of a spending account has to do may have been brought forward, and Decide
// is called again: after loading what the book was asked for, or after RunDue on d.DueCell. A decision that is not Silent has the entry number that Progress.Entry then shows.
func Decide(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	d.Reset()
	status := decide(b, ev, d)
	if status == core.Miss && ev.Type != core.UsageRecorded { // which has asked for all that it needs by itself
		Prefetch(b, ev)
	}
	if status == core.Done && d.Result == core.Refused && ev.Type.Asks() {
		reject(d, ev, d.Reason)
	}
	if status == core.Done && d.Result != core.Silent {
		core.Number(b, d, ev.Org, ev.OccurredAt)
	}
	return status
}

func decide(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch ev.Type {
	case core.UsageRecorded:
		return usage.Record(b, ev, d)
	case core.OrgDefined:
		return definition.DefineOrg(b, ev, d)
	case core.PlanDefined:
		return definition.DefinePlan(b, ev, d)
	case core.PlanRemoved:
		return definition.RemovePlan(b, ev, d)
	case core.AccountDefined:
		return definition.DefineAccount(b, ev, d)
	case core.AccountRemoved:
		return definition.RemoveAccount(b, ev, d)
	case core.CreditsGranted:
		return credit.Grant(b, ev, d)
	case core.FXRateDefined:
		return definition.DefineRate(b, ev, d)
	case core.PaymentReceived:
		return payment.Receive(b, ev, d)
	case core.RechargeRequested:
		return recharge.Request(b, ev, d)
	case core.AttemptResolved:
		return dunning.Resolve(b, ev, d)
	case core.CreditsRemoved:
		return credit.Remove(b, ev, d)
	case core.PaymentRefunded:
		return payment.Refund(b, ev, d)
	case core.UsageVoided, core.UsageCorrected:
		return reversal.Reverse(b, ev, d)
	case core.Tick:
		return tick(b, ev, d)
	case core.Continue, core.Resume:
		return d.Silent() // the shell's own: they have done their work by being consumed
	default:
		return decideFunding(b, ev, d)
	}
}

// decideFunding is decide for funding sources, teams and invoices (R5).
func decideFunding(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch ev.Type {
	case core.TeamDefined:
		return team.Define(b, ev, d)
	case core.TeamRemoved:
		return team.Remove(b, ev, d)
	case core.MemberJoined:
		return team.Join(b, ev, d)
	case core.MemberLeft:
		return team.Leave(b, ev, d)
	case core.TransferRequested:
		return funding.Transfer(b, ev, d)
	case core.FundingRequested:
		return funding.Request(b, ev, d)
	case core.LicencePurchased:
		return licence.Purchase(b, ev, d)
	case core.InvoicePaid:
		return payment.PayInvoice(b, ev, d)
	case core.InvoiceVoided:
		return invoice.Void(b, ev, d)
	default:
		return decideSend(b, ev, d)
	}
}

// decideSend is decide for campaigns and sends (R6).
func decideSend(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch ev.Type {
	case core.CampaignDefined:
		return send.DefineCampaign(b, ev, d)
	case core.CampaignRemoved:
		return send.RemoveCampaign(b, ev, d)
	case core.SendRequested:
		return send.Request(b, ev, d)
	case core.SendApproved, core.SendDeclined, core.SendAdjusted, core.SendWithdrawn:
		return send.Follow(b, ev, d)
	default:
		return decideSpending(b, ev, d)
	}
}

// decideSpending is decide for spending accounts and orders (R7).
func decideSpending(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch ev.Type {
	case core.SpendingDefined:
		return spending.Define(b, ev, d)
	case core.SpendingSwitched:
		return spending.Switch(b, ev, d)
	case core.SpendingCopied:
		return spending.Copy(b, ev, d)
	case core.SpendingRemoved:
		return spending.Remove(b, ev, d)
	case core.ShopperDefined:
		return spending.DefineShopper(b, ev, d)
	case core.ShopperRemoved:
		return spending.RemoveShopper(b, ev, d)
	case core.OrderPlaced:
		return order.Place(b, ev, d)
	case core.OrderTakenBack:
		return order.Cancel(b, ev, d)
	case core.BudgetsSet:
		return spending.SetBudgets(b, ev, d)
	case core.BudgetsImported:
		return spending.ImportBudgets(b, ev, d)
	case core.SpendQuoted:
		return order.Quote(b, ev, d)
	default:
		return decideCustomer(b, ev, d)
	}
}

// decideCustomer is decide for customer accounts (R8).
func decideCustomer(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch ev.Type {
	case core.TransactionRecorded:
		return customer.Record(b, ev, d)
	case core.TransactionPosted:
		return customer.PostDraft(b, ev, d)
	case core.TransactionDiscarded:
		return customer.Discard(b, ev, d)
	case core.CustomerSettingsDefined:
		return customer.DefineSettings(b, ev, d)
	case core.CustomerStatusRequested:
		return customer.ChangeStatus(b, ev, d)
	case core.CreditRequested:
		return customer.Authorise(b, ev, d)
	case core.PeriodsDefined:
		return customer.DefinePeriods(b, ev, d)
	case core.PeriodCloseRequested:
		return customer.ClosePeriod(b, ev, d)
	case core.PeriodDraftsPosted:
		return customer.PostDrafts(b, ev, d)
	case core.PeriodIsCorrected:
		return customer.CorrectPeriod(b, ev, d)
	default:
		panic("processors: an event of a type that nobody decides")
	}
}

// reject answers the question of a refused event.
func reject(d *core.Decision, ev *core.Event, why core.Reason) {
	d.Outcome = core.Outcome{Status: core.Rejected, Reason: why, Needed: d.Needed, Had: d.Had}
	if ev.Send != nil {
		d.Outcome.Send = ev.Send.Send
	}
	if ev.Order != nil {
		d.Outcome.Order = ev.Order.Order
	}
	if ev.Transaction != nil {
		d.Outcome.Transaction = ev.Transaction.Transaction
	}
	if ev.Status != nil {
		d.Outcome.Transaction = ev.Status.Transaction
	}
}

// tick sets what the partition works towards. LastTick follows when the shell has run all that is due up to there (R1.7).
func tick(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	if p := b.Progress(); ev.TickAt > p.Target {
		p.Target = ev.TickAt
		b.Touch(p)
	}
	return d.Silent()
}
