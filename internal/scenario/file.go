package scenario

import "fmt"

// File is one scenario.
type File struct {
	Path  string
	Title string
	Rules []string // rule numbers it illustrates, as R3.1
	Steps []Step
	lines []string // as read, so that a rewrite changes nothing but the expectations
}

// Step is something that happens, and what is expected of it.
type Step struct {
	Line     int    // of the file, from 1
	Text     string // as written, spaces collapsed
	Kind     StepKind
	words    []string
	json     string // body of a raw record
	Given    bool   // part of the set-up: has to be applied and is not described further
	Expected []Outcome
	thenFrom int // lines (from 0) that hold Expected, or where they would go
	thenTo   int
}

// StepKind says what a step is.
type StepKind uint8

// Kinds of steps.
const (
	StepClock StepKind = iota + 1 // the broker's time from here on
	StepEvent                     // an input record
	StepCheck                     // a question about what there is now
)

// Outcome is one decision as the file shows it: a headline and lines below it.
type Outcome struct {
	Line    int // 0 where it was not read from a file
	Head    string
	Details []Detail
}

// Detail is a line below an outcome's headline.
type Detail struct {
	Line int
	Text string
}

// ParseError says where a file cannot be read, and what was expected there.
type ParseError struct {
	Path string
	Line int
	What string
}

// Error puts the place first, as editors expect it.
func (e *ParseError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.What) }
