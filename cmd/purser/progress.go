package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"purser/internal/load"
)

// progressLine shows how far a load is: on a terminal in place, otherwise a line every few seconds.
func progressLine(w io.Writer) func(load.Progress) {
	terminal := isTerminal(w)
	var phase string
	var last time.Time
	return func(p load.Progress) {
		done := p.Produced >= p.Total
		switch {
		case terminal && p.Phase != phase && phase != "":
			fmt.Fprintln(w)
		case !terminal && !done && time.Since(last) < 5*time.Second:
			return
		}
		phase, last = p.Phase, time.Now()
		if terminal {
			fmt.Fprintf(w, "\r%-16s %d of %d", p.Phase, p.Produced, p.Total)
			return
		}
		fmt.Fprintf(w, "%-16s %d of %d\n", p.Phase, p.Produced, p.Total)
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
