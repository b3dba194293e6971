package verify

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/record"
	"purser/processors/core"
	"purser/topics"
)

func (s *scene) recordFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record")
	w, err := record.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.produced {
		if err := w.Append(&s.produced[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// verify produces a scene and audits it.
func (s *scene) verify(t *testing.T, opts []kgo.Opt, withRecord bool) *Report {
	t.Helper()
	s.produce(t, opts)
	c := Config{Client: opts, Prefix: s.prefix, ReadCell: readToyCell, Due: dueOfToyCell, Checkpoint: s, Cache: s}
	if withRecord {
		c.RecordFiles = []string{s.recordFile(t)}
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if sum := r.Applied + r.Duplicate + r.DeadLettered + r.Waiting + r.Lost; sum != r.Produced {
		t.Errorf("produced %d, but the ends sum to %d", r.Produced, sum)
	}
	return r
}

func TestACleanSystemHasNoDifferences(t *testing.T) {
	opts := brokers(t)
	for name, withRecord := range map[string]bool{"with": true, "without": false} {
		s := newScene("clean-" + name + ".")
		r := s.verify(t, opts, withRecord)
		for _, f := range r.Findings {
			t.Errorf("%s a record file: %s", name, f)
		}
		want := "verified: produced=131 applied=124 duplicate=1 dead_lettered=5 waiting=1 differences=0"
		if r.LastLine() != want {
			t.Errorf("%s a record file: %s, want %s", name, r.LastLine(), want)
		}
		if r.Replayed != 1 || r.Debits != 8 || r.CheckpointRows != int64(len(s.rows)) || r.CacheCells != r.Accounts {
			t.Errorf("%s a record file: %+v", name, r)
		}
		if top := r.Debtors["EUR"]; len(top) != 1 || top[0] != (Debtor{toyOrg, "w-2", -7_450_000}) {
			t.Errorf("debtors: %v", r.Debtors)
		}
		if r.DeadLetterReasons["identity_conflict"] != 1 || r.DeadLetterReasons["malformed_json"] != 1 || r.Alerts["negative_balance"] != 5 {
			t.Errorf("reasons %v, alerts %v", r.DeadLetterReasons, r.Alerts)
		}
	}
}

// TestWhatATransactionHidesIsNotCalledLost: as long as one is open, nobody knows what is behind it.
func TestWhatATransactionHidesIsNotCalledLost(t *testing.T) {
	opts := brokers(t)
	s := newScene("hidden.")
	s.produce(t, opts)
	forgotten, err := kgo.NewClient(append(slices.Clone(opts), kgo.TransactionalID("forgotten"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer forgotten.Close()
	if err := forgotten.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := forgotten.ProduceSync(t.Context(), &kgo.Record{Topic: s.prefix + topics.Ledger}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c := Config{Client: opts, Prefix: s.prefix, ReadCell: readToyCell, QuietTimeout: 300 * time.Millisecond}
	if _, err := Run(t.Context(), c); !errors.Is(err, committed.ErrHidden) {
		t.Errorf("while it is open: %v", err)
	}
	if err := forgotten.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	c.QuietTimeout = time.Minute
	if r, err := Run(t.Context(), c); err != nil || len(r.Findings) > 0 {
		t.Errorf("when it has ended: %+v, %v", r, err)
	}
}

// plant is one difference and the check that has to find it.
type plant struct {
	name  string
	check Check
	do    func(*scene)
}

func body(r *kgo.Record, change func(*topics.LedgerEntryBody)) { edit(r, change) }

// last returns the last record of a topic.
func (s *scene) last(topic string) *kgo.Record {
	all := s.topics[topic]
	return all[len(all)-1]
}

// find returns the n-th record of a topic that contains a text.
func (s *scene) find(topic, text string) *kgo.Record {
	i := s.at(topic, text)
	return s.topics[topic][i]
}

func (s *scene) at(topic, text string) int {
	i := slices.IndexFunc(s.topics[topic], func(r *kgo.Record) bool {
		return strings.Contains(string(r.Value)+header(r, topics.HeaderReason), text)
	})
	if i < 0 {
		panic("no " + topic + " with " + text)
	}
	return i
}

func (s *scene) drop(topic, text string) {
	i := s.at(topic, text)
	s.topics[topic] = slices.Delete(s.topics[topic], i, i+1)
}

func setHeader(r *kgo.Record, name, value string) {
	for i := range r.Headers {
		if r.Headers[i].Key == name {
			r.Headers[i].Value = []byte(value)
		}
	}
}

// bill changes the invoice of a number.
func (s *scene) bill(number, old, by string) {
	r := s.find(topics.Invoice, `"invoice":`+number)
	if changed := strings.ReplaceAll(string(r.Value), old, by); changed != string(r.Value) {
		r.Value = []byte(changed)
		return
	}
	panic("the invoice does not say " + old)
}

var plants = []plant{
	{"a result about another attempt", CheckSubject, func(s *scene) { body(s.credit, func(b *topics.LedgerEntryBody) { b.Attempt = "w-6/1/1" }) }},
	{"a result about an attempt that never went out", CheckSubject, func(s *scene) { body(s.credit, func(b *topics.LedgerEntryBody) { b.Attempt = "w-6/9/1" }) }},
	{"a success that is told as a failure", CheckSubject, func(s *scene) {
		body(s.credit, func(b *topics.LedgerEntryBody) { b.Attempt, b.Told = "w-6/1/2", "failed" })
	}},
	{"due work on an attempt that never went out", CheckSubject, func(s *scene) { body(s.retry, func(b *topics.LedgerEntryBody) { b.Attempt = "w-6/9/1" }) }},
	{"a failure in other words", CheckSubject, func(s *scene) {
		body(s.credit, func(b *topics.LedgerEntryBody) { b.Attempt, b.Why = "w-6/1/2", "stolen" })
	}},
	{"a payment of another invoice", CheckSubject, func(s *scene) { body(s.paid, func(b *topics.LedgerEntryBody) { b.Invoice = 2 }) }},
	{"a charge of another send", CheckSubject, func(s *scene) { body(s.adjusted, func(b *topics.LedgerEntryBody) { b.Send = "another" }) }},
	{"a definition that pays an invoice", CheckSubject, func(s *scene) { body(s.definition, func(b *topics.LedgerEntryBody) { b.Invoice = 1 }) }},
	{"a transfer that was refused and moved money", CheckTransfer, func(s *scene) {
		body(s.poor, func(b *topics.LedgerEntryBody) { b.Postings = []topics.PostingBody{posting("s-1>w-10 1 USD")} })
	}},
	{"a transfer that was refused and asked a card", CheckTransfer, func(s *scene) {
		body(s.poor, func(b *topics.LedgerEntryBody) {
			b.Attempts = []topics.AttemptedBody{{Attempt: "s-1/1/1", Amount: "1", Currency: "USD"}}
		})
	}},
	{"a transfer that was refused, and the money was there", CheckTransfer, func(s *scene) {
		r := s.find(topics.Account, `"3.01"`)
		r.Value = []byte(strings.Replace(string(r.Value), "3.01", "3", 1))
	}},
	{"a transfer between users that was refused for want of money", CheckTransfer, func(s *scene) {
		body(s.find(topics.Ledger, reasonBetweenUsers), func(b *topics.LedgerEntryBody) { b.Reason = reasonInsufficient })
	}},
	{"a transfer to a user that was refused as one between users", CheckTransfer, func(s *scene) {
		body(s.poor, func(b *topics.LedgerEntryBody) { b.Reason = reasonBetweenUsers })
	}},
	{"a transfer between users that was made", CheckPosting, func(s *scene) {
		in := s.in(record.Good, topics.Account, topics.TypeTransferRequested, "f12", `{"from":"w-12","to":"w-11","amount":"1","currency":"USD"}`)
		entry := s.out(in, in, topics.TypeTransferRequested, resultApplied, "", nil, "w-12>w-11 1 USD")
		s.moved(entry, in, topics.OutcomeBody{Account: "w-12", Balance: "4", To: &topics.OutcomeTo{Account: "w-11", Currency: "USD", Amount: "1", Balance: "21"}})
	}},
	{"a transfer of what is held", CheckPosting, func(s *scene) {
		s.definitionOf(topics.TypeAccountDefined, "h1", `{"account":"s-6","kind":"funding_source","currency":"USD","funding":{"name":"held","payment_type":"credit_card","payment_method":"tok"}}`)
		s.definitionOf(topics.TypeCampaignDefined, "h2", `{"campaign":"hats","payer":"funding_source","funding_source":"s-6","add_funds":true,"effective_from":"2025-01-01T00:00:00Z"}`)
		s.pay("h3", "s-6", "4")
		ask := s.in(record.Good, topics.Send, topics.TypeSendRequested, "h4", `{"send":"n-30","campaign":"hats","sender":"w-11","origin":"manual","add_funds":true,"estimated_cost":"6","currency":"USD"}`)
		s.emits(s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil), ask, "s-6/1/1 2 tok add_funds")
		s.answer(ask, "h4", "pending", fundsPending)
		in := s.in(record.Good, topics.Account, topics.TypeTransferRequested, "h5", `{"from":"s-6","to":"w-11","amount":"1","currency":"USD"}`)
		entry := s.out(in, in, topics.TypeTransferRequested, resultApplied, "", nil, "s-6>w-11 1 USD")
		s.moved(entry, in, topics.OutcomeBody{Account: "s-6", Balance: "3", To: &topics.OutcomeTo{Account: "w-11", Currency: "USD", Amount: "1", Balance: "21"}})
	}},
	{"a refused transfer that tells of other figures", CheckTransfer, func(s *scene) {
		r := s.find(topics.Outcome, `"f10"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"had":"3"`, `"had":"4"`, 1))
	}},
	{"a refused transfer that was answered with yes as well", CheckTransfer, func(s *scene) { s.answer(s.success, "f10", "accepted", "") }},
	{"a refused transfer that was answered with yes", CheckTransfer, func(s *scene) {
		r := s.find(topics.Outcome, `"f10"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"rejected"`, `"accepted"`, 1))
	}},
	{"a refused transfer that was not answered", CheckTransfer, func(s *scene) { s.drop(topics.Outcome, `"f11"`) }},
	{"a transfer that was made and answered with no", CheckTransfer, func(s *scene) {
		r := s.find(topics.Outcome, `"f6"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"accepted"`, `"rejected"`, 1))
	}},
	{"a transfer that is said to be pending", CheckTransfer, func(s *scene) { s.answer(s.success, "f10", "pending", "") }},
	{"a grant that has expired and is still there", CheckOverdue, func(s *scene) {
		body(s.expiry, func(b *topics.LedgerEntryBody) { b.Result = resultRefused })
	}},
	{"a payment that went to another debit", CheckPosting, func(s *scene) { body(s.pays, func(b *topics.LedgerEntryBody) { b.Allocations[1].Debit = "i2" }) }},
	{"a payment that went nowhere", CheckPosting, func(s *scene) { body(s.pays, func(b *topics.LedgerEntryBody) { b.Allocations = b.Allocations[:1] }) }},
	{"an invoice that was paid by nothing", CheckPosting, func(s *scene) {
		body(s.owes, func(b *topics.LedgerEntryBody) {
			b.Allocations = []topics.AllocationBody{{Credit: "p0", Debit: "i2", Amount: "4"}}
		})
	}},
	{"an account that is called otherwise", CheckSubject, func(s *scene) { body(s.owes, func(b *topics.LedgerEntryBody) { b.Transaction.Name = "2 Ada" }) }},
	{"an invoice that goes out by another medium", CheckSubject, func(s *scene) {
		body(s.owes, func(b *topics.LedgerEntryBody) {
			b.Transaction.Recipients = &topics.Recipients{Email: []string{"ada"}, SMS: []string{"ada"}}
		})
	}},
	{"an alert that goes to nobody", CheckAlert, func(s *scene) {
		r := s.find(topics.Alert, "credit_limit_exceeded")
		r.Value = []byte(strings.Replace(string(r.Value), `"recipients":{"email":["ada"]},`, "", 1))
	}},
	{"a customer without the billing address that he has to have", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-1","kind":"customer_account"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"billing_address":"here"`, `"billing_address":""`, 1))
	}},
	{"a customer with a label that is on no list", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-1","kind":"customer_account"`)
		r.Value = []byte(strings.Replace(string(r.Value), `["retail"]`, `["trade"]`, 1))
	}},
	{"a bill that is to go to nobody", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-1","kind":"customer_account"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"recipient":"ada"`, `"recipient":""`, 1))
	}},
	{"a customer who has to opt in and did not", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-1","kind":"customer_account"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"purchases":true`, `"purchases":false`, 1))
	}},
	{"a card of another gateway", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-1","kind":"customer_account"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"stripe"`, `"braintree"`, 1))
	}},
	{"a direct debit that is opted in", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-1","kind":"customer_account"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"kind":"card","gateway":"stripe"`, `"kind":"direct_debit","gateway":"stripe"`, 1))
	}},
	{"a charge that exceeded the limit, and its card was asked for too little", CheckAttempt, func(s *scene) {
		body(s.waitsToPay, func(b *topics.LedgerEntryBody) { b.Attempts[0].Amount = "2" })
	}},
	{"a charge that was posted before its card had paid", CheckPosting, func(s *scene) {
		body(s.waitsToPay, func(b *topics.LedgerEntryBody) { b.Postings = []topics.PostingBody{posting("c-3>revenue:sales 5 USD")} })
	}},
	{"a charge that exceeded the limit of who has not opted in", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"account":"c-3","transaction":"j2"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"kind":"invoice"`, `"for":"subscription","kind":"invoice"`, 1))
	}},
	{"a charge without its answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, `"id":"m6"`) }},
	{"a card's payment that went nowhere", CheckPosting, func(s *scene) { body(s.cardPaid, func(b *topics.LedgerEntryBody) { b.Allocations = nil }) }},
	{"a charge that was posted with another amount than waited", CheckPosting, func(s *scene) {
		body(s.chargePosted, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "4" })
	}},
	{"a charge that was given up although it was paid for", CheckPosting, func(s *scene) {
		body(s.chargePosted, func(b *topics.LedgerEntryBody) { b.Type = dueChargeGivenUp })
	}},
	{"a wallet that paid too much for a charge", CheckPosting, func(s *scene) {
		body(s.pursePaid, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "3" })
	}},
	{"an invoice whose card was asked for too much on its due date", CheckAttempt, func(s *scene) {
		body(s.cardAsked, func(b *topics.LedgerEntryBody) { b.Attempts[0].Amount = "8" })
	}},
	{"an invoice that was charged twice on its due date", CheckTwice, func(s *scene) {
		body(s.purseCharged, func(b *topics.LedgerEntryBody) {
			b.Type, b.ID = dueAskedCard, strings.Replace(strings.Replace(b.ID, "c-4", "c-3", 1), "recurring_charged", "recurring_asked", 1)
			b.ID = strings.Replace(b.ID, "k1", "j1", 1)
		})
	}},
	{"a wallet that was charged for an invoice on its due date, for another", CheckPosting, func(s *scene) {
		body(s.purseCharged, func(b *topics.LedgerEntryBody) { b.Allocations[0].Debit = "k2" })
	}},
	{"a retry for an invoice that is dropped, and it is open", CheckAttempt, func(s *scene) {
		body(s.cardAskedAgain, func(b *topics.LedgerEntryBody) { b.Type, b.Attempts = dueDropped, nil })
	}},
	{"a draft that is posted with another amount", CheckPosting, func(s *scene) { body(s.owes, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "5" }) }},
	{"a draft that says to be posted", CheckSubject, func(s *scene) { body(s.drafted, func(b *topics.LedgerEntryBody) { b.Transaction.State = "posted" }) }},
	{"a transaction that does not say which", CheckSubject, func(s *scene) { body(s.owes, func(b *topics.LedgerEntryBody) { b.Transaction = nil }) }},
	{"a close that does not say what kept the period open", CheckSubject, func(s *scene) { body(s.keptOpen, func(b *topics.LedgerEntryBody) { b.Period.Drafts = nil }) }},
	{"a close that was refused because of a draft that is not dated in the period", CheckSubject, func(s *scene) {
		body(s.keptOpen, func(b *topics.LedgerEntryBody) { b.Period.Drafts.Count = 2 })
	}},
	{"a period that was closed while a draft was left", CheckPosting, func(s *scene) {
		r := s.find(topics.Ledger, `"id":"ap4"`)
		r.Value = []byte(strings.NewReplacer(`"result":"applied"`, `"result":"refused"`).Replace(string(r.Value)))
	}},
	{"a close that opens another period than the next", CheckSubject, func(s *scene) { body(s.closed, func(b *topics.LedgerEntryBody) { b.Period.Next = "2026-02-01" }) }},
	{"a close without an answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, `"id":"ap5"`) }},
	{"an invoice that is dated in a closed period", CheckPosting, func(s *scene) { body(s.january, func(b *topics.LedgerEntryBody) { b.Transaction.Date = "2025-12-31" }) }},
	{"an invoice at the price of its lines, not at what was agreed", CheckPosting, func(s *scene) {
		body(s.sold, func(b *topics.LedgerEntryBody) {
			b.Postings[0].Amount, b.Transaction.Amount = "5", "5"
			b.Transaction.Lines[0] = topics.BilledLine{Product: "room", Quantity: "0.05", UnitPrice: "80", Amount: "4.000000"}
		})
	}},
	{"an invoice that does not come to what its lines do", CheckPosting, func(s *scene) { body(s.sold, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "5" }) }},
	{"an invoice without one of its lines", CheckSubject, func(s *scene) {
		body(s.sold, func(b *topics.LedgerEntryBody) { b.Transaction.Lines = b.Transaction.Lines[:1] })
	}},
	{"a transfer at another rate", CheckPrice, func(s *scene) { body(s.transfer, func(b *topics.LedgerEntryBody) { b.Rate = "0.8" }) }},
	{"a transfer that gives too much", CheckPosting, func(s *scene) { body(s.transfer, func(b *topics.LedgerEntryBody) { b.Postings[1].Amount = "3" }) }},
	{"a transfer that tells of another balance", CheckOutcome, func(s *scene) {
		r := s.find(topics.Outcome, "w-10")
		r.Value = []byte(strings.ReplaceAll(string(r.Value), `"balance":"8"`, `"balance":"9"`))
	}},
	{"a budget that gave too much", CheckPosting, func(s *scene) { body(s.joined, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "6" }) }},
	{"a budget that nobody has defined", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"every":"week"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"budget"`, `"wish"`, 1))
	}},
	{"a transfer that has no outcome", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, "w-10") }},
	{"an invoice that did not go out", CheckInvoice, func(s *scene) { s.drop(topics.Invoice, `"invoice":2`) }},
	{"an invoice that went out twice", CheckInvoice, func(s *scene) {
		again := *s.find(topics.Invoice, `"invoice":1`)
		s.append(&again)
	}},
	{"an invoice that asks for too much", CheckInvoice, func(s *scene) { s.bill("1", "10.01", "100.01") }},
	{"an invoice that is due on another day", CheckInvoice, func(s *scene) { s.bill("1", "2026-02-03", "2026-02-04") }},
	{"an invoice with the purchase order of another", CheckInvoice, func(s *scene) { s.bill("2", `"PO"`, `"PO-2"`) }},
	{"an invoice to another account", CheckInvoice, func(s *scene) { s.bill("2", `"account":"s-1"`, `"account":"s-2"`) }},
	{"an invoice with a gap before it", CheckInvoice, func(s *scene) {
		s.bill("2", `"invoice":2`, `"invoice":3`)
		body(s.paid, func(b *topics.LedgerEntryBody) { b.Invoices[0].Invoice = 3 })
	}},
	{"an invoice that the ledger does not know", CheckInvoice, func(s *scene) { body(s.paid, func(b *topics.LedgerEntryBody) { b.Invoices = nil }) }},
	{"an attempt that did not go out", CheckAttempt, func(s *scene) { s.drop(topics.RechargeAttempt, "w-6/1/2") }},
	{"an attempt that went out twice", CheckAttempt, func(s *scene) {
		again := *s.find(topics.RechargeAttempt, "w-6/1/1")
		again.Value = []byte(strings.ReplaceAll(string(again.Value), "key w-6", "another key w-6"))
		s.append(&again)
	}},
	{"two attempts with one idempotency key", CheckAttempt, func(s *scene) {
		r := s.find(topics.RechargeAttempt, "w-6/1/2")
		r.Value = []byte(strings.ReplaceAll(string(r.Value), "key w-6/1/2", "key w-6/1/1"))
	}},
	{"an attempt that asks for too much", CheckAttempt, func(s *scene) {
		r := s.find(topics.RechargeAttempt, "w-6/1/1")
		r.Value = []byte(strings.ReplaceAll(string(r.Value), `"amount":"50"`, `"amount":"500"`))
	}},
	{"an attempt of another card", CheckAttempt, func(s *scene) {
		r := s.find(topics.RechargeAttempt, "w-6/1/1")
		r.Value = []byte(strings.ReplaceAll(string(r.Value), `"payment_method":"tok"`, `"payment_method":"stolen"`))
	}},
	{"an attempt that no entry emits", CheckAttempt, func(s *scene) {
		body(s.recharged, func(b *topics.LedgerEntryBody) { b.Attempts = nil })
	}},
	{"an attempt while another is open", CheckAttempt, func(s *scene) {
		in := s.in(record.Definition, topics.Account, topics.TypeAccountDefined, "d10",
			`{"account":"w-6","kind":"wallet","currency":"USD","recharge":{"when_balance_lower_than":"100","amount":"50","payment_method":"tok","attempts":2}}`)
		s.emits(s.out(in, in, topics.TypeAccountDefined, resultApplied, "", nil), in, "w-6/3/1 50 tok automatic", "w-6/4/1 50 tok automatic")
	}},
	{"a retry of what has not failed", CheckAttempt, func(s *scene) {
		body(s.retry, func(b *topics.LedgerEntryBody) { b.Attempt = "w-6/1/7" })
	}},
	{"a success that was not credited", CheckPosting, func(s *scene) {
		body(s.credit, func(b *topics.LedgerEntryBody) { b.Postings, b.Balances = nil, nil })
	}},
	{"a success that was credited twice", CheckPosting, func(s *scene) {
		again := s.result("r5", "w-6/1/2", succeeded)
		s.out(again, again, topics.TypeAttemptResolved, resultApplied, "", nil, "world:payments>w-6 50 USD")
	}},
	{"monthly credits of another amount", CheckPosting, func(s *scene) {
		body(s.credits, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "25" })
	}},
	{"monthly credits before their month", CheckPosting, func(s *scene) {
		body(s.credits, func(b *topics.LedgerEntryBody) {
			b.OccurredAt = "2025-12-31T23:00:00Z"
			b.ID = "due/w-7/credits_given/" + b.OccurredAt + "/monthly/2026-01"
		})
	}},
	{"monthly credits of one month twice", CheckTwice, func(s *scene) {
		s.out(s.tick, nil, dueCredits, resultApplied, "", nil, "world:complimentary>w-7 20 USD complimentary monthly/2026-01")
	}},
	{"monthly credits of a wallet that gets none", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"free","effective_from"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"plan":"free"`, `"plan":"pro"`, 1))
	}},
	{"a refund of more than was paid", CheckPosting, func(s *scene) {
		r := s.find(topics.PaymentResult, `"amount":"30"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"amount":"30"`, `"amount":"51"`, 1))
	}},
	{"a refund that took what was taken already", CheckPosting, func(s *scene) {
		body(s.refund, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount, b.Postings = "30", b.Postings[:1] })
	}},
	{"a removal of more than there was", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"amount":"8"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"amount":"8"`, `"amount":"80"`, 1))
	}},
	{"a removal of what was held", CheckPosting, func(s *scene) {
		s.definitionOf(topics.TypeAccountDefined, "h1", `{"account":"s-6","kind":"funding_source","currency":"USD","funding":{"name":"held","payment_type":"credit_card","payment_method":"tok"}}`)
		s.definitionOf(topics.TypeCampaignDefined, "h2", `{"campaign":"hats","payer":"funding_source","funding_source":"s-6","add_funds":true,"effective_from":"2025-01-01T00:00:00Z"}`)
		s.pay("h3", "s-6", "4")
		ask := s.in(record.Good, topics.Send, topics.TypeSendRequested, "h4", `{"send":"n-30","campaign":"hats","sender":"w-11","origin":"manual","add_funds":true,"estimated_cost":"6","currency":"USD"}`)
		s.emits(s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil), ask, "s-6/1/1 2 tok add_funds")
		s.answer(ask, "h4", "pending", fundsPending)
		in := s.in(record.Good, topics.Account, topics.TypeCreditsRemoved, "h5", `{"account":"s-6","amount":"1","currency":"USD","bucket":"purchased"}`)
		s.out(in, in, topics.TypeCreditsRemoved, resultApplied, "", nil, "s-6>world:removed 1 USD")
	}},
	{"a correction that gives back complimentary credit first", CheckPosting, func(s *scene) {
		body(s.correction, func(b *topics.LedgerEntryBody) { b.Postings[1].Amount, b.Postings[2].Amount = "15", "20" })
	}},
	{"a correction at another multiplier", CheckPosting, func(s *scene) {
		body(s.correction, func(b *topics.LedgerEntryBody) { b.Postings[1].Amount = "29" })
	}},
	{"usage that was voided twice", CheckPosting, func(s *scene) {
		again := s.in(record.Good, topics.Usage, topics.TypeUsageVoided, "x3", `{"usage":"u20"}`)
		s.out(again, again, topics.TypeUsageVoided, resultApplied, "", nil, "world:provider>agency 3 USD", "world:complimentary>w-8 15 USD complimentary g8")
	}},
	{"a send that took too much", CheckPosting, func(s *scene) {
		body(s.sent, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "9.01" })
	}},
	{"a send that its sender could not pay", CheckPosting, func(s *scene) {
		r := s.find(topics.Send, `"4.50"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"4.50"`, `"4000"`, 1))
	}},
	{"a send that was rejected, with money there", CheckPosting, func(s *scene) {
		r := s.find(topics.Send, `"1000"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"1000"`, `"2"`, 1))
	}},
	{"a triggered send that its sender paid", CheckPosting, func(s *scene) {
		r := s.find(topics.Send, `"4.50"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"manual"`, `"triggered"`, 1))
	}},
	{"a send that was charged twice", CheckTwice, func(s *scene) {
		again := s.in(record.Good, topics.Send, topics.TypeSendRequested, "n8", `{"send":"n-1","campaign":"mugs","sender":"w-11","origin":"manual","estimated_cost":"9","currency":"USD"}`)
		s.out(again, again, topics.TypeSendRequested, resultApplied, "", nil, "w-11>revenue:sales 9 USD")
		s.answer(again, "n8", "accepted", "")
	}},
	{"an adjustment that charged the sender", CheckPosting, func(s *scene) {
		body(s.adjusted, func(b *topics.LedgerEntryBody) { b.Postings[0].From = "w-11" })
	}},
	{"a difference in suspense that was not told", CheckAlert, func(s *scene) { s.drop(topics.Alert, adjustmentInSuspense) }},
	{"a cancellation that gave too much back", CheckPosting, func(s *scene) {
		body(s.cancelled, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "9" })
	}},
	{"a send that was given back twice", CheckPosting, func(s *scene) {
		again := s.in(record.Good, topics.Send, topics.TypeSendCancelled, "n9", `{"send":"n-1"}`)
		s.out(again, again, topics.TypeSendCancelled, resultApplied, "", nil, "revenue:sales>w-11 8 USD")
	}},
	{"an approval that charged too much", CheckPosting, func(s *scene) {
		body(s.approved, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "9" })
	}},
	{"an approval without an answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, `"id":"a4"`) }},
	{"a send that was charged before its card was", CheckPosting, func(s *scene) {
		body(s.asked, func(b *topics.LedgerEntryBody) {
			b.Postings = []topics.PostingBody{{From: "s-3", To: revenueSales, Amount: "4", Currency: "USD"}}
		})
	}},
	{"a send whose card was asked for the whole", CheckAttempt, func(s *scene) {
		body(s.asked, func(b *topics.LedgerEntryBody) { b.Attempts[0].Amount = "10" })
	}},
	{"a send that was not charged when its card was", CheckPosting, func(s *scene) {
		body(s.funded, func(b *topics.LedgerEntryBody) { b.Postings = b.Postings[:1] })
	}},
	{"a send that was charged after it was cancelled", CheckPosting, func(s *scene) {
		body(s.credited, func(b *topics.LedgerEntryBody) {
			b.Postings = append(b.Postings, topics.PostingBody{From: "s-3", To: revenueSales, Amount: "5", Currency: "USD"})
		})
	}},
	{"a send that was given up and does not wait", CheckPosting, func(s *scene) {
		body(s.overdue, func(b *topics.LedgerEntryBody) { b.ID = strings.Replace(b.ID, "n-7", "n-6", 1) })
	}},
	{"a send that waits for its card without an answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, fundsPending) }},
	{"a send that was rejected where funds had to be asked for", CheckPosting, func(s *scene) {
		r := s.find(topics.Send, `"n-10"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"manual"`, `"manual","add_funds":true`, 1))
	}},
	{"an adjustment that asked no card", CheckAttempt, func(s *scene) { s.drop(topics.RechargeAttempt, `"attempt":"s-3/5/1"`) }},
	{"an adjustment that asked the card for the whole", CheckAttempt, func(s *scene) {
		body(s.differed, func(b *topics.LedgerEntryBody) { b.Attempts[0].Amount = "8" })
	}},
	{"a retry for an adjustment that is not made, and not paid", CheckAttempt, func(s *scene) {
		body(s.repeated, func(b *topics.LedgerEntryBody) { b.Type, b.Attempts = dueDropped, nil })
	}},
	{"a day that ended with an invoice for too much", CheckInvoice, func(s *scene) { s.bill("4", `"amount":"1.5"`, `"amount":"7.5"`) }},
	{"a day that ended at another time", CheckInvoice, func(s *scene) {
		body(s.night, func(b *topics.LedgerEntryBody) { b.ID = strings.Replace(b.ID, "2026-01-19", "2026-01-18", 1) })
	}},
	{"a day that ended without its invoice", CheckInvoice, func(s *scene) {
		body(s.night, func(b *topics.LedgerEntryBody) { b.Invoices = nil })
	}},
	{"a licence that took too much", CheckPosting, func(s *scene) {
		body(s.licensed, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "5" })
	}},
	{"a licence that became revenue of another kind", CheckPosting, func(s *scene) {
		body(s.licensed, func(b *topics.LedgerEntryBody) { b.Postings[0].To = revenueSales })
	}},
	{"a licence that the source of another team paid", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"team":"team-1","amount":"4"`)
		r.Value = []byte(strings.Replace(string(r.Value), "team-1", "team-2", 1))
	}},
	{"a licence that nobody had to pay", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"licence_source":"s-4"`)
		r.Value = []byte(strings.Replace(string(r.Value), `"s-4"`, `"none"`, 1))
	}},
	{"a licence at another rate", CheckPosting, func(s *scene) {
		body(s.foreign, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "8" })
	}},
	{"a licence that was charged before its card was", CheckPosting, func(s *scene) {
		body(s.waited, func(b *topics.LedgerEntryBody) {
			b.Postings = []topics.PostingBody{posting("s-4>revenue:licences 6 USD")}
		})
	}},
	{"a licence whose card was asked for the whole", CheckAttempt, func(s *scene) {
		body(s.waited, func(b *topics.LedgerEntryBody) { b.Attempts[0].Amount = "10" })
	}},
	{"a licence that asked no card", CheckAttempt, func(s *scene) { s.drop(topics.RechargeAttempt, `"attempt":"s-4/1/1"`) }},
	{"a licence that waits without an answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, `"id":"l6"`) }},
	{"a licence that was not charged when its card was", CheckPosting, func(s *scene) {
		r := s.find(topics.Ledger, `"r-l6"`)
		body(r, func(b *topics.LedgerEntryBody) { b.Postings = b.Postings[:1] })
	}},
	{"a retry for a licence whose source has what it costs", CheckAttempt, func(s *scene) {
		body(s.needless, func(b *topics.LedgerEntryBody) { b.Type, b.Postings = dueRetried, nil })
	}},
	{"a retry for a licence that is not made, and not paid", CheckAttempt, func(s *scene) {
		body(s.asksAgain, func(b *topics.LedgerEntryBody) { b.Type, b.Attempts = dueDropped, nil })
	}},
	{"a licence that was refused, and its team has who pays", CheckPosting, func(s *scene) {
		r := s.find(topics.Account, `"team-4"`)
		r.Value = []byte(strings.Replace(string(r.Value), "team-4", "team-1", 1))
	}},
	{"a licence that was given up without an answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, "balance_out_of_range") }},
	{"funds that no invoice asked for", CheckInvoice, func(s *scene) { s.drop(topics.Invoice, `"add_funds"`) }},
	{"an invoice for more than lacked", CheckInvoice, func(s *scene) {
		body(s.billed, func(b *topics.LedgerEntryBody) { b.Invoices[0].Amount = "8" })
	}},
	{"an adjustment that the sender paid for a funding source", CheckPosting, func(s *scene) {
		body(s.madeUp, func(b *topics.LedgerEntryBody) { b.Postings[0].From = "w-11" })
	}},
	{"a send without an answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, "insufficient_funds") }},
	{"a failed recharge that was not told", CheckAlert, func(s *scene) { s.drop(topics.Alert, rechargeFailed) }},
	{"a question without a final answer", CheckOutcome, func(s *scene) { s.drop(topics.Outcome, "payment_failed") }},
	{"a question that was answered twice", CheckOutcome, func(s *scene) { s.answer(s.success, "q1", "accepted", "") }},
	{"an answer that nobody asked for", CheckOutcome, func(s *scene) { s.answer(s.success, "q9", "accepted", "") }},
	{"a refused question that became a dead letter", CheckDeadLetter, func(s *scene) {
		s.letter(s.find(topics.Account, "w-9"), "unknown_account", s.entries)
	}},
	{"an event that nothing became of", CheckLost, func(s *scene) {
		s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u99", usageOf("w-1", "email", "1", "1"))
	}},
	{"a malformed record that vanished", CheckLost, func(s *scene) { s.drop(topics.DeadLetter, "malformed_json") }},
	{"an event applied twice", CheckTwice, func(s *scene) {
		s.out(s.again, s.again, topics.TypeUsageRecorded, resultApplied, "", withPlan(price("plan", "5")),
			"agency>world:provider 10 USD", "w-1>revenue:rebilling 50 USD")
	}},
	{"a replay that was applied a second time", CheckTwice, func(s *scene) {
		again := s.in(0, topics.Usage, topics.TypeUsageRecorded, "u6", usageOf("w-1", "fax", "1", `"1"`))
		again.Headers = append(again.Headers, kgo.RecordHeader{Key: topics.HeaderReplay, Value: []byte("0/" + entryOf(s.refusedEntry))})
		s.out(again, again, topics.TypeUsageRecorded, resultApplied, "", price("org", "1"),
			"agency>world:provider 1 USD", "w-1>revenue:rebilling 1 USD")
	}},
	{"an entry of an event that nobody produced", CheckUnproduced, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.ID = "u77" })
	}},
	{"a good event that was refused", CheckFate, func(s *scene) {
		in := s.in(record.Good, topics.Usage, topics.TypeUsageRecorded, "u98", usageOf("w-1", "fox", "1", "1"))
		s.out(in, in, topics.TypeUsageRecorded, resultRefused, "unknown_channel", nil)
	}},
	{"a malformed event that was applied", CheckFate, func(s *scene) {
		in := s.in(record.Malformed, topics.Usage, topics.TypeUsageRecorded, "u97", usageOf("w-1", "fax", "1", `"1"`))
		s.out(in, in, topics.TypeUsageRecorded, resultApplied, "", price("org", "1"),
			"agency>world:provider 1 USD", "w-1>revenue:rebilling 1 USD")
	}},
	{"an oversized record with another reason", CheckFate, func(s *scene) {
		setHeader(s.find(topics.DeadLetter, "too_large"), topics.HeaderReason, "malformed_json")
	}},
	{"an acknowledged event that is not in its topic", CheckRecord, func(s *scene) {
		s.produced = append(s.produced, record.Entry{Kind: record.Good, Topic: 1, Offset: 1000, Org: toyOrg, Source: "/test", ID: "u96"})
	}},
	{"an acknowledged event in whose place another is", CheckRecord, func(s *scene) { s.produced[3].ID = "d99" }},
	{"a conflict that has the same body", CheckConflict, func(s *scene) { s.conflict.Value = s.usage.Value }},
	{"a conflict that was passed over as a duplicate", CheckConflict, func(s *scene) {
		s.again.Value = []byte(usageOf("w-1", "message", "100", `"0.11"`))
	}},
	{"the later of two deliveries decided", CheckOrder, func(s *scene) {
		s.topics[topics.Usage][0], s.topics[topics.Usage][s.again.Offset] = s.again, s.usage
		setHeader(s.debit, topics.HeaderCause, s.causeOf(s.again))
	}},
	{"an entry number left out", CheckEntry, func(s *scene) { s.renumber(s.second) }},
	{"a ledger record that cannot be read", CheckEntry, func(s *scene) { s.second.Value = []byte(`{"entry":`) }},
	{"a record that was changed", CheckChain, func(s *scene) { s.second.Value = append(s.second.Value, ' ') }},
	{"a record that was moved", CheckChain, func(s *scene) { s.second.Value, s.low.Value = s.low.Value, s.second.Value }},
	{"a record that is gone", CheckChain, func(s *scene) {
		s.topics[topics.Ledger] = slices.DeleteFunc(s.topics[topics.Ledger], func(r *kgo.Record) bool { return r == s.second })
	}},
	{"a first record that is not the first", CheckChain, func(s *scene) {
		first := s.topics[topics.Ledger][0]
		first.Headers[0].Value[len(first.Headers[0].Value)-1]++
	}},
	{"a mark of another entry", CheckMark, func(s *scene) { remark(s.second, func(m *topics.Mark) { m.Entry++ }) }},
	{"a mark of another result", CheckMark, func(s *scene) { remark(s.second, func(m *topics.Mark) { m.Result = core.Refused }) }},
	{"a conflict in the duplicate index", CheckMark, func(s *scene) { remark(s.conflictEntry, func(m *topics.Mark) { m.Indexed = true }) }},
	{"a mark of another time", CheckMark, func(s *scene) { remark(s.second, func(m *topics.Mark) { m.At++ }) }},
	{"a mark with two identities for one event", CheckMark, func(s *scene) { remark(s.released, func(m *topics.Mark) { m.Identity[0]++ }) }},
	{"another currency than the wallet's", CheckPrice, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Currency = "EUR" })
	}},
	{"another multiplier", CheckPrice, func(s *scene) {
		body(s.debit, func(b *topics.LedgerEntryBody) { b.Price.Multiplier = "4" })
	}},
	{"another channel", CheckPrice, func(s *scene) {
		body(s.debit, func(b *topics.LedgerEntryBody) { b.Price.Channel = "fax" })
	}},
	{"another basis", CheckPrice, func(s *scene) {
		body(s.debit, func(b *topics.LedgerEntryBody) { b.Price.Basis = "org" })
	}},
	{"another volume", CheckPrice, func(s *scene) {
		body(s.card, func(b *topics.LedgerEntryBody) { b.Price.Volume = "151" })
	}},
	{"another conversion rate", CheckPrice, func(s *scene) {
		body(s.converted, func(b *topics.LedgerEntryBody) { b.Price.Rate = "0.91" })
	}},
	{"postings other than the price", CheckPosting, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Postings[1].Amount = "0.02608" })
	}},
	{"purchased money burnt before complimentary", CheckPosting, func(s *scene) {
		body(s.debit, func(b *topics.LedgerEntryBody) { b.Postings[1].Amount, b.Postings[2].Amount = "10", "40" })
	}},
	{"an expiry of more than was left", CheckPosting, func(s *scene) {
		body(s.expiry, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = "6" })
	}},
	{"postings of a refused event", CheckPosting, func(s *scene) {
		body(s.refusedEntry, func(b *topics.LedgerEntryBody) {
			b.Postings = []topics.PostingBody{posting("w-1>revenue:rebilling 1 USD")}
		})
	}},
	{"an entry that is not zero-sum", CheckZeroSum, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Balances[0].Balance = "-10.0236" })
	}},
	{"a balance that is not the sum of the postings", CheckBalance, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Balances[2].Balance = "69.973931" })
	}},
	{"purchased that is not the sum of the postings", CheckBalance, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Balances[2].Purchased = "69" })
	}},
	{"an account without a balance after the entry", CheckBalance, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Balances = b.Balances[:3] })
	}},
	{"a gap in an account's sequence", CheckSequence, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Balances[0].Seq++ })
	}},
	{"a wrong link to the previous entry", CheckSequence, func(s *scene) {
		body(s.second, func(b *topics.LedgerEntryBody) { b.Balances[0].Previous-- })
	}},
	{"an entry whose cause does not exist", CheckCause, func(s *scene) {
		setHeader(s.second, topics.HeaderCause, s.prefix+"usage/0/999")
	}},
	{"an entry whose cause is another event", CheckUnproduced, func(s *scene) { setHeader(s.second, topics.HeaderCause, s.prefix+"usage/0/0") }},
	{"an alert whose cause does not exist", CheckCause, func(s *scene) {
		setHeader(s.last(topics.Alert), topics.HeaderCause, s.prefix+"usage/0/999")
	}},
	{"an alert whose cause is no place", CheckCause, func(s *scene) { setHeader(s.last(topics.Alert), topics.HeaderCause, "somewhere") }},
	{"a dead letter whose cause does not exist", CheckCause, func(s *scene) {
		setHeader(s.find(topics.DeadLetter, "malformed_json"), topics.HeaderCause, s.prefix+"usage/0/999")
	}},
	{"a refusal without its dead letter", CheckDeadLetter, func(s *scene) { s.drop(topics.DeadLetter, "unknown_channel") }},
	{"a dead letter twice", CheckDeadLetter, func(s *scene) { s.letter(s.malformed, "malformed_json", 0) }},
	{"a dead letter with another reason than the ledger", CheckDeadLetter, func(s *scene) {
		setHeader(s.find(topics.DeadLetter, "unknown_channel"), topics.HeaderReason, "in_use")
	}},
	{"a dead letter that was changed", CheckDeadLetter, func(s *scene) { s.find(topics.DeadLetter, "malformed_json").Value = []byte("{") }},
	{"a dead letter of an entry that does not exist", CheckDeadLetter, func(s *scene) {
		setHeader(s.find(topics.DeadLetter, "unknown_channel"), topics.HeaderEntry, "999")
	}},
	{"a dead letter of an applied event", CheckDeadLetter, func(s *scene) { s.letter(s.usage, "malformed_json", 0) }},
	{"a crossing without its alert", CheckAlert, func(s *scene) { s.drop(topics.Alert, "low_balance") }},
	{"a fall below zero without its alert", CheckAlert, func(s *scene) { s.drop(topics.Alert, "negative_balance") }},
	{"a conflict without its alert", CheckAlert, func(s *scene) { s.drop(topics.Alert, conflictAlert) }},
	{"an alert without a crossing", CheckAlert, func(s *scene) { s.alert(s.usage, "low_balance", "w-1", "USD", "80", "10", "") }},
	{"an alert twice", CheckAlert, func(s *scene) { s.append(clone(s.last(topics.Alert))) }},
	{"an alert with another balance", CheckAlert, func(s *scene) {
		r := s.find(topics.Alert, "low_balance")
		r.Value = []byte(strings.Replace(string(r.Value), "4.97393", "4.97", 1))
	}},
	{"a changelog with another balance", CheckChangelog, func(s *scene) {
		s.image(&Account{Org: toyOrg, ID: "w-2", Currency: "EUR", Balance: "1", Purchased: "-7.45", Seq: 2, Last: 22, Wallet: true})
	}},
	{"a changelog without an account", CheckChangelog, func(s *scene) {
		s.append(&kgo.Record{Topic: topics.Changelog, Key: []byte("aw-2 EUR"), Value: nil})
	}},
	{"a changelog with an account that nothing was posted to", CheckChangelog, func(s *scene) {
		s.image(&Account{Org: toyOrg, ID: "w-9", Currency: "EUR", Balance: "1", Purchased: "1", Seq: 1, Last: 2})
	}},
	{"a checkpoint with another balance", CheckCheckpoint, func(s *scene) {
		a := s.cells["aw-2 EUR"]
		a.Balance = "-7.46"
		s.cells["aw-2 EUR"] = a
	}},
	{"a checkpoint that lacks a cell", CheckCheckpoint, func(s *scene) { delete(s.cells, "aw-2 EUR") }},
	{"a checkpoint with a cell too many", CheckCheckpoint, func(s *scene) { s.cells["aw-9 EUR"] = Account{ID: "w-9"} }},
	{"a checkpoint row that was changed", CheckRow, func(s *scene) { s.rows[4].Body = []byte("{}") }},
	{"a checkpoint row that is missing", CheckRow, func(s *scene) { s.rows = slices.Delete(s.rows, 4, 5) }},
	{"a last checkpoint row that is missing", CheckRow, func(s *scene) { s.rows = s.rows[:len(s.rows)-1] }},
	{"a cache with another sequence number", CheckCache, func(s *scene) {
		a := s.cached["aw-2 EUR"]
		a.Seq++
		s.cached["aw-2 EUR"] = a
	}},
}

func clone(r *kgo.Record) *kgo.Record {
	c := *r
	return &c
}

// renumber leaves a number out before a ledger record.
func (s *scene) renumber(from *kgo.Record) {
	body(from, func(b *topics.LedgerEntryBody) { b.Entry++ })
	remark(from, func(m *topics.Mark) { m.Entry++ })
}

func TestEveryKindOfDifferenceIsFound(t *testing.T) {
	opts := brokers(t)
	found := map[Check]bool{}
	for i, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			s := newScene(fmt.Sprintf("plant-%d.", i))
			p.do(s)
			r := s.verify(t, opts, true)
			if r.Found[p.check] == 0 || r.Differences == 0 {
				t.Errorf("not found as %s; found %v", p.check, r.Findings)
			}
			found[p.check] = true
		})
	}
	for _, check := range []Check{
		CheckLost, CheckFate, CheckTwice, CheckUnproduced, CheckRecord, CheckConflict, CheckOrder, CheckEntry, CheckMark, CheckPosting,
		CheckPrice, CheckZeroSum, CheckBalance, CheckSequence, CheckCause, CheckDeadLetter, CheckAlert, CheckChangelog,
		CheckCheckpoint, CheckRow, CheckCache, CheckChain, CheckSubject, CheckTransfer, CheckOverdue,
	} {
		if !found[check] {
			t.Errorf("no difference is planted for %s", check)
		}
	}
}
