package processors

// Decide says what an event does. Everything that it changes is in the book afterwards, and what happened is in d.
//
// On Miss and DueFirst nothing has been changed, and Decide is called again: after loading what the book was asked for,
// or after RunDue on d.DueCell. A decision that is not Silent has the entry number that Progress.Entry then shows.
func Decide(b Book, ev *Event, d *Decision) Status {
	d.Reset()
	status := decide(b, ev, d)
	if status == Miss && ev.Type != UsageRecorded { // which has asked for all that it needs by itself
		Prefetch(b, ev)
	}
	if status == Done && d.Result == Refused && ev.Type.Asks() {
		d.reject(ev, d.Reason)
	}
	if status == Done && d.Result != Silent {
		number(b, d, ev.Org, ev.OccurredAt)
	}
	return status
}

func decide(b Book, ev *Event, d *Decision) Status {
	switch ev.Type {
	case UsageRecorded:
		return recordUsage(b, ev, d)
	case OrgDefined:
		return defineOrg(b, ev, d)
	case PlanDefined:
		return definePlan(b, ev, d)
	case PlanRemoved:
		return removePlan(b, ev, d)
	case AccountDefined:
		return defineAccount(b, ev, d)
	case AccountRemoved:
		return removeAccount(b, ev, d)
	case CreditsGranted:
		return grantCredits(b, ev, d)
	case FXRateDefined:
		return defineRate(b, ev, d)
	case PaymentReceived:
		return receivePayment(b, ev, d)
	case RechargeRequested:
		return requestRecharge(b, ev, d)
	case AttemptResolved:
		return resolveAttempt(b, ev, d)
	case CreditsRemoved:
		return removeCredits(b, ev, d)
	case PaymentRefunded:
		return refundPayment(b, ev, d)
	case UsageVoided, UsageCorrected:
		return reverseUsage(b, ev, d)
	case Tick:
		return tick(b, ev, d)
	case Continue, Resume:
		return d.silent() // the shell's own: they have done their work by being consumed
	default:
		return decideFunding(b, ev, d)
	}
}

// decideFunding is decide for funding sources, teams and invoices (R5).
func decideFunding(b Book, ev *Event, d *Decision) Status {
	switch ev.Type {
	case TeamDefined:
		return defineTeam(b, ev, d)
	case TeamRemoved:
		return removeTeam(b, ev, d)
	case MemberJoined:
		return joinTeam(b, ev, d)
	case MemberLeft:
		return leaveTeam(b, ev, d)
	case TransferRequested:
		return transferMoney(b, ev, d)
	case FundingRequested:
		return requestFunding(b, ev, d)
	case LicencePurchased:
		return purchaseLicence(b, ev, d)
	case InvoicePaid:
		return payInvoice(b, ev, d)
	case InvoiceVoided:
		return voidInvoice(b, ev, d)
	default:
		return decideSend(b, ev, d)
	}
}

// decideSend is decide for campaigns and sends (R6).
func decideSend(b Book, ev *Event, d *Decision) Status {
	switch ev.Type {
	case CampaignDefined:
		return defineCampaign(b, ev, d)
	case CampaignRemoved:
		return removeCampaign(b, ev, d)
	case SendRequested:
		return requestSend(b, ev, d)
	case SendApproved, SendDeclined, SendAdjusted, SendWithdrawn:
		return followSend(b, ev, d)
	default:
		panic("processors: an event of a type that nobody decides")
	}
}

// RunDue does one piece of c's due work, the one that is due first, at its own due time, which is not later than until.
// It may answer Miss and DueFirst as Decide does: an event that waited touches other cells, on which something may be
// due before it. A cell with nothing due is Done and Silent.
func RunDue(b Book, c Cell, until Time, d *Decision) Status {
	d.Reset()
	due := c.Head().NextDue
	if due == 0 || due > until && due != DueNow {
		return d.silent()
	}
	switch c := c.(type) {
	case *Account:
		return c.work(b, d)
	case *Recharge:
		if c.State == RetryWaiting {
			return retryCovering(b, c, d)
		}
		return tellUnresolved(b, c, d)
	case *Burnt:
		return forgetBurnt(b, c, d)
	case *Parked:
		return lookAgain(b, c, d)
	case *Send:
		return c.work(b, d)
	case *Team:
		return runBudget(b, c, d)
	case *Queue:
		if c.Ready {
			return workOff(b, c, d)
		}
		return expireWaiting(b, c, d)
	default:
		panic("processors: due work on a cell of a kind that has none")
	}
}

// work does what an account has to do first. What falls due at the same instant is done in this order.
func (a *Account) work(b Book, d *Decision) Status {
	switch a.NextDue {
	case a.expiry():
		return expireGrant(b, a, d)
	case a.Monthly.Due:
		return giveCredits(b, a, d)
	case a.Funding.Due:
		return fundOnSchedule(b, a, d)
	case a.Funding.Night:
		return endDay(b, a, d)
	default:
		return retryRecharge(b, a, d)
	}
}

// schedule makes the account due when the first of what it waits for is.
func (a *Account) schedule() {
	a.NextDue = sooner(sooner(a.expiry(), a.Monthly.Due), sooner(sooner(a.Funding.Due, a.Funding.Night), a.Dunning.Retry))
}

// sooner returns the earlier of two times; zero is never.
func sooner(a, b Time) Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// number gives the decision the next entry number of the partition.
func number(b Book, d *Decision, org string, at Time) {
	d.Org, d.At = org, at
	p := b.Progress()
	p.Entry++
	b.Touch(p)
}

// refuse ends a decision with a reason. Nothing has been changed before it.
func (d *Decision) refuse(why Reason) Status {
	d.Result, d.Reason, d.Price = Refused, why, Price{}
	return Done
}

// apply ends a decision that is made.
func (d *Decision) apply() Status {
	d.Result = Applied
	return Done
}

// silent ends a decision of which there is nothing to record.
func (d *Decision) silent() Status {
	d.Result = Silent
	return Done
}
