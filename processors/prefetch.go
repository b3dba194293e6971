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
		new(reversal).load(b, &c.Event)
	case *Team:
		b.Org(c.Org)
		run := budgetRun{team: c, at: c.NextDue}
		run.load(b, c.Org, c.Members)
	case *Send:
		if c.First < c.Next {
			b.Parked(c.Org, c.waiting(), max(c.First, c.Looked))
		}
		if c.State == FundsNeeded {
			new(waitingSend).load(b, c)
		}
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
		var r rating
		if r.load(b, ev) && !mustWait(r.wallet) {
			r.rate(b, ev, new(Decision))
		}
	case PlanDefined, PlanRemoved:
		b.Plan(ev.Org, ev.Plan.ID)
	case AccountDefined:
		new(definition).load(b, ev)
	case AccountRemoved:
		if a, known := b.Account(ev.Org, ev.Account.ID); known && a.defined() {
			namedPlans(b, a)
		}
	case CreditsGranted:
		b.Account(ev.Org, ev.Grant.Account)
		b.System(ev.Org, WorldComplimentary, ev.Grant.Currency)
	case FXRateDefined:
		b.FX(ev.Org, ev.FX.From, ev.FX.To)
	case UsageVoided, UsageCorrected:
		var r reversal
		if known, found := r.load(b, ev); known && found {
			r.judge(b, ev, new(Decision))
		}
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
		var s resolution
		if _, found := s.load(b, ev); found && s.account != nil {
			b.System(ev.Org, WorldPayments, s.account.Currency)
		}
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
		from, _ := b.Account(ev.Org, ev.Transfer.From)
		to, _ := b.Account(ev.Org, ev.Transfer.To)
		if from.defined() && to.defined() && from.Currency != to.Currency {
			rateBetween(b, ev.Org, from.Currency, to.Currency, ev.OccurredAt)
			b.System(ev.Org, WorldFX, from.Currency)
			b.System(ev.Org, WorldFX, to.Currency)
		}
	case LicencePurchased:
		licenceSource(b, ev)
		b.System(ev.Org, RevenueLicences, ev.Licence.Currency)
	case TeamDefined:
		new(teamDefinition).load(b, ev)
	case TeamRemoved:
		b.Team(ev.Org, ev.Team.ID)
	case MemberJoined, MemberLeft:
		b.Account(ev.Org, ev.Member.Account)
		b.Team(ev.Org, ev.Member.Team)
	case InvoicePaid, InvoiceVoided:
		prefetchInvoice(b, ev)
	default:
		prefetchSend(b, ev)
	}
}

func prefetchInvoice(b Book, ev *Event) {
	i, known := b.Invoice(ev.Org, ev.Bill.Invoice)
	if !known || i == nil {
		return
	}
	b.Account(ev.Org, i.Account)
	if ev.Type == InvoicePaid {
		b.Payments(ev.Org, i.Account, ev.Bill.Payment)
		b.System(ev.Org, WorldPayments, i.Currency)
	}
}

func prefetchSend(b Book, ev *Event) {
	switch ev.Type {
	case CampaignDefined, CampaignRemoved:
		b.Campaign(ev.Org, ev.Campaign.ID)
	case SendRequested:
		new(asking).load(b, ev)
	case SendApproved, SendDeclined, SendAdjusted, SendWithdrawn:
		if s, known := b.Send(ev.Org, ev.Step.Send); known && s != nil {
			s.prefetch(b)
		}
	}
}
