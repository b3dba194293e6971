package topics

import (
	"bytes"

	"purser/processors/money"
)

// scanner goes through JSON that holds nothing out of the ordinary, and says false at the first thing that is.
type scanner struct{ rest []byte }

// scalar is a string's inside, or a number.
type scalar struct {
	text   []byte
	quoted bool
}

// skip goes past a mark of JSON, and white space before it.
func (s *scanner) skip(mark byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != mark {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) space() {
	for len(s.rest) > 0 && s.rest[0] <= ' ' && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\r' || s.rest[0] == '\t') {
		s.rest = s.rest[1:]
	}
}

// end says whether nothing but white space is left.
func (s *scanner) end() bool {
	s.space()
	return len(s.rest) == 0
}

// quoted reads a string of printable ASCII without escapes.
func (s *scanner) quoted() ([]byte, bool) {
	if !s.skip('"') {
		return nil, false
	}
	for i, c := range s.rest {
		if c == '"' {
			text := s.rest[:i:i]
			s.rest = s.rest[i+1:]
			return text, i <= MaxStringBytes
		}
		if c < ' ' || c >= 0x7f || c == '\\' {
			break
		}
	}
	return nil, false
}

// scalar reads such a string, or a number without sign or exponent.
func (s *scanner) scalar() (scalar, bool) {
	s.space()
	if len(s.rest) > 0 && s.rest[0] == '"' {
		text, ok := s.quoted()
		return scalar{text, true}, ok
	}
	whole := digits(s.rest)
	end := whole
	if end < len(s.rest) && s.rest[end] == '.' {
		fraction := digits(s.rest[end+1:])
		if fraction == 0 {
			return scalar{}, false
		}
		end += 1 + fraction
	}
	text := s.rest[:end:end]
	s.rest = s.rest[end:]
	return scalar{text: text}, whole == 1 || whole > 1 && text[0] != '0'
}

// digits counts those that b begins with.
func digits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}

// ident reads a string that is not empty, and points into the text.
func (s *scanner) ident() (string, bool) {
	text, ok := s.quoted()
	return view(text), ok && len(text) > 0
}

func (s *scanner) boolean() (set, ok bool) {
	s.space()
	for _, word := range [2]string{"true", "false"} {
		if rest, found := bytes.CutPrefix(s.rest, []byte(word)); found {
			s.rest = rest
			return word == "true", true
		}
	}
	return false, false
}

func (s *scanner) factor() (money.Factor, bool) {
	v, ok := s.scalar()
	if !ok {
		return money.Factor{}, false
	}
	f, err := money.ParseFactor(v.text)
	return f, err == nil
}

func (s *scanner) amount() (money.Amount, bool) {
	v, ok := s.scalar()
	if !ok {
		return 0, false
	}
	a, err := money.ParseAmount(v.text)
	return a, err == nil
}

func (s *scanner) currency() (money.Currency, bool) {
	text, ok := s.quoted()
	if !ok {
		return money.Currency{}, false
	}
	c, err := money.ParseCurrency(view(text))
	return c, err == nil
}
