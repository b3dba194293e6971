package topics

import (
	"cmp"
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
)

// envelope is what CloudEvents says of an event, in either mode.
type envelope struct {
	specVersion, id, source, kind string
	time                          string
	hasTime                       bool
	data                          []byte // the body as JSON
	prefix                        string // of the attributes' names in this mode: "ce_" or none
}

// Headers of CloudEvents' binary mode that are read.
const (
	headerSpecVersion = "ce_specversion"
	headerID          = "ce_id"
	headerSource      = "ce_source"
	headerType        = "ce_type"
	headerTime        = "ce_time"
	headerContentType = "content-type"
)

const (
	specVersion         = "1.0"
	contentJSON         = "application/json"
	contentCloudEvents  = "application/cloudevents" // in one format or another
	contentStructured   = "application/cloudevents+json"
	expectedCloudEvents = "expected the headers ce_specversion, ce_id, ce_source and ce_type of CloudEvents 1.0, " +
		"or content-type application/cloudevents+json"
)

// open reads the envelope of a record in the mode that its content type names, and checks it.
func (d *Decoder) open(rec *kgo.Record, e *envelope) *Rejection {
	*e = envelope{data: rec.Value, prefix: "ce_"}
	content, some, bad := d.headers(rec, e)
	switch {
	case bad != nil:
		return bad
	case content == contentJSON || content == "" && some:
		return e.binary(rec)
	case isMedia(content, contentStructured):
		if bad := d.structured(rec.Value, e); bad != nil {
			return bad
		}
		return e.check()
	case isCloudEvents(content):
		return &Rejection{ReasonBadEnvelope, headerContentType, "expected " + contentStructured + ", one event in a record, came " + quoted(content)}
	case !some && content == "":
		return &Rejection{Reason: ReasonBadEnvelope, Detail: expectedCloudEvents + ", came " + cmp.Or(lookalike(rec), "none of them")}
	case isJSON(content):
		return e.binary(rec)
	}
	return &Rejection{ReasonBadEnvelope, headerContentType, "expected " + contentJSON + ", came " + quoted(content)}
}

// binary checks an envelope that was read from headers. Their names count letter by letter: where one is missing, the one
// that was perhaps meant is named.
func (e *envelope) binary(rec *kgo.Record) *Rejection {
	bad := e.check()
	if bad != nil && bad.Reason == ReasonMissingField {
		if like := lookalike(rec); like != "" {
			bad.Detail += " but " + like
		}
	}
	return bad
}

// lookalike names a header that is one of CloudEvents' but for its case, or for a dash instead of the underscore.
func lookalike(rec *kgo.Record) string {
	for i := range rec.Headers {
		key := rec.Headers[i].Key
		name := strings.ToLower(key)
		if rest, ok := strings.CutPrefix(name, "ce-"); ok {
			name = "ce_" + rest
		}
		switch name {
		case headerSpecVersion, headerID, headerSource, headerType, headerTime, headerContentType:
			if name != key {
				return "a header " + quoted(key) + " that should be " + quoted(name)
			}
		}
	}
	return ""
}

// headers reads the binary mode's attributes and the content type. Some says whether there was an attribute at all. A header
// that comes twice is refused: readers would disagree on which one counts.
func (d *Decoder) headers(rec *kgo.Record, e *envelope) (content string, some bool, bad *Rejection) {
	var seen uint8
	for i := range rec.Headers {
		h := &rec.Headers[i]
		var to *string
		var bit uint8
		switch h.Key {
		case headerSpecVersion:
			to, bit = &e.specVersion, 1
		case headerID:
			to, bit = &e.id, 2
		case headerSource:
			to, bit = &e.source, 4
		case headerType:
			to, bit = &e.kind, 8
		case headerTime:
			to, bit, e.hasTime = &e.time, 16, true
		case headerContentType:
			to, bit = &content, 32
		default:
			continue
		}
		switch {
		case seen&bit != 0:
			return "", false, &Rejection{ReasonDuplicateField, h.Key, "expected the header once, came a second one"}
		case len(h.Value) > MaxStringBytes:
			return "", false, &Rejection{ReasonTooLarge, h.Key, tooLong(len(h.Value))}
		}
		seen |= bit
		*to = view(h.Value)
	}
	return content, seen&^32 != 0, nil
}

// structured reads the whole event from the value.
func (d *Decoder) structured(value []byte, e *envelope) *Rejection {
	*e = envelope{}
	var encoded []byte
	c := &d.cursor
	c.start(value, "")
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "specversion":
			e.specVersion, _ = c.str(name)
		case "id":
			e.id, _ = c.str(name)
		case "source":
			e.source, _ = c.str(name)
		case "type":
			e.kind, _ = c.str(name)
		case "time":
			e.time, e.hasTime = c.str(name)
		case "datacontenttype":
			if s, given := c.str(name); given && !isJSON(s) {
				c.refuse(ReasonBadEnvelope, name, "expected "+contentJSON+", came "+quoted(s))
			}
		case "data":
			if v := c.value(); len(v) > 0 && v[0] != 'n' {
				e.data = v
			}
		case "data_base64":
			encoded = c.base64(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case encoded != nil && e.data != nil:
		c.refuse(ReasonConflict, "data_base64", "expected either data or data_base64, came both")
	case encoded != nil:
		e.data = encoded
	}
	return c.bad
}

// base64 reads bytes in the encoding of RFC 4648; nil for null. They may be as long as the record.
func (c *cursor) base64(field string) []byte {
	v := c.quoted(field)
	if v == nil {
		return nil
	}
	text, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		c.refuse(ReasonMalformedJSON, field, "expected a JSON string, came one with a wrong escape")
		return nil
	}
	b, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, text)
	if err != nil {
		c.refuse(ReasonBadString, field, "expected base64, came "+quoted(view(text)))
		return nil
	}
	return b
}

// check demands the attributes that CloudEvents requires.
func (e *envelope) check() *Rejection {
	switch {
	case e.specVersion == "":
		return &Rejection{ReasonMissingField, e.prefix + "specversion", `expected "1.0", came nothing`}
	case e.specVersion != specVersion:
		return &Rejection{ReasonBadEnvelope, e.prefix + "specversion", `expected "1.0", came ` + quoted(e.specVersion)}
	}
	for _, a := range [...]struct{ name, value string }{{"id", e.id}, {"source", e.source}, {"type", e.kind}} {
		if a.value == "" {
			return &Rejection{ReasonMissingField, e.prefix + a.name, "expected a string, came nothing"}
		}
		if !printable(a.value) {
			return &Rejection{ReasonBadString, e.prefix + a.name, expectedPlain + ", came " + quoted(a.value)}
		}
	}
	if len(e.data) == 0 {
		return &Rejection{ReasonMissingField, "data", "expected a JSON object, came nothing"}
	}
	return nil
}

// occurredAt is when it happened upstream; given is false where the producer does not say.
func (e *envelope) occurredAt() (at core.Time, given bool, bad *Rejection) {
	if !e.hasTime {
		return 0, false, nil
	}
	at, ok := ParseTime([]byte(e.time))
	if !ok {
		return 0, false, &Rejection{ReasonBadTime, e.prefix + "time", badTime(e.time)}
	}
	return at, true, nil
}

// isMedia compares media types without their parameters and without case, as RFC 2045 says.
func isMedia(content, want string) bool {
	media, _, _ := strings.Cut(content, ";")
	return strings.EqualFold(strings.TrimSpace(media), want)
}

// isCloudEvents recognises a whole event, or several, in whatever format.
func isCloudEvents(content string) bool {
	return len(content) >= len(contentCloudEvents) && strings.EqualFold(content[:len(contentCloudEvents)], contentCloudEvents)
}

// isJSON accepts application/json, text/json and whatever ends in +json.
func isJSON(content string) bool {
	media, _, _ := strings.Cut(strings.ToLower(content), ";")
	media = strings.TrimSpace(media)
	return media == contentJSON || media == "text/json" || strings.HasSuffix(media, "+json")
}
