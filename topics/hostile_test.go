package topics_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/sinks"
	"purser/state"
	"purser/topics"
)

// What one input may cost, whatever is in it.
const (
	mostTime   = 50 * time.Millisecond
	mostMemory = 16 << 20
)

const size = topics.MaxRecordBytes - 256 // of a value, with room for key and headers

// fill repeats a part between a beginning and an end, up to the size.
func fill(begin, part, end string) []byte {
	n := (size - len(begin) - len(end)) / len(part)
	return []byte(begin + strings.Repeat(part, n) + end)
}

// numbered is fill with parts that differ.
func numbered(begin, part, end string) []byte {
	b := []byte(begin)
	for i := 0; len(b)+len(part)+len(end)+12 < size; i++ {
		b = fmt.Appendf(b, part, i)
	}
	return append(b, end...)
}

// bodies are the worst shapes of JSON that anyone has thought of.
func bodies() map[string][]byte {
	shapes := map[string][]byte{
		"deep lists":               fill("", "[", ""),
		"deep objects":             fill("", `{"a":`, ""),
		"deep, within a field":     fill(`{"x":`, "[", ""),
		"many fields":              numbered(`{"a":0`, `,"f%d":1`, "}"),
		"one name again and again": fill(`{"a":0`, `,"account":"w"`, "}"),
		"unknown names, the same":  fill(`{"a":0`, `,"x":1`, "}"),
		"a long number":            fill(`{"cost":`, "9", "}"),
		"a long number, quoted":    fill(`{"cost":"`, "9", `"}`),
		"a long fraction":          fill(`{"cost":"0.`, "0", `1"}`),
		"an exponent":              fill(`{"cost":1e`, "9", "}"),
		"a long string":            fill(`{"account":"`, "a", `"}`),
		"escapes":                  fill(`{"account":"`, `\u0061`, `"}`),
		"surrogates":               fill(`{"account":"`, `\ud83d\ude00`, `"}`),
		"escapes in a name":        fill(`{"`, `\u0061`, `":1}`),
		"bad UTF-8":                fill(`{"account":"`, "\xff", `"}`),
		"a huge list":              fill(`{"contacts":["a"`, `,"a"`, "]}"),
		"a huge list of lists":     fill(`{"contacts":[[]`, `,[]`, "]}"),
		"many multipliers":         numbered(`{"multipliers":{"a":"1"`, `,"c%d":"1"`, "}}"),
		"many rate cards":          numbered(`{"rate_cards":{"a":{"unit_price":"1"}`, `,"c%d":{"unit_price":"1"}`, "}}"),
		"many tiers":               numbered(`{"rate_cards":{"a":{"mode":"graduated","tiers":[{"up_to":"1","unit_price":"1"}`, `,{"up_to":"%d","unit_price":"1"}`, "]}}}"),
		"many lines of a send":     numbered(`{"lines":[{"item":"a","unit_price":"1"}`, `,{"item":"i%d","unit_price":"1"}`, "]}"),
		"white space":              fill("{", " ", "}"),
		"white space at the end":   fill("{}", "\n", ""),
		"nothing but text":         fill("", "x", ""),
		"nothing but zeros":        fill("", "\x00", ""),
		"many documents":           fill("", "{}", ""),
		"a long time":              fill(`{"time":"2026-01-01T00:00:00.`, "0", `Z"}`),
	}
	for name, body := range maps.Clone(shapes) {
		if bytes.HasPrefix(body, []byte("{")) {
			const begin = `{"specversion":"1.0","id":"1","source":"s","type":"account.defined","data":`
			shapes["structured: "+name] = append([]byte(begin), append(body[:min(len(body), size-len(begin)-1):min(len(body), size-len(begin)-1)], '}')...)
		}
	}
	encoded := `{"specversion":"1.0","id":"1","source":"s","type":"account.defined","data_base64":"` // of a body that begins with an object
	shapes["structured: base64"] = []byte(encoded + "eyJh" + strings.Repeat("AAAA", (size-len(encoded)-6)/4) + `"}`)
	return shapes
}

// valid are the largest events that are taken: the bounds of lists and strings, used up.
func valid() map[string][]byte {
	text := func(i int) string { return fmt.Sprintf("%0*d", 1000, i) }
	var contacts, multipliers []string
	for i := range 1000 {
		contacts = append(contacts, `"`+text(i)+`"`)
		multipliers = append(multipliers, `"`+text(i)+`":"1.25"`)
	}
	list := strings.Join(contacts, ",")
	return map[string][]byte{
		topics.TypeAccountDefined: []byte(`{"account":"w","kind":"wallet","currency":"USD","contacts":[` + list + `]}`),
		topics.TypeOrgDefined:     []byte(`{"currency":"USD","multipliers":{` + strings.Join(multipliers, ",") + `}}`),
		topics.TypePlanDefined:    []byte(`{"plan":"p","multipliers":{` + strings.Join(multipliers, ",") + `}}`),
	}
}

func event(kind string, body []byte, headers ...kgo.RecordHeader) (input int, rec *kgo.Record) {
	topic := topics.Account
	switch kind {
	case topics.TypeUsageRecorded, topics.TypeUsageVoided, topics.TypeUsageCorrected:
		topic = topics.Usage
	case topics.TypePaymentReceived, topics.TypeAttemptResolved, topics.TypePaymentRefunded:
		topic = topics.PaymentResult
	case topics.TypeTick, topics.TypeContinue:
		topic = topics.RefillTick
	}
	rec = &kgo.Record{Topic: topic, Key: []byte("org"), Value: body, Timestamp: time.Unix(1_789_000_000, 0), Headers: headers}
	if headers == nil {
		for _, h := range [][2]string{{"ce_specversion", "1.0"}, {"ce_id", "1"}, {"ce_source", "s"}, {"ce_type", kind}, {"content-type", "application/json"}} {
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
		}
	}
	return topics.InputIndex(topic), rec
}

var everyType = []string{
	topics.TypeUsageRecorded, topics.TypeOrgDefined, topics.TypePlanDefined, topics.TypePlanRemoved, topics.TypeAccountDefined, topics.TypeAccountRemoved,
	topics.TypeCreditsGranted, topics.TypeFXRateDefined, topics.TypePaymentReceived, topics.TypeTick, topics.TypeContinue,
	topics.TypeRechargeRequested, topics.TypeAttemptResolved, topics.TypeCreditsRemoved, topics.TypePaymentRefunded,
	topics.TypeUsageVoided, topics.TypeUsageCorrected,
	topics.TypeCampaignDefined, topics.TypeCampaignRemoved, topics.TypeSendRequested, topics.TypeSendApproved, topics.TypeSendDeclined,
	topics.TypeSendAdjusted, topics.TypeSendCancelled,
	topics.TypeSpendingDefined, topics.TypeSpendingSwitched, topics.TypeSpendingCopied, topics.TypeBudgetsSet, topics.TypeBudgetsImported, topics.TypeUserDefined, topics.TypeOrderPlaced, topics.TypeOrderCancelled, topics.TypeSpendQuoted,
}

// take is what a task does with a record before any rule: decode it, keep it where it waits, and write the dead letter where
// it is refused.
func take(input int, rec *kgo.Record) (bad *topics.Rejection) {
	var ev core.Event
	if bad = topics.NewDecoder().Decode(input, rec, &ev); bad != nil {
		sinks.NewEncoder(topics.Names{}).DeadLetter(rec, bad.Reason, bad.Text(), 0, false)
		return bad
	}
	if _, err := topics.ReadRecord(topics.AppendRecord(nil, rec)); err != nil {
		panic(err)
	}
	return nil
}

// costs runs f until it was cheap enough once: what else runs in this process adds to it, and never takes away. It is the processor's
// time that counts, because what others do on this machine is not f's fault.
func costs(t *testing.T, what string, f func()) {
	t.Helper()
	const tries = 8
	took, used := time.Duration(1<<62), uint64(1<<62)
	for range tries {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := processorTime(t)
		f()
		took = min(took, processorTime(t)-began)
		runtime.ReadMemStats(&after)
		used = min(used, after.TotalAlloc-before.TotalAlloc)
		if took <= mostTime && used <= mostMemory {
			return
		}
	}
	t.Errorf("%s costs %v and %d KiB", what, took, used>>10)
}

// processorTime is what this process has used of it.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestNoInputCostsMuch gives every shape to every decoder of input, as a body of every type, and the most that is taken.
func TestNoInputCostsMuch(t *testing.T) {
	shapes := bodies()
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		for _, kind := range everyType {
			input, rec := event(kind, shapes[name])
			if strings.HasPrefix(name, "structured") {
				rec.Headers = []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json")}}
				if kind != topics.TypeAccountDefined {
					continue
				}
			}
			costs(t, kind+", "+name, func() { take(input, rec) })
		}
	}
	for kind, body := range valid() {
		input, rec := event(kind, body)
		if bad := take(input, rec); bad != nil {
			t.Errorf("%s is not taken: %+v", kind, bad)
		}
		costs(t, kind+", as large as is taken", func() { take(input, rec) })
	}
}

// TestNoHeadersCostMuch: a record's headers are as many as its bytes allow. A dead letter keeps all of them, so that it costs one
// list of them more: that is what the client library makes of them too, before anyone here sees the record.
func TestNoHeadersCostMuch(t *testing.T) {
	repeat := func(key, value string) []kgo.RecordHeader {
		h := kgo.RecordHeader{Key: key, Value: []byte(value)}
		return slices.Repeat([]kgo.RecordHeader{h}, topics.MaxRecordBytes/(len(key)+len(value)+2))
	}
	for name, headers := range map[string][]kgo.RecordHeader{
		"empty": repeat("", ""), "of one letter": repeat("x", ""), "our own": repeat(topics.HeaderReason, "x"), "one again and again": repeat("ce_id", "1"),
		"one that is long": {{Key: strings.Repeat("k", 1000), Value: bytes.Repeat([]byte("v"), size-1000)}},
		"replays":          repeat(topics.HeaderReplay, "0/1"),
	} {
		input, rec := event(topics.TypeUsageRecorded, []byte("{}"), headers...)
		costs(t, "headers, "+name, func() {
			var ev core.Event
			topics.NewDecoder().Decode(input, rec, &ev)
			topics.ReplayOf(rec, 0)
			topics.AppendRecord(nil, rec)
		})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		sinks.NewEncoder(topics.Names{}).DeadLetter(rec, "reason", "detail", 0, false)
		runtime.ReadMemStats(&after)
		oneList := uint64(len(headers)) * uint64(unsafe.Sizeof(kgo.RecordHeader{}))
		if used := after.TotalAlloc - before.TotalAlloc; used > oneList+1<<20 {
			t.Errorf("the dead letter of headers, %s, costs %d KiB, and a list of them is %d KiB", name, used>>10, oneList>>10)
		}
	}
}

// TestNoStoredValueCostsMuch gives the decoders of what stores and topics hold values that claim to be larger than they are.
func TestNoStoredValueCostsMuch(t *testing.T) {
	values := map[string][]byte{
		"zeros": make([]byte, topics.MaxRecordBytes), "ones": bytes.Repeat([]byte{1}, topics.MaxRecordBytes), "0xff": bytes.Repeat([]byte{0xff}, topics.MaxRecordBytes),
		"text": bytes.Repeat([]byte("a"), topics.MaxRecordBytes),
	}
	for name, v := range maps.Clone(values) {
		for _, n := range []uint64{1 << 10, 1 << 20, 1 << 40, 1<<64 - 1} { // a plausible beginning, and then a count
			begin := binary.AppendUvarint([]byte{1, 1}, n)
			values[fmt.Sprintf("%s after the number %d", name, n)] = append(begin, v[len(begin):]...)
		}
	}
	keys := []string{
		core.ProgressKey, "a\x1fo\x1fi", "o\x1fo", "p\x1fo\x1fp", "x\x1fo\x1fEURUSD", "q\x1fo\x1fa", "w\x1fo\x1fa\x1f0000000000000001",
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		costs(t, "a stored record, "+name, func() { _, _ = topics.ReadRecord(value) })
		costs(t, "a mark, "+name, func() { _, _ = topics.ReadMark(value) })
		for _, key := range keys {
			for version := range byte(4) {
				value := append([]byte{version}, value[1:]...)
				costs(t, fmt.Sprintf("cell %q, version %d, %s", key, version, name), func() { _, _ = state.DecodeCell(key, value, nil) })
			}
		}
	}
}
