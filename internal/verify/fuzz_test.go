package verify

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// FuzzInput lets the auditor read any record: what it cannot read it says, and where it reads a body, twice comes to the same.
func FuzzInput(f *testing.F) {
	f.Add(topics.TypeUsageRecorded, "application/json", "0/1", []byte(`{"account":"w","channel":"c","cost":"1","currency":"USD"}`))
	f.Add("", "application/cloudevents+json", "", []byte(`{"source":"s","id":"1","type":"org.defined","data":{"currency":"USD"}}`))
	f.Add(topics.TypePlanDefined, "", "1/x", []byte(`{"rate_cards":{"a":{"tiers":[{"up_to":1e9}]}}}`))
	f.Fuzz(func(t *testing.T, kind, content, replay string, value []byte) {
		rec := &kgo.Record{Topic: topics.Usage, Key: []byte("acme"), Value: value, Timestamp: time.Unix(0, 0), Headers: []kgo.RecordHeader{
			{Key: "ce_type", Value: []byte(kind)}, {Key: "content-type", Value: []byte(content)}, {Key: topics.HeaderReplay, Value: []byte(replay)},
		}}
		e, again := open(rec), open(rec)
		full, timeless, ok := payloadHash(&e)
		fullAgain, timelessAgain, okAgain := payloadHash(&again)
		if full != fullAgain || timeless != timelessAgain || ok != okAgain {
			t.Fatalf("%q is read in two ways", value)
		}
		c := &Config{}
		if p, ok := c.parsePlace(replay); ok && (p.topic < 0 || p.topic >= len(topics.Inputs)) {
			t.Fatalf("%q is a place in topic %d", replay, p.topic)
		}
	})
}
