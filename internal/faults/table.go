package main

import (
	"fmt"
	"os"
	"strings"
)

// proof is one line of the table in docs/faults.md: a rule that can be switched off, and the test that must fail without it.
type proof struct {
	off, pkg, test string
}

// proofs reads the table.
func proofs(path string) ([]proof, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	const header = "| off | rule | package | test |"
	_, table, ok := strings.Cut(string(text), header)
	if !ok {
		return nil, fmt.Errorf("%s has no table that begins with %q", path, header)
	}
	var all []proof
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		if len(cells) < 6 {
			break // the table ends
		}
		all = append(all, proof{word(cells[1]), word(cells[3]), word(cells[4])})
	}
	return all, nil
}

func word(cell string) string { return strings.Trim(cell, " `") }
