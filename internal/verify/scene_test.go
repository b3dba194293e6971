package verify

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/record"
	"purser/topics"
)

// scene is the toy's whole story. The figures are those of the rules, worked out by hand. The returned records can be
// found again by the names that tests use.
type scene struct {
	*toy
	usage, again, conflict, malformed             *kgo.Record // inputs
	tick, waits                                   *kgo.Record
	definition, debit, second, low                *kgo.Record // ledger records
	converted, card, expiry, replay               *kgo.Record
	conflictEntry, refusedEntry                   *kgo.Record
	unknown, released                             *kgo.Record
	recharged, retry, success, credit             *kgo.Record
	credits, removal, refund                      *kgo.Record
	correction, void                              *kgo.Record
	invoiced, paid, transfer, joined              *kgo.Record
	sold, drafted, owes, pays                     *kgo.Record
	sent, adjusted, cancelled                     *kgo.Record
	approved, madeUp, billed                      *kgo.Record
	asked, funded, overdue, credited              *kgo.Record
	differed, repeated, night                     *kgo.Record
	licensed, foreign, waited                     *kgo.Record
	asksAgain, needless                           *kgo.Record
	ever, poor, told                              *kgo.Record
	keptOpen, closed, january                     *kgo.Record
	waitsToPay, cardPaid, chargePosted, pursePaid *kgo.Record
	cardAsked, cardAskedAgain, purseCharged       *kgo.Record
}

func usageOf(account, channel, quantity, unit string) string {
	return `{"account":"` + account + `","channel":"` + channel + `","quantity":"` + quantity + `","unit_cost":` + unit + `,"currency":"USD"}`
}

func price(basis, multiplier string) *topics.PriceBody {
	return &topics.PriceBody{Basis: basis, Multiplier: multiplier}
}

func newScene(prefix string) *scene {
	s := &scene{toy: newToy(prefix)}
	s.define()
	s.consume()
	s.misbehave()
	s.wait()
	s.convert()
	s.recharge()
	s.monthly()
	s.giveBack()
	s.reverse()
	s.fund()
	s.sends()
	s.approve()
	s.funds()
	s.customers()
	s.charging()
	s.recurring()
	s.periods()
	s.differ()
	s.licences()
	s.expire()
	return s
}

func (s *scene) definitionOf(typ, id, body string) *kgo.Record {
	in := s.in(record.Definition, topics.Account, typ, id, body)
	return s.out(in, in, typ, resultApplied, "", nil)
}

func (s *scene) define() {
	const since = `"effective_from":"2025-01-01T00:00:00Z"`
	s.definition = s.definitionOf(topics.TypeOrgDefined, "d1", `{"currency":"USD","multipliers":{"email":"1.1"},`+since+`}`)
	s.definitionOf(topics.TypeFXRateDefined, "d2", `{"from":"USD","to":"EUR","rate":0.9,`+since+`}`)
	s.definitionOf(topics.TypePlanDefined, "d3", `{"plan":"pro","multipliers":{"message":"5"},"rate_cards":{"call":{"currency":"EUR",`+
		`"tiers":[{"up_to":"100","unit_price":"0.05"},{"unit_price":"0.04"}]}},`+since+`}`)
	s.definitionOf(topics.TypeAccountDefined, "d4", `{"account":"agency","kind":"agency_wallet","currency":"USD"}`)
	s.definitionOf(topics.TypeAccountDefined, "d5", `{"account":"w-1","kind":"wallet","currency":"USD","plan":"pro","low_balance":"10"}`)
	s.definitionOf(topics.TypeAccountDefined, "d6", `{"account":"w-2","kind":"wallet","currency":"EUR","plan":"pro"}`)
	grant := s.in(record.Good, topics.Account, topics.TypeCreditsGranted, "g1", `{"account":"w-1","amount":"20","currency":"USD"}`)
	s.out(grant, grant, topics.TypeCreditsGranted, resultApplied, "", nil, "world:complimentary>w-1 20 USD complimentary g1")
	paid := s.in(record.Good, topics.PaymentResult, topics.TypePaymentReceived, "p1", `{"account":"w-1","payment":"p","amount":"100.00","currency":"USD"}`)
	s.out(paid, paid, topics.TypePaymentReceived, resultApplied, "", nil, "world:payments>w-1 100 USD")
}

// consume: R3.5 and R3.6's example, and a figure with a fraction.
func (s *scene) consume() {
	s.usage = s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u1", usageOf("w-1", "message", "100", `"0.10"`))
	s.debit = s.out(s.usage, s.usage, topics.TypeUsageRecorded, resultApplied, "", withPlan(price("plan", "5")),
		"agency>world:provider 10 USD", "w-1>world:complimentary 20 USD complimentary g1", "w-1>revenue:rebilling 30 USD")
	s.alert(s.usage, "negative_balance", "agency", "USD", "-10", "", "10")
	mail := s.in(record.Late, topics.Usage, topics.TypeUsageRecorded, "u2", usageOf("w-1", "email", "3", "0.0079"))
	s.second = s.out(mail, mail, topics.TypeUsageRecorded, resultApplied, "", price("org", "1.1"),
		"agency>world:provider 0.0237 USD", "w-1>revenue:rebilling 0.02607 USD")
	many := s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u3", `{"account":"w-1","channel":"message","cost":"13","currency":"USD"}`)
	s.low = s.out(many, many, topics.TypeUsageRecorded, resultApplied, "", withPlan(price("plan", "5")),
		"agency>world:provider 13 USD", "w-1>revenue:rebilling 65 USD")
	s.alert(many, "low_balance", "w-1", "USD", "4.97393", "10", "")
}

func withPlan(p *topics.PriceBody) *topics.PriceBody { p.Plan = "pro"; return p }

func (s *scene) misbehave() {
	// The same again: fields in another order, and figures written in another way.
	s.again = s.in(record.Duplicate, topics.Usage, topics.TypeUsageRecorded, "u1",
		`{ "currency":"USD", "unit_cost":0.1, "quantity":100, "channel":"message", "account":"w-1" }`)
	s.conflict = s.in(record.Conflict, topics.Usage, topics.TypeUsageRecorded, "u1", usageOf("w-1", "message", "101", `"0.10"`))
	s.conflictEntry = s.out(s.conflict, s.conflict, topics.TypeUsageRecorded, resultRefused, reasonConflict, nil)
	s.alert(s.conflict, conflictAlert, "", "", "", "", "")
	s.malformed = s.in(record.Malformed, topics.Usage, topics.TypeUsageRecorded, "u4", `{"account":"w-1",`)
	s.letter(s.malformed, "malformed_json", 0)
	large := s.in(record.Oversized, topics.Usage, topics.TypeUsageRecorded, "u5", `{"padding":"`+strings.Repeat("x", 1000)+`"}`)
	s.letter(large, reasonTooLarge, 0)
	fax := s.in(record.Refused, topics.Usage, topics.TypeUsageRecorded, "u6", usageOf("w-1", "fax", "1", `"1"`))
	s.refusedEntry = s.out(fax, fax, topics.TypeUsageRecorded, resultRefused, "unknown_channel", nil)
	s.produced[len(s.produced)-1].Kind = record.UnknownLater // it is replayed below, and applied then
	s.definitionOf(topics.TypeOrgDefined, "d7", `{"currency":"USD","multipliers":{"email":"1.1","fax":"1"},"effective_from":"2025-06-01T00:00:00Z"}`)
	replay := s.in(0, topics.Usage, topics.TypeUsageRecorded, "u6", usageOf("w-1", "fax", "1", `"1"`))
	replay.Headers = append(replay.Headers, kgo.RecordHeader{Key: topics.HeaderReplay, Value: []byte("0/" + entryOf(s.refusedEntry))})
	s.replay = s.out(replay, replay, topics.TypeUsageRecorded, resultApplied, "", price("org", "1"),
		"agency>world:provider 1 USD", "w-1>revenue:rebilling 1 USD")
}

// wait: one event finds its wallet, and one has waited too long.
func (s *scene) wait() {
	s.waits = s.in(record.UnknownLater, topics.Usage, topics.TypeUsageRecorded, "u7", usageOf("w-3", "message", "1", `"0.0000015"`))
	s.unknown = s.out(s.waits, s.waits, topics.TypeUsageRecorded, resultWaiting, "", nil)
	vain := s.in(record.UnknownNever, topics.Usage, topics.TypeUsageRecorded, "u9", usageOf("w-5", "message", "1", `"1"`))
	s.out(vain, vain, topics.TypeUsageRecorded, resultWaiting, "", nil)
	s.out(vain, vain, topics.TypeUsageRecorded, resultExpired, reasonUnknownAccount, nil)
	s.definitionOf(topics.TypeAccountDefined, "d8", `{"account":"w-3","kind":"wallet","currency":"USD"}`)
	s.released = s.out(s.waits, s.waits, topics.TypeUsageRecorded, resultApplied, "", price("default", "1"),
		"agency>world:provider 0.000002 USD", "w-3>revenue:rebilling 0.000002 USD")
	s.alert(s.waits, "negative_balance", "w-3", "USD", "-0.000002", "", "0.01")
}

// convert: a multiplier through a rate (R2.4), and a rate card in the wallet's own currency (R3.3).
func (s *scene) convert() {
	abroad := s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u10", usageOf("w-2", "message", "10", `"0.01"`))
	p := withPlan(price("plan", "5"))
	p.Rate = "0.9"
	s.converted = s.out(abroad, abroad, topics.TypeUsageRecorded, resultApplied, "", p,
		"agency>world:provider 0.1 USD", "w-2>world:fx 0.45 EUR", "world:fx>revenue:rebilling 0.5 USD")
	s.alert(abroad, "negative_balance", "w-2", "EUR", "-0.45", "", "0.45")
	call := s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u11", usageOf("w-2", "call", "150", `"0.014"`))
	p = withPlan(price("rate_card", ""))
	p.Volume = "150"
	s.card = s.out(call, call, topics.TypeUsageRecorded, resultApplied, "", p,
		"agency>world:provider 2.1 USD", "w-2>revenue:rebilling 7 EUR")
}

// recharge: a wallet whose card fails once, and is tried again; one that someone asks for; and what is refused.
func (s *scene) recharge() {
	const policy = `{"account":"w-6","kind":"wallet","currency":"USD","recharge":{"when_balance_lower_than":"20","amount":"50","payment_method":"tok","attempts":2}}`
	in := s.in(record.Definition, topics.Account, topics.TypeAccountDefined, "d9", policy)
	s.recharged = s.out(in, in, topics.TypeAccountDefined, resultApplied, "", nil)
	s.emits(s.recharged, in, "w-6/1/1 50 tok automatic")
	failure := s.result("r1", "w-6/1/1", failed)
	s.out(failure, failure, topics.TypeAttemptResolved, resultApplied, "", nil)
	s.about(failure, rechargeFailed, "w-6", "w-6/1/1")
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "t2", `{"time":"`+rfc(at(20))+`"}`)
	s.retry = s.out(tick, nil, dueRetried, resultApplied, "", nil)
	edit(s.retry, func(b *topics.LedgerEntryBody) { b.Attempt = "w-6/1/1" })
	s.emits(s.retry, tick, "w-6/1/2 50 tok automatic")
	s.success = s.result("r2", "w-6/1/2", succeeded)
	s.credit = s.out(s.success, s.success, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>w-6 50 USD")
	ask := s.in(record.Good, topics.Account, topics.TypeRechargeRequested, "q1", `{"account":"w-6","amount":"5.001","currency":"USD","payment_method":"other"}`)
	s.emits(s.out(ask, ask, topics.TypeRechargeRequested, resultApplied, "", nil), ask, "w-6/2/1 5.01 other manual")
	s.answer(ask, "q1", "pending", "")
	no := s.result("r3", "w-6/2/1", failed)
	s.out(no, no, topics.TypeAttemptResolved, resultApplied, "", nil)
	s.answer(no, "q1", "rejected", "payment_failed")
	bad := s.in(record.Good, topics.Account, topics.TypeRechargeRequested, "q2", `{"account":"w-9","amount":"5","currency":"USD"}`)
	s.out(bad, bad, topics.TypeRechargeRequested, resultRefused, "unknown_account", nil)
	s.answer(bad, "q2", "rejected", "unknown_account")
	stray := s.in(record.Refused, topics.PaymentResult, topics.TypeAttemptResolved, "r4", `{"attempt":"w-6/9/1","result":"succeeded"}`)
	s.out(stray, stray, topics.TypeAttemptResolved, resultRefused, "unknown_attempt", nil)
	s.about(stray, unknownAttempt, "", "w-6/9/1")
}

// monthly: a wallet whose plan gives credits on the 1st.
func (s *scene) monthly() {
	s.definitionOf(topics.TypePlanDefined, "d11", `{"plan":"free","monthly_credits":{"amount":"20","expire_after_months":1},"effective_from":"2025-01-01T00:00:00Z"}`)
	s.definitionOf(topics.TypeAccountDefined, "d12", `{"account":"w-7","kind":"wallet","currency":"USD","plan":"free","effective_from":"2025-01-01T00:00:00Z"}`)
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "t3", `{"time":"`+rfc(at(1))+`"}`)
	s.credits = s.out(tick, nil, dueCredits, resultApplied, "", nil, "world:complimentary>w-7 20 USD complimentary monthly/2026-01")
}

// giveBack: credits that are removed, and a refund that a removal has taken part of already.
func (s *scene) giveBack() {
	gone := s.in(record.Good, topics.Account, topics.TypeCreditsRemoved, "c1", `{"account":"w-6","amount":"8","currency":"USD","bucket":"purchased","removal":"r"}`)
	s.removal = s.out(gone, gone, topics.TypeCreditsRemoved, resultApplied, "", nil, "w-6>world:removed 8 USD")
	back := s.in(record.Good, topics.PaymentResult, topics.TypePaymentRefunded, "c2", `{"account":"w-6","payment":"w-6/1/2","amount":"30","currency":"USD","removal":"r"}`)
	s.refund = s.out(back, back, topics.TypePaymentRefunded, resultApplied, "", nil, "w-6>world:payments 22 USD", "world:removed>world:payments 8 USD")
	free := s.in(record.Good, topics.Account, topics.TypeCreditsRemoved, "c3", `{"account":"w-7","amount":"5","currency":"USD","bucket":"complimentary"}`)
	s.out(free, free, topics.TypeCreditsRemoved, resultApplied, "", nil, "w-7>world:removed 5 USD complimentary monthly/2026-01")
}

// reverse: usage of another org's terms is corrected, and undone. R3.5's example: 20 complimentary and 30 purchased.
func (s *scene) reverse() {
	s.definitionOf(topics.TypeOrgDefined, "d13", `{"currency":"USD","multipliers":{"email":"1.1","fax":"1"},"usage_reversible_hours":"168","effective_from":"2025-06-02T00:00:00Z"}`)
	s.definitionOf(topics.TypeAccountDefined, "d14", `{"account":"w-8","kind":"wallet","currency":"USD","plan":"pro"}`)
	grant := s.in(record.Good, topics.Account, topics.TypeCreditsGranted, "g8", `{"account":"w-8","amount":"20","currency":"USD"}`)
	s.out(grant, grant, topics.TypeCreditsGranted, resultApplied, "", nil, "world:complimentary>w-8 20 USD complimentary g8")
	paid := s.in(record.Good, topics.PaymentResult, topics.TypePaymentReceived, "p8", `{"account":"w-8","payment":"p8","amount":"100.00","currency":"USD"}`)
	s.out(paid, paid, topics.TypePaymentReceived, resultApplied, "", nil, "world:payments>w-8 100 USD")
	used := s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u20", usageOf("w-8", "message", "100", `"0.10"`))
	s.out(used, used, topics.TypeUsageRecorded, resultApplied, "", withPlan(price("plan", "5")),
		"agency>world:provider 10 USD", "w-8>world:complimentary 20 USD complimentary g8", "w-8>revenue:rebilling 30 USD")
	right := s.in(record.Good, topics.Usage, topics.TypeUsageCorrected, "x1", `{"usage":"u20","quantity":"30"}`)
	s.correction = s.out(right, right, topics.TypeUsageCorrected, resultApplied, "", nil,
		"world:provider>agency 7 USD", "revenue:rebilling>w-8 30 USD", "world:complimentary>w-8 5 USD complimentary g8")
	void := s.in(record.Good, topics.Usage, topics.TypeUsageVoided, "x2", `{"usage":"u20"}`)
	s.void = s.out(void, void, topics.TypeUsageVoided, resultApplied, "", nil, "world:provider>agency 3 USD", "world:complimentary>w-8 15 USD complimentary g8")
}

// fund: a funding source that is low gets an invoice, and no other until that one is paid.
func (s *scene) fund() {
	const terms = `"funding":{"name":"events","payment_type":"invoice","po_number":"PO","payment_days":14}`
	const source = `{"account":"s-1","kind":"funding_source","currency":"USD",` + terms + `,"recharge":{"when_balance_lower_than":"20","amount":"10.001"}}`
	in := s.in(record.Definition, topics.Account, topics.TypeAccountDefined, "f1", source)
	s.invoiced = s.out(in, in, topics.TypeAccountDefined, resultApplied, "", nil)
	s.bills(s.invoiced, in, "1 10.01 s-1")
	part := s.in(record.Good, topics.PaymentResult, topics.TypeInvoicePaid, "f2", `{"invoice":1,"payment":"f2","amount":"4","currency":"USD"}`)
	s.out(part, part, topics.TypeInvoicePaid, resultApplied, "", nil, "world:payments>s-1 4 USD")
	rest := s.in(record.Good, topics.PaymentResult, topics.TypeInvoicePaid, "f3", `{"invoice":1,"payment":"f3","amount":"7","currency":"USD"}`)
	s.paid = s.out(rest, rest, topics.TypeInvoicePaid, resultApplied, "", nil, "world:payments>s-1 7 USD")
	s.about(rest, invoiceOverpaid, "s-1", "")
	s.bills(s.paid, rest, "2 10.01 s-1")
	const member = `{"account":"w-10","kind":"wallet","currency":"EUR"}`
	s.definitionOf(topics.TypeAccountDefined, "f5", member)
	move := s.in(record.Good, topics.Account, topics.TypeTransferRequested, "f6", `{"from":"s-1","to":"w-10","amount":"3","currency":"USD"}`)
	s.transfer = s.out(move, move, topics.TypeTransferRequested, resultApplied, "", nil, "s-1>world:fx 3 USD", "world:fx>w-10 2.7 EUR")
	edit(s.transfer, func(b *topics.LedgerEntryBody) { b.Rate = "0.9" })
	s.moved(s.transfer, move, topics.OutcomeBody{Account: "s-1", Balance: "8", Rate: "0.9", To: &topics.OutcomeTo{Account: "w-10", Currency: "EUR", Amount: "2.7", Balance: "2.7"}})
	s.definitionOf(topics.TypeTeamDefined, "f7", `{"team":"crew","funding_source":"s-1","budget":{"amount":"5","every":"week"}}`)
	s.definitionOf(topics.TypeAccountDefined, "f8", `{"account":"w-12","kind":"wallet","currency":"USD"}`)
	join := s.in(record.Good, topics.Account, topics.TypeMemberJoined, "f9", `{"team":"crew","account":"w-12"}`)
	s.joined = s.out(join, join, topics.TypeMemberJoined, resultApplied, "", nil, "s-1>w-12 5 USD")
	much := s.in(record.Good, topics.Account, topics.TypeTransferRequested, "f10", `{"from":"s-1","to":"w-10","amount":"3.01","currency":"USD"}`)
	s.poor = s.out(much, much, topics.TypeTransferRequested, resultRefused, "insufficient_funds", nil)
	s.refuse(much, topics.OutcomeBody{ID: "f10", Reason: "insufficient_funds", Needed: "3.01", Had: "3"})
	users := s.in(record.Good, topics.Account, topics.TypeTransferRequested, "f11", `{"from":"w-12","to":"w-10","amount":"1","currency":"USD"}`)
	s.out(users, users, topics.TypeTransferRequested, resultRefused, "transfer_between_users", nil)
	s.refuse(users, topics.OutcomeBody{ID: "f11", Reason: "transfer_between_users"})
	void := s.in(record.Good, topics.Account, topics.TypeInvoiceVoided, "f4", `{"invoice":2}`)
	s.out(void, void, topics.TypeInvoiceVoided, resultApplied, "", nil)
}

// customers: an invoice, a draft that is posted, and a payment that goes to one and then to the other.
func (s *scene) customers() {
	s.definitionOf(topics.TypeCustomerSettings, "k0", `{"payments":{"gateways":["stripe"],"opt_in":"conditional","optional_for_plans":["free"]},"credit_limit_overrides":[{"events":["invoice"],"classifications":["retail"]}],"accounts":{"classifications":["retail"],"names":"number_and_contact","billing_address":"conditional","optional_for":["reward_participant"]},"effective_from":"2025-01-01T00:00:00Z"}`)
	s.definitionOf(topics.TypeAccountDefined, "k1", `{"account":"c-1","kind":"customer_account","currency":"USD","customer":{"prices":[{"product":"room","unit_price":"60"}],"credit_limit":"12","contact_name":"Ada","billing_address":"here","classifications":["retail"],"presentment_preferences":[{"medium":"email","recipient":"ada"}],"payment_preferences":[{"preference":"one","kind":"card","gateway":"stripe","payment_method":"tok-1","purchases":true}]}}`)
	causes := map[*kgo.Record]*kgo.Record{}
	record := func(id, body, kind, state string, allocations []topics.AllocationBody, postings ...string) *kgo.Record {
		var b topics.TransactionRecordedBody
		if err := json.Unmarshal([]byte(body), &b); err != nil {
			panic(err)
		}
		typ := topics.TypeTransactionRecorded
		if b.Kind == "" {
			typ = topics.TypeTransactionPosted
		}
		side := "credit"
		if kind == "invoice" {
			side = "debit"
		}
		in := s.in(record.Good, topics.Account, typ, id, body)
		out := s.out(in, in, typ, resultApplied, "", nil, postings...)
		amount := b.Amount
		if amount == "" {
			amount = "4"
		}
		edit(out, func(l *topics.LedgerEntryBody) {
			l.Transaction = &topics.TransactionBody{Transaction: b.Transaction, Account: b.Account, Kind: kind, Side: side, State: state, Amount: string(amount), Currency: "USD", Date: "2026-01-01", Against: b.Against}
			if kind == "invoice" && state == "posted" {
				l.Transaction.Name, l.Transaction.Recipients = "1 Ada", &topics.Recipients{Email: []string{"ada"}}
			}
			l.Allocations = allocations
			if len(b.Lines) > 0 {
				l.Transaction.Lines = []topics.BilledLine{{Product: "room", Quantity: "0.05", UnitPrice: "60", Agreed: true, Amount: "3.000000"}, {Product: "tea", Quantity: "1", UnitPrice: "1", Amount: "1.000000"}}
			}
		})
		s.moved(out, in, topics.OutcomeBody{Account: b.Account, Transaction: b.Transaction, Currency: "USD", Amount: string(amount)})
		causes[out] = in
		return out
	}
	record("k2", `{"account":"c-1","transaction":"i1","kind":"invoice","amount":"10","currency":"USD"}`, "invoice", "posted", nil, "c-1>revenue:sales 10 USD")
	s.drafted = record("k3", `{"account":"c-1","transaction":"i2","kind":"invoice","amount":"4","currency":"USD","draft":true}`, "invoice", "draft", nil)
	s.owes = record("k4", `{"account":"c-1","transaction":"i2"}`, "invoice", "posted", nil, "c-1>revenue:sales 4 USD")
	s.pays = record("k5", `{"account":"c-1","transaction":"p1","kind":"payment","amount":"12","currency":"USD","against":"i2"}`, "payment", "posted",
		[]topics.AllocationBody{{Credit: "p1", Debit: "i2", Amount: "4"}, {Credit: "p1", Debit: "i1", Amount: "8"}}, "world:payments>c-1 12 USD")
	s.crosses(causes[s.owes], "credit_limit_exceeded", "-14")
	s.crosses(causes[s.pays], "credit_limit_restored", "-2")
	s.sold = record("k6", `{"account":"c-1","transaction":"i7","kind":"invoice","currency":"USD","lines":[{"product":"room","quantity":"0.05","unit_price":"80"},{"product":"tea","unit_price":"1"}]}`,
		"invoice", "posted", []topics.AllocationBody{}, "c-1>revenue:sales 4 USD")
}

// tells says in an entry which transaction it is about, "reference account kind side state amount against", and what it allocates, each "credit debit amount".
func tells(entry *kgo.Record, text string, allocations ...string) {
	edit(entry, func(l *topics.LedgerEntryBody) {
		f := append(strings.Fields(text), "")
		l.Transaction = &topics.TransactionBody{Transaction: f[0], Account: f[1], Kind: f[2], Side: f[3], State: f[4], Amount: f[5], Currency: "USD", Date: "2026-01-01", Against: f[6]}
		if f[2] == "invoice" && f[4] == "posted" {
			l.Transaction.Name = map[string]string{"c-3": "2", "c-4": "3"}[f[1]] // their numbers
		}
		for _, each := range allocations {
			a := strings.Fields(each)
			l.Allocations = append(l.Allocations, topics.AllocationBody{Credit: a[0], Debit: a[1], Amount: a[2]})
		}
	})
}

// dueOn is an entry of due work about a transaction.
func (s *scene) dueOn(cause *kgo.Record, typ, account, transaction string, postings ...string) *kgo.Record {
	out := s.out(cause, nil, typ, resultApplied, "", nil, postings...)
	edit(out, func(l *topics.LedgerEntryBody) {
		l.ID = "due/" + account + "/" + strings.TrimPrefix(typ, duePrefix) + "/" + l.OccurredAt + "/" + transaction
	})
	return out
}

// relink computes the links of an entry again that was edited, and sends its attempts.
func (s *scene) relink(entry, cause *kgo.Record, attempts ...string) *kgo.Record {
	s.emits(entry, cause, attempts...)
	return entry
}

// charging: charges that would exceed the limit wait, one for a card and one for a wallet, and are posted when that has paid.
func (s *scene) charging() {
	s.definitionOf(topics.TypeAccountDefined, "m1", `{"account":"w-12","kind":"wallet","currency":"USD"}`)
	s.pay("m2", "w-12", "20")
	s.definitionOf(topics.TypeAccountDefined, "m3", `{"account":"c-3","kind":"customer_account","currency":"USD","customer":{"credit_limit":"10","reward_participant":true,"payment_preferences":[{"preference":"one","kind":"card","gateway":"stripe","payment_method":"tok-3","purchases":true}]}}`)
	s.definitionOf(topics.TypeAccountDefined, "m4", `{"account":"c-4","kind":"customer_account","currency":"USD","customer":{"credit_limit":"10","reward_participant":true,"payment_preferences":[{"preference":"one","kind":"wallet","wallet":"w-12","purchases":true}]}}`)
	invoice := func(id, account, reference, amount string, postings ...string) (in, out *kgo.Record) {
		in = s.in(record.Good, topics.Account, topics.TypeTransactionRecorded, id, `{"account":"`+account+`","transaction":"`+reference+`","kind":"invoice","amount":"`+amount+`","currency":"USD"}`)
		return in, s.out(in, in, topics.TypeTransactionRecorded, resultApplied, "", nil, postings...)
	}
	in, out := invoice("m5", "c-3", "j1", "8", "c-3>revenue:sales 8 USD")
	tells(out, "j1 c-3 invoice debit posted 8")
	s.moved(s.relink(out, in), in, topics.OutcomeBody{Account: "c-3", Transaction: "j1"})
	in, s.waitsToPay = invoice("m6", "c-3", "j2", "5")
	tells(s.waitsToPay, "j2 c-3 invoice debit pending 5")
	s.relink(s.waitsToPay, in, "c-3/1/1 3 tok-3 automatic_payment")
	s.answer(in, "m6", "pending", fundsPending)
	yes := s.result("m7", "c-3/1/1", succeeded)
	s.cardPaid = s.out(yes, yes, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>c-3 3 USD")
	tells(s.cardPaid, "c-3/1/1 c-3 payment credit posted 3", "c-3/1/1 j1 3")
	s.relink(s.cardPaid, yes)
	s.chargePosted = s.dueOn(yes, dueChargePosted, "c-3", "j2", "c-3>revenue:sales 5 USD")
	tells(s.chargePosted, "j2 c-3 invoice debit posted 5")
	s.relink(s.chargePosted, yes)
	s.answer(yes, "m6", "accepted", "")
	in, s.pursePaid = invoice("m8", "c-4", "k1", "12", "w-12>c-4 2 USD")
	tells(s.pursePaid, "c-4/1 c-4 payment credit posted 2")
	s.relink(s.pursePaid, in)
	s.answer(in, "m8", "pending", fundsPending)
	out = s.dueOn(in, dueChargePosted, "c-4", "k1", "c-4>revenue:sales 12 USD")
	tells(out, "k1 c-4 invoice debit posted 12", "c-4/1 k1 2")
	s.relink(out, in)
	s.answer(in, "m8", "accepted", "")
}

// recurring: invoices are charged on their due dates, one to a card, which is asked twice, and one to a wallet.
func (s *scene) recurring() {
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "t8", `{"time":"`+rfc(at(22))+`"}`)
	s.cardAsked = s.relink(s.dueOn(tick, dueAskedCard, "c-3", "j1"), tick, "c-3/2/1 5 tok-3 recurring_payment")
	s.purseCharged = s.dueOn(tick, dueRecurred, "c-4", "k1", "w-12>c-4 10 USD")
	tells(s.purseCharged, "c-4/3 c-4 payment credit posted 10 k1", "c-4/3 k1 10")
	s.relink(s.purseCharged, tick)
	no := s.result("m9", "c-3/2/1", failed)
	s.out(no, no, topics.TypeAttemptResolved, resultApplied, "", nil)
	s.about(no, rechargeFailed, "c-3", "c-3/2/1")
	again := s.in(0, topics.RefillTick, topics.TypeTick, "t9", `{"time":"`+rfc(at(22))+`"}`)
	s.cardAskedAgain = s.out(again, nil, dueRetried, resultApplied, "", nil)
	edit(s.cardAskedAgain, func(l *topics.LedgerEntryBody) { l.Attempt = "c-3/2/1" })
	s.relink(s.cardAskedAgain, again, "c-3/2/2 5 tok-3 recurring_payment")
	yes := s.result("m0", "c-3/2/2", succeeded)
	out := s.out(yes, yes, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>c-3 5 USD")
	tells(out, "c-3/2/2 c-3 payment credit posted 5 j1", "c-3/2/2 j1 5")
	s.relink(out, yes)
}

// crosses sends the alert that c-1 owes more than its limit, or no more.
func (s *scene) crosses(cause *kgo.Record, kind, balance string) {
	s.alert(cause, kind, "c-1", "USD", balance, "12", "")
	r := s.last(topics.Alert)
	var b topics.AlertBody
	if err := json.Unmarshal(r.Value, &b); err != nil {
		panic(err)
	}
	b.Recipients = &topics.Recipients{Email: []string{"ada"}}
	r.Value, _ = json.Marshal(b)
}

// periods: December is kept open by a draft, and then closed.
func (s *scene) periods() {
	about := func(out *kgo.Record, p topics.PeriodBody) *kgo.Record {
		p.Period, p.To = "2025-12-01", "2025-12-31"
		edit(out, func(l *topics.LedgerEntryBody) { l.Period = &p })
		s.emits(out, out) // none: the entry is linked anew
		return out
	}
	transaction := func(typ, id, body string, t topics.TransactionBody, postings ...string) *kgo.Record {
		in := s.in(record.Good, topics.Account, typ, id, body)
		out := s.out(in, in, typ, resultApplied, "", nil, postings...)
		t.Account, t.Kind, t.Side, t.Amount, t.Currency = "c-1", "invoice", "debit", "3", "USD"
		edit(out, func(l *topics.LedgerEntryBody) { l.Transaction = &t })
		s.emits(out, out)
		if t.State != "discarded" {
			s.moved(out, in, topics.OutcomeBody{Account: "c-1", Transaction: t.Transaction, Currency: "USD", Amount: "3"})
		}
		return out
	}
	about(s.definitionOf(topics.TypePeriodsDefined, "ap1", `{"length":"monthly","from":"2025-12-05"}`), topics.PeriodBody{State: "opened", Next: "2025-12-01"})
	transaction(topics.TypeTransactionRecorded, "ap2", `{"account":"c-1","transaction":"i3","kind":"invoice","amount":"3","currency":"USD","date":"2025-12-20","draft":true}`,
		topics.TransactionBody{Transaction: "i3", State: "draft", Date: "2025-12-20"})
	tooSoon := s.in(record.Good, topics.Account, topics.TypePeriodCloseRequested, "ap3", `{}`)
	s.keptOpen = about(s.out(tooSoon, tooSoon, topics.TypePeriodCloseRequested, resultRefused, periodHasErrors, nil), topics.PeriodBody{
		State: "has_errors", Drafts: &topics.PeriodFindings{Count: 1, First: []topics.PeriodFinding{{Account: "c-1", Transaction: "i3"}}},
	})
	s.refuse(tooSoon, topics.OutcomeBody{ID: "ap3", Reason: periodHasErrors})
	transaction(topics.TypeTransactionDiscarded, "ap4", `{"account":"c-1","transaction":"i3"}`, topics.TransactionBody{Transaction: "i3", State: "discarded", Date: "2025-12-20"})
	over := s.in(record.Good, topics.Account, topics.TypePeriodCloseRequested, "ap5", `{"period":"2025-12-01"}`)
	s.closed = about(s.out(over, over, topics.TypePeriodCloseRequested, resultApplied, "", nil), topics.PeriodBody{State: "closed", Next: "2026-01-01"})
	s.answer(over, "ap5", "accepted", "")
	s.january = transaction(topics.TypeTransactionRecorded, "ap6", `{"account":"c-1","transaction":"i4","kind":"invoice","amount":"3","currency":"USD"}`,
		topics.TransactionBody{Transaction: "i4", State: "posted", Date: "2026-01-02", Name: "1 Ada", Recipients: &topics.Recipients{Email: []string{"ada"}}}, "c-1>revenue:sales 3 USD")
}

// sends: one that is charged, adjusted up and down, and cancelled; one that its sender cannot pay; and one that its final cost overtakes.
func (s *scene) sends() {
	s.definitionOf(topics.TypeCampaignDefined, "d23", `{"campaign":"mugs","payer":"sender","effective_from":"2025-01-01T00:00:00Z"}`)
	s.definitionOf(topics.TypeAccountDefined, "d24", `{"account":"w-11","kind":"wallet","currency":"USD"}`)
	pay := s.in(record.Good, topics.PaymentResult, topics.TypePaymentReceived, "y2", `{"account":"w-11","payment":"y2","amount":"20","currency":"USD"}`)
	s.out(pay, pay, topics.TypePaymentReceived, resultApplied, "", nil, "world:payments>w-11 20 USD")
	ask := s.in(record.Good, topics.Send, topics.TypeSendRequested, "n1", `{"send":"n-1","campaign":"mugs","sender":"w-11","origin":"manual","lines":[{"item":"mug","quantity":2,"unit_price":"4.50"}],"currency":"USD"}`)
	s.sent = s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil, "w-11>revenue:sales 9 USD")
	s.answer(ask, "n1", "accepted", "")
	more := s.in(record.Good, topics.Send, topics.TypeSendAdjusted, "n2", `{"send":"n-1","final_cost":"11","currency":"USD"}`)
	s.adjusted = s.out(more, more, topics.TypeSendAdjusted, resultApplied, "", nil, "suspense>revenue:sales 2 USD")
	s.suspended(more, "2")
	less := s.in(record.Good, topics.Send, topics.TypeSendAdjusted, "n3", `{"send":"n-1","final_cost":"8","currency":"USD"}`)
	s.out(less, less, topics.TypeSendAdjusted, resultApplied, "", nil, "revenue:sales>suspense 2 USD", "revenue:sales>w-11 1 USD")
	off := s.in(record.Good, topics.Send, topics.TypeSendCancelled, "n4", `{"send":"n-1"}`)
	s.cancelled = s.out(off, off, topics.TypeSendCancelled, resultApplied, "", nil, "revenue:sales>w-11 8 USD")
	poor := s.in(record.Good, topics.Send, topics.TypeSendRequested, "n5", `{"send":"n-2","campaign":"mugs","sender":"w-11","origin":"manual","estimated_cost":"1000","currency":"USD"}`)
	s.out(poor, poor, topics.TypeSendRequested, resultRefused, "insufficient_funds", nil)
	s.answer(poor, "n5", "rejected", "insufficient_funds")
	early := s.in(record.Good, topics.Send, topics.TypeSendAdjusted, "n6", `{"send":"n-3","final_cost":"3","currency":"USD"}`)
	s.out(early, early, topics.TypeSendAdjusted, resultWaiting, "", nil)
	free := s.in(record.Good, topics.Send, topics.TypeSendRequested, "n7", `{"send":"n-3","campaign":"mugs","sender":"w-7","origin":"manual","estimated_cost":"4","currency":"USD"}`)
	s.out(free, free, topics.TypeSendRequested, resultApplied, "", nil, "w-7>world:complimentary 4 USD complimentary monthly/2026-01")
	s.answer(free, "n7", "accepted", "")
	s.out(early, early, topics.TypeSendAdjusted, resultApplied, "", nil, "world:complimentary>w-7 1 USD complimentary monthly/2026-01")
}

// approve: sends of a funding source that wait for an approval, and a final cost that a team's source pays.
func (s *scene) approve() {
	s.definitionOf(topics.TypeAccountDefined, "d15", `{"account":"s-2","kind":"funding_source","currency":"USD","funding":{"name":"gifts","payment_type":"invoice","po_number":"PO","payment_days":14}}`)
	s.definitionOf(topics.TypeCampaignDefined, "d16", `{"campaign":"gifts","payer":"funding_source","funding_source":"s-2","approval":true,"effective_from":"2025-01-01T00:00:00Z"}`)
	pay := s.in(record.Good, topics.PaymentResult, topics.TypePaymentReceived, "y3", `{"account":"s-2","payment":"y3","amount":"10","currency":"USD"}`)
	s.out(pay, pay, topics.TypePaymentReceived, resultApplied, "", nil, "world:payments>s-2 10 USD")
	for id, cost := range []string{"8", "8"} {
		n := string(rune('4' + id))
		ask := s.in(record.Good, topics.Send, topics.TypeSendRequested, "a"+n, `{"send":"n-`+n+`","campaign":"gifts","sender":"w-11","origin":"triggered","estimated_cost":"`+cost+`","currency":"USD"}`)
		s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil)
		s.answer(ask, "a"+n, "pending", "pending_approval")
	}
	yes := s.in(record.Good, topics.Send, topics.TypeSendApproved, "a6", `{"send":"n-4"}`)
	s.approved = s.out(yes, yes, topics.TypeSendApproved, resultApplied, "", nil, "s-2>revenue:sales 8 USD")
	s.answer(yes, "a4", "accepted", "")
	late := s.in(record.Good, topics.Send, topics.TypeSendApproved, "a7", `{"send":"n-5"}`)
	s.billed = s.out(late, late, topics.TypeSendApproved, resultApplied, "", nil, "s-2>revenue:sales 8 USD")
	s.bills(s.billed, late, "3 6 s-2 add_funds n-5")
	s.answer(late, "a5", "accepted", "")
	s.alert(late, "negative_balance", "s-2", "USD", "-6", "", "6")
	more := s.in(record.Good, topics.Send, topics.TypeSendAdjusted, "a8", `{"send":"n-4","final_cost":"9.50","currency":"USD"}`)
	s.madeUp = s.out(more, more, topics.TypeSendAdjusted, resultApplied, "", nil, "s-2>revenue:sales 1.5 USD")
}

// funds: sends that a card has to pay a part of: one that it does, one of which it says nothing in time, and one that is cancelled.
func (s *scene) funds() {
	s.definitionOf(topics.TypeAccountDefined, "d17", `{"account":"s-3","kind":"funding_source","currency":"USD","funding":{"name":"mugs","payment_type":"credit_card","payment_method":"tok"}}`)
	s.definitionOf(topics.TypeCampaignDefined, "d18", `{"campaign":"cups","payer":"funding_source","funding_source":"s-3","add_funds":true,"effective_from":"2025-01-01T00:00:00Z"}`)
	s.pay("y4", "s-3", "4")
	ask := s.sendFunds("6", "10")
	s.asked = s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil)
	s.emits(s.asked, ask, "s-3/1/1 6 tok add_funds")
	s.answer(ask, "a-6", "pending", fundsPending)
	yes := s.result("r5", "s-3/1/1", succeeded)
	s.funded = s.out(yes, yes, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>s-3 6 USD", "s-3>revenue:sales 10 USD")
	s.answer(yes, "a-6", "accepted", "")
	s.pay("y5", "s-3", "3")
	silent := s.sendFunds("7", "5")
	s.emits(s.out(silent, silent, topics.TypeSendRequested, resultApplied, "", nil), silent, "s-3/2/1 2 tok add_funds")
	s.answer(silent, "a-7", "pending", fundsPending)
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "t4", `{"time":"`+rfc(at(22))+`"}`)
	s.overdue = s.out(tick, nil, dueOverdue, resultApplied, "", nil)
	s.answer(tick, "a-7", "rejected", fundsOverdue)
	off := s.sendFunds("8", "5")
	s.emits(s.out(off, off, topics.TypeSendRequested, resultApplied, "", nil), off, "s-3/3/1 2 tok add_funds")
	s.answer(off, "a-8", "pending", fundsPending)
	cancel := s.in(record.Good, topics.Send, topics.TypeSendCancelled, "a9", `{"send":"n-8"}`)
	s.out(cancel, cancel, topics.TypeSendCancelled, resultApplied, "", nil)
	s.answer(cancel, "a-8", "rejected", "cancelled")
	late := s.result("r6", "s-3/3/1", succeeded)
	s.credited = s.out(late, late, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>s-3 2 USD")
	held := s.sendFunds("9", "6")
	s.emits(s.out(held, held, topics.TypeSendRequested, resultApplied, "", nil), held, "s-3/4/1 1 tok add_funds")
	s.answer(held, "a-9", "pending", fundsPending)
	poor := s.in(record.Good, topics.Send, topics.TypeSendRequested, "b1", `{"send":"n-10","campaign":"cups","sender":"w-11","origin":"manual","estimated_cost":"1","currency":"USD"}`)
	s.out(poor, poor, topics.TypeSendRequested, resultRefused, "insufficient_funds", nil)
	s.answer(poor, "b1", "rejected", "insufficient_funds")
	no := s.result("r7", "s-3/4/1", failed)
	s.out(no, no, topics.TypeAttemptResolved, resultApplied, "", nil)
	s.answer(no, "a-9", "rejected", "payment_failed")
}

// differ: a final cost that a card has to pay a part of, tried twice, and the end of a day on which a source is negative.
func (s *scene) differ() {
	more := s.in(record.Good, topics.Send, topics.TypeSendAdjusted, "b2", `{"send":"n-6","final_cost":"18","currency":"USD"}`)
	s.differed = s.out(more, more, topics.TypeSendAdjusted, resultApplied, "", nil, "s-3>revenue:sales 8 USD")
	s.emits(s.differed, more, "s-3/5/1 3 tok adjustment")
	s.alert(more, "negative_balance", "s-3", "USD", "-3", "", "3")
	no := s.result("r8", "s-3/5/1", failed)
	s.out(no, no, topics.TypeAttemptResolved, resultApplied, "", nil)
	s.about(no, rechargeFailed, "s-3", "s-3/5/1")
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "t5", `{"time":"`+rfc(at(23))+`"}`)
	s.repeated = s.out(tick, nil, dueRetried, resultApplied, "", nil)
	edit(s.repeated, func(b *topics.LedgerEntryBody) { b.Attempt = "s-3/5/1" })
	s.emits(s.repeated, tick, "s-3/5/2 3 tok adjustment")
	s.told = s.out(tick, nil, dueUnresolved, resultApplied, "", nil)
	edit(s.told, func(b *topics.LedgerEntryBody) { b.Attempt = "s-3/2/1" })
	s.emits(s.told, tick) // none: the entry is linked anew
	s.about(tick, rechargeUnresolved, "s-3", "s-3/2/1")
	s.night = s.out(tick, nil, dueDay, resultApplied, "", nil)
	s.bills(s.night, tick, "4 1.5 s-2 negative_balance 2026-01-19")
}

// licences: at once, by invoice and between currencies; one that a card pays when it is asked again; one whose source has what it takes by then,
// one that would leave its range, and one that nobody pays.
func (s *scene) licences() {
	s.definitionOf(topics.TypeAccountDefined, "l1", `{"account":"s-4","kind":"funding_source","currency":"USD","funding":{"name":"seats","payment_type":"credit_card","payment_method":"tok"}}`)
	s.definitionOf(topics.TypeAccountDefined, "l2", `{"account":"s-5","kind":"funding_source","currency":"EUR","funding":{"name":"abroad","payment_type":"invoice"}}`)
	for team, source := range []string{"s-4", "s-2", "s-5"} {
		n := string(rune('1' + team))
		s.definitionOf(topics.TypeTeamDefined, "l-team-"+n, `{"team":"team-`+n+`","funding_source":"none","licence_source":"`+source+`"}`)
	}
	s.pay("y6", "s-4", "10")
	abroad := s.in(record.Good, topics.PaymentResult, topics.TypePaymentReceived, "y7", `{"account":"s-5","payment":"y7","amount":"20","currency":"EUR"}`)
	s.out(abroad, abroad, topics.TypePaymentReceived, resultApplied, "", nil, "world:payments>s-5 20 EUR")
	s.licensed = s.buys("l3", "team-1", "4", "s-4>revenue:licences 4 USD")
	s.buys("l4", "team-2", "7", "s-2>revenue:licences 7 USD")
	s.foreign = s.buys("l5", "team-3", "10", "s-5>world:fx 9 EUR", "world:fx>revenue:licences 10 USD")
	s.waited = s.waitsForCard("l6", "10", "s-4/1/1", "4")
	s.asksAgain = s.falls(dueRetried, "s-4/1/1", resultApplied, "", "l6", "")
	s.emits(s.asksAgain, s.last(topics.RefillTick), "s-4/1/2 4 tok licence")
	yes := s.result("r-l6", "s-4/1/2", succeeded)
	s.out(yes, yes, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>s-4 4 USD", "s-4>revenue:licences 10 USD")
	s.answer(yes, "l6", "accepted", "")
	s.waitsForCard("l7", "5", "s-4/2/1", "5")
	s.pay("y8", "s-4", "5")
	s.needless = s.falls(dueDropped, "s-4/2/1", resultApplied, "", "l7", "accepted", "s-4>revenue:licences 5 USD")
	s.waitsForCard("l8", "6", "s-4/3/1", "6")
	s.pay("y9", "s-4", "6")
	s.falls(dueDropped, "s-4/3/1", resultRefused, "balance_out_of_range", "l8", "rejected")
	s.buys("l9", "team-1", "6", "s-4>revenue:licences 6 USD") // which is not held any more
	nobody := s.in(record.Good, topics.Account, topics.TypeLicencePurchased, "l10", `{"team":"team-4","amount":"1","currency":"USD"}`)
	s.out(nobody, nobody, topics.TypeLicencePurchased, resultRefused, "unknown_team", nil)
	s.answer(nobody, "l10", "rejected", "unknown_team")
}

// buys is a licence that is charged at once.
func (s *scene) buys(id, team, price string, postings ...string) *kgo.Record {
	in := s.in(record.Good, topics.Account, topics.TypeLicencePurchased, id, `{"team":"`+team+`","amount":"`+price+`","currency":"USD"}`)
	entry := s.out(in, in, topics.TypeLicencePurchased, resultApplied, "", nil, postings...)
	s.answer(in, id, "accepted", "")
	return entry
}

// waitsForCard is a licence that a card has to pay a part of, and fails to.
func (s *scene) waitsForCard(id, price, attempt, lacks string) *kgo.Record {
	in := s.in(record.Good, topics.Account, topics.TypeLicencePurchased, id, `{"team":"team-1","amount":"`+price+`","currency":"USD"}`)
	entry := s.out(in, in, topics.TypeLicencePurchased, resultApplied, "", nil)
	s.emits(entry, in, attempt+" "+lacks+" tok licence")
	s.answer(in, id, "pending", fundsPending)
	no := s.result("no-"+id, attempt, failed)
	s.out(no, no, topics.TypeAttemptResolved, resultApplied, "", nil)
	s.about(no, rechargeFailed, "s-4", attempt)
	return entry
}

// falls is a retry that falls due, with what is answered because of it.
func (s *scene) falls(kind, attempt, result, reason, id, status string, postings ...string) *kgo.Record {
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "tick-"+id, `{"time":"`+rfc(at(23).Add(11*time.Hour))+`"}`)
	entry := s.out(tick, nil, kind, result, reason, nil, postings...)
	edit(entry, func(b *topics.LedgerEntryBody) { b.Attempt = attempt })
	s.emits(entry, tick) // none: the entry is linked anew
	if status != "" {
		s.answer(tick, id, status, reason)
	}
	return entry
}

// pay is money that comes in.
func (s *scene) pay(id, account, amount string) {
	in := s.in(record.Good, topics.PaymentResult, topics.TypePaymentReceived, id, `{"account":"`+account+`","payment":"`+id+`","amount":"`+amount+`","currency":"USD"}`)
	s.out(in, in, topics.TypePaymentReceived, resultApplied, "", nil, "world:payments>"+account+" "+amount+" USD")
}

// sendFunds asks for the send n-N, and for funds where they lack.
func (s *scene) sendFunds(n, cost string) *kgo.Record {
	return s.in(record.Good, topics.Send, topics.TypeSendRequested, "a-"+n,
		`{"send":"n-`+n+`","campaign":"cups","sender":"w-11","origin":"manual","add_funds":true,"estimated_cost":"`+cost+`","currency":"USD"}`)
}

// suspended sends the alert that a difference stands in suspense.
func (s *scene) suspended(cause *kgo.Record, sum string) {
	value, _ := json.Marshal(topics.AlertBody{Kind: adjustmentInSuspense, Org: toyOrg, Account: suspense, Amount: sum})
	s.send(cause, topics.Alert, value)
}

func (s *scene) result(id, attempt, result string) *kgo.Record {
	return s.in(record.Good, topics.PaymentResult, topics.TypeAttemptResolved, id, `{"attempt":"`+attempt+`","result":"`+result+`"}`)
}

// expire: a grant expires, and one event waits for its wallet for less than a day.
func (s *scene) expire() {
	grant := s.in(record.Good, topics.Account, topics.TypeCreditsGranted, "g2", `{"account":"w-1","amount":"5","currency":"USD","expires_at":"2026-01-10T12:00:00Z"}`)
	s.out(grant, grant, topics.TypeCreditsGranted, resultApplied, "", nil, "world:complimentary>w-1 5 USD complimentary g2")
	s.tick = s.in(0, topics.RefillTick, topics.TypeTick, "t1", `{"time":"`+rfc(at(20))+`"}`)
	s.expiry = s.out(s.tick, nil, dueGrantExpired, resultApplied, "", nil, "w-1>world:complimentary 5 USD complimentary g2")
	s.ever = s.in(record.UnknownNever, topics.Usage, topics.TypeUsageRecorded, "u8", usageOf("w-4", "message", "1", `"1"`))
	s.out(s.ever, s.ever, topics.TypeUsageRecorded, resultWaiting, "", nil)
	s.append(&kgo.Record{Topic: topics.Ledger, Value: []byte(`{}`), Headers: []kgo.RecordHeader{{Key: "ce_type", Value: []byte(topics.TypeOwnership)}}})
	s.append(&kgo.Record{Topic: topics.Changelog, Key: []byte("!ownership"), Value: []byte(`{}`), Headers: []kgo.RecordHeader{{Key: "ce_type", Value: []byte(topics.TypeOwnership)}}})
}

func entryOf(r *kgo.Record) string {
	var n string
	edit(r, func(b *topics.LedgerEntryBody) { n = amount(int64(b.Entry) * 1_000_000).String() })
	return n
}
