package load

import (
	"context"
	"strconv"
	"strings"

	"purser/internal/record"
	"purser/topics"
)

// What exists beside the usage's world where the mix asks for it, in every org: funding sources, teams with their members, campaigns;
// wallets that recharge by themselves.

// fundingSource is one of an org's.
type fundingSource struct {
	name  string
	terms string // of its funding
	rest  string // what else its definition says
}

const (
	cardSource    = "fs-card" // the org's default
	invoiceSource = "fs-inv"
	eachSource    = "fs-each"
)

var sources = [...]fundingSource{
	{cardSource, `"name":"Main card","payment_type":"credit_card","payment_method":"pm_success","default":true`,
		`,"low_balance":"20","contacts":["money@example.org"],"recharge":{"when_balance_lower_than":"50","amount":"200"}`},
	{invoiceSource, `"name":"Invoices","payment_type":"invoice","po_number":"PO-7","accounts_payable":["ap@example.org"]`,
		`,"low_balance":"0","contacts":["money@example.org"]`},
	{eachSource, `"name":"A charge for each","payment_type":"credit_card","payment_method":"pm_decline_1_then_success","card_charges":"each"`, ``},
}

func sourceBody(s *fundingSource, o org) string {
	return `{"account":"` + s.name + `","kind":"funding_source","currency":"` + o.currency + `","funding":{` + s.terms + `}` + s.rest + `}`
}

// team is one of an org's; amount is its first budget.
type team struct{ name, terms, budget, amount string }

var teams = [...]team{
	{"team-invoice", `"funding_source":"` + invoiceSource + `"`, `"every":"month"`, "3"},
	{"team-card", `"funding_source":"` + cardSource + `","licence_source":"` + invoiceSource + `"`, `"every":"week","mode":"rollover"`, "2"},
	{"team-each", `"funding_source":"` + eachSource + `","licence_source":"` + cardSource + `"`, ``, ""},
	{"team-alone", `"funding_source":"none","licence_source":"none"`, ``, ""},
}

func (t *team) body(amount string) string {
	body := `{"team":"` + t.name + `",` + t.terms
	if t.budget != "" {
		body += `,"budget":{"amount":"` + amount + `",` + t.budget + `}`
	}
	return body + `}`
}

// campaign is one of an org's.
type campaign struct {
	name, payer string
	approval    bool // of triggered sends
	addFunds    bool
}

var campaigns = [...]campaign{
	{"c-sender", `"payer":"sender"`, false, false},
	{"c-invoice", `"payer":"funding_source","funding_source":"` + invoiceSource + `"`, false, true},
	{"c-card", `"payer":"funding_source","funding_source":"` + cardSource + `"`, true, true},
	{"c-team", `"payer":"funding_source"`, true, false},
	{"c-each", `"payer":"funding_source","funding_source":"` + eachSource + `"`, false, true},
}

func (c *campaign) body(addFunds bool) string {
	return `{"campaign":"` + c.name + `",` + c.payer + `,"approval":` + strconv.FormatBool(c.approval) + `,"add_funds":` + strconv.FormatBool(addFunds) + `}`
}

// cards are the payment methods of wallets that recharge, as the gateway for development knows them.
var cards = [...]string{
	"pm_success", "pm_decline_1_then_success", "pm_decline", "pm_success_twice", "pm_decline_then_success", "pm_success_then_decline", "pm_never",
}

// much is a large amount of what org's wallets are in.
func (o org) much(dollars string) string {
	if o.currency == "JPY" {
		return strings.ReplaceAll(dollars, ".", "") + "00"
	}
	return dollars
}

// recharged says whether a wallet recharges by itself.
func recharged(i int64) bool { return i%3 == 1 }

// walletExtras is what the mix adds to a wallet's definition: every third one recharges, and tries again after two seconds; every fifth
// one gets monthly credits of its own.
func walletExtras(i int64, o org) string {
	extras := ""
	if recharged(i) {
		card := cards[i/3%int64(len(cards))]
		extras += `,"recharge":{"when_balance_lower_than":"` + o.much("2") + `","amount":"` + o.much("75.5") + `","payment_method":"` + card + `","attempts":4,"retry_seconds":2}`
	}
	if i%5 == 0 {
		extras += `,"monthly_credits":{"amount":"1.5","expire_after_months":2}`
	}
	return extras
}

// customersOfOrg is how many customer accounts each org has.
const customersOfOrg = 20

func customerName(n int) string { return "cust-" + strconv.Itoa(n) }

// settingsBody has a gateway for cards, and asks nobody to opt in.
const settingsBody = `{"payments":{"gateways":["dev"],"opt_in":"never"}}`

// customerBody is a customer account. Some have a limit, and a card that pays what goes beyond it (R8.5) and what is due (R8.10).
func customerBody(n int, o org) string {
	if n%4 == 1 {
		return `{"account":"` + customerName(n) + `","kind":"customer_account","currency":"` + o.currency + `","customer":{"credit_limit":"` + o.much("2") +
			`","payment_preferences":[{"preference":"card","kind":"card","gateway":"dev","payment_method":"` + cards[n/4%len(cards)] + `","purchases":true}]}}`
	}
	return `{"account":"` + customerName(n) + `","kind":"customer_account","currency":"` + o.currency + `","customer":{"credit_days":30}}`
}

// membersOfTeam is how many wallets of an org each team begins with.
const membersOfTeam = 20

// defineMix produces what the mix needs, when orgs and wallets are defined.
func (r *run) defineMix(ctx context.Context) {
	for i := range r.orgs {
		id := strconv.Itoa(i)
		for j := range sources {
			r.sendDefinition(ctx, definition{org: i, typ: topics.TypeAccountDefined, id: "f-" + id + "-" + strconv.Itoa(j), body: sourceBody(&sources[j], r.orgs[i])})
		}
		for j := range teams {
			r.sendDefinition(ctx, definition{org: i, typ: topics.TypeTeamDefined, id: "t-" + id + "-" + strconv.Itoa(j), body: teams[j].body(teams[j].amount)})
		}
		r.sendDefinition(ctx, definition{org: i, typ: topics.TypeCustomerSettings, id: "s-" + id, body: settingsBody})
		for j := range customersOfOrg {
			r.sendDefinition(ctx, definition{org: i, typ: topics.TypeAccountDefined, id: "k-" + id + "-" + strconv.Itoa(j), body: customerBody(j, r.orgs[i])})
		}
		r.defineOrders(ctx, i)
		for j := range campaigns {
			r.sendDefinition(ctx, definition{org: i, typ: topics.TypeCampaignDefined, id: "c-" + id + "-" + strconv.Itoa(j), body: campaigns[j].body(campaigns[j].addFunds)})
		}
	}
	for i := range min(int64(r.c.Accounts), int64(membersOfTeam*len(teams)*r.c.Orgs)) {
		team := teams[i/int64(r.c.Orgs)%int64(len(teams))].name
		body := `{"team":"` + team + `","account":"` + string(walletName(nil, i)) + `"}`
		r.sendDefinition(ctx, definition{org: r.orgOfAccount(i), typ: topics.TypeMemberJoined, id: "j-" + strconv.FormatInt(i, 10), body: body})
	}
}

// fundCards gives the sources that are paid by card something to begin with.
func (r *run) fundCards(ctx context.Context, kind record.Kind) {
	for i := range r.orgs {
		for j, name := range []string{cardSource, eachSource} {
			id := "pf-" + strconv.Itoa(i) + "-" + strconv.Itoa(j)
			body := `{"account":"` + name + `","payment":"` + id + `","amount":"300","currency":"` + r.orgs[i].currency + `"}`
			r.send(ctx, definition{topic: paymentTopic, org: i, typ: topics.TypePaymentReceived, id: id, body: body}, kind)
		}
	}
}

// requestUnknown asks for a send that something waits for.
func (r *run) requestUnknown(ctx context.Context, i int64) {
	org := r.orgOfAccount(i)
	body := `{"send":"` + r.unknownSend(i) + `","campaign":"c-team","sender":"` + string(walletName(nil, int64(org))) +
		`","origin":"triggered","estimated_cost":"1.25","currency":"` + r.orgs[org].currency + `"}`
	r.send(ctx, definition{topic: sendTopic, org: org, typ: topics.TypeSendRequested, id: "q-" + strconv.FormatInt(i, 10), body: body}, record.Good)
}
