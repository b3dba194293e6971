package topics

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"purser/processors/core"
	"purser/processors/money"
)

// maxDepth is how deep an object may nest, unknown fields included: no event here needs more than five levels.
const maxDepth = 16

const expectedPlain = "expected UTF-8 without control characters"

// cursor walks one JSON text strictly: RFC 8259 and valid UTF-8, no name twice in an object, and R10.3's bounds on every
// string, object and list, known or not. The first thing that is wrong is kept, and from then on every question is
// answered with nothing, so that a decoder asks without looking until its end.
//
// Strings without escapes point into the text.
type cursor struct {
	text   []byte
	reader bytes.Buffer // the tokenizer parses straight from it, without a copy
	json   *jsontext.Decoder
	base   string // what every path begins with: "data." or nothing
	path   []byte // of the object that is being walked: "data.", "data.rate_cards.email."
	bad    *Rejection
}

func (c *cursor) start(text []byte, path string) {
	c.text, c.base, c.bad = text, path, nil
	c.path = append(c.path[:0], path...)
	c.reader = *bytes.NewBuffer(text)
	if c.json == nil {
		c.json = jsontext.NewDecoder(&c.reader)
		return
	}
	c.json.Reset(&c.reader)
}

// finish demands that nothing but white space follows.
func (c *cursor) finish() {
	if c.bad != nil {
		return
	}
	for _, b := range c.text[c.json.InputOffset():] {
		if b != ' ' && b != '\n' && b != '\r' && b != '\t' {
			c.refuse(ReasonMalformedJSON, "", "expected the end of the text after the object, came more")
			return
		}
	}
}

// refuse keeps the first thing that is wrong, with the field's path.
func (c *cursor) refuse(reason, field, detail string) {
	if c.bad == nil {
		c.bad = &Rejection{Reason: reason, Field: echoPath(string(c.path) + field), Detail: detail}
	}
}

// refuseAt is refuse by a place in the text, which may be in a field that nobody knows.
func (c *cursor) refuseAt(reason string, at jsontext.Pointer, detail string) {
	if c.bad == nil {
		path := c.base
		for token := range at.Tokens() {
			path += token + "."
		}
		c.bad = &Rejection{Reason: reason, Field: echoPath(path), Detail: detail}
	}
}

// missing refuses because a field that must be there is not.
func (c *cursor) missing(field, expected string) {
	c.refuse(ReasonMissingField, field, "expected "+expected+", came nothing")
}

// echoPath is a path as it may be repeated. Its parts are ours but for the names in maps; it loses its last dot.
func echoPath(path string) string {
	if n := len(path); n > 0 && path[n-1] == '.' {
		path = path[:n-1]
	}
	return echo(path)
}

// broken refuses because of an error of the tokenizer, whose own words may repeat the input.
func (c *cursor) broken(err error) {
	if c.bad != nil {
		return
	}
	at := "at byte " + strconv.FormatInt(c.json.InputOffset(), 10)
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if ok {
		at = "at byte " + strconv.FormatInt(syntax.ByteOffset, 10)
	}
	switch {
	case ok && errors.Is(err, jsontext.ErrDuplicateName):
		c.refuseAt(ReasonDuplicateField, syntax.JSONPointer, "expected each field once in an object, came a second one")
	case !utf8.Valid(c.text):
		c.refuse(ReasonBadString, "", "expected valid UTF-8, came other bytes")
	default:
		c.refuse(ReasonMalformedJSON, "", "expected JSON, came something else "+at)
	}
}

// value reads a whole value and returns its text; nil after an error.
func (c *cursor) value() []byte {
	if c.bad != nil {
		return nil
	}
	v, err := c.json.ReadValue()
	if err != nil {
		c.broken(err)
		return nil
	}
	end := int(c.json.InputOffset())
	return c.text[end-len(v) : end : end]
}

// enter goes into an object or list: kind is '{' or '['. It says false for null, which stands for a field not given.
func (c *cursor) enter(kind jsontext.Kind, field string) bool {
	if c.bad != nil {
		return false
	}
	if got := c.json.PeekKind(); got != kind {
		if v := c.value(); v != nil && got != 'n' {
			c.refuse(ReasonWrongType, field, "expected "+kindName(byte(kind))+", came "+kindName(v[0]))
		}
		return false
	}
	if _, err := c.json.ReadToken(); err != nil {
		c.broken(err)
		return false
	}
	if c.json.StackDepth() > maxDepth {
		c.refuse(ReasonTooLarge, field, "expected at most "+strconv.Itoa(maxDepth)+" levels of nesting, came more")
	}
	return c.bad == nil
}

// more says whether the object or list that was entered has another member, and leaves it where it has none.
func (c *cursor) more() bool {
	if c.bad != nil {
		return false
	}
	switch c.json.PeekKind() {
	case '}', ']':
		if _, err := c.json.ReadToken(); err != nil {
			c.broken(err)
		}
		return false
	}
	// A member takes two bytes at least, so a short text needs no counting.
	return len(c.text) < 2*MaxLines || c.withinBound()
}

// withinBound counts the members so far; those of an object count twice, as name and value.
func (c *cursor) withinBound() bool {
	if kind, n := c.json.StackIndex(c.json.StackDepth()); n >= 2*MaxLines || kind == '[' && n >= MaxLines {
		within := c.json.StackPointer().Parent() // of the last one
		c.refuseAt(ReasonTooLarge, within, "expected at most "+strconv.Itoa(MaxLines)+" entries, came more")
		return false
	}
	return true
}

// name reads the name of the next member.
func (c *cursor) name() string {
	v := c.value()
	if v == nil {
		return ""
	}
	s, _ := c.unquote(v, "")
	return s
}

// skip goes past a field that nobody knows, within the same bounds as all the others.
func (c *cursor) skip(field string) {
	switch c.json.PeekKind() {
	case '{':
		for ok := c.enter('{', field); ok && c.more(); {
			c.skip(c.name())
		}
	case '[':
		for ok := c.enter('[', field); ok && c.more(); {
			c.skip(field)
		}
	case '"':
		c.str(field)
	default:
		if v := c.value(); len(v) > MaxStringBytes {
			c.tooLong(field, len(v))
		}
	}
}

// unquote returns the string that v holds, without a copy where it has no escapes. Plain says that it is printable ASCII.
func (c *cursor) unquote(v []byte, field string) (s string, plain bool) {
	s = view(v[1 : len(v)-1])
	if plain = isPlain(s); !plain && strings.IndexByte(s, '\\') >= 0 {
		unescaped, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			c.refuse(ReasonMalformedJSON, field, "expected a JSON string, came one with a wrong escape")
			return "", true
		}
		s = view(unescaped)
	}
	if len(s) > MaxStringBytes {
		c.tooLong(field, len(s))
		return "", true
	}
	return s, plain
}

// tooLong refuses a string or number of that many bytes.
func (c *cursor) tooLong(field string, bytes int) {
	c.refuse(ReasonTooLarge, field, tooLong(bytes))
}

func tooLong(bytes int) string {
	return "expected at most " + strconv.Itoa(MaxStringBytes) + " bytes, came " + strconv.Itoa(bytes)
}

// str reads a string of any content; given is false for null.
func (c *cursor) str(field string) (s string, given bool) {
	v := c.quoted(field)
	if v == nil {
		return "", false
	}
	s, _ = c.unquote(v, field)
	return s, c.bad == nil
}

// boolean reads true or false; null is false.
func (c *cursor) boolean(field string) bool {
	switch v := c.value(); {
	case v == nil || v[0] == 'n' || v[0] == 'f':
		return false
	case v[0] == 't':
		return true
	default:
		c.refuse(ReasonWrongType, field, "expected true or false, came "+kindName(v[0]))
		return false
	}
}

// quoted reads the text of a string with its quotes; nil for null.
func (c *cursor) quoted(field string) []byte {
	v := c.value()
	if v == nil || v[0] == 'n' {
		return nil
	}
	if v[0] != '"' {
		c.refuse(ReasonWrongType, field, "expected a string, came "+kindName(v[0]))
		return nil
	}
	return v
}

// ident reads an identifier: a string without control characters, one of which separates the parts of our keys. An empty
// one counts as not given.
func (c *cursor) ident(field string) string {
	v := c.quoted(field)
	if v == nil {
		return ""
	}
	s, plain := c.unquote(v, field)
	if !plain && !printable(s) {
		c.refuse(ReasonBadString, field, expectedPlain+`, came `+quoted(s))
		return ""
	}
	return s
}

// number reads the digits of a number that is given as a string or as itself (R1.1); given is false for null.
func (c *cursor) number(field string) (digits []byte, given bool) {
	v := c.value()
	if v == nil {
		return nil, false
	}
	switch v[0] {
	case 'n':
		return nil, false
	case '"':
		s, _ := c.unquote(v, field)
		return unsafe.Slice(unsafe.StringData(s), len(s)), c.bad == nil
	case '{', '[', 't', 'f':
		c.refuse(ReasonWrongType, field, "expected a decimal number, came "+kindName(v[0]))
		return nil, false
	}
	return v, true
}

func (c *cursor) factor(field string) (f money.Factor, given bool) {
	digits, given := c.number(field)
	if !given {
		return f, false
	}
	f, err := money.ParseFactor(digits)
	if err != nil {
		c.badNumber(field, "9", digits, err)
	}
	return f, c.bad == nil
}

func (c *cursor) amount(field string) (a money.Amount, given bool) {
	digits, given := c.number(field)
	if !given {
		return 0, false
	}
	a, err := money.ParseAmount(digits)
	if err != nil {
		c.badNumber(field, "6", digits, err)
	}
	return a, c.bad == nil
}

// badNumber says what came and what is wrong with it, but for what could be a card number.
func (c *cursor) badNumber(field, fractionDigits string, digits []byte, err error) {
	c.refuse(ReasonBadNumber, field, "expected a decimal number below 10^12 with at most "+fractionDigits+
		` fraction digits, came "`+echo(string(digits))+`": `+err.Error())
}

func (c *cursor) currency(field string) (money.Currency, bool) {
	s, given := c.str(field)
	if !given || s == "" {
		return money.Currency{}, false
	}
	currency, err := money.ParseCurrency(s)
	if err != nil {
		c.refuse(ReasonBadCurrency, field, `expected an ISO 4217 code such as "USD", came `+quoted(s))
	}
	return currency, c.bad == nil
}

// instant reads an RFC 3339 time; zero where none is given.
func (c *cursor) instant(field string) core.Time {
	s, given := c.str(field)
	if !given || s == "" {
		return 0
	}
	at, ok := ParseTime(unsafe.Slice(unsafe.StringData(s), len(s)))
	if !ok {
		c.refuse(ReasonBadTime, field, badTime(s))
	}
	return at
}

func badTime(s string) string {
	return `expected RFC 3339 such as "2026-03-01T00:00:00Z" in the years 1970 to 9999, came ` + quoted(s)
}

// present demands that a text is there: null is nothing.
func (c *cursor) present() {
	if c.json.PeekKind() == 'n' && c.value() != nil {
		c.missing("", "an object")
	}
}

// within puts a part on the path while f runs.
func (c *cursor) within(part string, f func()) { c.withinEntry(part, -1, f) }

// withinEntry is within for an entry of a list, by its number.
func (c *cursor) withinEntry(part string, number int, f func()) {
	n := len(c.path)
	c.path = append(append(c.path, part...), '.')
	if number >= 0 {
		c.path = append(strconv.AppendInt(c.path, int64(number), 10), '.')
	}
	f()
	c.path = c.path[:n]
}

func kindName(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}
