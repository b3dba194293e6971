package verify

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// TestTheAuditorOpensEveryEnvelope that the engine takes, to the same body.
func TestTheAuditorOpensEveryEnvelope(t *testing.T) {
	const body = `{"account":"w","channel":"c","cost":"1","currency":"USD"}`
	want := open(topics.NewEvent(topics.Usage, "acme", "s", "1", topics.TypeUsageRecorded, 0, struct{}{}))
	for _, value := range []string{
		`{"specversion":"1.0","source":"s","id":"1","type":"usage.recorded","data":` + body + `}`,
		`{"specversion":"1.0","source":"s","id":"1","type":"usage.recorded","data":` + body + `,"data_base64":null,"time":null}`,
		`{"specversion":"1.0","source":"s","id":"1","type":"usage.recorded","data":null,"data_base64":"eyJhY2NvdW50IjoidyIsImNoYW5uZWwiOiJjIiwiY29zdCI6IjEiLCJjdXJyZW5jeSI6IlVTRCJ9"}`,
	} {
		got := open(&kgo.Record{Value: []byte(value), Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json")}}})
		want.body = []byte(body)
		require.Equal(t, body, string(got.body), value)
		got.body = want.body
		require.Equal(t, want, got, value)
	}
}
