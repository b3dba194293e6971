package load

import (
	"context"
	"strconv"
	"time"

	"purser/internal/record"
	"purser/topics"
)

// define produces what has to exist: orgs, rates, plans, agency wallets, wallets, grants; then payments.
func (r *run) define(ctx context.Context) error {
	total := int64(r.c.Orgs + r.c.Accounts)
	for i := range r.orgs {
		r.defineOrg(ctx, i)
	}
	for i := range int64(r.c.Accounts) {
		if i&0xff == 0 {
			r.progress("definitions", int64(r.c.Orgs)+i, total)
			if err := r.stopped(ctx); err != nil {
				return err
			}
		}
		r.defineWallet(ctx, i)
	}
	if !r.c.Mix.usageAlone() {
		r.defineMix(ctx)
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.progress("definitions", total, total)
	kind := record.Racing
	if r.racing = r.c.Group == ""; !r.racing {
		if err := r.settle(ctx); err != nil {
			return err
		}
		kind = record.Good
	}
	if !r.c.Mix.usageAlone() {
		r.fundCards(ctx, kind)
	}
	return r.pay(ctx, kind)
}

func (r *run) defineOrg(ctx context.Context, i int) {
	o, id := r.orgs[i], strconv.Itoa(i)
	body := `{"currency":"` + o.currency + `","multipliers":{"message":"1.25","email":"1.1"}`
	if o.zone != "" {
		body += `,"time_zone":"` + o.zone + `"`
	}
	if i%2 == 0 && !r.c.Mix.usageAlone() {
		body += `,"usage_reversible_hours":48`
	}
	if !r.c.Mix.usageAlone() {
		body += `,"split_billing":true`
	}
	r.sendDefinition(ctx, definition{org: i, typ: topics.TypeOrgDefined, id: "o-" + id, body: body + `}`})
	for j, rate := range ratesOf(o, r.c.Start) {
		r.sendDefinition(ctx, definition{org: i, typ: topics.TypeFXRateDefined, id: "x-" + id + "-" + strconv.Itoa(j), body: rate})
	}
	for j, plan := range planBodies(o, r.c.Start) {
		r.sendDefinition(ctx, definition{org: i, typ: topics.TypePlanDefined, id: "l-" + id + "-" + strconv.Itoa(j), body: plan})
	}
	if o.agency != "" {
		body := `{"account":"` + agencyWallet + `","kind":"agency_wallet","currency":"` + o.agency + `"}`
		r.sendDefinition(ctx, definition{org: i, typ: topics.TypeAccountDefined, id: "a-" + id, body: body})
	}
}

// ratesOf gives what an org's currencies need: two versions each, the second in force since 6 hours before the start.
func ratesOf(o org, start time.Time) []string {
	before, since := quoted(start.Add(-72*time.Hour)), quoted(start.Add(-6*time.Hour))
	var rates []string
	add := func(to, first, second string) {
		head := `{"from":"` + usageCurrency + `","to":"` + to + `","rate":`
		rates = append(rates, head+first+`,"effective_from":`+before+`}`, head+second+`,"effective_from":`+since+`}`)
	}
	if o.currency == "EUR" || o.agency == "EUR" {
		add("EUR", `"0.92"`, `"0.917531"`)
	}
	if o.currency == "JPY" {
		add("JPY", `151.37`, `"149.995"`)
	}
	return rates
}

func (r *run) orgOfAccount(i int64) int { return int(i % int64(r.c.Orgs)) }

func (r *run) defineWallet(ctx context.Context, i int64) {
	org, name, id := r.orgOfAccount(i), string(walletName(nil, i)), strconv.FormatInt(i, 10)
	o := r.orgs[org]
	r.sendDefinition(ctx, definition{
		org: org, typ: topics.TypeAccountDefined, id: "w-" + id, body: r.walletBody(name, i, o, factorOf(i)),
	})
	if i%6 != 0 {
		return
	}
	body := `{"account":"` + name + `","amount":"2.5","currency":"` + o.currency + `"`
	if i%12 == 0 {
		body += `,"expires_at":` + quoted(r.c.Start.Add(30*24*time.Hour))
	}
	r.sendDefinition(ctx, definition{org: org, typ: topics.TypeCreditsGranted, id: "g-" + id, body: body + `}`})
}

// pay gives four of five wallets an opening balance.
func (r *run) pay(ctx context.Context, kind record.Kind) error {
	total := int64(r.c.Accounts)
	for i := range total {
		if i&0xff == 0 {
			r.progress("payments", i, total)
			if err := r.stopped(ctx); err != nil {
				return err
			}
		}
		if i%5 == 4 {
			continue
		}
		org, id := r.orgOfAccount(i), strconv.FormatInt(i, 10)
		body := `{"account":"` + string(walletName(nil, i)) + `","payment":"p-` + id + `","amount":"10.00","currency":"` + r.orgs[org].currency + `"}`
		r.send(ctx, definition{topic: paymentTopic, org: org, typ: topics.TypePaymentReceived, id: "p-" + id, body: body}, kind)
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.progress("payments", total, total)
	return nil
}

// defineLate defines every fourth of this run's unknown wallets, beginning with the given one.
func (r *run) defineLate(ctx context.Context, phase string, first int64) error {
	if r.c.Unknown == 0 {
		return nil
	}
	for i := first; i < r.dice.nobody; i += 4 {
		if err := r.stopped(ctx); err != nil {
			return err
		}
		org := r.orgOfAccount(i)
		name := string(r.unknownOf(nil, i))
		r.sendDefinition(ctx, definition{
			org: org, typ: topics.TypeAccountDefined, id: "n-" + strconv.FormatInt(i, 10), body: r.walletBody(name, i, r.orgs[org], ""),
		})
		if r.c.Mix.Sends > 0 {
			r.requestUnknown(ctx, i)
		}
	}
	r.progress(phase, 1, 1)
	return r.flush(ctx)
}

// redefine gives a wallet another multiplier of its own, in force from the run's time on.
func (r *run) redefine(ctx context.Context, n, round int64) {
	i := round * 7 % int64(r.c.Accounts)
	org := r.orgOfAccount(i)
	body := r.walletBody(string(walletName(nil, i)), i, r.orgs[org], "4")
	since := string(r.appendInstant(nil, r.now(n)))
	body = body[:len(body)-1] + `,"effective_from":"` + since + `"}`
	r.sendDefinition(ctx, definition{org: org, typ: topics.TypeAccountDefined, id: "r-" + strconv.FormatInt(n, 10), body: body})
}

func (r *run) sendDefinition(ctx context.Context, d definition) {
	d.topic = accountTopic
	kind := record.Definition
	if d.typ == topics.TypeCreditsGranted {
		kind = record.Good
	}
	r.send(ctx, d, kind)
}

func (r *run) send(ctx context.Context, d definition, kind record.Kind) {
	s, _ := r.slots.Get().(*slot)
	b := append(s.buffer[:0], d.id...)
	idEnd := len(b)
	b = r.appendInstant(b, r.c.Start.UnixMicro())
	timeEnd := len(b)
	s.buffer = append(b, d.body...)
	r.produce(ctx, s, event{topic: d.topic, org: d.org, typ: []byte(d.typ), kind: kind}, idEnd, timeEnd)
}
