package contract

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/events.md")
	require.NoError(t, err)
	return string(text)
}

// blocks are the page's blocks of a language.
func blocks(text, language string) []string {
	var all []string
	for _, part := range strings.Split(text, "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		all = append(all, block)
	}
	return all
}

// TestThePagesEventsAreRead: the body and the structured event that docs/events.md shows, and every body of its Python.
func TestThePagesEventsAreRead(t *testing.T) {
	shown := blocks(page(t), "json")
	require.Len(t, shown, 2)
	_, bad := decoded(topics.Usage, topics.TypeUsageRecorded, []byte(shown[0]))
	require.Nil(t, bad)
	var ev core.Event
	structured := &kgo.Record{Topic: topics.Usage, Key: []byte("acme"), Value: []byte(shown[1]), Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json")}}}
	require.Nil(t, topics.NewDecoder().Decode(topics.InputIndex(topics.Usage), structured, &ev))

	python := blocks(page(t), "python")
	require.Len(t, python, 1)
	require.Contains(t, python[0], `"partitioner": "murmur2_random"`)
	sent := 0
	for _, call := range strings.Split(strings.ReplaceAll(python[0], "\n     {", " {"), "\n") {
		arguments, ok := strings.CutPrefix(call, `send("`)
		if !ok {
			continue
		}
		fields := strings.SplitN(strings.TrimSuffix(arguments, ")"), `", "`, 5)
		kind, body, _ := strings.Cut(fields[4], `", `)
		_, bad := decoded(fields[0], kind, []byte(body))
		require.Nil(t, bad, "%s: %+v", call, bad)
		sent++
	}
	require.Equal(t, 4, sent)
}

// TestThePagesPartitions are those that purser computes.
func TestThePagesPartitions(t *testing.T) {
	rows := 0
	for _, line := range strings.Split(page(t), "\n") {
		cells := strings.Split(line, " | ")
		if org, ok := strings.CutPrefix(cells[0], "| `"); ok && len(cells) == 3 {
			org = strings.TrimSuffix(org, "`")
			require.Equal(t, fmt.Sprintf("| `%s` | %d | %d |", org, topics.PartitionOf(org, 16), topics.PartitionOf(org, 64)), line)
			rows++
		}
	}
	require.Equal(t, 5, rows)
}

// TestThePageHasEveryReason, and what it quotes is what is said.
func TestThePageHasEveryReason(t *testing.T) {
	text := page(t)
	for _, reason := range slices.Sorted(maps.Values(constants(t, "..", "Reason", ""))) {
		require.Contains(t, text, "`"+reason+"`")
	}
	_, bad := decoded(topics.Account, topics.TypeAccountDefined, []byte(`{"account":"w","kind":"purse"}`))
	require.Contains(t, text, "    "+bad.Text()+"\n")
	rec := topics.NewEvent(topics.Usage, "acme", "s", "i", topics.TypeUsageRecorded, 0, struct{}{})
	rec.Headers[1].Key = "CE_ID"
	var ev core.Event
	bad = topics.NewDecoder().Decode(topics.InputIndex(topics.Usage), rec, &ev)
	require.Contains(t, text, "    "+bad.Text()+"\n")
}

// TestTheGatewaysPage: the attempt that docs/connect-a-gateway.md shows is one that purser may write, and the results are read.
func TestTheGatewaysPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/connect-a-gateway.md")
	require.NoError(t, err)
	shown := blocks(string(text), "json")
	require.Len(t, shown, 3)
	require.NoError(t, mustJudge(t, fileOf(topics.TypeRechargeAttempt)).refusal([]byte(shown[0])))
	for _, result := range shown[1:] {
		ev, bad := decoded(topics.PaymentResult, topics.TypeAttemptResolved, []byte(result))
		require.Nil(t, bad, "%s: %+v", result, bad)
		require.Equal(t, "loc-1/3/1", ev.Resolved.Attempt)
	}
}

// TestTheConnectorKnowsTheMinorUnits that purser rounds attempts to, all of them and no others.
func TestTheConnectorKnowsTheMinorUnits(t *testing.T) {
	example, err := os.ReadFile("../../docs/examples/gateway.py")
	require.NoError(t, err)
	known := map[string]int{}
	for _, m := range regexp.MustCompile(`dict\.fromkeys\("([A-Z ]+)"\.split\(\), (\d)\)`).FindAllStringSubmatch(string(example), -1) {
		for _, currency := range strings.Fields(m[1]) {
			known[currency] = int(m[2][0] - '0')
		}
	}
	others := map[string]int{}
	for i := range 26 * 26 * 26 {
		code := string([]byte{'A' + byte(i/676), 'A' + byte(i/26%26), 'A' + byte(i%26)})
		currency, err := money.ParseCurrency(code)
		require.NoError(t, err)
		if digits := money.MinorDigits(currency); digits != 2 {
			others[code] = digits
		}
	}
	require.Equal(t, others, known)
}
