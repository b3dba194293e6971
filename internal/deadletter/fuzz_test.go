package deadletter

import (
	"io"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// FuzzLetter reads a dead letter whose parts anyone may have made up: it can be shown, and its place can be told and read back.
func FuzzLetter(f *testing.F) {
	f.Add("reason", "detail", "usage/3/17", "9", "acme", []byte("{}"), "x", []byte("y"))
	f.Add("", "", "usage/-1/x", "", "\xff", []byte{0}, topics.HeaderReplay, []byte("1/2"))
	f.Fuzz(func(t *testing.T, reason, detail, cause, entry, key string, value []byte, header string, content []byte) {
		rec := &kgo.Record{Partition: 1, Offset: 2, Key: []byte(key), Value: value, Headers: []kgo.RecordHeader{
			{Key: topics.HeaderReason, Value: []byte(reason)}, {Key: topics.HeaderDetail, Value: []byte(detail)},
			{Key: topics.HeaderCause, Value: []byte(cause)}, {Key: topics.HeaderEntry, Value: []byte(entry)}, {Key: header, Value: content},
		}}
		l := letterOf(rec)
		if err := l.Show(io.Discard); err != nil {
			t.Fatal(err)
		}
		if p, o, err := ParsePosition(l.Position()); err != nil || p != 1 || o != 2 {
			t.Fatalf("%s is read back as %d/%d, %v", l.Position(), p, o, err)
		}
		if n, known := l.origin(); known && n < 0 {
			t.Fatalf("the origin of %q is partition %d", cause, n)
		}
		_ = l.Summary()
		_, _, _ = ParsePosition(cause)
	})
}
