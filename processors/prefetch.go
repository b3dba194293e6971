package processors

// PrefetchDue asks the book for what a cell's due work will need, as Prefetch does for events.
func PrefetchDue(b Book, c Cell) {
	switch c := c.(type) {
	case *Account:
		b.System(c.Org, WorldComplimentary, c.Currency)
		if c.Kind == KindFundingSource {
			b.Org(c.Org)
		}
		if c.Monthly.Due != 0 {
			loadMonthly(b, c)
		}
		if c.Dunning.Auto != 0 {
			b.Recharge(c.Org, c.ID, c.Dunning.Auto)
		}
	case *Recharge:
		b.Account(c.Org, c.Account)
		b.Org(c.Org)
		if c.movesOn() {
			b.Covered(c.Org, c.Account, c.Number)
		}
	case *Parked:
		prefetchReversal(b, &c.Event)
	case *Team:
		prefetchBudget(b, c)
	case *Send:
		c.prefetchDue(b)
	case *Queue:
		b.Parked(c.Org, c.Account, c.First)
		b.Org(c.Org)
		if c.Account != "" {
			b.Account(c.Org, c.Account)
		}
	}
}

// Prefetch asks the book for what an event will need, as far as what is loaded can tell, and decides nothing.
func Prefetch(b Book, ev *Event) {
	b.Org(ev.Org)
	switch ev.Type {
	case UsageRecorded:
		prefetchUsage(b, ev)
	case PlanDefined, PlanRemoved:
		b.Plan(ev.Org, ev.Plan.ID)
	case AccountDefined, AccountRemoved:
		prefetchAccount(b, ev)
	case CreditsGranted:
		b.Account(ev.Org, ev.Grant.Account)
		b.System(ev.Org, WorldComplimentary, ev.Grant.Currency)
	case FXRateDefined:
		b.FX(ev.Org, ev.FX.From, ev.FX.To)
	case UsageVoided, UsageCorrected:
		prefetchReversal(b, ev)
	case CreditsRemoved:
		b.Account(ev.Org, ev.Removal.Account)
		b.System(ev.Org, WorldRemoved, ev.Removal.Currency)
		if ev.Removal.Reference != "" {
			b.Removed(ev.Org, ev.Removal.Account, ev.Removal.Reference)
		}
	case PaymentRefunded:
		b.Account(ev.Org, ev.Refund.Account)
		b.Payments(ev.Org, ev.Refund.Account, ev.Refund.Payment)
		b.System(ev.Org, WorldPayments, ev.Refund.Currency)
	case RechargeRequested, FundingRequested:
		b.Account(ev.Org, ev.Request.Account)
	case AttemptResolved:
		prefetchResult(b, ev)
	case PaymentReceived:
		b.Account(ev.Org, ev.Payment.Account)
		b.Payments(ev.Org, ev.Payment.Account, ev.Payment.Payment)
		b.System(ev.Org, WorldPayments, ev.Payment.Currency)
	default:
		prefetchFunding(b, ev)
	}
}

// prefetchFunding is Prefetch for what decideFunding decides.
func prefetchFunding(b Book, ev *Event) {
	switch ev.Type {
	case TransferRequested:
		prefetchTransfer(b, ev)
	case LicencePurchased:
		prefetchLicence(b, ev)
	case TeamDefined:
		prefetchTeam(b, ev)
	case TeamRemoved:
		b.Team(ev.Org, ev.Team.ID)
	case MemberJoined, MemberLeft:
		b.Account(ev.Org, ev.Member.Account)
		b.Team(ev.Org, ev.Member.Team)
	case InvoicePaid, InvoiceVoided:
		prefetchInvoice(b, ev)
	default:
		prefetchSending(b, ev)
	}
}

// prefetchSending is Prefetch for what decideSend decides.
func prefetchSending(b Book, ev *Event) {
	switch ev.Type {
	case CampaignDefined, CampaignRemoved:
		b.Campaign(ev.Org, ev.Campaign.ID)
	case SendRequested, SendApproved, SendDeclined, SendAdjusted, SendWithdrawn:
		prefetchSend(b, ev)
	}
}
