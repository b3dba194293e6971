package processors

import (
	"purser/processors/core"
	"purser/processors/credit"
	"purser/processors/customer"
	"purser/processors/definition"
	"purser/processors/dunning"
	"purser/processors/funding"
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

// PrefetchDue asks the book for what a cell's due work will need, as Prefetch does for events.
func PrefetchDue(b core.Book, c core.Cell) {
	switch c := c.(type) {
	case *core.Account:
		b.System(c.Org, core.WorldComplimentary, c.Currency)
		if c.Kind == core.KindFundingSource {
			b.Org(c.Org)
		}
		if c.Monthly.Due != 0 {
			credit.LoadMonthly(b, c)
		}
		if c.Dunning.Auto != 0 {
			b.Recharge(c.Org, c.ID, c.Dunning.Auto)
		}
	case *core.Recharge:
		b.Account(c.Org, c.Account)
		b.Org(c.Org)
		if recharge.MovesOn(c) {
			b.Covered(c.Org, c.Account, c.Number)
		}
	case *core.Parked:
		reversal.Prefetch(b, &c.Event)
	case *core.Team:
		team.PrefetchBudget(b, c)
	case *core.Spending:
		if c.Walk != "" {
			b.Allowance(c.Org, c.ID, core.LinkedBalance(c.Walk))
		}
	case *core.Allowance:
		spending.PrefetchWork(b, c)
	case *core.Transaction:
		b.Customer(c.Org, c.Account)
		b.Org(c.Org)
	case *core.Customer:
		b.Account(c.Org, c.Account)
	case *core.Periods:
		b.Org(c.Org)
	case *core.Send:
		send.PrefetchDue(c, b)
	case *core.Queue:
		b.Parked(c.Org, c.Account, c.First)
		b.Org(c.Org)
		if c.Account != "" {
			b.Account(c.Org, c.Account)
		}
	}
}

// Prefetch asks the book for what an event will need, as far as what is loaded can tell, and decides nothing.
func Prefetch(b core.Book, ev *core.Event) {
	b.Org(ev.Org)
	switch ev.Type {
	case core.UsageRecorded:
		usage.Prefetch(b, ev)
	case core.PlanDefined, core.PlanRemoved:
		b.Plan(ev.Org, ev.Plan.ID)
	case core.AccountDefined, core.AccountRemoved:
		definition.PrefetchAccount(b, ev)
	case core.CreditsGranted:
		b.Account(ev.Org, ev.Grant.Account)
		b.System(ev.Org, core.WorldComplimentary, ev.Grant.Currency)
	case core.FXRateDefined:
		b.FX(ev.Org, ev.FX.From, ev.FX.To)
	case core.UsageVoided, core.UsageCorrected:
		reversal.Prefetch(b, ev)
	case core.CreditsRemoved:
		b.Account(ev.Org, ev.Removal.Account)
		b.System(ev.Org, core.WorldRemoved, ev.Removal.Currency)
		if ev.Removal.Reference != "" {
			b.Removed(ev.Org, ev.Removal.Account, ev.Removal.Reference)
		}
	case core.PaymentRefunded:
		b.Account(ev.Org, ev.Refund.Account)
		b.Payments(ev.Org, ev.Refund.Account, ev.Refund.Payment)
		b.System(ev.Org, core.WorldPayments, ev.Refund.Currency)
	case core.RechargeRequested, core.FundingRequested:
		b.Account(ev.Org, ev.Request.Account)
	case core.AttemptResolved:
		dunning.Prefetch(b, ev)
	case core.PaymentReceived:
		b.Account(ev.Org, ev.Payment.Account)
		b.Payments(ev.Org, ev.Payment.Account, ev.Payment.Payment)
		b.System(ev.Org, core.WorldPayments, ev.Payment.Currency)
	default:
		prefetchFunding(b, ev)
	}
}

// prefetchFunding is Prefetch for what decideFunding decides.
func prefetchFunding(b core.Book, ev *core.Event) {
	switch ev.Type {
	case core.TransferRequested:
		funding.PrefetchTransfer(b, ev)
	case core.LicencePurchased:
		licence.Prefetch(b, ev)
	case core.TeamDefined:
		team.Prefetch(b, ev)
	case core.TeamRemoved:
		b.Team(ev.Org, ev.Team.ID)
	case core.MemberJoined, core.MemberLeft:
		b.Account(ev.Org, ev.Member.Account)
		b.Team(ev.Org, ev.Member.Team)
	case core.InvoicePaid, core.InvoiceVoided:
		payment.PrefetchInvoice(b, ev)
	default:
		prefetchSending(b, ev)
	}
}

// prefetchSending is Prefetch for what decideSend decides.
func prefetchSending(b core.Book, ev *core.Event) {
	switch ev.Type {
	case core.CampaignDefined, core.CampaignRemoved:
		b.Campaign(ev.Org, ev.Campaign.ID)
	case core.SendRequested, core.SendApproved, core.SendDeclined, core.SendAdjusted, core.SendWithdrawn:
		send.Prefetch(b, ev)
	case core.OrderPlaced, core.OrderTakenBack:
		order.Prefetch(b, ev)
	case core.BudgetsSet, core.BudgetsImported:
		spending.PrefetchBudgets(b, ev)
	case core.SpendQuoted:
		order.PrefetchQuote(b, ev)
	case core.TransactionRecorded, core.TransactionPosted, core.TransactionDiscarded:
		customer.Prefetch(b, ev)
	case core.CustomerSettingsDefined:
		b.CustomerSettings(ev.Org)
	case core.CustomerStatusRequested:
		customer.PrefetchAccount(b, ev.Org, ev.Status.Account)
		b.Transaction(ev.Org, ev.Status.Account, ev.Status.Transaction)
	case core.CreditRequested:
		customer.PrefetchAccount(b, ev.Org, ev.Credit.Account)
	case core.PeriodsDefined, core.PeriodCloseRequested, core.PeriodDraftsPosted, core.PeriodIsCorrected:
		b.Periods(ev.Org)
	}
}
