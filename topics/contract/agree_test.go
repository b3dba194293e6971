package contract

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"purser/internal/timezone"
	"purser/topics"
)

// disagreement says how schema and decoder differ about a body; "" where they do not.
//
// What the decoder takes, the schema takes, always. What the schema takes, the decoder takes but for the few things that
// JSON Schema has no words for (beyond).
func disagreement(j judge, topic, kind string, body []byte) string {
	_, bad := decoded(topic, kind, body)
	return disagrees(bad, j.refusal(body), body)
}

func disagrees(bad *topics.Rejection, refusal error, body []byte) string {
	shown := body[:min(len(body), 300)]
	switch {
	case bad == nil && refusal != nil:
		return fmt.Sprintf("the decoder takes %s, the schema does not: %v", shown, refusal)
	case bad != nil && refusal == nil && !beyond(bad, body):
		return fmt.Sprintf("the schema takes %s, the decoder does not: %s: %s", shown, bad.Reason, bad.Text())
	}
	return ""
}

// beyond says whether a rejection is one of those that no schema can foretell. docs/events.md lists them for producers.
func beyond(bad *topics.Rejection, body []byte) bool {
	value := at(body, strings.TrimPrefix(bad.Field, "data"))
	text, _ := value.(string)
	switch bad.Reason {
	case topics.ReasonMalformedJSON, topics.ReasonDuplicateField:
		return true // a schema judges what a parser made of the text
	case topics.ReasonBadString:
		return !utf8.Valid(body) // likewise
	case topics.ReasonBadTimeZone:
		_, err := timezone.Load(text)
		return err != nil // which names there are
	case topics.ReasonBadCountry:
		_, ok := topics.CurrencyOf(text)
		return !ok // likewise
	case topics.ReasonBadTiers:
		return !isZero(fmt.Sprint(value)) // that each is greater than the one before
	case topics.ReasonConflict:
		return bad.Field == "data.to" // that two fields differ
	case topics.ReasonBadTime: // how many days a month has, and the ends of what is allowed
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return strings.Contains(err.Error(), "day out of range")
		}
		return at.UTC().Year() < 1970 || at.UTC().Year() > 9999
	case topics.ReasonBadNumber: // what lines cost together, and the way in which a number is written: exponents, a sign, zeros at its end
		if bad.Field == "data.lines" {
			return true
		}
		number, ok := value.(json.Number)
		n := number.String()
		return ok && (strings.ContainsAny(n, "eE") || n[0] == '-' && isZero(n[1:]) || fractionDigits(n) > 6 || wholeWithFraction(n))
	case topics.ReasonTooLarge:
		if n := len(text); bad.Field == "data.account" && n > 960 && n <= topics.MaxStringBytes && strings.Contains(string(body), `"recharge":`) {
			return true // that an account which is recharged has a shorter id than others
		}
		return hasWide(body) || nesting(body) > 16 || hasLongNumber(body) // bytes, not characters; depth; digits
	}
	return false
}

func isZero(number string) bool { return number != "" && strings.Trim(number, "0.") == "" }

// wholeWithFraction says whether a number is a whole one that is not written as one, such as 7.0.
func wholeWithFraction(number string) bool {
	_, fraction, found := strings.Cut(number, ".")
	return found && strings.Trim(fraction, "0") == ""
}

func fractionDigits(number string) int {
	_, fraction, _ := strings.Cut(number, ".")
	return len(fraction)
}

// at is the value at a rejection's path; nil where the path cannot be followed.
func at(body []byte, path string) any {
	v, err := parse(body)
	if err != nil {
		return nil
	}
	for path != "" && v != nil {
		v, path = step(v, strings.TrimPrefix(path, "."))
	}
	return v
}

// step goes into the member whose name the path begins with: in a map, that may have dots itself.
func step(v any, path string) (any, string) {
	switch v := v.(type) {
	case object:
		for _, m := range v {
			if rest, ok := strings.CutPrefix(path, m.name); ok && (rest == "" || rest[0] == '.') {
				return m.value, rest
			}
		}
	case []any:
		index, rest, _ := strings.Cut(path, ".")
		if i, err := strconv.Atoi(index); err == nil && i < len(v) {
			return v[i], rest
		}
	}
	return nil, ""
}

func hasWide(body []byte) bool {
	return slices.ContainsFunc(body, func(c byte) bool { return c >= 0x80 }) || strings.Contains(string(body), `\u`)
}

func nesting(body []byte) int {
	depth, deepest := 0, 0
	for _, c := range body {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

var longNumber = regexp.MustCompile(`[0-9.eE+-]{1000}`)

func hasLongNumber(body []byte) bool { return longNumber.Match(body) }

// TestSchemasAgreeWithTheDecoder on every probe: a field that only one of them knows, another bound, another word, another
// field that must be there is a difference.
func TestSchemasAgreeWithTheDecoder(t *testing.T) {
	for kind, topic := range inputTypes() {
		j := mustJudge(t, fileOf(kind))
		all := probes(t, kind)
		taken := 0
		for _, p := range all {
			if found := disagreement(j, topic, kind, []byte(p.text)); found != "" {
				t.Errorf("%s: %s", kind, found)
			}
			if j.refusal([]byte(p.text)) == nil {
				taken++
			}
		}
		require.NotZero(t, taken, kind)
		require.Less(t, taken, len(all), kind)
		t.Logf("%s: %d bodies, %d taken", kind, len(all), taken)
	}
}

// TestDecoderAloneRefuses: what JSON Schema has no words for, one by one, so that the list in docs/events.md is whole.
func TestDecoderAloneRefuses(t *testing.T) {
	usage := func(field, value string) string {
		return `{"account":"w","channel":"c","currency":"USD","unit_cost":1,"` + field + `":` + value + `}`
	}
	for _, c := range []struct{ kind, body, reason string }{
		{topics.TypeUsageRecorded, usage("account", `"w"`), topics.ReasonDuplicateField},
		{topics.TypeUsageRecorded, usage("quantity", `1e3`), topics.ReasonBadNumber},
		{topics.TypeUsageRecorded, usage("quantity", `-0`), topics.ReasonBadNumber},
		{topics.TypeUsageRecorded, usage("quantity", `0.0000000001`), topics.ReasonBadNumber},
		{topics.TypeUsageRecorded, usage("quantity", `1.0000000000`), topics.ReasonBadNumber},
		{topics.TypeUsageRecorded, usage("x", `"`+strings.Repeat("é", 600)+`"`), topics.ReasonTooLarge},
		{topics.TypeUsageRecorded, usage("x", strings.Repeat("[", 16)+strings.Repeat("]", 16)), topics.ReasonTooLarge},
		{topics.TypeUsageRecorded, usage("x", strings.Repeat("1", 1025)), topics.ReasonTooLarge},
		{topics.TypeOrgDefined, `{"time_zone":"Mars/Olympus"}`, topics.ReasonBadTimeZone},
		{topics.TypeOrgDefined, `{"country":"XX"}`, topics.ReasonBadCountry},
		{topics.TypeOrgDefined, `{"effective_from":"2026-02-29T00:00:00Z"}`, topics.ReasonBadTime},
		{topics.TypeOrgDefined, `{"effective_from":"1969-12-31T23:59:59Z"}`, topics.ReasonBadTime},
		{topics.TypePlanDefined, card(`"tiers":[{"up_to":2,"unit_price":1},{"up_to":1,"unit_price":1},{"unit_price":1}]`), topics.ReasonBadTiers},
		{topics.TypeFXRateDefined, `{"from":"EUR","to":"EUR","rate":1}`, topics.ReasonConflict},
		{topics.TypeOrgDefined, `{"usage_reversible_hours":7.0}`, topics.ReasonBadNumber},
		{topics.TypeSendRequested, asked(`,"lines":[{"item":"a","quantity":999999999999,"unit_price":20}]`), topics.ReasonBadNumber},
		{topics.TypeAccountDefined, `{"account":"` + strings.Repeat("a", 961) + `","kind":"wallet","recharge":{"when_balance_lower_than":1,"amount":1,"payment_method":"pm"}}`, topics.ReasonTooLarge},
	} {
		body := []byte(c.body)
		require.NoError(t, mustJudge(t, fileOf(c.kind)).refusal(body), c.body)
		_, bad := decoded(inputTypes()[c.kind], c.kind, body)
		require.NotNil(t, bad, c.body)
		require.Equal(t, c.reason, bad.Reason, c.body)
		require.True(t, beyond(bad, body), "%s: %+v", c.body, bad)
	}
}

// TestTimeZonesMatchTheSchema: no zone is left out by the pattern of its field.
func TestTimeZonesMatchTheSchema(t *testing.T) {
	j := mustJudge(t, fileOf(topics.TypeOrgDefined))
	zones, err := zip.OpenReader("../../internal/timezone/zoneinfo.zip")
	require.NoError(t, err)
	defer zones.Close()
	for _, f := range zones.File {
		if _, err := timezone.Load(f.Name); err == nil {
			require.NoError(t, j.refusal([]byte(`{"time_zone":"`+f.Name+`"}`)), f.Name)
		}
	}
}

// TestRandomBodiesAgree: several changes at once, at random places.
func TestRandomBodiesAgree(t *testing.T) {
	kinds := slices.Sorted(maps.Keys(inputTypes()))
	judges := map[string]judge{}
	for _, kind := range kinds {
		judges[kind] = mustJudge(t, fileOf(kind))
	}
	words := words(t)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		s, _ := schemaOf(kind)
		v := rapid.SampledFrom(s.list("examples")).Draw(t, "example")
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			v = randomChange(t, v, words)
		}
		if found := disagreement(judges[kind], inputTypes()[kind], kind, compact(v)); found != "" {
			t.Fatal(found)
		}
	})
}

// randomChange changes a value, or something within it.
func randomChange(t *rapid.T, v any, words []string) any {
	deeper := rapid.IntRange(0, 3).Draw(t, "deeper") > 0
	switch v := v.(type) {
	case object:
		if deeper {
			return randomMember(t, v, words)
		}
	case []any:
		if i := rapid.IntRange(0, len(v)).Draw(t, "element"); deeper && i < len(v) {
			changed := slices.Clone(v)
			changed[i] = randomChange(t, v[i], words)
			return changed
		}
		return append(slices.Clone(v), randomValue(t, words))
	}
	return randomValue(t, words)
}

func randomMember(t *rapid.T, o object, words []string) any {
	changed := slices.Clone(o)
	if i := rapid.IntRange(0, len(o)).Draw(t, "member"); i < len(o) {
		if rapid.Bool().Draw(t, "delete") {
			return slices.Delete(changed, i, i+1)
		}
		changed[i].value = randomChange(t, o[i].value, words)
		return changed
	}
	name := rapid.OneOf(rapid.SampledFrom(words), rapid.String()).Draw(t, "name")
	if o.get(name) != nil {
		return changed
	}
	return append(changed, member{name, randomValue(t, words)})
}

func randomValue(t *rapid.T, words []string) any {
	number := rapid.Custom(func(t *rapid.T) string {
		return rapid.StringMatching(`[-+]?[0-9]{0,14}(\.[0-9]{0,11})?`).Draw(t, "digits")
	})
	return rapid.OneOf(
		rapid.Map(rapid.SampledFrom(values), func(s string) any { return raw(s) }),
		rapid.Map(rapid.SampledFrom(words), func(s string) any { return s }),
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(number, func(s string) any { return s }),
		rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,11})?`), func(s string) any { return raw(s) }),
		rapid.Map(rapid.StringMatching(`(19|20|99)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,22})?(Z|[-+][0-2][0-9]:[0-6][0-9])`), func(s string) any { return s }),
	).Draw(t, "value")
}

var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{3}`)

// FuzzSchemasAgree lets the fuzzer write the bodies.
func FuzzSchemasAgree(f *testing.F) {
	kinds := slices.Sorted(maps.Keys(inputTypes()))
	judges := map[string]judge{}
	for i, kind := range kinds {
		judges[kind] = mustJudge(f, fileOf(kind))
		s, _ := schemaOf(kind)
		for _, example := range s.list("examples") {
			f.Add(uint8(i), compact(example))
		}
		for _, text := range own[kind] {
			f.Add(uint8(i), []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		// The library makes a fraction of every number that has a bound, whatever its exponent: it runs out of memory.
		if hugeExponent.Match(body) {
			return
		}
		kind := kinds[int(which)%len(kinds)]
		if found := disagreement(judges[kind], inputTypes()[kind], kind, body); found != "" {
			t.Fatal(found)
		}
	})
}
