package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// words walks over the words of one line. The first thing that is missing or wrong stays as err; what follows reads as empty.
type words struct {
	rest  []string
	usage string // how the line should look, for messages
	err   error
}

func (w *words) failf(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format+" (%s)", append(args, w.usage)...)
	}
}

func (w *words) more() bool { return w.err == nil && len(w.rest) > 0 }

// take returns the next word; what says what it should be.
func (w *words) take(what string) string {
	if w.err != nil {
		return ""
	}
	if len(w.rest) == 0 {
		w.failf("expected %s at the end of the line", what)
		return ""
	}
	word := w.rest[0]
	w.rest = w.rest[1:]
	return word
}

// skip takes the next word where it is this one.
func (w *words) skip(word string) bool {
	if !w.more() || w.rest[0] != word {
		return false
	}
	w.rest = w.rest[1:]
	return true
}

// time reads an instant and returns it as RFC 3339: a day alone is its midnight in UTC.
func (w *words) time(what string) string {
	t, err := parseTime(w.take(what))
	if err != nil {
		w.failf("expected %s, %w", what, err)
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func (w *words) count(what string) int {
	word := w.take(what)
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > maxRepeat {
		w.failf("expected %s between 1 and %d, found %q", what, maxRepeat, word)
		return 0
	}
	return n
}

// list reads words that are separated by commas.
func (w *words) list(what string) []string { return strings.Split(w.take(what), ",") }

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02"}

func parseTime(s string) (time.Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("a time such as 2026-03-01T10:00:00Z or 2026-03-01, found %q", s)
}
