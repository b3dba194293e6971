package contract

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/topics"
)

func described(t *testing.T, name string) string {
	t.Helper()
	var b strings.Builder
	require.True(t, Describe(&b, name), name)
	return b.String()
}

// TestEverythingIsDescribed: each topic with its key, each type on it, each header and each field, with what it means.
func TestEverythingIsDescribed(t *testing.T) {
	all := oneLine(described(t, ""))
	for _, topic := range Topics {
		require.Contains(t, all, "TOPIC "+topic.Name+",")
		require.Contains(t, all, oneLine("Key: "+topic.Key))
		for _, m := range topic.Messages {
			ofFields(t, all, headersOf(m.Headers), "")
			if m.Type != "" {
				require.Contains(t, all, "TYPE "+m.Type+" on "+topic.Name)
				ofFields(t, oneLine(described(t, m.Type)), mustSchema(t, m.Type), "")
			}
		}
	}
}

func ofFields(t *testing.T, text string, s node, path string) {
	t.Helper()
	s = s.resolved()
	for _, m := range s.object.object("properties") {
		field := s.at("properties").at(m.name)
		require.Contains(t, text, " "+path+m.name+": ")
		require.Contains(t, text, oneLine(field.text("description")))
		ofFields(t, text, field, path+m.name+".")
		if items := field.resolved().at("items"); items.object != nil {
			ofFields(t, text, items, path+m.name+"[].")
		}
		if entries := field.resolved().at("additionalProperties"); entries.object != nil {
			ofFields(t, text, entries, path+m.name+".*.")
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestATypeInWords is what someone reads who has to write one.
func TestATypeInWords(t *testing.T) {
	text := oneLine(described(t, topics.TypePlanDefined))
	for _, part := range []string{
		"TOPIC account, read by purser", "ce_type: always \"plan.defined\" (required)", "content-type: string, at most 1024 bytes",
		"plan: string (required) The plan's id, unique within the org. 1 to 1024 bytes of UTF-8 without control characters. For example \"gold\".",
		"rate_cards: map, at most 1000 entries, each: object",
		"rate_cards.*.mode: one of graduated, whole_volume", "rate_cards.*.tiers: list, at most 1000 entries, each: object",
		"rate_cards.*.tiers[].up_to: decimal, as a string or a number", "For example \"1000\".", "exactly one of unit_price, tiers",
		"or {\"plan\": \"silver\"}",
	} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, "usage.recorded", "another type")
	for _, line := range strings.Split(described(t, ""), "\n") {
		require.LessOrEqual(t, len(line), width, line)
	}
}

func TestWhatIsNotThereIsNotDescribed(t *testing.T) {
	for _, name := range []string{"nonsense", "common", "headers"} {
		var b strings.Builder
		require.False(t, Describe(&b, name))
		require.Empty(t, b.String())
	}
	require.Contains(t, Names(), topics.TypeLedgerEntry)
	require.NotContains(t, Names(), "")
}
