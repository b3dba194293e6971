package core

// The names on the wire.

// String returns the result as it is written.
func (r Result) String() string { return name(resultNames[:], int(r)) }

// String returns what a price came from as it is written; "" for none.
func (b Basis) String() string { return name(basisNames[:], int(b)) }

// String returns the bucket as it is written; "" for none.
func (b Bucket) String() string { return name(bucketNames[:], int(b)) }

// String returns the kind of account as it is written; "" for none.
func (k AccountKind) String() string { return name(kindNames[:], int(k)) }

// String returns the verdict in a word.
func (v Verdict) String() string { return name(verdictNames[:], int(v)) }

// String returns the purpose as it is written.
func (p Purpose) String() string { return name(purposeNames[:], int(p)) }

// String returns what a result says as it is written; "" for none.
func (s AttemptState) String() string { return name(attemptNames[:], int(s)) }

// String returns the status as it is written.
func (s OutcomeStatus) String() string { return name(outcomeNames[:], int(s)) }

// String returns the state in a word.
func (s SendState) String() string { return name(sendNames[:], int(s)) }

// String returns the kind of limit as it is written.
func (k LimitKind) String() string { return name(limitNames[:], int(k)) }

// String returns the state in a word.
func (s OrderState) String() string { return name(orderNames[:], int(s)) }

// String returns the kind of due work as it is written.
func (w Work) String() string { return name(workNames[:], int(w)) }

// String returns the kind of invoice as it is written.
func (k InvoiceKind) String() string { return name(invoiceNames[:], int(k)) }

var (
	invoiceNames = [...]string{FundingInvoice: "funding", RechargeInvoice: "recharge", AddFundsInvoice: "add_funds", NegativeInvoice: "negative_balance"}
	purposeNames = [...]string{Automatic: "automatic", Manual: "manual", ScheduledFunding: "scheduled_funding", TeamBudget: "team_budget", AddFunds: "add_funds", Adjustment: "adjustment", Licence: "licence", AutomaticPayment: "automatic_payment", RecurringPayment: "recurring_payment"}
	attemptNames = [...]string{Unresolved: "", Failed: "failed", Succeeded: "succeeded"}
	outcomeNames = [...]string{Pending: "pending", Accepted: "accepted", Rejected: "rejected"}
	sendNames    = [...]string{
		SendAwaited: "awaited", ApprovalNeeded: "pending_approval", SendAccepted: "accepted", SendRejected: "rejected", SendCancelled: "cancelled",
		FundsNeeded: "pending_funds",
	}
	limitNames = [...]string{PerItem: "item", PerOrder: "order", PerWeek: "week", PerMonth: "month", PerYear: "year", PerDays: "days"}
	orderNames = [...]string{OrderAccepted: "accepted", OrderCancelled: "cancelled"}
	workNames  = [...]string{
		BudgetReloaded: "budget_reloaded", BudgetSet: "budget_set",
		GrantExpired: "grant_expired", CreditsGiven: "credits_given", RechargeRetried: "recharge_retried", RechargeDropped: "recharge_dropped", AttemptUnresolved: "recharge_unresolved",
		FundingScheduled: "funding_scheduled", BudgetRun: "budget_run", FundsOverdue: "funds_overdue", DayEnded: "day_ended",
		CreditAllocated: "credit_allocated", PeriodClosing: "period_closing", DraftPosted: "draft_posted", DraftsDone: "drafts_done",
		ChargePosted: "charge_posted", ChargeGivenUp: "charge_given_up", RecurringCharged: "recurring_charged", RecurringAsked: "recurring_asked",
	}
	resultNames  = [...]string{Applied: "applied", Refused: "refused", Waiting: "waiting", Expired: "expired", Silent: "silent"}
	basisNames   = [...]string{ByDefault: "default", ByLocation: "location", ByPlan: "plan", ByOrg: "org", ByRateCard: "rate_card"}
	bucketNames  = [...]string{Purchased: "purchased", Complimentary: "complimentary"}
	kindNames    = [...]string{KindWallet: "wallet", KindAgencyWallet: "agency_wallet", KindSystem: "system", KindFundingSource: "funding_source", KindSpending: "spending_account", KindCustomerAccount: "customer_account"}
	verdictNames = [...]string{New: "new", Duplicate: "duplicate", Conflict: "conflict", Replay: "replay"}
)

func name(names []string, i int) string {
	if i >= len(names) {
		return "unknown"
	}
	return names[i]
}
