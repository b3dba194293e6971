package processors

import (
	"purser/processors/core"
	"purser/processors/credit"
	"purser/processors/customer"
	"purser/processors/dunning"
	"purser/processors/funding"
	"purser/processors/invoice"
	"purser/processors/order"
	"purser/processors/recharge"
	"purser/processors/reversal"
	"purser/processors/send"
	"purser/processors/spending"
	"purser/processors/team"
	"purser/processors/usage"
)

// RunDue does one piece of c's due work, the one that is due first, at its own due time, which is not later than until.
// It may answer Miss and DueFirst as Decide does: an event that waited touches other cells, on which something may be
// due before it. A cell with nothing due is Done and Silent.
func RunDue(b core.Book, c core.Cell, until core.Time, d *core.Decision) core.Status {
	d.Reset()
	due := c.Head().NextDue
	if due == 0 || due > until && due != core.DueNow {
		return d.Silent()
	}
	switch c := c.(type) {
	case *core.Account:
		return work(c, b, d)
	case *core.Recharge:
		if c.State == core.RetryWaiting {
			return dunning.RetryCovering(b, c, d)
		}
		return recharge.TellUnresolved(b, c, d)
	case *core.Burnt:
		return usage.Forget(b, c, d)
	case *core.Parked:
		return reversal.LookAgain(b, c, d)
	case *core.Send:
		return send.Work(c, b, d)
	case *core.Team:
		return team.RunBudget(b, c, d)
	case *core.Spending:
		return spending.Tell(b, c, d)
	case *core.Allowance:
		return spending.Work(b, c, until, d)
	case *core.Order:
		return order.Forget(b, c, d)
	case *core.Transaction:
		return customer.Work(b, c, d)
	case *core.Customer:
		return customer.GoOn(b, c, d)
	case *core.Periods:
		return customer.WorkPeriods(b, c, d)
	case *core.Queue:
		if c.Ready {
			return usage.WorkOff(b, c, d)
		}
		return usage.ExpireWaiting(b, c, d)
	default:
		panic("processors: due work on a cell of a kind that has none")
	}
}

// work does what an account has to do first. What falls due at the same instant is done in this order.
func work(a *core.Account, b core.Book, d *core.Decision) core.Status {
	switch a.NextDue {
	case a.Expiry():
		return credit.Expire(b, a, d)
	case a.Monthly.Due:
		return credit.GiveMonthly(b, a, d)
	case a.Funding.Due:
		return funding.OnSchedule(b, a, d)
	case a.Funding.Night:
		return invoice.EndDay(b, a, d)
	default:
		return recharge.Retry(b, a, d)
	}
}
