package scenario

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"purser/processors/core"
	"purser/topics"
	"purser/topics/contract"
)

// chapter is one type of event with the number of its examples.
type chapter struct {
	kind     string
	examples int
}

// chapters are the order in which the published examples of input events make sense. A new type goes where its examples can be
// applied after those before it.
var chapters = []chapter{
	{topics.TypeOrgDefined, 2},
	{topics.TypePlanDefined, 2},
	{topics.TypeFXRateDefined, 1},
	{topics.TypeCustomerSettings, 1},
	{topics.TypeAccountDefined, 7}, // the third is low from the beginning: invoice 1 goes out
	{topics.TypeTeamDefined, 2},
	{topics.TypeMemberJoined, 1},
	{topics.TypeMemberLeft, 1},
	{topics.TypeLicencePurchased, 1},
	{topics.TypeTeamRemoved, 1},
	{topics.TypeFundingRequested, 1}, // invoice 2
	{topics.TypeInvoicePaid, 1},
	{topics.TypeInvoiceVoided, 1},
	{topics.TypeTransferRequested, 1},
	{topics.TypePaymentReceived, 1},
	{topics.TypeCreditsGranted, 1},
	{topics.TypeCampaignDefined, 2},
	{topics.TypeUserDefined, 3},
	{topics.TypeSpendingDefined, 2},
	{topics.TypeSpendingSwitched, 2},
	{topics.TypeBudgetsSet, 1},
	{topics.TypeBudgetsImported, 1},
	{topics.TypeSpendingCopied, 1},
	{topics.TypeSendRequested, 3},
	{topics.TypeSendAdjusted, 1},
	{topics.TypeSendApproved, 1},
	{topics.TypeSendDeclined, 1},
	{topics.TypeSendCancelled, 1},
	{topics.TypeCampaignRemoved, 1},
	{topics.TypeOrderPlaced, 2},
	{topics.TypeSpendQuoted, 2},
	{topics.TypeOrderCancelled, 1},
	{topics.TypeSpendingRemoved, 1},
	{topics.TypeUserRemoved, 1},
	{topics.TypeTransactionRecorded, 7},
	{topics.TypeTransactionPosted, 1},
	{topics.TypeTransactionDiscarded, 1},
	{topics.TypeCreditRequested, 1},
	{topics.TypeCustomerStatus, 3},
	{topics.TypePeriodsDefined, 1},
	{topics.TypePeriodDraftsPosted, 1},
	{topics.TypePeriodCorrected, 1},
	{topics.TypePeriodCloseRequested, 1},
	{topics.TypeUsageRecorded, 2},
	{topics.TypeUsageCorrected, 3},
	{topics.TypeUsageVoided, 2},
	{topics.TypeRechargeRequested, 2}, // the wallet's recharges 2 and 3: it is low from the beginning
	{topics.TypeAttemptResolved, 2},
	{topics.TypeCreditsRemoved, 1},
	{topics.TypePaymentRefunded, 2},
	{topics.TypeTick, 1},
	{topics.TypeContinue, 1},
	{topics.TypeResume, 1},
	{topics.TypePlanRemoved, 1},
	{topics.TypeAccountRemoved, 1},
}

// apart are examples that cannot be applied after the others, with what comes of them then.
var apart = map[string]string{
	topics.TypeAccountRemoved: string(core.InUse), // the agency's wallet has paid for the usage
}

// wait are examples about usage, or a send, that is not among the others (R6.5).
var wait = []string{topics.TypeUsageCorrected, topics.TypeUsageVoided, topics.TypeSendDeclined}

// TestPublishedExamplesAreDecided: one after the other, by the engine.
func TestPublishedExamplesAreDecided(t *testing.T) {
	w := newWorld()
	for _, chapter := range chapters {
		bodies := examplesOf(t, chapter.kind)
		require.Len(t, bodies, chapter.examples, chapter.kind)
		for i, body := range bodies {
			r := exampleRecord(chapter.kind, i, body)
			if r.typ == topics.TypeTick {
				require.NoError(t, w.moveClock(tickOf(t, body)))
			}
			all, err := w.receive(&r)
			require.NoError(t, err, "%s: %s", chapter.kind, body)
			require.NotEmpty(t, all, chapter.kind)
			last := all[len(all)-1]
			switch {
			case r.topic == topics.RefillTick:
				require.NotEqual(t, deadLetter, last.Result, "%s: %+v", body, last)
			case slices.Contains(wait, chapter.kind):
				require.Equal(t, core.Waiting.String(), last.Result, "%s: %+v", body, last)
			case apart[chapter.kind] != "":
				require.Equal(t, apart[chapter.kind], last.Reason, "%s: %+v", body, last)
			default:
				require.Equal(t, core.Applied.String(), last.Result, "%s: %+v", body, last)
			}
		}
	}
	for _, topic := range contract.Topics {
		for _, m := range topic.Messages {
			told := slices.ContainsFunc(chapters, func(c chapter) bool { return c.kind == m.Type })
			require.Equal(t, topic.Input, told, "%s on %s: chapters (internal/scenario/examples_test.go) has each type of the inputs", m.Type, topic.Name)
		}
	}
}

// TestAnAccountOfTheExamplesIsRemoved where nothing has used it, and no card is charged for it.
func TestAnAccountOfTheExamplesIsRemoved(t *testing.T) {
	w := newWorld()
	take := func(kind string, i int, body []byte) {
		t.Helper()
		r := exampleRecord(kind, i, body)
		all, err := w.receive(&r)
		require.NoError(t, err)
		require.Equal(t, core.Applied.String(), all[len(all)-1].Result, "%s: %+v", body, all)
	}
	take(topics.TypeOrgDefined, 0, examplesOf(t, topics.TypeOrgDefined)[0])
	take(topics.TypeAccountDefined, 0, []byte(`{"account": "agency", "kind": "agency_wallet"}`))
	take(topics.TypeAccountRemoved, 0, examplesOf(t, topics.TypeAccountRemoved)[0])
}

func examplesOf(t *testing.T, kind string) []json.RawMessage {
	t.Helper()
	text, ok := contract.Schema(kind)
	require.True(t, ok, kind)
	var schema struct{ Examples []json.RawMessage }
	require.NoError(t, json.Unmarshal(text, &schema))
	return schema.Examples
}

func exampleRecord(kind string, i int, body []byte) record {
	topic := ""
	for _, t := range contract.Topics {
		if slices.ContainsFunc(t.Messages, func(m contract.Message) bool { return m.Type == kind }) {
			topic = t.Name
		}
	}
	return record{topic: topic, key: "acme", typ: kind, source: "examples", id: kind + string(rune('a'+i)), value: body}
}

func tickOf(t *testing.T, body []byte) time.Time {
	var tick topics.TickBody
	require.NoError(t, json.Unmarshal(body, &tick))
	at, err := time.Parse(time.RFC3339, tick.Time)
	require.NoError(t, err)
	return at
}

// TestScenariosKeepToTheSchemas: what a scenario sends that the engine takes, the published schema takes too.
func TestScenariosKeepToTheSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{}
	for _, chapter := range chapters {
		text, _ := contract.Schema(chapter.kind)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource("mem:///schema", doc))
		schemas[chapter.kind], err = c.Compile("mem:///schema")
		require.NoError(t, err)
	}
	checked := 0
	everyRecord(t, func(path string, r *record) {
		s := schemas[r.typ]
		if s == nil || r.structured {
			return
		}
		var ev core.Event
		if topics.NewDecoder().Decode(r.input(), r.kafka(0, dawn), &ev) != nil {
			return
		}
		body, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.value))
		require.NoError(t, err, "%s: %s", path, r.value)
		require.NoError(t, s.Validate(body), "%s: %s", path, r.value)
		checked++
	})
	require.Greater(t, checked, 100)
}

// everyRecord calls f with each record that the scenario files send; of one that is repeated, with the first.
func everyRecord(t *testing.T, f func(path string, r *record)) {
	t.Helper()
	paths, err := filepath.Glob(folder + "/*.txt")
	require.NoError(t, err)
	for _, path := range paths {
		file, err := ParseFile(path)
		require.NoError(t, err)
		by := newScribe()
		for i := range file.Steps {
			if s := &file.Steps[i]; s.Kind != StepClock && s.Kind != StepCheck {
				records, err := by.records(s.words, s.json)
				require.NoError(t, err)
				f(path, &records[0])
			}
		}
	}
}
