package topics

import (
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// view is b as a string without a copy: whoever keeps it keeps b.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// isPlain says whether a JSON string's inside, which the tokenizer has let through, is printable ASCII without escapes.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// printable says whether s is valid UTF-8 without control characters.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf {
			return printableRunes(s[i:])
		} else if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

func printableRunes(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}
