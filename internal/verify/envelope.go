package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// identity is this package's own: the first half of a SHA-256 over org, source and id (R2.1).
type identity [16]byte

func identityOf(org, source, id string) identity {
	b := make([]byte, 0, 128)
	for _, s := range [...]string{org, source, id} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	sum := sha256.Sum256(b)
	return identity(sum[:16])
}

// envelope is what CloudEvents says of an input record, in either mode. Nothing is judged here: what is missing is empty.
type envelope struct {
	source, id, kind, at string
	hasAt                bool
	replays              uint64 // entry of the dead letter on its partition that the record replays; 0: none
	body                 []byte
}

func open(r *kgo.Record) envelope {
	e := envelope{body: r.Value}
	structured := false
	for _, h := range r.Headers {
		switch h.Key {
		case "ce_source":
			e.source = string(h.Value)
		case "ce_id":
			e.id = string(h.Value)
		case "ce_type":
			e.kind = string(h.Value)
		case "ce_time":
			e.at, e.hasAt = string(h.Value), true
		case "content-type":
			structured = strings.HasPrefix(strings.ToLower(strings.TrimSpace(string(h.Value))), "application/cloudevents")
		case topics.HeaderReplay:
			e.replays = replayed(string(h.Value), r.Partition)
		}
	}
	if structured {
		e.openStructured(r.Value)
	}
	return e
}

// replayed reads partition/entry; a replay on another partition than its dead letter's is none.
func replayed(s string, partition int32) uint64 {
	p, entry, ok := strings.Cut(s, "/")
	if !ok || p != strconv.Itoa(int(partition)) {
		return 0
	}
	n, err := strconv.ParseUint(entry, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (e *envelope) openStructured(value []byte) {
	var event struct {
		Source string         `json:"source"`
		ID     string         `json:"id"`
		Type   string         `json:"type"`
		Time   *string        `json:"time"`
		Data   jsontext.Value `json:"data"`
		Base64 []byte         `json:"data_base64"`
	}
	if len(value) > topics.MaxRecordBytes || json.Unmarshal(value, &event) != nil {
		return
	}
	e.source, e.id, e.kind, e.body = event.Source, event.ID, event.Type, event.Data
	if event.Base64 != nil {
		e.body = event.Base64
	}
	if event.Time != nil {
		e.at, e.hasAt = *event.Time, true
	}
}

// micros reads an RFC 3339 time as microseconds since 1970. The epoch itself counts as the microsecond after it.
func micros(s string) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, false
	}
	return max(t.UnixMicro(), 1), true
}

// wholeHash is over everything of a record that a dead letter has to preserve. Headers that the engine adds are left out
// on both sides.
func wholeHash(seed maphash.Seed, r *kgo.Record) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		_, _ = h.Write(n[:]) // never fails
		_, _ = h.Write(b)
	}
	part(r.Key)
	part(r.Value)
	for _, header := range r.Headers {
		switch header.Key {
		case topics.HeaderReason, topics.HeaderDetail, topics.HeaderCause, topics.HeaderEntry:
			continue
		}
		part([]byte(header.Key))
		part(header.Value)
	}
	return h.Sum64()
}

func header(r *kgo.Record, name string) string {
	for i := range r.Headers {
		if r.Headers[i].Key == name {
			return string(r.Headers[i].Value)
		}
	}
	return ""
}

// place is where an input record is. Inputs are counted as in topics.Inputs.
type place struct {
	topic     int
	partition int32
	offset    int64
}

// parsePlace reads topic/partition/offset; ok is false where that is no place in an input.
func (c *Config) parsePlace(s string) (p place, ok bool) {
	rest, offset, ok1 := cutLast(s)
	topic, partition, ok2 := cutLast(rest)
	name, ok3 := strings.CutPrefix(topic, c.Prefix)
	if !ok1 || !ok2 || !ok3 {
		return place{}, false
	}
	p.topic = -1
	for i, input := range topics.Inputs {
		if input == name {
			p.topic = i
		}
	}
	n, err := strconv.ParseInt(partition, 10, 32)
	at, err2 := strconv.ParseInt(offset, 10, 64)
	p.partition, p.offset = int32(n), at
	return p, p.topic >= 0 && err == nil && err2 == nil
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

func (p place) String() string {
	return topics.Inputs[p.topic] + "/" + strconv.Itoa(int(p.partition)) + "/" + strconv.FormatInt(p.offset, 10)
}

// numbers reads a topics.Number from a JSON string, or from a JSON number by its literal digits (R1.1).
var numbers = json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, n *topics.Number) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	switch value.Kind() {
	case 'n':
		*n = ""
	case '"':
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return err
		}
		*n = topics.Number(text)
	case '0':
		*n = topics.Number(bytes.Clone(value))
	default:
		return errFigure
	}
	return nil
}))

func decode(body []byte, v any) error { return json.Unmarshal(body, v, numbers) }
