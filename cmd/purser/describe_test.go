package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/topics"
	"purser/topics/contract"
)

// TestTheContractIsPrinted for people and for machines, and asks no server.
func TestTheContractIsPrinted(t *testing.T) {
	t.Setenv("PURSER_KAFKA_BROKERS", "127.0.0.1:1")
	require.Contains(t, must(t, "topics", "describe"), "TYPE "+topics.TypeLedgerEntry+" on ledger")
	require.NotContains(t, must(t, "topics", "describe", topics.Usage), "TOPIC "+topics.Ledger)
	require.Contains(t, must(t, "topics", "describe", topics.TypeTick), "TOPIC "+topics.RefillTick)
	require.Equal(t, string(contract.AsyncAPI()), must(t, "topics", "describe", "--json"))
	var schema struct{ Title string }
	require.NoError(t, json.Unmarshal([]byte(must(t, "topics", "describe", topics.TypeUsageRecorded, "--json")), &schema))
	require.Equal(t, topics.TypeUsageRecorded, schema.Title)

	_, _, err := purser(t, "topics", "describe", "usage.guessed")
	require.ErrorContains(t, err, `"usage.guessed" is neither a topic nor a type of event: expected one of send, send.requested`)
	_, _, err = purser(t, "topics", "describe", topics.Usage, "--json")
	require.ErrorContains(t, err, `"usage" is no type of event that has a schema`)
	require.True(t, strings.HasSuffix(must(t, "topics", "describe", "--json"), "}\n"))
}
