package contract

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// headerValues are what each header of an event is tried with.
var headerValues = []string{
	"", "x", "1.0", "0.3", "1", "é", "a\x00b", "a\u0085b", strings.Repeat("x", 1024), strings.Repeat("x", 1025), topics.TypeUsageRecorded,
	"2026-03-01T00:00:00Z", "2026-03-01T00:00:00+24:00", "2026-03-01", "2026-03-01T00:00:00.1234567890123456789Z", "2026-03-01T00:00:00.12345678901234567890Z",
	"application/json", "text/json",
}

// TestHeadersAgreeWithTheDecoder: with each header left out, and with each value of each.
func TestHeadersAgreeWithTheDecoder(t *testing.T) {
	body, _ := schemaOf(topics.TypeUsageRecorded)
	taken := topics.NewEvent(topics.Usage, "acme", "billing", "evt-1", topics.TypeUsageRecorded, topics.TimeOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)), struct{}{})
	taken.Value = compact(body.list("examples")[0])
	j := mustJudge(t, headersFile+defs+headersEvent)
	for _, m := range headersOf(headersEvent).object.object("properties") {
		if !slices.ContainsFunc(taken.Headers, func(h kgo.RecordHeader) bool { return h.Key == m.name }) {
			require.Equal(t, topics.HeaderReplay, m.name, "a header that this test does not send")
		}
	}
	for i := range taken.Headers {
		rec := *taken
		rec.Headers = slices.Delete(slices.Clone(taken.Headers), i, i+1)
		headersAgree(t, j, &rec)
		for _, value := range headerValues {
			rec.Headers = slices.Clone(taken.Headers)
			rec.Headers[i].Value = []byte(value)
			headersAgree(t, j, &rec)
		}
	}
}

func headersAgree(t *testing.T, j judge, rec *kgo.Record) {
	t.Helper()
	headers := map[string]string{}
	for _, h := range rec.Headers {
		headers[h.Key] = string(h.Value)
	}
	text, err := json.Marshal(headers)
	require.NoError(t, err)
	var ev core.Event
	bad := topics.NewDecoder().Decode(topics.InputIndex(rec.Topic), rec, &ev)
	refusal := j.refusal(text)
	if bad != nil && refusal == nil {
		// Which types a topic takes is in the table, and which media types are JSON in the documents.
		require.True(t, bad.Reason == topics.ReasonUnknownType || bad.Field == "content-type", "%s: the schema takes it: %s", text, bad.Text())
		return
	}
	require.Equal(t, bad == nil, refusal == nil, "%s: %+v, %v", text, bad, refusal)
}
