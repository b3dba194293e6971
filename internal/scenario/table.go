package scenario

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var figure = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// table lays rows out in columns. Figures stand with their decimal points in one column, other words to the left.
func table(rows [][]string) []string {
	type widths struct{ all, before, after int }
	var columns []widths
	for _, row := range rows {
		for i, cell := range row {
			if i == len(columns) {
				columns = append(columns, widths{})
			}
			c := &columns[i]
			if before, after, ok := split(cell); ok {
				c.before, c.after = max(c.before, before), max(c.after, after)
				c.all = max(c.all, c.before+c.after)
				continue
			}
			c.all = max(c.all, utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(' ')
			}
			c := columns[i]
			left := 0
			if before, _, ok := split(cell); ok {
				left = c.all - c.after - before
			}
			b.WriteString(strings.Repeat(" ", left))
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", c.all-left-utf8.RuneCountInString(cell)))
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// split measures a figure: what stands before its point, and the point with what follows.
func split(cell string) (before, after int, ok bool) {
	if !figure.MatchString(cell) {
		return 0, 0, false
	}
	whole, _, _ := strings.Cut(cell, ".")
	return len(whole), len(cell) - len(whole), true
}

// tidy writes an amount with at least two fraction digits and no zeros beyond them.
func tidy(amount string) string {
	whole, fraction, _ := strings.Cut(amount, ".")
	fraction = strings.TrimRight(fraction, "0")
	for len(fraction) < 2 {
		fraction += "0"
	}
	return whole + "." + fraction
}

// canonical is a line as it is compared: spaces collapsed, figures without zeros that say nothing.
func canonical(line string) string {
	words := strings.Fields(line)
	for i, w := range words {
		if figure.MatchString(w) && strings.Contains(w, ".") {
			w = strings.TrimRight(w, "0")
			words[i] = strings.TrimSuffix(w, ".")
		}
	}
	return strings.Join(words, " ")
}
