package sinks

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
	"purser/topics/contract"
)

// published validates records by the document that integrators have.
type published struct {
	compiler *jsonschema.Compiler
	document any
}

func readPublished(t *testing.T) *published {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(contract.AsyncAPI()))
	require.NoError(t, err)
	p := &published{jsonschema.NewCompiler(), document}
	require.NoError(t, p.compiler.AddResource("mem:///asyncapi", document))
	return p
}

func (p *published) validate(t require.TestingT, part string, v any) {
	s, err := p.compiler.Compile("mem:///asyncapi#/components/messages/" + part)
	require.NoError(t, err)
	require.NoError(t, s.Validate(v), "%s: %v", part, v)
}

// requireHeaders: those that must be there are, and there is none that the document does not name.
func (p *published) requireHeaders(t require.TestingT, message string, rec *kgo.Record) {
	headers := map[string]any{}
	for name, value := range headersOf(rec) {
		headers[name] = value
	}
	p.validate(t, message+"/headers", headers)
	described := p.document.(map[string]any)["components"].(map[string]any)["messages"].(map[string]any)[message].(map[string]any)["headers"].(map[string]any)["properties"]
	for name := range headers {
		require.Contains(t, described, name, message)
	}
}

// require demands that a record is as the document says, headers and body.
func (p *published) require(t require.TestingT, message string, rec *kgo.Record) {
	p.requireHeaders(t, message, rec)
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(rec.Value))
	require.NoError(t, err)
	p.validate(t, message+"/payload", body)
}

// TestLedgerRecordsAreAsPublished: any decision that the core may take, with any texts.
func TestLedgerRecordsAreAsPublished(t *testing.T) {
	p, e := readPublished(t), NewEncoder(topics.Names{Prefix: "eu."})
	rapid.Check(t, func(t *rapid.T) {
		ev, d, body := drawDecision(t)
		for i := range d.Postings {
			d.Postings[i].Amount = max(d.Postings[i].Amount, -d.Postings[i].Amount) // no posting is negative
		}
		for i := range d.Lines {
			d.Lines[i].Seq = max(d.Lines[i].Seq, 1) // numbers begin at 1
		}
		for i := range d.Attempts {
			d.Attempts[i].Amount = max(d.Attempts[i].Amount, -d.Attempts[i].Amount) // nor is an attempt
		}
		for i := range d.Invoices { // nor is an invoice, and their numbers begin at 1
			invoice := d.Invoices[i].Invoice
			invoice.Number, invoice.Amount = max(invoice.Number, 1), max(invoice.Amount, -invoice.Amount)
		}
		rec, _ := e.Ledger(ev, inputRecord(), d, topics.Mark{Entry: max(body.Entry, 1), Result: d.Result}, core.Link{})
		p.require(t, topics.TypeLedgerEntry, rec)
		e.Reset()
	})
	ev, _ := example()
	refused, _ := e.Ledger(ev, inputRecord(), &core.Decision{Result: core.Refused, Reason: core.UnknownPlan, At: ev.OccurredAt}, topics.Mark{Entry: 1}, core.Link{})
	p.require(t, topics.TypeLedgerEntry, refused)
}

func TestAlertsAreAsPublished(t *testing.T) {
	p, e := readPublished(t), NewEncoder(topics.Names{})
	ev, d := example()
	for _, a := range []core.Alert{
		{Kind: core.LowBalance, Account: d.Lines[0].Account, Balance: -1, Threshold: 20 * money.Unit, Contacts: []string{"ops@example.com"}},
		{Kind: core.NegativeBalance, Account: d.Lines[0].Account, Balance: -12_345678, ToCollect: 12_350000},
		{Kind: core.ConflictAlert},
		{Kind: core.InvoiceOverpaid, Account: d.Lines[0].Account, Amount: money.Unit, Invoice: 7},
		{Kind: core.AdjustmentInSuspense, Account: d.Lines[0].Account, Balance: -1, Amount: money.Unit, Send: "snd-1"},
	} {
		p.require(t, topics.TypeAlert, e.Alert(&a, ev, inputRecord(), d))
	}
}

// TestAnswersAndInvoicesAreAsPublished, with all that they may hold.
func TestAnswersAndInvoicesAreAsPublished(t *testing.T) {
	p, e := readPublished(t), NewEncoder(topics.Names{})
	ev, d := example()
	i := &core.Invoice{Org: "acme", Number: 12, Kind: core.FundingInvoice, Account: "fs-1", Currency: usd, Amount: 50 * money.Unit, Due: 31}
	q := core.InvoiceRequest{Invoice: i, Issued: 1, PO: "PO-7", Contacts: []string{"ap@acme"}, Lines: []core.InvoiceLine{{Text: "Funding", Amount: 50 * money.Unit}}, For: "2026-03"}
	p.require(t, topics.TypeInvoice, e.Invoice(&q, ev, inputRecord(), d))
	from, to := d.Lines[0].Account, d.Lines[1].Account
	for _, o := range []core.Outcome{
		{Status: core.Pending, Account: from, Amount: money.Unit, Attempt: "w-1/3/1"},
		{Status: core.Accepted, Account: from, Amount: money.Unit, To: to, Gets: 920_000},
		{Status: core.Accepted, Account: from, Amount: money.Unit, Invoice: i.Number},
		{Status: core.Rejected, Reason: core.TransferBetweenUsers},
		{Status: core.Pending, Reason: core.ApprovalPending, Account: from, Amount: money.Unit, Send: "snd-1"},
		{Status: core.Rejected, Reason: core.InsufficientFunds, Send: "snd-1", Needed: money.Unit, Had: -1},
		{Status: core.Accepted, Quote: &core.Quote{User: "ann", Currency: usd}},
		{Status: core.Accepted, Quote: &core.Quote{User: "ann", Cost: money.Unit, Currency: usd, More: true, Accounts: []core.Quoted{
			{Spent: core.Spent{Spending: &core.Spending{ID: "gifts", Currency: usd}, Terms: &core.SpendingTerms{Start: 20_000, End: 20_100}, Amount: money.Unit}, Available: 5},
			{Spent: core.Spent{Spending: &core.Spending{ID: "office", Currency: usd}, Terms: &core.SpendingTerms{Start: 20_000, Shared: true}}, Reason: core.SpendingOff},
		}}},
	} {
		d.Outcome, d.Rate = o, money.One
		p.require(t, topics.TypeOutcome, e.Outcome(ev, inputRecord(), d))
	}
}

func TestOtherRecordsAreAsPublished(t *testing.T) {
	p, e := readPublished(t), NewEncoder(topics.Names{})
	ledger, changelog := e.Ownership(3, "purser-1")
	p.require(t, topics.Ledger+"."+topics.TypeOwnership, ledger)
	p.require(t, topics.Changelog+"."+topics.TypeOwnership, changelog)
	p.require(t, topics.TypeContinue, e.Continue(3, 7))
	p.require(t, topics.TypeTick, topics.NewTick(topics.Names{}, 3, topics.TimeOf(now)))
	p.require(t, topics.TypeResume, topics.NewResume(topics.Names{}, 3, topics.TimeOf(now)))

	in := inputRecord()
	in.Headers = nil
	p.requireHeaders(t, topics.DeadLetter, e.DeadLetter(in, topics.ReasonBadEnvelope, "expected the headers, came none of them", 7, true))
}
