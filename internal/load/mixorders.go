package load

import (
	"context"
	"strconv"

	"purser/internal/record"
	"purser/topics"
)

// What exists for orders where the mix asks for it, in every org: three spending accounts with four limits each, and users who may use them.

// spendingAccount is one of an org's.
type spendingAccount struct{ name, terms string }

var spendingAccounts = [...]spendingAccount{
	{"gifts", `"type":"standard","name":"Gifts","items":{"mode":"exclude","names":["voucher"]}`},
	{"travel", `"type":"standard","cost_centre":"CC-17","items":{"mode":"include","names":["mug","card"]},"catalogs":{"mode":"include","names":["spring"]}`},
	{"team-budget", `"type":"shared","catalogs":{"mode":"exclude","names":["clearance"]}`},
}

func (s *spendingAccount) body(o org) string {
	return `{"spending_account":"` + s.name + `",` + s.terms + `,"start":"2020-01-01","budget":"` + o.much("2500000.00") + `","eligible_for":{"groups":["sales"]},` +
		`"limits":[{"per":"item","amount":"` + o.much("2.50") + `"},{"per":"order","percent":"0.01"},{"per":"month","amount":"` + o.much("1500000.00") + `"},` +
		`{"per":"days","days":7,"amount":"` + o.much("500000.00") + `"}],"effective_from":"2020-01-01T00:00:00Z"}`
}

// shoppersOfOrg is how many users of spending accounts each org has.
const shoppersOfOrg = 50

func shopperName(n int) string { return "user-" + strconv.Itoa(n) }

// defineOrders produces what orders need. After another run that has done so its definitions are refused: the accounts are on (R7.1).
func (r *run) defineOrders(ctx context.Context, i int) {
	id := strconv.Itoa(i)
	for j := range spendingAccounts {
		s := &spendingAccounts[j]
		r.send(ctx, definition{topic: accountTopic, org: i, typ: topics.TypeSpendingDefined, id: "s-" + id + "-" + s.name, body: s.body(r.orgs[i])}, record.Judged)
		on := `{"spending_account":"` + s.name + `","on":true,"effective_from":"2020-01-02T00:00:00Z"}`
		r.sendDefinition(ctx, definition{org: i, typ: topics.TypeSpendingSwitched, id: "so-" + id + "-" + s.name, body: on})
	}
	for j := range shoppersOfOrg {
		body := `{"user":"` + shopperName(j) + `","groups":["sales","everyone"],"catalogs":["spring"]}`
		r.sendDefinition(ctx, definition{org: i, typ: topics.TypeUserDefined, id: "us-" + id + "-" + strconv.Itoa(j), body: body})
	}
}

// orderBody is an order of five lines, of which the spending account pays what it may, and a wallet the rest.
func (r *run) orderBody(e *draw) string {
	user, on := shopperName(int(e.bits%shoppersOfOrg)), spendingAccounts[e.bits>>8%uint64(len(spendingAccounts))].name
	return `{"order":"` + r.reference("or-", e, e.n) + `","user":"` + user + `","spending_account":"` + on + `","other_payer":"` + wallet(e) + `","lines":[` +
		`{"item":"mug","catalogs":["spring"],"quantity":2,"unit_price":"` + e.cents() + `"},{"item":"card","catalogs":["paper"],"unit_price":0.1234565},` +
		`{"item":"pen","catalogs":["spring","office"],"quantity":"3","unit_price":"0.15"},{"item":"bag","catalogs":["spring"],"unit_price":"1.20"},` +
		`{"item":"cap","catalogs":["spring","clothes"],"unit_price":"0.99"}],"currency":"` + r.currencyOf(e) + `"}`
}

// orderCancelledBody is about an order, which may have been rejected; a conflicting event is about another one.
func (r *run) orderCancelledBody(e *draw) string {
	return `{"order":"` + r.reference("or-", e, e.first) + `"}`
}

func isOrder(d *dice, roll uint64) bool {
	return d.part(roll) == otherPart && choose(otherPart, roll) == orderPlaced
}
