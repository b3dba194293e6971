package load

import (
	"context"
	"strconv"

	"purser/internal/record"
	"purser/topics"
)

// campaign is the index of that of a send.
func (e *draw) campaign() int { return int(e.bits >> 10 % uint64(len(campaigns))) }

// triggered says whether a send has no person behind it.
func (e *draw) triggered() bool { return e.bits>>16%5 < 2 }

// dollars says whether a send's price is in the provider's currency and not in its org's.
func (e *draw) dollars() bool { return e.bits>>19%8 == 0 }

// cents is an amount from 0.05 to 2.99; a conflicting event has another one.
func (e *draw) cents() string {
	n := 5 + e.bits>>4%295
	if e.kind == record.Conflict {
		n += 300
	}
	return string(appendPadded(append(strconv.AppendUint(nil, n/100, 10), '.'), int64(n%100), 2))
}

// number is the event's own in a reference of this run; a conflicting event has another one.
func (r *run) reference(prefix string, e *draw, n int64) string {
	if e.kind == record.Conflict {
		prefix += "other-"
	}
	return prefix + strconv.FormatUint(r.c.Seed, 36) + "-" + strconv.FormatInt(n, 10)
}

func (r *run) unknownSend(i int64) string {
	return "sx-" + strconv.FormatUint(r.c.Seed, 36) + "-" + strconv.FormatInt(i, 10)
}

func (r *run) currencyOf(e *draw) string { return r.orgs[e.account%int64(r.c.Orgs)].currency }

func wallet(e *draw) string { return string(walletName(nil, e.account)) }

func (r *run) priceOf(send *draw) string {
	if send.dollars() {
		return usageCurrency
	}
	return r.currencyOf(send)
}

func (r *run) sendBody(e *draw) string {
	body := `{"send":"` + r.reference("s-", e, e.n) + `","campaign":"` + campaigns[e.campaign()].name + `","sender":"` + wallet(e) + `","currency":"` + r.priceOf(e) + `"`
	if e.triggered() {
		body += `,"origin":"triggered"`
	} else {
		body += `,"origin":"manual"`
	}
	if e.bits>>22&1 == 0 {
		body += `,"add_funds":true`
	}
	if e.bits>>23&1 == 0 {
		return body + `,"estimated_cost":"` + e.cents() + `"}`
	}
	return body + `,"lines":[{"item":"mug","quantity":"2","unit_price":"` + e.cents() + `"},{"item":"card","unit_price":0.1234565}]}`
}

// sendOf is the reference of the send that an event is about.
func (r *run) sendOf(e *draw) string {
	if e.unknown {
		return r.unknownSend(e.account)
	}
	return r.reference("s-", e, e.first)
}

func (r *run) sendReference(e *draw) string { return `{"send":"` + r.sendOf(e) + `"}` }

func (r *run) adjustmentBody(e *draw) string {
	currency := r.currencyOf(e)
	if !e.unknown {
		first := draw{n: e.first, account: e.account, bits: r.dice.roll(e.first) >> 32}
		currency = r.priceOf(&first)
	}
	return `{"send":"` + r.sendOf(e) + `","final_cost":"` + e.cents() + `","currency":"` + currency + `"}`
}

// entry is an account and an amount in its currency, with what else an event says.
func (r *run) entry(e *draw, account, amount, rest string) string {
	return `{"account":"` + account + `","amount":"` + amount + `","currency":"` + r.currencyOf(e) + `"` + rest + `}`
}

func (r *run) paymentBody(e *draw) string {
	return r.entry(e, wallet(e), e.cents(), `,"payment":"`+r.reference("mp-", e, e.n)+`"`)
}

// refundBody is about a wallet's first payment, which one of five does not have.
func (r *run) refundBody(e *draw) string {
	return r.entry(e, wallet(e), e.cents(), `,"payment":"p-`+strconv.FormatInt(e.account, 10)+`"`)
}

// resultBody is about an attempt that a wallet or a funding source may have made by then: the engine numbers them.
func (r *run) resultBody(e *draw) string {
	account, recharge := wallet(e), e.bits>>3%2+1
	if e.bits&3 == 0 {
		account, recharge = []string{cardSource, eachSource}[e.bits>>2&1], e.bits>>3%60+1
	}
	if e.unknown {
		account = "nobody"
	}
	result := `"succeeded"`
	if (e.bits>>12%10 < 3) != (e.kind == record.Conflict) {
		result = `"failed","reason":"card_declined"`
	}
	return `{"attempt":"` + account + `/` + strconv.FormatUint(recharge, 10) + `/` + strconv.FormatUint(e.bits>>16%2+1, 10) + `","result":` + result + `}`
}

// invoiceNumber is one that may have gone out by then.
func (e *draw) invoiceNumber() string {
	n := e.bits%40 + 1
	if e.kind == record.Conflict {
		n += 40
	}
	return strconv.FormatUint(n, 10)
}

func (r *run) invoicePaidBody(e *draw) string {
	return `{"invoice":` + e.invoiceNumber() + `,"payment":"` + r.reference("ip-", e, e.n) + `","amount":"` + e.cents() + `","currency":"` + r.currencyOf(e) + `"}`
}

func (r *run) invoiceVoidedBody(e *draw) string { return `{"invoice":` + e.invoiceNumber() + `}` }

func (r *run) grantBody(e *draw) string { return r.entry(e, wallet(e), e.cents(), "") }

func (r *run) removalBody(e *draw) string {
	amount, bucket := e.cents(), `,"bucket":"purchased"`
	if e.bits&1 == 0 {
		bucket = `,"bucket":"complimentary"`
	}
	if e.unknown {
		amount = "99999999" + amount
	}
	return r.entry(e, wallet(e), amount, bucket+`,"removal":"`+r.reference("rm-", e, e.n)+`"`)
}

// walletAgain gives a wallet another multiplier, and with it all else that it has.
func (r *run) walletAgain(e *draw) string {
	return r.walletBody(wallet(e), e.account, r.orgs[e.account%int64(r.c.Orgs)], e.cents())
}

// planAgain changes the monthly credits of a plan, which wallets have that recharge or not.
func (r *run) planAgain(e *draw) string {
	return `{"plan":"basic","multipliers":{"message":"2.25","email":"1.75","call":"3"},"monthly_credits":{"amount":"` + e.cents() + `"}}`
}

func (r *run) teamAgain(e *draw) string { return teamOf(e).body(e.cents()) }

// teamOf is one of the teams; a conflicting event has another one.
func teamOf(e *draw) *team {
	i := e.bits
	if e.kind == record.Conflict {
		i++
	}
	return &teams[i%uint64(len(teams))]
}

func (r *run) campaignAgain(e *draw) string {
	addFunds := e.bits>>8&1 == 0
	return campaigns[e.bits%uint64(len(campaigns))].body(addFunds != (e.kind == record.Conflict))
}

func (r *run) memberBody(e *draw) string {
	return `{"team":"` + teamOf(e).name + `","account":"` + wallet(e) + `"}`
}

// usageOf is the id of the usage that an event is about.
func (r *run) usageOf(e *draw) string {
	if e.unknown || e.kind == record.Conflict {
		return r.reference("ux-", e, e.n)
	}
	return "u-" + strconv.FormatInt(e.first, 10)
}

func (r *run) voidBody(e *draw) string { return `{"usage":"` + r.usageOf(e) + `"}` }

func (r *run) correctionBody(e *draw) string {
	return `{"usage":"` + r.usageOf(e) + `","quantity":` + strconv.FormatUint(e.bits%12+1, 10) + `}`
}

func (r *run) rechargeBody(e *draw) string {
	return r.entry(e, wallet(e), e.cents(), `,"payment_method":"`+cards[e.bits%uint64(len(cards))]+`"`)
}

func (r *run) fundingBody(e *draw) string {
	return r.entry(e, sources[e.bits%uint64(len(sources))].name, e.cents(), "")
}

func (r *run) transferBody(e *draw) string {
	from, to := invoiceSource, wallet(e)
	switch e.bits & 7 {
	case 0:
		from = string(walletName(nil, e.account%int64(r.c.Orgs))) // of the same org: it is refused
	case 1, 2, 3:
		from, to = wallet(e), cardSource
	case 4, 5:
		from = cardSource
	}
	return `{"from":"` + from + `","to":"` + to + `","amount":"` + e.cents() + `","currency":"` + r.currencyOf(e) + `"}`
}

// transactionBody is an invoice, or a payment of about as much: now a debit waits for a credit, now a credit for a debit, so that nearly each goes to some.
func (r *run) transactionBody(e *draw) string {
	kind := "invoice"
	if e.bits&1 == 0 {
		kind = "payment"
	}
	return `{"account":"` + customerName(int(e.bits>>1%customersOfOrg)) + `","transaction":"` + r.reference("tr-", e, e.n) + `","kind":"` + kind +
		`","amount":"` + e.cents() + `","currency":"` + r.currencyOf(e) + `"}`
}

func (r *run) licenceBody(e *draw) string {
	return `{"team":"` + teams[e.bits%uint64(len(teams))].name + `","amount":"` + e.cents() + `","currency":"` + r.currencyOf(e) + `"}`
}

// produceMixed sends an event that is no usage. What repeats another event has its time too.
func (r *run) produceMixed(ctx context.Context, e *draw, now int64) {
	s, _ := r.slots.Get().(*slot)
	role := &r.dice.roles[e.role]
	out := event{topic: role.topic, org: int(e.account % int64(r.c.Orgs)), typ: []byte(role.typ), kind: e.kind}
	if e.role == paymentReceived && r.racing && (e.kind == record.Good || e.kind == record.Late) {
		out.kind = record.Racing
	}
	malformed := e.kind == record.Malformed
	b := s.buffer[:0]
	if !malformed || e.flaw != flawNoID {
		b = strconv.AppendInt(append(b, "m-"...), e.n, 10)
	}
	idEnd := len(b)
	b = r.appendInstant(b, r.happened(e, now))
	timeEnd := len(b)
	body := role.body(r, e)
	if malformed {
		out.noKey = e.flaw == flawNoKey
		body = spoil(body, e.flaw, &out)
	}
	s.buffer = append(b, body...)
	out.misplaced = e.kind == record.Misplaced
	r.produce(ctx, s, out, idEnd, timeEnd)
}

// spoil gives an event's body or type a flaw. Those of numbers are usage's; here nothing is where something must be.
func spoil(body string, flaw int, out *event) string {
	switch flaw {
	case flawTruncated:
		return body[:len(body)-1]
	case flawType:
		out.typ = []byte("something." + topics.TypeTick)
	case flawNoKey, flawNoID:
	case flawLongName:
		return `{"send":"` + longName + `","account":"` + longName + `","attempt":"` + longName + `"}`
	default:
		return `{}`
	}
	return body
}
