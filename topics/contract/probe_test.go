package contract

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"purser/topics"
)

// A probe is the body of an event that is an example but for one thing, at one place: a member that is not there, or a
// value that is another. Together they try every field of every type with everything that a schema can bound, on both
// sides of each bound.
type probe struct {
	kind  string
	text  string
	place string // of what was changed: funding/payment_days
}

// values that a field is tried with, as JSON.
var values = slices.Concat(
	[]string{`null`, `true`, `{}`, `[]`, `[null]`, `[{}]`, `[""]`, `["x"]`, `{"x":1}`, `{"x":null}`, `{"x":"y"}`, `{"":1}`, `{"a\u0000":1}`},
	quote("", " ", "x", "é", "a\u0000b", "a\u007fb", "a\u0085b", "a\nb", "\u00a0", strings.Repeat("x", 1024), strings.Repeat("x", 1025), strings.Repeat("x", 960), strings.Repeat("x", 961)),
	// Whole numbers around the bounds that there are, and what looks like a card's number or nearly so.
	[]string{`100`, `101`, `120`, `121`, `168`, `169`, `365`, `366`, `999999999999999`, `1000000000000000`, `2678400`, `2678401`},
	quote("100", "101", "120", "121", "168", "169", "365", "366", "999999999999999", "1000000000000000", "2678400", "2678401", "99", "007", "1.0"),
	quote("4111 1111-1111.1111", " 4111111111111111 ", "411111111111", "41111111111", "4111111111111111x", "x4111111111111111"),
	// Numbers, either way. More than six digits behind the point come as strings alone, and so do exponents: see beyond.
	[]string{`0`, `1`, `-1`, `0.5`, `1.5`, `0.000001`, `999999999999`, `999999999999.5`, `1000000000000`},
	quote("0", "00", "0.0", "-0", "1", "-1", "+1", "1.", ".5", "1e3", "1E3", "NaN", "007.50", "0.000001", "0.0000001", "0.000000001", "0.0000000001",
		"999999999999", "999999999999.999999", "1000000000000", "1_000", "1,5", " 1", strings.Repeat("0", 63)+"1", strings.Repeat("0", 64)+"1", strings.Repeat("0", 65)),
	quote("USD", "EUR", "US", "JP", "usd", "us", "USDX", "USA"),
	quote("UTC", "Europe/Paris", "Etc/GMT+5", "7", "Mars Olympus"),
	quote("world:x", "expense:x", "revenue:x", "suspense", "suspense2", "aworld:x"),
	quote("2026-03-01T00:00:00Z", "2026-03-01T23:59:59.123456789+14:00", "1970-01-01T00:00:00Z", "1969-12-31T23:00:00-02:00", "9999-12-31T23:59:59Z",
		"2026-03-01", "2026-03-01T00:00:00", "2026-03-01 00:00:00Z", "2026-03-01t00:00:00z", "2026-3-1T00:00:00Z", "2026-03-01T1:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-03-00T00:00:00Z", "2026-03-32T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:60:00Z", "2026-03-01T00:00:60Z",
		"2026-03-01T00:00:00,5Z", "2026-03-01T00:00:00.Z", "2026-03-01T00:00:00+24:00", "2026-03-01T00:00:00+01:60", "1968-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
		"2026-03-01T00:00:00.1234567890123456789Z", "2026-03-01T00:00:00.12345678901234567890Z"),
)

func quote(all ...string) []string {
	for i := range all {
		all[i] = string(topics.AppendJSONString(nil, all[i]))
	}
	return all
}

// awkward are values of which every field that is known refuses some, while one that is not takes them all.
var awkward = []string{`true`, `{"x":[]}`, `["x"]`, `7`, `"x"`}

// own are bodies that no example is one change away from.
var own = map[string][]string{
	topics.TypeUsageRecorded: {
		`{"account":"w","channel":"c","currency":"USD"}`,
		`{"account":"w","channel":"c","currency":"USD","cost":1,"unit_cost":1}`,
		`{"account":"w","channel":"c","currency":"USD","cost":1,"unit_cost":null}`,
		`{"account":"w","channel":"c","currency":"USD","cost":null,"unit_cost":1}`,
		`{"account":"w","channel":"c","currency":"USD","cost":null,"unit_cost":null}`,
	},
	topics.TypeUsageCorrected: {
		`{"usage":"u"}`,
		`{"usage":"u","quantity":1,"cost":1}`,
		`{"usage":"u","quantity":1,"unit_cost":1}`,
		`{"usage":"u","quantity":1,"unit_cost":null,"cost":null}`,
		`{"usage":"u","quantity":null,"unit_cost":null,"cost":null}`,
		`{"usage":"u","quantity":1,"unit_cost":1,"cost":1}`,
		`{"usage":"u","unit_cost":1,"cost":1}`,
		`{"usage":"u","unit_cost":null,"cost":1}`,
		`{"usage":"u","unit_cost":1,"cost":null}`,
	},
	topics.TypeAccountDefined: {
		`{"kind":"wallet","account":"` + strings.Repeat("a", 1024) + `"}`,
		`{"kind":"wallet","account":"` + strings.Repeat("a", 1025) + `"}`,
		`{"kind":"wallet","account":"w","funding":null}`, `{"kind":"funding_source","account":"s","funding":null}`, `{"kind":"funding_source","account":"s"}`,
		funded(`s`, `"payment_type":"invoice"},"monthly_credits":{"amount":1`), funded(`s`, `"payment_type":"invoice"},"recharge":{"when_balance_lower_than":1,"amount":1,"payment_method":""`),
		funded(`s`, `"payment_type":"invoice"},"recharge":{"when_balance_lower_than":1,"amount":1,"payment_method":null`),
		funded(`s`, `"payment_type":"invoice"},"recharge":{"when_balance_lower_than":1,"amount":1,"payment_method":"pm"`),
		funded(`s`, `"payment_type":"invoice","payment_method":null`), funded(`s`, `"payment_type":"invoice","card_charges":null`), funded(`s`, `"payment_type":"invoice","card_charges":""`),
		funded(`s`, `"payment_type":"invoice","card_charges":"shortfall"`), funded(`s`, `"payment_type":"credit_card","payment_method":"pm","po_number":null`),
		`{"kind":"wallet","account":"none"}`, funded(`none`, `"payment_type":"invoice"`), funded(strings.Repeat("a", 961), `"payment_type":"invoice"`),
		funded(`s`, `"payment_type":"invoice","payment_method":"pm"`), funded(`s`, `"payment_type":"invoice","payment_method":""`), funded(`s`, `"payment_type":"invoice","card_charges":"each"`),
		funded(`s`, `"payment_type":"credit_card"`), funded(`s`, `"payment_type":"credit_card","payment_method":""`), funded(`s`, `"payment_type":"credit_card","payment_method":null`),
		funded(`s`, `"payment_type":"credit_card","payment_method":"pm","po_number":"7"`), funded(`s`, `"payment_type":"credit_card","payment_method":"pm","po_number":""`),
		funded(`s`, `"payment_type":"credit_card","payment_method":"pm","accounts_payable":["a"]`), funded(`s`, `"payment_type":"credit_card","payment_method":"pm","accounts_payable":[]`),
		funded(`s`, `"payment_type":"credit_card","payment_method":"pm","payment_days":7`), funded(`s`, `"payment_type":"credit_card","payment_method":"pm","payment_days":null`),
	},
	topics.TypeCampaignDefined: {
		`{"campaign":"c","payer":"sender"}`, `{"campaign":"c","payer":"sender","funding_source":"f"}`, `{"campaign":"c","payer":"sender","funding_source":""}`,
		`{"campaign":"c","payer":"sender","funding_source":null}`, `{"campaign":"c","payer":"funding_source"}`,
	},
	topics.TypeSpendingDefined: {
		limited(`"per":"month","amount":1,"days":null`), limited(`"per":"order","percent":5,"amount":null,"days":null`), limited(`"per":"month","percent":5`),
		limited(`"per":"days","amount":1,"days":null`), limited(`"per":"item","amount":1,"percent":null`), limited(`"per":"item"`), limited(`"per":"year","amount":1,"days":3`),
		reloading(`"every":"days","days":null`), reloading(`"every":"days"`), reloading(`"every":"days","days":7`), reloading(`"every":"week","days":null`),
		reloading(`"every":"week","days":7`), reloading(`"every":null,"days":7`), rules(16), rules(17),
	},
	topics.TypeBudgetsImported: {`{"spending_account":"s","budgets":[{"user":"u","amount":1}]}`},
	topics.TypeSendRequested: {
		asked(``), asked(`,"lines":[]`), asked(`,"lines":null`), asked(`,"estimated_cost":null`), asked(`,"estimated_cost":1`), asked(`,"estimated_cost":1,"lines":[]`),
		asked(`,"estimated_cost":1,"lines":null`), asked(`,"estimated_cost":null,"lines":[{"item":"a","unit_price":1}]`), asked(`,"estimated_cost":null,"lines":[]`),
		asked(`,"estimated_cost":null,"lines":null`), asked(`,"estimated_cost":1,"lines":[{"item":"a","unit_price":1}]`),
	},
	topics.TypePlanDefined: {
		card(``), card(`"unit_price":1`), card(`"unit_price":1,"tiers":[]`), card(`"unit_price":1,"tiers":null`), card(`"unit_price":null,"tiers":[]`),
		card(`"unit_price":1,"tiers":[{"unit_price":1}]`), card(`"unit_price":null,"tiers":[{"unit_price":1}]`), card(`"tiers":[{"unit_price":1}]`),
		card(`"tiers":[{"up_to":null,"unit_price":1}]`), card(`"tiers":[{"up_to":0,"unit_price":1},{"unit_price":1}]`), card(`"tiers":[{"up_to":"0.0","unit_price":1},{"unit_price":1}]`),
		card(`"tiers":` + tiers(1000)), card(`"tiers":` + tiers(1001)),
	},
}

func reloading(often string) string {
	return `{"spending_account":"s","type":"shared","start":"2026-03-01","reloads":[{"type":"add","amount":1,"effective":"2026-03-01",` + often + `}]}`
}

func rules(n int) string {
	rule := `{"every":"week","type":"add","amount":1,"effective":"2026-03-01"}`
	return `{"spending_account":"s","type":"shared","start":"2026-03-01","reloads":[` + rule + strings.Repeat(","+rule, n-1) + `]}`
}

func limited(limit string) string {
	return `{"spending_account":"s","type":"shared","start":"2026-03-01","limits":[{` + limit + `}]}`
}

func asked(cost string) string {
	return `{"send":"s","campaign":"c","sender":"w","origin":"manual","currency":"USD"` + cost + `}`
}

func funded(account, terms string) string {
	return `{"kind":"funding_source","account":"` + account + `","funding":{"name":"n",` + terms + `}}`
}

func card(rest string) string {
	return strings.ReplaceAll(`{"plan":"p","rate_cards":{"c":{"currency":"USD",`+rest+`}}}`, ",}", "}")
}

// tiers are n that ascend.
func tiers(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		b.WriteString(`{"up_to":` + strconv.Itoa(i) + `,"unit_price":1},`)
	}
	return `[` + b.String() + `{"unit_price":1}]`
}

// probes are those of one type.
func probes(t testing.TB, kind string) []probe {
	all := map[string]string{}
	for _, text := range own[kind] {
		all[text] = ""
	}
	words := words(t)
	for _, example := range mustSchema(t, kind).list("examples") {
		change("", example, words, func(place string, v any) { all[string(compact(v))] = place })
	}
	list := make([]probe, 0, len(all))
	for _, text := range slices.Sorted(maps.Keys(all)) {
		list = append(list, probe{kind, text, all[text]})
	}
	return list
}

// raw is a piece of JSON in a tree, as it stands.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func compact(v any) []byte {
	text, err := object{{"v", v}}.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return text[len(`{"v":`) : len(text)-1]
}

// change calls f with every change of the value at a place, and within it.
func change(place string, v any, words []string, f func(string, any)) {
	f(place, v)
	for _, other := range values {
		f(place, raw(other))
	}
	for _, word := range words {
		f(place, word)
	}
	switch v := v.(type) {
	case object:
		changeObject(place, v, words, f)
	case []any:
		for i := range v {
			change(place, v[i], words, func(place string, other any) {
				changed := slices.Clone(v)
				changed[i] = other
				f(place, changed)
			})
		}
		for _, n := range []int{1000, 1001} {
			f(place, slices.Repeat([]any{v[0]}, n))
		}
	}
}

func changeObject(place string, o object, words []string, f func(string, any)) {
	for i := range o {
		f(place, slices.Delete(slices.Clone(o), i, i+1))
		change(place+"/"+o[i].name, o[i].value, words, func(place string, other any) {
			changed := slices.Clone(o)
			changed[i].value = other
			f(place, changed)
		})
	}
	add := func(name string, value any) { f(place, append(slices.Clone(o), member{name, value})) }
	for _, word := range words {
		for _, value := range awkward {
			if o.get(word) == nil {
				add(word, raw(value))
			}
		}
	}
	first := any(json1)
	if len(o) > 0 {
		first = o[0].value // in a map, of the same kind as the others
	}
	for _, name := range []string{"", "a\u0000b", "a\u0085b", "é", strings.Repeat("n", 1024), strings.Repeat("n", 1025)} {
		add(name, first)
		add(name, json1)
	}
	for _, n := range []int{1000, 1001} {
		full := slices.Clone(o)
		for len(full) < n {
			full = append(full, member{"n" + strconv.Itoa(len(full)), first})
		}
		f(place, full)
	}
	unknown := []string{`"` + strings.Repeat("x", 1024) + `"`, `"` + strings.Repeat("x", 1025) + `"`, ones(1000), ones(1001), `[{"x":` + ones(1001) + `}]`,
		`{"x":{"` + strings.Repeat("n", 1024) + `":1}}`, `{"x":{"` + strings.Repeat("n", 1025) + `":1}}`, `[[["` + strings.Repeat("x", 1025) + `"]]]`, members(1000), members(1001)}
	for _, value := range unknown {
		add("unheard_of", raw(value))
	}
}

const json1 = raw(`1`)

func ones(n int) string { return `[` + strings.TrimSuffix(strings.Repeat(`1,`, n), ",") + `]` }

func members(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"n` + strconv.Itoa(i) + `":1`)
	}
	return `{` + b.String()[1:] + `}`
}

var wordLike = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// words are those that stand in the decoder's sources: among them is every name of a field and every value of a few words
// that it takes, whether or not a schema has them.
func words(t testing.TB) []string {
	found := map[string]bool{}
	for _, f := range sources(t, "..") {
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && wordLike.MatchString(s) {
					found[s] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}
