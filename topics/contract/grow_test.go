package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/topics"
)

const released = "../schemas/released"

// TestNothingPublishedIsTakenAway holds what is published now against what the last release had published.
func TestNothingPublishedIsTakenAway(t *testing.T) {
	before := map[string]object{}
	paths, err := filepath.Glob(filepath.Join(released, "*.json"))
	require.NoError(t, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		before[filepath.Base(path)] = tree(t, text)
	}
	require.Contains(t, before, commonFile, "make release-contract has never run")
	document := before["asyncapi.json"]
	require.NotNil(t, document)
	delete(before, "asyncapi.json")
	for _, taken := range slices.Concat(takenAway(before, files()), channelsTakenAway(document, tree(t, AsyncAPI()))) {
		t.Error(taken)
	}
}

// takenAway compares two sets of schemas, and says what producers or consumers of the first could no longer rely on.
//
// What is sent to purser may become more: what was taken before is taken now. What purser writes is kept for years and
// read by strangers: records of before must fit today's schema, and today's records that of before, except that words may
// be added to a list of words, which consumers are told.
func takenAway(before, now map[string]object) []string {
	var all []string
	for _, file := range slices.Sorted(maps.Keys(before)) {
		if file == commonFile {
			continue // through those that refer to it
		}
		if now[file] == nil {
			all = append(all, file+" is gone")
			continue
		}
		g := growth{before: before, now: now, within: map[string]bool{}}
		if file != headersFile {
			g.written = inputTypes()[strings.TrimSuffix(file, ".json")] == ""
			g.compare(strings.TrimSuffix(file, ".json"), node{file, before[file]}, node{file, now[file]})
			all = append(all, g.found...)
			continue
		}
		for _, m := range before[file].object("$defs") {
			g.written = m.name != headersEvent
			g.compare("headers "+m.name, node{file, m.value.(object)}, node{file, now[file].object("$defs").object(m.name)})
		}
		all = append(all, g.found...)
	}
	return all
}

// growth compares a schema with its successor.
type growth struct {
	before, now map[string]object
	written     bool            // by purser, not to it
	within      map[string]bool // references that are being followed
	found       []string
}

func (g *growth) report(path, format string, args ...any) {
	g.found = append(g.found, path+": "+fmt.Sprintf(format, args...))
}

// follow is node.resolved in one of the two sets.
func follow(all map[string]object, n node) node {
	ref := n.text("$ref")
	if ref == "" {
		return n
	}
	file, name, _ := strings.Cut(ref, defs)
	if file == "" {
		file = n.file
	}
	target := follow(all, node{file, all[file].object("$defs").object(name)})
	merged := object{}
	for _, m := range slices.Concat(n.object, target.object) {
		if m.name != "$ref" && merged.get(m.name) == nil {
			merged = append(merged, m)
		}
	}
	return node{target.file, merged}
}

// annotations are words that take nothing away.
var annotations = []string{"$schema", "$defs", "title", "description", "examples", "format"}

// compare goes through every word of the schema of before, and through those that are new.
func (g *growth) compare(path string, before, now node) {
	if ref := before.text("$ref"); ref != "" {
		place := before.file + ref
		if g.within[place] {
			return // a schema that refers to itself
		}
		g.within[place] = true
		defer delete(g.within, place)
	}
	before, now = follow(g.before, before), follow(g.now, now)
	if now.object == nil {
		g.report(path, "is gone")
		return
	}
	var names []string
	for _, m := range slices.Concat(before.object, now.object) {
		if !slices.Contains(names, m.name) && !slices.Contains(annotations, m.name) {
			names = append(names, m.name)
		}
	}
	for _, name := range names {
		g.word(path, name, before, now)
	}
}

func (g *growth) word(path, name string, before, now node) {
	was, is := before.get(name), now.get(name)
	switch name {
	case "properties":
		for _, m := range before.object.object(name) {
			g.compare(path+"."+m.name, before.at(name).at(m.name), now.at(name).at(m.name))
		}
	case "items", "additionalProperties", "propertyNames":
		g.inner(path, name, before, now)
	case "required":
		g.lists(path, "a new required field", "no longer always there", now.list(name), before.list(name))
	case "type":
		g.lists(path, "a type that is no longer taken", "a new type", listOf(was), listOf(is))
	case "enum", "const":
		g.words(path, was, is)
	case "maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum":
		g.bound(path, name, was, is, +1)
	case "minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum":
		g.bound(path, name, was, is, -1)
	case "oneOf", "anyOf":
		for _, one := range listOf(was) {
			if is != nil && !slices.ContainsFunc(listOf(is), func(other any) bool { return g.covers(before, now, one, other) }) {
				g.report(path, "another alternative in %s", name)
			}
		}
		g.appearance(path, name, was, is)
	case "pattern", "not", "contentEncoding":
		if was != nil && is != nil && !same(was, is) {
			g.report(path, "another %s", name)
		}
		g.appearance(path, name, was, is)
	default:
		g.report(path, "the word %s is new here: say how it is compared", name)
	}
}

// inner compares what stands for every entry.
func (g *growth) inner(path, name string, before, now node) {
	was, is := before.get(name) != nil, now.get(name) != nil
	switch {
	case was && is:
		g.compare(path+map[string]string{"items": "[]", "additionalProperties": ".*", "propertyNames": ".names"}[name], before.at(name), now.at(name))
	case is || g.written:
		g.report(path, "%s appears or goes", name)
	}
}

// covers says whether an alternative takes what another one took. That no two alternatives take the same is for the comparison with
// the decoder to see.
func (g *growth) covers(before, now node, one, other any) bool {
	part := growth{before: g.before, now: g.now, written: g.written, within: g.within}
	part.compare("", node{before.file, one.(object)}, node{now.file, other.(object)})
	return len(part.found) == 0
}

// appearance reports a restriction that is new, or, of what is written, one that is gone.
func (g *growth) appearance(path, name string, was, is any) {
	if was == nil {
		g.report(path, "a new %s", name)
	}
	if is == nil && g.written {
		g.report(path, "%s is gone", name)
	}
}

// lists reports what is in the first and not in the second; of what is written, also the other way round.
func (g *growth) lists(path, missing, added string, first, second []any) {
	for _, one := range first {
		if !slices.Contains(second, one) {
			g.report(path, "%s: %v", missing, one)
		}
	}
	for _, one := range second {
		if g.written && !slices.Contains(first, one) {
			g.report(path, "%s: %v", added, one)
		}
	}
}

// words may be added to a list, not to a constant of what is written.
func (g *growth) words(path string, was, is any) {
	switch {
	case was == nil:
		g.report(path, "only some words are taken now")
	case is == nil:
		if g.written {
			g.report(path, "any word is written now")
		}
	default:
		for _, word := range listOf(was) {
			if !slices.Contains(listOf(is), word) {
				g.report(path, "a word that is gone: %v", word)
			}
		}
	}
}

// bound reports one that is narrower than before: smaller where up is +1, greater where it is -1.
func (g *growth) bound(path, name string, was, is any, up int) {
	if was == nil || is == nil {
		g.appearance(path, name, was, is)
		return
	}
	a, _ := was.(json.Number).Float64()
	b, _ := is.(json.Number).Float64()
	switch d := (b - a) * float64(up); {
	case d < 0:
		g.report(path, "a narrower %s", name)
	case d > 0 && g.written:
		g.report(path, "a wider %s", name)
	}
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

func same(a, b any) bool { return string(compact(a)) == string(compact(b)) }

// channelsTakenAway compares two AsyncAPI documents: topics, what stands on them, and their keys.
func channelsTakenAway(before, now object) []string {
	var all []string
	for _, channel := range before.object("channels") {
		there := now.object("channels").object(channel.name)
		if there == nil {
			all = append(all, "the topic "+channel.name+" is gone")
			continue
		}
		for _, m := range channel.value.(object).object("messages") {
			if there.object("messages").get(m.name) == nil {
				all = append(all, fmt.Sprintf("%s is no longer on the topic %s", m.name, channel.name))
			}
		}
	}
	for _, o := range before.object("operations") {
		if now.object("operations").get(o.name) == nil {
			all = append(all, "the operation "+o.name+" is gone")
		}
	}
	return all
}

// TestWhatIsTakenAwayIsFound: each kind of change that would break someone, made to what is published now.
func TestWhatIsTakenAwayIsFound(t *testing.T) {
	edit := func(file, was, is string) map[string]object {
		text := string(compact(files()[file]))
		require.Contains(t, text, was, file)
		all := maps.Clone(files())
		all[file] = tree(t, []byte(strings.Replace(text, was, is, 1)))
		return all
	}
	account, usage, ledger, alert := "account.defined.json", "usage.recorded.json", "ledger.entry.json", "alert.json"
	for want, now := range map[string]map[string]object{
		"usage.recorded.quantity: is gone":                                         edit(usage, `"quantity":{`, `"amount":{`),
		"usage.recorded: a new required field: quantity":                           edit(usage, `"required":["account","channel",`, `"required":["account","channel","quantity",`),
		"usage.recorded: another alternative in oneOf":                             edit(usage, `{"required":["cost"],`, `{"required":["cost","quantity"],`),
		"usage.recorded: a narrower maxProperties":                                 edit(usage, `"maxProperties":1000`, `"maxProperties":999`),
		"usage.recorded: a new minProperties":                                      edit(usage, `"maxProperties":1000`, `"minProperties":1,"maxProperties":1000`),
		"usage.recorded.account: a narrower maxLength":                             edit(commonFile, `"maxLength":1024`, `"maxLength":1023`),
		"usage.recorded.account: a narrower minLength":                             edit(commonFile, `"minLength":1`, `"minLength":2`),
		"usage.recorded.account: another pattern":                                  edit(commonFile, `"pattern":"^[^`, `"pattern":"^[^x`),
		"usage.recorded.account: a type that is no longer taken: string":           edit(commonFile, `"type":"string","minLength":1`, `"type":"number","minLength":1`),
		"usage.recorded.quantity: a narrower exclusiveMaximum":                     edit(commonFile, `"type":["string","number","null"],"maxLength":64,"pattern":"^0*[0-9]{1,12}(\\.[0-9]{1,9})?$","minimum":0,"exclusiveMaximum":1000000000000`, `"type":["string","number","null"],"maxLength":64,"pattern":"^0*[0-9]{1,12}(\\.[0-9]{1,9})?$","minimum":0,"exclusiveMaximum":1000000`),
		"account.defined.kind: a word that is gone: agency_wallet":                 edit(account, `["wallet","agency_wallet",`, `["wallet",`),
		"account.defined.plan: only some words are taken now":                      edit(account, `"plan":{`, `"plan":{"enum":["gold"],`),
		"account.defined.contacts[]: a narrower maxLength":                         edit(account, `"items":{"$ref":"common.json#/$defs/name"}`, `"items":{"type":"string","minLength":1,"maxLength":100,"pattern":"^[^\\x00-\\x1F\\x7F-\\x9F]*$"}`),
		"account.defined.contacts: a narrower maxItems":                            edit(account, `"maxItems":1000`, `"maxItems":10`),
		"account.defined.account: another not":                                     edit(account, `"not":{"pattern":"^(world:`, `"not":{"pattern":"^(a|world:`),
		"org.defined.multipliers.*: a narrower minimum":                            edit(commonFile, `"type":["string","number"],"maxLength":64,"pattern":"^0*[0-9]{1,12}(\\.[0-9]{1,9})?$","minimum":0`, `"type":["string","number"],"maxLength":64,"pattern":"^0*[0-9]{1,12}(\\.[0-9]{1,9})?$","minimum":1`),
		"plan.defined.rate_cards.*.tiers[]: a new required field: up_to":           edit("plan.defined.json", `"required":["unit_price"],"properties":{"up_to"`, `"required":["unit_price","up_to"],"properties":{"up_to"`),
		"plan.defined.rate_cards.*.mode: a word that is gone: whole_volume":        edit("plan.defined.json", `"whole_volume",`, ``),
		"usage.recorded.currency: the word if is new here: say how it is compared": edit(usage, `"currency":{`, `"currency":{"if":{},`),
		"headers event: a new required field: ce_time":                             edit(headersFile, `"ce_source","ce_type"]`, `"ce_source","ce_type","ce_time"]`),
		"headers ledger.purser_mark: is gone":                                      edit(headersFile, `"purser_mark":{`, `"purser_seal":{`),
		"headers ledger.ce_type: a word that is gone: ledger.entry":                edit(headersFile, `"const":"ledger.entry"`, `"const":"ledger"`),
		"ledger.entry.balances[].purchased: is gone":                               edit(ledger, `"purchased":{`, `"bought":{`),
		"ledger.entry: no longer always there: recorded_at":                        edit(ledger, `,"recorded_at"],"properties"`, `],"properties"`),
		"ledger.entry: a new required field: currency":                             edit(ledger, `"recorded_at"],"properties"`, `"recorded_at","currency"],"properties"`),
		"ledger.entry.entry: a new type: string":                                   edit(ledger, `"type":"integer","minimum":1`, `"type":["integer","string"],"minimum":1`),
		"ledger.entry.entry: a wider minimum":                                      edit(ledger, `"type":"integer","minimum":1`, `"type":"integer","minimum":0`),
		"ledger.entry.result: a word that is gone: waiting":                        edit(ledger, `"waiting",`, ``),
		"ledger.entry.result: any word is written now":                             edit(ledger, `"enum":["applied","refused","waiting","expired"]`, `"examples":[]`),
		"ledger.entry.postings[].amount: another pattern":                          edit(commonFile, `\\.[0-9]{6}$"},"written_balance"`, `\\.[0-9]{2}$"},"written_balance"`),
		"alert.key: a type that is no longer taken: string":                        edit(alert, `"key":{"description":"The same whenever the same crossing is told again, and the record's ce_id: a receiver tells a repeat by it.","type":"string"`, `"key":{"type":"integer"`),
	} {
		require.Contains(t, takenAway(files(), now), want)
	}
	gone := maps.Clone(files())
	delete(gone, usage)
	require.Equal(t, []string{"usage.recorded.json is gone"}, takenAway(files(), gone))

	// What only adds is not reported.
	for what, now := range map[string]map[string]object{
		"a field":                  edit(usage, `"quantity":{`, `"note":{"type":"string"},"quantity":{`),
		"a word":                   edit(account, `["wallet","agency_wallet",`, `["wallet","agency_wallet","customer_account",`),
		"an alternative":           edit(account, `"oneOf":[{"properties":{"kind":`, `"oneOf":[{"properties":{"kind":{"enum":["customer_account"]}}},{"properties":{"kind":`),
		"a longer list":            edit(account, `"maxItems":1000`, `"maxItems":2000`),
		"a field that may be left": edit(usage, `"required":["account","channel","currency"]`, `"required":["account","channel"]`),
		"a field of an output":     edit(ledger, `"properties":{"entry":{`, `"properties":{"note":{"type":"string"},"entry":{`),
		"a word of an output":      edit(ledger, `"expired"]`, `"expired","pending"]`),
		"another description":      edit(usage, `"description":"The wallet that pays (R3.1)."`, `"description":"Who pays."`),
	} {
		require.Empty(t, takenAway(files(), now), what)
	}
}

// TestATopicThatIsGoneIsFound, or a type that moved.
func TestATopicThatIsGoneIsFound(t *testing.T) {
	document := AsyncAPI()
	without := func(was, is string) []string {
		require.Contains(t, string(document), was)
		return channelsTakenAway(tree(t, document), tree(t, []byte(strings.ReplaceAll(string(document), was, is))))
	}
	require.Empty(t, channelsTakenAway(tree(t, document), tree(t, document)))
	require.Equal(t, []string{"the topic usage is gone"}, without(`"usage": {`, `"consumption": {`))
	require.Equal(t, []string{"usage.recorded is no longer on the topic usage"}, without(`"usage.recorded": {`, `"usage.noted": {`))
	require.Equal(t, []string{"the operation send-" + topics.Alert + " is gone"}, without(`"send-alert": {`, `"emit-alert": {`))
}
