// Command faults proves that tests notice when a rule of the protocol is not kept: for each rule of docs/faults.md it demands
// that the rule's test passes, switches the rule off, and demands that the test fails. With arguments it does so for the rules
// that they name.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// patience bounds how long a test waits for what will not come; it is enough for what would.
const patience = "45s"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rules []string) error {
	all, err := proofs("docs/faults.md")
	if err != nil {
		return err
	}
	failed := 0
	for _, p := range all {
		if len(rules) > 0 && !slices.Contains(rules, p.off) {
			continue
		}
		began := time.Now()
		said, err := p.prove(ctx)
		if err != nil {
			failed++
			said = "NOT PROVEN: " + err.Error()
		}
		fmt.Printf("%-20s %5.0f s  %s: %s\n", p.off, time.Since(began).Seconds(), p.test, said)
	}
	if failed > 0 {
		return fmt.Errorf("%d rules are not proven", failed)
	}
	return nil
}

var errPassed = errors.New("the test passes without the rule")

// prove returns what the test says without the rule. With it, and with as little patience, the test has to pass: otherwise its
// failure would say nothing.
func (p proof) prove(ctx context.Context) (said string, err error) {
	if out, err := p.run(ctx, ""); err != nil {
		return "", fmt.Errorf("the test fails with the rule, too: %.300s", out)
	}
	out, err := p.run(ctx, "off:"+p.off)
	if err == nil {
		return "", errPassed
	}
	return complaint(out, p.test)
}

func (p proof) run(ctx context.Context, failpoint string) (out string, err error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-tags", "failpoints", "-count=1", "-timeout", "10m", "-run", "^"+p.test+"$", "./"+p.pkg)
	cmd.Env = append(os.Environ(), "PURSER_FAILPOINT="+failpoint, "PURSER_TEST_PATIENCE="+patience)
	all, err := cmd.CombinedOutput()
	return string(all), err
}

// complaint finds the first thing that the failed test said: a build that fails proves nothing.
func complaint(out, test string) (string, error) {
	lines := strings.Split(out, "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "--- FAIL: "+test) })
	if i < 0 {
		return "", fmt.Errorf("the test did not run to its end: %.300s", out)
	}
	for _, line := range lines[i+1:] {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "--- FAIL") {
			return line, nil
		}
	}
	return "", errors.New("the test failed without a word")
}
