package scenario

import (
	"fmt"
	"strings"
)

// Mismatch is where a file and what happened disagree.
type Mismatch struct {
	Path     string `json:"file"`
	Line     int    `json:"line"`
	Expected string `json:"expected,omitempty"`
	Got      string `json:"got,omitempty"`
}

// String puts the place first, as editors expect it.
func (m Mismatch) String() string {
	switch {
	case m.Expected == "":
		return fmt.Sprintf("%s:%d: got %q, which is not expected", m.Path, m.Line, m.Got)
	case m.Got == "":
		return fmt.Sprintf("%s:%d: expected %q", m.Path, m.Line, m.Expected)
	}
	return fmt.Sprintf("%s:%d: expected %q, got %q", m.Path, m.Line, m.Expected, m.Got)
}

type numbered struct {
	line int
	text string
}

// compare lines a step's outcomes up with those it expects, so that one line too many is one mismatch and not all that follow.
func compare(path string, s *Step, got []Outcome) []Mismatch {
	want, have := flatten(s.Expected), flatten(got)
	common := commonLines(want, have)
	var out []Mismatch
	i, j, last := 0, 0, s.Line
	for _, c := range append(common, [2]int{len(want), len(have)}) {
		for i < c[0] || j < c[1] {
			m := Mismatch{Path: path, Line: last}
			if i < c[0] {
				m.Line, m.Expected = want[i].line, want[i].text
				last = m.Line
				i++
			}
			if j < c[1] {
				m.Got = collapse(have[j].text)
				j++
			}
			out = append(out, m)
		}
		if i < len(want) {
			last = want[i].line
		}
		i, j = c[0]+1, c[1]+1
	}
	return out
}

func flatten(outcomes []Outcome) []numbered {
	var lines []numbered
	for _, o := range outcomes {
		lines = append(lines, numbered{o.Line, "then " + o.Head})
		for _, d := range o.Details {
			lines = append(lines, numbered{d.Line, d.Text})
		}
	}
	return lines
}

// commonLines is the longest common subsequence of the two, as pairs of places.
func commonLines(a, b []numbered) [][2]int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	same := func(i, j int) bool { return canonical(a[i].text) == canonical(b[j].text) }
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if same(i, j) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case same(i, j):
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// rewritten is the file with the expectations replaced by what happened, and nothing else changed.
func rewritten(f *File, got [][]Outcome) string {
	var b strings.Builder
	from := 0
	put := func(lines []string) {
		for _, l := range lines {
			b.WriteString(l + "\n")
		}
	}
	for n := range f.Steps {
		s := &f.Steps[n]
		if s.Given || s.Kind == StepClock {
			continue
		}
		put(f.lines[from:s.thenFrom])
		from = s.thenTo
		for _, o := range got[n] {
			b.WriteString("then " + o.Head + "\n")
			for _, d := range o.Details {
				b.WriteString("  " + d.Text + "\n")
			}
		}
	}
	put(f.lines[from:])
	return b.String()
}
