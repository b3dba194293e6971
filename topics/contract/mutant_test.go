package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"purser/topics"
)

// mutant is a schema file with one thing changed.
type mutant struct {
	what string
	tree object
}

// mutants are all small mistakes that someone could make in a file.
func mutants(file string) []mutant {
	var all []mutant
	spoil(files()[file], strings.TrimSuffix(file, ".json"), func(what string, tree object) { all = append(all, mutant{what, tree}) })
	return all
}

// spoil calls f with a schema in which one word is changed, or one of a schema within it.
func spoil(s object, path string, f func(string, object)) {
	for i, m := range s {
		put := func(value any) object {
			changed := slices.Clone(s)
			changed[i].value = value
			return changed
		}
		at := path + "/" + m.name
		drop := func() { f("without "+at, slices.Delete(slices.Clone(s), i, i+1)) }
		switch m.name {
		case "properties", "$defs":
			spoilMembers(m.value.(object), at, m.name == "properties", func(what string, o object) { f(what, put(o)) })
		case "required", "enum", "type":
			spoilWords(s, m, at, func(what string, list []any) { f(what, put(list)) })
		case "oneOf":
			drop()
			for j, one := range m.value.([]any) {
				spoil(one.(object), at+"/"+strconv.Itoa(j), func(what string, o object) {
					changed := slices.Clone(m.value.([]any))
					changed[j] = o
					f(what, put(changed))
				})
			}
		case "items", "additionalProperties", "propertyNames", "not":
			drop()
			spoil(m.value.(object), at, func(what string, o object) { f(what, put(o)) })
		case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "maxLength", "minLength", "maxItems", "minItems", "maxProperties":
			drop()
			n, err := m.value.(json.Number).Int64()
			if err != nil {
				panic(err)
			}
			f("one less "+at, put(json.Number(strconv.FormatInt(n-1, 10))))
			f("one more "+at, put(json.Number(strconv.FormatInt(n+1, 10))))
		case "pattern", "$ref":
			drop()
		}
	}
}

// spoilMembers drops each member, where it is a property, and spoils each.
func spoilMembers(o object, path string, properties bool, f func(string, object)) {
	for i, m := range o {
		if properties {
			f("without "+path+"/"+m.name, slices.Delete(slices.Clone(o), i, i+1))
		}
		spoil(m.value.(object), path+"/"+m.name, func(what string, s object) {
			changed := slices.Clone(o)
			changed[i].value = s
			f(what, changed)
		})
	}
}

// spoilWords takes each word out of a list, and puts others in that could stand there.
func spoilWords(s object, m member, path string, f func(string, []any)) {
	list, ok := m.value.([]any)
	if !ok {
		list = []any{m.value}
	}
	for i := range list {
		if len(list) > 1 {
			f(fmt.Sprintf("without %q in %s", list[i], path), slices.Delete(slices.Clone(list), i, i+1))
		}
	}
	more := []any{"x"}
	switch m.name {
	case "type":
		more = nil
		if !refusesOthers(s, path) {
			more = []any{"string", "number", "null", "object", "array", "boolean"}
		}
	case "required":
		more = nil
		for _, p := range s.object("properties") {
			more = append(more, p.name)
		}
	}
	for _, word := range more {
		if !slices.Contains(list, word) {
			f(fmt.Sprintf("with %q in %s", word, path), append(slices.Clone(list), word))
		}
	}
}

// refusesOthers says whether a schema takes no other types than its own even if its types had more: an alternative adds to
// what stands above it, and neither oneOf nor the pattern that is not wanted is for other types.
func refusesOthers(s object, path string) bool {
	return s.list("oneOf") != nil || s.object("not").text("pattern") != "" && s.object("not").text("type") == "" ||
		strings.Contains(path, "/oneOf/") || strings.Contains(path, "/not/")
}

// survivors are the mistakes that change nothing about what is taken, and why.
var survivors = map[string]string{
	"one less org.defined/properties/time_zone/maxLength":                                 "no zone has a name that long",
	"without account.defined/properties/kind":                                             "oneOf takes the same words",
	`with "x" in account.defined/properties/kind/enum`:                                    "oneOf takes the same words",
	`with "x" in account.defined/oneOf/0/properties/kind/enum`:                            "kind itself takes no other word",
	`with "x" in account.defined/oneOf/1/properties/kind/enum`:                            "kind itself takes no other word",
	`with "x" in account.defined/oneOf/2/properties/kind/enum`:                            "kind itself takes no other word",
	"without spending-account.defined/$defs/limit/properties/per":                         "oneOf takes the same words",
	`with "x" in spending-account.defined/$defs/limit/properties/per/enum`:                "oneOf takes the same words",
	`with "x" in spending-account.defined/$defs/limit/oneOf/0/properties/per/enum`:        "per itself takes no other word",
	`with "x" in spending-account.defined/$defs/limit/oneOf/1/properties/per/enum`:        "per itself takes no other word",
	`with "x" in spending-account.defined/$defs/limit/oneOf/2/properties/per/enum`:        "per itself takes no other word",
	`with "per" in spending-account.defined/$defs/limit/oneOf/0/required`:                 "all limits have one",
	`with "per" in spending-account.defined/$defs/limit/oneOf/1/required`:                 "all limits have one",
	`with "per" in spending-account.defined/$defs/limit/oneOf/2/required`:                 "all limits have one",
	`with "number" in spending-account.defined/$defs/limit/properties/days/type`:          "oneOf takes no other type",
	`with "object" in spending-account.defined/$defs/limit/properties/days/type`:          "oneOf takes no other type",
	`with "array" in spending-account.defined/$defs/limit/properties/days/type`:           "oneOf takes no other type",
	`with "boolean" in spending-account.defined/$defs/limit/properties/days/type`:         "oneOf takes no other type",
	"without spending-account.defined/$defs/reload/properties/every":                      "oneOf takes the same words",
	`with "x" in spending-account.defined/$defs/reload/properties/every/enum`:             "oneOf takes the same words",
	`with "x" in spending-account.defined/$defs/reload/oneOf/0/properties/every/enum`:     "every itself takes no other word",
	`with "x" in spending-account.defined/$defs/reload/oneOf/1/properties/every/enum`:     "every itself takes no other word",
	`with "every" in spending-account.defined/$defs/reload/oneOf/1/required`:              "all rules have one",
	`with "number" in spending-account.defined/$defs/reload/properties/days/type`:         "oneOf takes no other type",
	`with "object" in spending-account.defined/$defs/reload/properties/days/type`:         "oneOf takes no other type",
	`with "array" in spending-account.defined/$defs/reload/properties/days/type`:          "oneOf takes no other type",
	`with "boolean" in spending-account.defined/$defs/reload/properties/days/type`:        "oneOf takes no other type",
	"one less customer-settings.defined/properties/credit_ratings/maxItems":               "a thousand that are alike are refused, whatever the bound",
	"one less customer-settings.defined/properties/kyc_profiles/maxItems":                 "a thousand that are alike are refused, whatever the bound",
	"one less account.defined/properties/customer/properties/prices/maxItems":             "a thousand that are alike are refused, whatever the bound",
	"without campaign.defined/properties/payer":                                           "oneOf takes the same words",
	`with "x" in campaign.defined/properties/payer/enum`:                                  "oneOf takes the same words",
	`with "x" in campaign.defined/oneOf/0/properties/payer/enum`:                          "payer itself takes no third word",
	`with "x" in campaign.defined/oneOf/1/properties/payer/enum`:                          "payer itself takes no third word",
	`with "kind" in account.defined/oneOf/2/required`:                                     "all accounts have one",
	`with "account" in account.defined/oneOf/2/required`:                                  "all accounts have one",
	"without account.defined/properties/funding/properties/payment_type":                  "oneOf takes the same two words",
	`with "x" in account.defined/properties/funding/properties/payment_type/enum`:         "oneOf takes the same two words",
	`with "x" in account.defined/properties/funding/oneOf/0/properties/payment_type/enum`: "payment_type itself takes no third word",
	`with "x" in account.defined/properties/funding/oneOf/1/properties/payment_type/enum`: "payment_type itself takes no third word",
	`with "x" in account.defined/properties/funding/oneOf/1/properties/card_charges/enum`: "card_charges itself takes no third word",
	`with "payment_type" in account.defined/properties/funding/oneOf/0/required`:          "all terms have one",
	"without org.defined/properties/time_zone/pattern":                                    "which zones there are no pattern can tell: the decoder refuses those that do not match it too",
}

// touched are the types for which a mutant makes a difference.
func touched(file string, m mutant) []string {
	if file != commonFile {
		return []string{strings.TrimSuffix(file, ".json")}
	}
	part := strings.Split(m.what[strings.Index(m.what, "common/$defs/"):], "/")[2]
	var kinds []string
	for kind := range wire {
		if whole, _ := Schema(kind); strings.Contains(string(whole), `"`+defs+part+`"`) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// placeOf is where in a body a mutant makes a difference, as probes have it.
func placeOf(m mutant) string {
	place := ""
	parts := strings.Split(m.what, "/")
	for i := 1; i < len(parts); i++ {
		if parts[i-1] == "properties" {
			place += "/" + parts[i]
		}
	}
	return place
}

// verdict is what the decoder says of a probe.
type verdict struct {
	body  []byte
	place string
	value any // the body, parsed
	bad   *topics.Rejection
}

func verdictsOf(t *testing.T, kind, topic string) []verdict {
	var all []verdict
	for _, p := range probes(t, kind) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(p.text))
		require.NoError(t, err, p.text)
		_, bad := decoded(topic, kind, []byte(p.text))
		all = append(all, verdict{[]byte(p.text), p.place, value, bad})
	}
	slices.SortFunc(all, func(a, b verdict) int { return len(a.body) - len(b.body) }) // most mistakes show in a short one
	return all
}

// TestEveryMistakeInASchemaIsFound: each word of each schema of an input, left out or changed a little, makes the comparison
// with the decoder fail, as a change of the decoder alone would.
func TestEveryMistakeInASchemaIsFound(t *testing.T) {
	verdicts := map[string][]verdict{}
	for kind, topic := range inputTypes() {
		verdicts[kind] = verdictsOf(t, kind, topic)
	}
	shows := func(all map[string]object, kind, place string) bool {
		j, err := judgeOf(all, fileOf(kind))
		differs := func(v verdict) bool { return disagrees(v.bad, j.schema.Validate(v.value), v.body) != "" }
		near := func(v verdict) bool { return v.place == place && differs(v) } // where most mistakes show at once
		return err != nil || slices.ContainsFunc(verdicts[kind], near) || slices.ContainsFunc(verdicts[kind], differs)
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	count := 0
	for file := range files() {
		for i, m := range mutants(file) {
			kinds := slices.DeleteFunc(touched(file, m), func(kind string) bool { return verdicts[kind] == nil })
			if len(kinds) == 0 || testing.Short() && i%10 != 0 {
				continue // of outputs alone
			}
			slices.SortFunc(kinds, func(a, b string) int { return len(verdicts[a]) - len(verdicts[b]) })
			count++
			group.Go(func() error {
				all := maps.Clone(files())
				all[file] = m.tree
				if found := slices.ContainsFunc(kinds, func(kind string) bool { return shows(all, kind, placeOf(m)) }); found == (survivors[m.what] != "") {
					t.Errorf("%s: is found: %v", m.what, found)
				}
				return nil
			})
		}
	}
	require.NoError(t, group.Wait())
	t.Logf("%d mistakes", count)
}
