package processors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"purser/internal/timezone"
	. "purser/processors/core"
	"purser/processors/money"
)

// TestAnyHistory sends random histories through a book that is always cold and through one that is always warm. The world
// audits every decision: zero-sum by currency, balances against postings and buckets, numbers without gaps, nothing changed
// on a miss, nothing changed without being touched. Both must come to the same books by the same entries.
func TestAnyHistory(t *testing.T) {
	checkHistories(t, drawHistory)
}

// TestAnyHistoryOfSends does the same with sends and licences that meet more often: on two funding sources that have little, with results and ticks.
func TestAnyHistoryOfSends(t *testing.T) {
	checkHistories(t, drawSends)
}

func checkHistories(t *testing.T, draw func(*rapid.T) []step) {
	rapid.Check(t, func(t *rapid.T) {
		history := draw(t)
		cold, warm := newWorld(t), newWorld(t)
		warm.b.cold = false
		for _, s := range history {
			s(cold)
			s(warm)
		}
		cold.closeBooks()
		if a, b := cold.print(), warm.print(); a != b {
			t.Fatalf("cold:\n%s\nwarm:\n%s", a, b)
		}
		cold.nothingIsLeftBehind()
	})
}

// step is one thing that happens to a world. It makes its own events, so that two worlds share nothing.
type step func(*world)

var (
	orgs     = rapid.SampledFrom([]string{"acme", "zenith"})
	wallets  = rapid.SampledFrom([]string{"u", "v", "w"})
	anyone   = rapid.SampledFrom([]string{"u", "v", "w", "w", "house", "nobody"})
	planIDs  = rapid.SampledFrom([]string{"", "p", "q"})
	channels = rapid.SampledFrom([]string{"message", "message", "email", "fax", "unheard-of"})
	money2   = rapid.SampledFrom([]string{"USD", "USD", "USD", "EUR", "JPY"})
	figures  = rapid.SampledFrom([]string{"0", "1", "0.0079", "12.345678", "0.0000005", "100", "999999999999.999999999", "3"})
	amounts  = rapid.SampledFrom([]string{"0", "0.000001", "1", "20", "49.99", "100", "999999999999"})
	zones    = rapid.SampledFrom([]string{"UTC", "Asia/Kathmandu", "America/St_Johns"})
)

func drawHistory(t *rapid.T) (steps []step) {
	steps = append(steps, drawOrg(t, "acme"), drawPlan(t, "acme"))
	steps = append(steps, func(w *world) {
		w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "fund", Kind: KindFundingSource, Terms: &FundingTerms{Name: "f"}}})
		w.send(pay("fund", "60"))
		w.send(&Event{Type: CampaignDefined, Campaign: &CampaignVersion{ID: "c"}})
	})
	now := start
	for range 4 {
		steps = append(steps, drawAccount(t, "acme", now))
	}
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		now += Time(rapid.Int64Range(0, int64(6*hour)).Draw(t, "pause"))
		if rapid.IntRange(0, 30).Draw(t, "sleep") == 0 {
			now += Time(rapid.IntRange(1, 70).Draw(t, "days")) * day
		}
		at := now
		steps = append(steps, func(w *world) { w.clock = at })
		steps = append(steps, drawStep(t, now))
	}
	return append(steps, func(w *world) { w.tick(now + 1) })
}

func drawStep(t *rapid.T, now Time) step {
	org := orgs.Draw(t, "org")
	late := now - Time(rapid.SampledFrom([]int64{0, 0, 0, 1, 40}).Draw(t, "late"))*day
	switch rapid.IntRange(0, 38).Draw(t, "kind") {
	case 0:
		return drawOrg(t, org)
	case 1:
		return drawPlan(t, org)
	case 2, 3:
		return drawAccount(t, org, now)
	case 4:
		from, to, figure := money2.Draw(t, "from"), money2.Draw(t, "to"), figures.Draw(t, "rate")
		return func(w *world) { w.send(inOrg(org, rate(from, to, figure))) }
	case 5, 6:
		who, amount, currency := anyone.Draw(t, "who"), amounts.Draw(t, "amount"), money2.Draw(t, "currency")
		return func(w *world) { ev := pay(who, amount); ev.Payment.Currency = cur(currency); w.send(inOrg(org, ev)) }
	case 7, 8:
		who, amount, currency := anyone.Draw(t, "who"), amounts.Draw(t, "amount"), money2.Draw(t, "currency")
		expires := rapid.SampledFrom([]Time{0, now + hour, now + 12*hour, now + 2*day}).Draw(t, "expires")
		return func(w *world) {
			ev := grant(who, amount, expires)
			ev.Grant.Currency = cur(currency)
			w.send(inOrg(org, ev))
		}
	case 9:
		who := anyone.Draw(t, "who")
		return func(w *world) { w.send(inOrg(org, remove(who))) }
	case 10:
		id := planIDs.Draw(t, "plan")
		return func(w *world) { w.send(inOrg(org, &Event{Type: PlanRemoved, Plan: &PlanVersion{ID: id}})) }
	case 11:
		return func(w *world) { w.tick(now) }
	case 12: // a tick that is read, and worked off later
		some := rapid.IntRange(0, 3).Draw(t, "pieces")
		return func(w *world) {
			w.send(&Event{Type: Tick, TickAt: now})
			for range some {
				if c, ok := w.b.due(w.b.progress.Target); ok {
					w.runDue(c)
				}
			}
		}
	case 13:
		who, amount, currency := anyone.Draw(t, "who"), amounts.Filter(func(s string) bool { return s != "0" }).Draw(t, "amount"), money2.Draw(t, "currency")
		return func(w *world) {
			ev := request(who, amount)
			ev.Request.Currency = cur(currency)
			w.send(inOrg(org, ev))
		}
	case 20, 21, 22:
		return drawReversal(t, org)
	case 17:
		who, amount, bucket := anyone.Draw(t, "who"), rapid.SampledFrom([]string{"0.5", "20"}).Draw(t, "amount"), rapid.SampledFrom([]Bucket{Purchased, Complimentary}).Draw(t, "bucket")
		reference := rapid.SampledFrom([]string{"", "r", "s"}).Draw(t, "reference")
		return func(w *world) { w.send(inOrg(org, removal(who, amount, bucket, reference))) }
	case 18, 19:
		who, payment, amount := anyone.Draw(t, "who"), rapid.SampledFrom([]string{"p", "p", "w/1/1"}).Draw(t, "payment"), rapid.SampledFrom([]string{"0.5", "20"}).Draw(t, "amount")
		reference := rapid.SampledFrom([]string{"", "r", "s"}).Draw(t, "reference")
		return func(w *world) { w.send(inOrg(org, refund(who, payment, amount, reference))) }
	case 14, 15, 16:
		return drawResult(t)
	case 29, 30, 31, 32, 33, 34, 35, 36, 37, 38:
		return drawSend(t, org, late)
	default:
		return drawUsage(t, org, late)
	}
}

// drawReversal draws a reversal of one of the last events, whatever it was, or of one to come.
func drawReversal(t *rapid.T, org string) step {
	back, void := rapid.SampledFrom([]int{-1, 0, 1, 2, 3, 5, 8, 13}).Draw(t, "back"), rapid.IntRange(0, 3).Draw(t, "void") == 0
	quantity, price := figures.Draw(t, "quantity"), figures.Draw(t, "price")
	byCost := rapid.Bool().Draw(t, "by cost")
	return func(w *world) {
		r := &Reversal{Usage: identityOf(org, fmt.Sprint("e", w.ids-back)), Void: void}
		switch {
		case void:
		case byCost:
			r.Cost, r.HasCost = f(price), true
		default:
			r.Quantity, r.HasQuantity = f(quantity), true
		}
		kind := UsageCorrected
		if void {
			kind = UsageVoided
		}
		w.send(inOrg(org, &Event{Type: kind, Reversal: r}))
	}
}

// drawResult draws a result of an attempt that has gone out, the last one more often than the others, or of none.
func drawResult(t *rapid.T) step {
	back, succeeded := rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5}).Draw(t, "back"), rapid.Bool().Draw(t, "succeeded")
	return func(w *world) {
		id, of := "w/1/1", "acme"
		if n := len(w.attempts.order) - 1 - back; n >= 0 {
			of, id = w.attempts.order[n].org, w.attempts.order[n].id
		}
		w.send(inOrg(of, result(id, succeeded)))
	}
}

// drawSend draws a campaign, a send, or what follows one, whichever comes first. There are few sends, so that they meet.
func drawSend(t *rapid.T, org string, late Time) step {
	id, who := rapid.SampledFrom([]string{"s", "t", "x"}).Draw(t, "send"), anyone.Draw(t, "sender")
	cost, currency := rapid.SampledFrom([]string{"0", "0.000001", "1", "20", "49.99"}).Draw(t, "cost"), money2.Draw(t, "currency")
	kind := rapid.SampledFrom([]Type{CampaignDefined, SendRequested, SendRequested, SendAdjusted, SendAdjusted, SendWithdrawn, SendApproved, SendDeclined}).Draw(t, "step")
	trigger, funded := rapid.IntRange(0, 4).Draw(t, "trigger") == 0, rapid.SampledFrom([]string{"", "", "", "", "fund"}).Draw(t, "funded")
	return func(w *world) {
		ev := &Event{Type: kind, OccurredAt: late}
		switch kind {
		case CampaignDefined:
			ev.Campaign = &CampaignVersion{ID: "c", FundingPays: funded != "", FundingSource: funded, Approval: true}
		case SendRequested:
			ev.Send = &SendRequest{Send: id, Campaign: "c", Sender: who, Cost: m(cost), Currency: cur(currency), Trigger: trigger}
		default:
			ev.Step = &SendStep{Send: id, Cost: m(cost), Currency: cur(currency)}
		}
		w.send(inOrg(org, ev))
	}
}

// drawSends draws a history of sends and licences alone, with what decides them.
func drawSends(t *rapid.T) []step {
	steps := []step{func(w *world) {
		w.send(org(""))
		w.send(rate("EUR", "USD", "1.1"))
		w.send(wallet("w", "", ""))
		for _, id := range []string{"card", "bill"} {
			terms := FundingTerms{Name: id, Method: map[string]string{"card": "tok"}[id]}
			w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: id, Kind: KindFundingSource, Terms: &terms}})
			w.send(&Event{Type: TeamDefined, Team: &TeamVersion{ID: id, Balances: NoSource, Licences: id}})
			w.send(&Event{Type: CampaignDefined, Campaign: &CampaignVersion{ID: id + "+", FundingPays: true, FundingSource: id, Approval: true}})
			w.send(&Event{Type: CampaignDefined, Campaign: &CampaignVersion{ID: id, FundingPays: true, FundingSource: id, AddFunds: true}})
		}
	}}
	now := start
	for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
		now += Time(rapid.SampledFrom([]int64{0, 1, 7, 25}).Draw(t, "hours")) * hour
		at := now
		steps = append(steps, func(w *world) { w.clock = at }, drawSendStep(t, i, now))
	}
	return append(steps, func(w *world) { w.tick(now + 1) })
}

func drawSendStep(t *rapid.T, i int, now Time) step {
	last := i - rapid.IntRange(0, 4).Draw(t, "back")
	cost, currency := rapid.SampledFrom([]string{"0", "0.000001", "12.345678", "20"}).Draw(t, "cost"), rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(t, "currency")
	switch rapid.IntRange(0, 13).Draw(t, "kind") {
	case 0, 1, 2:
		q := SendRequest{Campaign: rapid.SampledFrom([]string{"card", "card", "card+", "bill", "bill+"}).Draw(t, "campaign"), Sender: "w"}
		q.Trigger, q.AddFunds = rapid.Bool().Draw(t, "trigger"), rapid.Bool().Draw(t, "add funds")
		return func(w *world) {
			own := q
			own.Send, own.Cost, own.Currency = fmt.Sprint("s", i), m(cost), cur(currency)
			w.send(&Event{Type: SendRequested, Send: &own})
		}
	case 3, 4, 5:
		kind := rapid.SampledFrom([]Type{SendApproved, SendApproved, SendDeclined, SendAdjusted, SendWithdrawn}).Draw(t, "step")
		return func(w *world) {
			w.send(&Event{Type: kind, Step: &SendStep{Send: fmt.Sprint("s", last), Cost: m(cost), Currency: cur(currency)}})
		}
	case 6, 7:
		return drawResult(t)
	case 8:
		bill := InvoicePayment{Invoice: uint64(rapid.IntRange(1, 3).Draw(t, "invoice"))}
		kind := rapid.SampledFrom([]Type{InvoicePaid, InvoicePaid, InvoiceVoided}).Draw(t, "bill")
		return func(w *world) {
			own := bill
			if kind == InvoicePaid {
				own.Payment, own.Amount, own.Currency = "b", m(cost), usd
			}
			w.send(&Event{Type: kind, Bill: &own})
		}
	case 10, 11:
		team, price := rapid.SampledFrom([]string{"card", "card", "bill", "nobody"}).Draw(t, "team"), rapid.SampledFrom([]string{"0.000001", "7", "20"}).Draw(t, "price")
		return func(w *world) {
			w.send(&Event{Type: LicencePurchased, Licence: &LicencePurchase{Team: team, Amount: m(price), Currency: cur(currency)}})
		}
	case 9:
		who := rapid.SampledFrom([]string{"card", "bill"}).Draw(t, "who")
		return func(w *world) { w.send(pay(who, cost)) }
	default:
		whole := rapid.Bool().Draw(t, "worked off")
		return func(w *world) {
			w.send(&Event{Type: Tick, TickAt: now})
			if whole {
				w.settle()
			}
		}
	}
}

func drawUsage(t *rapid.T, org string, late Time) step {
	who, channel, quantity, price := anyone.Draw(t, "who"), channels.Draw(t, "channel"), figures.Draw(t, "quantity"), figures.Draw(t, "price")
	currency, whole := money2.Draw(t, "currency"), rapid.Bool().Draw(t, "cost")
	return func(w *world) {
		ev := usage(who, channel, quantity, price)
		if whole {
			ev = cost(who, channel, price)
		}
		ev.Usage.Currency = cur(currency)
		w.send(at(late, inOrg(org, ev)))
	}
}

func drawOrg(t *rapid.T, id string) step {
	multipliers := rapid.SampledFrom([]string{"", "message 5", "fax 2, message 1.25"}).Draw(t, "multipliers")
	currency, zone := money2.Draw(t, "currency"), zones.Draw(t, "zone")
	reversible := rapid.SampledFrom([]Time{0, 3 * day, 3 * day}).Draw(t, "reversible")
	return func(w *world) {
		ev := org(multipliers)
		location, err := timezone.Load(zone)
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		ev.OrgDef.Currency, ev.OrgDef.Zone, ev.OrgDef.Reversible = cur(currency), location, reversible
		w.send(inOrg(id, ev))
	}
}

func drawPlan(t *rapid.T, org string) step {
	id := rapid.SampledFrom([]string{"p", "q"}).Draw(t, "plan")
	multipliers := rapid.SampledFrom([]string{"", "email 3", "message 0.5"}).Draw(t, "multipliers")
	price, minimum, whole := figures.Draw(t, "price"), rapid.SampledFrom([]string{"0", "0.5"}).Draw(t, "minimum"), rapid.Bool().Draw(t, "whole")
	monthly := rapid.SampledFrom([]string{"", "", "5"}).Draw(t, "monthly")
	currency, carded := money2.Draw(t, "currency"), rapid.Bool().Draw(t, "card")
	return func(w *world) {
		ev := plan(id, multipliers)
		if carded {
			c := card("message", minimum, whole, "10 "+price, "0.01")
			c.Currency = cur(currency)
			ev.Plan.RateCards = []RateCard{c}
		}
		if monthly != "" {
			ev.Plan.Credits = &MonthlyCredits{Amount: m(monthly), Months: 1}
		}
		w.send(inOrg(org, ev))
	}
}

func drawAccount(t *rapid.T, org string, now Time) step {
	id, plan := wallets.Draw(t, "account"), planIDs.Draw(t, "plan")
	multipliers := rapid.SampledFrom([]string{"", "", "message 4"}).Draw(t, "multipliers")
	currency := rapid.SampledFrom([]string{"", "", "USD", "EUR"}).Draw(t, "currency")
	threshold := rapid.SampledFrom([]string{"", "10", "50"}).Draw(t, "threshold")
	effective := rapid.SampledFrom([]Time{0, 0, now - 3*day, now + day, start}).Draw(t, "from")
	house := rapid.IntRange(0, 4).Draw(t, "agency") == 0
	below, attempts := rapid.SampledFrom([]string{"", "0", "30", "1000"}).Draw(t, "recharged below"), rapid.IntRange(1, 3).Draw(t, "attempts")
	return func(w *world) {
		ev := wallet(id, plan, multipliers)
		if house {
			ev = agency("house")
		}
		ev.Account.Currency = cur(currency)
		if threshold != "" {
			ev.Account.LowBalance, ev.Account.HasLowBalance = m(threshold), true
		}
		if below != "" {
			ev.Account.Recharge = &RechargePolicy{Below: m(below), Amount: m("12.345678"), Method: "tok", Attempts: attempts, Every: 6 * hour}
		}
		w.send(inOrg(org, from(effective, ev)))
	}
}

func inOrg(org string, ev *Event) *Event {
	ev.Org = org
	return ev
}

// print is the entries and the books, to the last digit.
func (w *world) print() string {
	var s strings.Builder
	for i := range w.log {
		e := &w.log[i]
		fmt.Fprintf(&s, "%d %v %s %s at %d had %v needed %v: %q\n", e.number, e.Result, e.Reason, e.Org, e.At, e.Had, e.Needed, postings(e))
		for _, l := range e.Lines {
			fmt.Fprintf(&s, "  %s %d %d %v %v\n", l.Account.ID, l.Seq, l.Previous, l.Balance, l.Purchased)
		}
		fmt.Fprintf(&s, "  %+v %q %q %v %s\n", e.Price, alerts(e), attemptsOf(e), e.Outcome.Status, e.Outcome.Reason)
	}
	return s.String() + w.b.print()
}

// nothingIsLeftBehind compares what cells say of each other once a tick has been worked off.
func (w *world) nothingIsLeftBehind() {
	w.t.Helper()
	w.allIsHeldForSomething()
	w.allThatIsNegativeIsBilled()
	naming := map[string]int64{}
	waiting := map[string]int{}
	for _, c := range w.b.cells {
		switch c := c.(type) {
		case *Account:
			var plans []string
			for _, v := range c.Versions {
				if v.Plan != "" && !slices.Contains(plans, v.Plan) {
					plans = append(plans, v.Plan)
					naming[c.Org+"/"+v.Plan]++
				}
			}
			if c.Waiting {
				w.t.Fatalf("%s still waits", c.ID)
			}
			if c.NextDue != 0 && c.NextDue <= w.b.progress.LastTick {
				w.t.Fatalf("%s has been due since %d", c.ID, c.NextDue)
			}
		case *Parked:
			if c.Event.Reversal != nil {
				break
			}
			if c.Event.Step != nil {
				waiting[c.Event.Org+"/send "+c.Event.Step.Send]++
				continue
			}
			waiting[c.Event.Org+"/"+c.Event.Usage.Account]++
		}
	}
	for _, c := range w.b.cells {
		switch c := c.(type) {
		case *Plan:
			if c.Accounts != naming[c.Org+"/"+c.ID] {
				w.t.Fatalf("plan %s counts %d accounts, %d name it", c.ID, c.Accounts, naming[c.Org+"/"+c.ID])
			}
			delete(naming, c.Org+"/"+c.ID)
		case *Send:
			if n := waiting[c.Org+"/send "+c.ID]; n != 0 && c.State != SendAwaited && c.State != ApprovalNeeded && c.State != FundsNeeded || uint64(n) > c.Next-c.First || c.State == SendAwaited && n == 0 {
				w.t.Fatalf("send %+v of %d events", c, n)
			}
			delete(waiting, c.Org+"/send "+c.ID)
		case *Queue:
			if n := waiting[c.Org+"/"+c.Account]; n == 0 || uint64(n) != c.Next-c.First || c.Ready {
				w.t.Fatalf("queue %+v of %d events", c, n)
			}
			delete(waiting, c.Org+"/"+c.Account)
		}
	}
	if len(naming)+len(waiting) > 0 {
		w.t.Fatalf("named and gone: %v, waiting in no queue: %v", naming, waiting)
	}
}

// allIsHeldForSomething compares what accounts hold with what it is held for: every hold is released or captured, a send that waits
// for a card is that of an attempt that is open, and a licence that of a recharge that has not paid for it.
func (w *world) allIsHeldForSomething() {
	w.t.Helper()
	held, waiting, licences, pending := map[string]money.Amount{}, 0, 0, map[string]int64{}
	for _, c := range w.b.cells {
		v, ok := c.(*Covered)
		if !ok {
			continue
		}
		held[string(AppendAccountKey(nil, v.Org, v.Account))] += v.Held
		s, _ := w.b.cells[string(AppendSendKey(nil, v.Org, v.Send))].(*Send)
		r, _ := w.b.cells[string(AppendRechargeKey(nil, v.Org, v.Account, v.Recharge))].(*Recharge)
		if r != nil && r.Purpose == Adjustment {
			if r.State == Closed || v.Held != 0 {
				w.t.Fatalf("%+v is left of %+v", v, r)
			}
			continue
		}
		if r != nil && r.Purpose == Licence {
			if r.State == Closed || r.Reset || v.Licence.Price <= 0 || v.Held >= v.Licence.Amount {
				w.t.Fatalf("%+v is left of %+v", v, r)
			}
			licences--
			continue
		}
		if v.Send != "" && (s == nil || s.State != FundsNeeded || s.Recharge != v.Recharge || r == nil || r.State != AttemptOpen) {
			w.t.Fatalf("%+v is held for %+v and %+v", v, s, r)
		}
		waiting++
	}
	for _, c := range w.b.cells {
		switch c := c.(type) {
		case *Account:
			if c.Held != held[c.Key] {
				w.t.Fatalf("%s holds %v, for something %v", c.ID, c.Held, held[c.Key])
			}
		case *Recharge:
			if c.Purpose == Licence && c.State != Closed && !c.Reset {
				licences++
			}
		case *Send:
			if c.State == FundsNeeded {
				waiting--
			}
			if c.State == FundsNeeded || c.State == ApprovalNeeded {
				pending[c.Org+"/"+c.Campaign]++
			}
		}
	}
	for _, c := range w.b.cells {
		if c, ok := c.(*Campaign); ok && c.Pending != pending[c.Org+"/"+c.ID] {
			w.t.Fatalf("campaign %s counts %d sends that are pending, there are %d", c.ID, c.Pending, pending[c.Org+"/"+c.ID])
		}
	}
	if waiting != 0 || licences != 0 {
		w.t.Fatalf("%d attempts more than sends that wait for one, and %d recharges more than licences", waiting, licences)
	}
}

// allThatIsNegativeIsBilled compares what funding sources owe with their invoices that are open, and finds one that is negative without
// an invoice, and without the end of a day to come (R6.7).
func (w *world) allThatIsNegativeIsBilled() {
	w.t.Helper()
	owed := map[string]money.Amount{}
	for _, c := range w.b.cells {
		if i, ok := c.(*Invoice); ok && (i.Kind == AddFundsInvoice || i.Kind == NegativeInvoice) {
			owed[string(AppendAccountKey(nil, i.Org, i.Account))] += i.Open()
		}
	}
	for _, c := range w.b.cells {
		a, ok := c.(*Account)
		if !ok || a.Kind != KindFundingSource {
			continue
		}
		if a.Funding.Owed != owed[a.Key] {
			w.t.Fatalf("%s owes %v, its invoices say %v", a.ID, a.Funding.Owed, owed[a.Key])
		}
		invoiced := a.Versions[0].Terms.Method == ""
		if invoiced != (a.Funding.Night > w.b.progress.LastTick) && -a.Balance > a.Funding.Owed {
			w.t.Fatalf("%s is at %v, owes %v, and its day ends at %v", a.ID, a.Balance, a.Funding.Owed, a.Funding.Night)
		}
	}
}

// TestBurningAgreesWithTheRule takes any grants and any debit, and burns them one micro-step of reasoning at a time.
func TestBurningAgreesWithTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.send(org(""))
		w.send(wallet("w", "", ""))
		type gift struct {
			expires, granted Time
			id               string
			left             money.Amount
		}
		var gifts []gift
		for i := range rapid.IntRange(0, 8).Draw(t, "grants") {
			g := gift{
				expires: rapid.SampledFrom([]Time{0, start + day, start + 2*day}).Draw(t, "expires"),
				granted: start - Time(rapid.IntRange(0, 2).Draw(t, "granted")),
				id:      fmt.Sprintf("g%d", (i*5)%8),
				left:    money.Amount(rapid.Int64Range(1, 30).Draw(t, "amount")),
			}
			gifts = append(gifts, g)
			ev := at(g.granted, grant("w", g.left.String(), g.expires))
			ev.ID = g.id
			w.send(ev)
		}
		debit := money.Amount(rapid.Int64Range(0, 200).Draw(t, "debit"))
		w.send(cost("w", "call", debit.String()))
		for debit > 0 && len(gifts) > 0 {
			first := slices.MinFunc(gifts, func(a, b gift) int {
				never := func(e Time) Time {
					if e == 0 {
						return 1 << 62
					}
					return e
				}
				if a.expires != b.expires {
					return int(never(a.expires)>>1 - never(b.expires)>>1)
				}
				if a.granted != b.granted {
					return int(a.granted - b.granted)
				}
				return strings.Compare(a.id, b.id)
			})
			i := slices.Index(gifts, first)
			gifts[i].left--
			debit--
			if gifts[i].left == 0 {
				gifts = slices.Delete(gifts, i, i+1)
			}
		}
		a := w.account("w")
		if len(a.Grants) != len(gifts) || a.Purchased != -debit {
			t.Fatalf("left %+v and %v, want %+v and %v", a.Grants, a.Purchased, gifts, -debit)
		}
		for _, g := range gifts {
			if !slices.ContainsFunc(a.Grants, func(h Grant) bool { return h.ID == g.id && h.Amount == g.left }) {
				t.Fatalf("left %+v, want %+v", a.Grants, gifts)
			}
		}
	})
}
