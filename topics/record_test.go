package topics

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

func drawBytes(t *rapid.T, label string) []byte {
	if rapid.Bool().Draw(t, label+" is none") {
		return nil
	}
	b := rapid.SliceOf(rapid.Byte()).Draw(t, label)
	if b == nil {
		b = []byte{}
	}
	return b
}

// A parked event must come back as the record that it was: to the byte, with none and empty told apart.
func TestStoredRecordComesBackWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rec := &kgo.Record{
			Topic:     rapid.String().Draw(t, "topic"),
			Partition: rapid.Int32Min(0).Draw(t, "partition"),
			Offset:    rapid.Int64Min(0).Draw(t, "offset"),
			Timestamp: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC(),
			Key:       drawBytes(t, "key"),
			Value:     drawBytes(t, "value"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "headers") {
			rec.Headers = append(rec.Headers, kgo.RecordHeader{
				Key: rapid.String().Draw(t, "header"), Value: drawBytes(t, "header value"),
			})
		}
		stored := AppendRecord(nil, rec)
		back, err := ReadRecord(stored)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(rec, back) {
			t.Fatalf("stored %+v\nread   %+v", rec, back)
		}
		if n := rapid.IntRange(0, len(stored)-1).Draw(t, "cut"); true {
			if _, err := ReadRecord(stored[:n]); err == nil {
				t.Fatalf("read a record that was cut to %d of %d bytes", n, len(stored))
			}
		}
		if _, err := ReadRecord(append(stored, 0)); err == nil {
			t.Fatal("read a record with a byte too many")
		}
	})
}

func TestStoredRecordOfAnotherVersionIsRefused(t *testing.T) {
	stored := AppendRecord(nil, &kgo.Record{Topic: Usage, Timestamp: time.Unix(0, 0)})
	stored[0]++
	if _, err := ReadRecord(stored); err == nil {
		t.Fatal("a version from the future was read")
	}
}

func TestStoredRecordIsBounded(t *testing.T) {
	if _, err := ReadRecord(make([]byte, MaxStoredRecordBytes+1)); !errors.Is(err, errRecordSize) {
		t.Fatalf("err = %v", err)
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add(AppendRecord(nil, &kgo.Record{Topic: Usage, Key: []byte("acme"), Value: []byte("{}"), Timestamp: time.Unix(1, 0),
		Headers: []kgo.RecordHeader{{Key: "ce_id", Value: []byte("1")}, {Key: "", Value: nil}}}))
	f.Add([]byte{recordVersion, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := ReadRecord(b)
		if err != nil {
			return
		}
		again, err := ReadRecord(AppendRecord(nil, rec))
		if err != nil || !reflect.DeepEqual(rec, again) {
			t.Fatalf("%+v came back as %+v, %v", rec, again, err)
		}
	})
}
