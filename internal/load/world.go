package load

import (
	"strconv"
	"time"
)

// What exists follows from numbers alone.

type channel struct {
	name  string
	costs [prices]string // per unit
	whole [prices]string // for all of it
}

const prices = 4

var channels = [...]channel{
	{"message", [prices]string{"0.0079", "0.0075", "0.010000001", "0.0083"}, [prices]string{"0.0158", "0.08", "0.0237", "0.1"}},
	{"email", [prices]string{"0.0006", "0.000675", "0.0000005", "0.0004"}, [prices]string{"0.0012", "0.000001", "0.0054", "0.003"}},
	{"call", [prices]string{"0.014", "0.0085", "0.013333333", "0.022"}, [prices]string{"0.42", "0.17", "0.07", "1.1"}},
	{"phone_number", [prices]string{"1.15", "2.15", "1", "0.999999999"}, [prices]string{"1.15", "2.3", "4.6", "1.5"}},
}

// channelOf spreads 256 values over the channels: many messages, few phone numbers.
func channelOf(bits uint64) int {
	switch {
	case bits < 154:
		return 0
	case bits < 218:
		return 1
	case bits < 251:
		return 2
	}
	return 3
}

// usageCurrency is what every provider bills in.
const usageCurrency = "USD"

type org struct {
	name     string
	zone     string
	currency string // of its wallets
	agency   string // currency of its agency wallet; "": it has none
}

var zones = [...]string{"", "UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"}

func orgOf(i int) org {
	o := org{name: orgName(int64(i)), zone: zones[i%len(zones)], currency: "USD"}
	switch i % 10 {
	case 3:
		o.currency = "EUR"
	case 7:
		o.currency = "JPY"
	}
	if i%3 != 2 {
		o.agency = usageCurrency
	}
	if i%20 == 13 {
		o.agency = "EUR"
	}
	return o
}

func orgName(i int64) string { return "org-" + padded(i, 5) }

const agencyWallet = "agency"

func walletName(dst []byte, i int64) []byte  { return appendPadded(append(dst, "w-"...), i, 7) }
func unknownName(dst []byte, i int64) []byte { return appendPadded(append(dst, "x-"...), i, 7) }

// unknownOf names an unknown wallet of this run: another seed's is another wallet.
func (r *run) unknownOf(dst []byte, i int64) []byte {
	return strconv.AppendUint(append(unknownName(dst, i), '-'), r.c.Seed, 36)
}

// A definition is one event of the phases before and after the usage.
type definition struct {
	topic uint8 // index in topics.Inputs
	org   int
	typ   string
	id    string
	body  string
}

// plans that every org has. The basic one has a second version, in force since 12 hours before the start.
func planBodies(o org, start time.Time) []string {
	before, since := quoted(start.Add(-72*time.Hour)), quoted(start.Add(-12*time.Hour))
	return []string{
		`{"plan":"basic","multipliers":{"message":"2","email":"1.5"},"effective_from":` + before + `}`,
		`{"plan":"basic","multipliers":{"message":"2.25","email":"1.75","call":"3"},"effective_from":` + since + `}`,
		`{"plan":"rates","rate_cards":{"message":{"currency":"` + o.currency + `","unit_price":"0.019","minimum":"0.05"},` +
			`"call":{"currency":"` + o.currency + `","tiers":[{"up_to":"100","unit_price":"0.05"},{"up_to":1000,"unit_price":"0.04"},{"unit_price":"0.035"}],"mode":"graduated"}},` +
			`"effective_from":` + before + `}`,
		`{"plan":"volume","multipliers":{"call":"1.2"},"rate_cards":{"email":{"currency":"` + o.currency + `",` +
			`"tiers":[{"up_to":"50","unit_price":"0.003"},{"up_to":"500","unit_price":"0.002"},{"unit_price":"0.001"}],"mode":"whole_volume"}},` +
			`"effective_from":` + before + `}`,
	}
}

var planOfWallet = [...]string{"", "basic", "rates", "volume"}

func quoted(t time.Time) string { return `"` + t.UTC().Format(time.RFC3339) + `"` }

func (r *run) walletBody(name string, i int64, o org, factor string) string {
	body := `{"account":"` + name + `","kind":"wallet","currency":"` + o.currency + `"`
	if plan := planOfWallet[i%int64(len(planOfWallet))]; plan != "" {
		body += `,"plan":"` + plan + `"`
	}
	if factor != "" {
		body += `,"multipliers":{"message":"` + factor + `"}`
	}
	if i%2 == 0 {
		body += `,"low_balance":"5.00","contacts":["ops@` + o.name + `.example"]`
	}
	if !r.c.Mix.usageAlone() {
		body += walletExtras(i, o)
	}
	return body + `}`
}

// factorOf is a wallet's own multiplier: every seventh has one.
func factorOf(i int64) string {
	if i%7 == 0 {
		return "5"
	}
	return ""
}

func padded(i int64, width int) string { return string(appendPadded(nil, i, width)) }

func appendPadded(dst []byte, i int64, width int) []byte {
	var digits [20]byte
	s := strconv.AppendInt(digits[:0], i, 10)
	for n := len(s); n < width; n++ {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}
