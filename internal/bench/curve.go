package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// curve is what the part curve measures takeovers over: every number of wallets with every length of the tail.
type curve struct{ wallets, tails numbers }

// numbers is a flag: whole numbers, separated by commas.
type numbers []int

func (n *numbers) String() string {
	text := make([]string, len(*n))
	for i, v := range *n {
		text[i] = strconv.Itoa(v)
	}
	return strings.Join(text, ",")
}

// Set implements flag.Value.
func (n *numbers) Set(text string) error {
	var all numbers
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.Atoi(part)
		if err != nil || v < 0 {
			return fmt.Errorf("%q is no number of wallets or events", part)
		}
		all = append(all, v)
	}
	*n = all
	return nil
}

// curve measures a takeover, without an open transaction, at each of its points, and prints what it found as a table of
// Markdown beside the report.
func (l *lab) curve(ctx context.Context) error {
	c := l.o.curve
	table := [][]float64{}
	for _, wallets := range c.wallets {
		row, err := l.curveOf(ctx, wallets)
		if err != nil {
			return err
		}
		table = append(table, row)
	}
	c.print(table)
	return nil
}

// curveOf measures one number of wallets: they are made once, and each tail comes on top of a checkpoint that has all before it.
func (l *lab) curveOf(ctx context.Context, wallets int) ([]float64, error) {
	s, err := l.newSystem(ctx, variant{Name: "curve", Wallets: wallets, Postgres: true})
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	var row []float64
	for _, tail := range l.o.curve.tails {
		var runs []float64
		for range l.o.takeovers {
			took, err := s.takeover(ctx, false, int64(tail))
			if err != nil {
				return nil, err
			}
			say("curve: %s wallets, a tail of %s events: %.2f s", thousands(wallets), thousands(tail), took)
			runs = append(runs, took)
		}
		l.report.state("curve", fmt.Sprintf("takeover after kill -9: %s wallets in the checkpoint, %s events behind it, session timeout %s",
			thousands(wallets), thousands(tail), sessionTimeout), "s", 0, runs...)
		row = append(row, median(runs))
	}
	return row, s.remove(ctx)
}

// print writes the table for docs/benchmark.md: seconds beyond the session timeout, which nobody can shorten.
func (c *curve) print(table [][]float64) {
	head, rule := "| wallets \\ events behind the checkpoint |", "| --- |"
	for _, tail := range c.tails {
		head += " " + thousands(tail) + " |"
		rule += " --- |"
	}
	fmt.Fprintf(os.Stdout, "takeover in seconds, beyond the session timeout of %s:\n\n%s\n%s\n", sessionTimeout, head, rule)
	for i, row := range table {
		line := "| " + thousands(c.wallets[i]) + " |"
		for _, took := range row {
			line += fmt.Sprintf(" %.1f |", max(0, took-sessionTimeout.Seconds()))
		}
		fmt.Fprintln(os.Stdout, line)
	}
	fmt.Fprintln(os.Stdout)
}

func (o *options) curveTakes() (sum time.Duration) {
	for _, wallets := range o.curve.wallets {
		sum += systemTakes + times(wallets, walletTakes+storedTakes)
		for _, tail := range o.curve.tails {
			sum += times(o.takeovers, failoverTakes+times(tail, eventTakes+storedTakes))
		}
	}
	return sum
}
