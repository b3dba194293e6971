package scenario

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Options say how Simulate answers.
type Options struct {
	JSON    bool // one JSON document for each file, a line each
	Rewrite bool // write what happened into the files as what is expected
}

// Simulate runs scenario files and writes what happened, step by step. It returns how many lines of them did not come out
// as expected; its error is about files that cannot be read or run at all, and does not keep the others from running.
func Simulate(w io.Writer, files []string, o Options) (mismatches int, err error) {
	out := bufio.NewWriter(w)
	var faults []error
	for _, path := range files {
		n, err := simulateFile(out, path, o)
		mismatches += n
		if err != nil {
			faults = append(faults, err)
		}
	}
	if err := out.Flush(); err != nil {
		faults = append(faults, fmt.Errorf("writing the report: %w", err))
	}
	return mismatches, errors.Join(faults...)
}

func simulateFile(out *bufio.Writer, path string, o Options) (int, error) {
	f, err := ParseFile(path)
	if err != nil {
		return 0, err
	}
	r, err := Run(f)
	if err != nil {
		return 0, err
	}
	if o.Rewrite {
		if err := Rewrite(f, r); err != nil {
			return 0, err
		}
		if f, err = ParseFile(path); err != nil {
			return 0, fmt.Errorf("reading what was rewritten: %w", err)
		}
		if r, err = Run(f); err != nil {
			return 0, err
		}
	}
	if o.JSON {
		return len(r.Mismatches), writeJSON(out, r)
	}
	writeText(out, r)
	return len(r.Mismatches), nil
}

// Rewrite replaces a file's expectations by what happened.
func Rewrite(f *File, r *Report) error {
	got := make([][]Outcome, len(r.Steps))
	for i := range r.Steps {
		got[i] = r.Steps[i].outcomes()
	}
	text := rewritten(f, got)
	if text == strings.Join(f.lines, "\n")+"\n" {
		return nil
	}
	return replaceFile(f.Path, text)
}

// replaceFile writes beside the file and renames, so that a crash leaves one of the two whole.
func replaceFile(path, text string) error {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	t, err := os.CreateTemp(filepath.Dir(path), ".scenario-*")
	if err != nil {
		return fmt.Errorf("rewriting %s: %w", path, err)
	}
	_, err = t.WriteString(text)
	err = errors.Join(err, t.Chmod(mode), t.Close())
	if err == nil {
		err = os.Rename(t.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("rewriting %s: %w", path, errors.Join(err, os.Remove(t.Name())))
	}
	return nil
}

func writeJSON(out *bufio.Writer, r *Report) error {
	for i := range r.Steps {
		s := &r.Steps[i]
		for _, o := range s.Answer {
			s.Found = append(s.Found, o.Head)
			for _, d := range o.Details {
				s.Found = append(s.Found, collapse(d.Text))
			}
		}
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("writing the report of %s: %w", r.Path, err)
	}
	return nil
}

func writeText(out *bufio.Writer, r *Report) {
	fmt.Fprintf(out, "%s\n%s (%s)\n", r.Path, r.Title, strings.Join(r.Rules, ", "))
	number, clock, given := 0, "", false
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Given {
			if !given {
				fmt.Fprintf(out, "\n     given\n")
			}
			given = true
			fmt.Fprintf(out, "       %s\n", shorten(s.Text))
			continue
		}
		given = false
		if s.Answer == nil && s.Decided == nil {
			continue // the clock was moved: the next step shows it
		}
		number++
		fmt.Fprintf(out, "\n%4d %s\n", number, shorten(s.Text))
		if s.Clock != clock {
			clock = s.Clock
			fmt.Fprintf(out, "     at %s\n", clock)
		}
		for _, o := range s.outcomes() {
			fmt.Fprintf(out, "     = %s\n", o.Head)
			for _, d := range o.Details {
				fmt.Fprintf(out, "         %s\n", strings.ReplaceAll(d.Text, " -> ", " → "))
			}
		}
	}
	if len(r.Mismatches) == 0 {
		fmt.Fprintf(out, "\nas expected: %s\n\n", r.Path)
		return
	}
	fmt.Fprintf(out, "\nNOT as expected:\n")
	for _, m := range r.Mismatches {
		fmt.Fprintf(out, "  %s\n", m)
	}
	fmt.Fprintln(out)
}

// shorten keeps a raw record's body from filling the page.
func shorten(text string) string {
	const most = 160
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
