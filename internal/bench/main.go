package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what a run of the benchmark may be told.
type options struct {
	quick     bool
	only      string
	events    int64
	repeat    int
	sweep     bool
	sustained time.Duration
	wallets   int // of the large variants
	tail      int64
	memory    bool
	resident  int
	profile   string
	out       string
}

func main() {
	if len(os.Args) > 2 {
		if role, ok := roles[os.Args[1]]; ok {
			exit(role(os.Args[2]))
		}
	}
	o := parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func parse() *options {
	o := &options{}
	flag.BoolVar(&o.quick, "quick", false, "see that everything works, in less than a minute; the figures mean nothing")
	flag.StringVar(&o.only, "only", "", "parts to run, separated by commas: core,burst,latency,takeover,sustained,memory (default: all but memory); with -sweep: batch,compression,interval")
	flag.Int64Var(&o.events, "events", 1_000_000, "events of one burst")
	flag.IntVar(&o.repeat, "repeat", 5, "runs of each burst, after one that is thrown away")
	flag.BoolVar(&o.sweep, "sweep", false, "sweep batch size, commit interval and compression instead of the usual parts")
	flag.DurationVar(&o.sustained, "sustained", time.Minute, "how long the sustained load lasts")
	flag.IntVar(&o.wallets, "wallets", 1_000_000, "wallets of the large variants and of the takeover")
	flag.Int64Var(&o.tail, "tail", 600_000, "events that the checkpoint lacks at a takeover")
	flag.BoolVar(&o.memory, "memory", false, "measure the memory of many wallets too")
	flag.IntVar(&o.resident, "resident", 10_000_000, "how many, with -memory")
	flag.StringVar(&o.profile, "profile", "", "folder for CPU profiles of the applications under test")
	flag.StringVar(&o.out, "out", "bench.json", "file for every single figure")
	flag.Parse()
	if o.quick {
		o.events, o.repeat, o.sustained, o.wallets, o.tail, o.resident = 20_000, 1, 3*time.Second, 5_000, 20_000, 100_000
		o.memory = true
	}
	return o
}

func (o *options) wants(part string) bool {
	if o.only == "" {
		return part != "memory" || o.memory
	}
	for _, p := range strings.Split(o.only, ",") {
		if p == part {
			return true
		}
	}
	return false
}

// run measures all that was asked for and writes it down, also what there is when something fails or is interrupted.
func run(ctx context.Context, o *options) error {
	r := newReport()
	err := measure(ctx, o, r)
	r.finish()
	r.print(os.Stdout)
	return errors.Join(err, r.write(o.out))
}

// labParts are the parts that need servers.
var labParts = []string{"burst", "latency", "takeover", "sustained"}

func measure(ctx context.Context, o *options, r *report) error {
	if o.wants("core") && !o.sweep {
		if err := core(o, r); err != nil {
			return err
		}
	}
	if o.wants("memory") && !o.sweep {
		if err := memory(ctx, o, r); err != nil {
			return err
		}
	}
	if !o.sweep && !slices.ContainsFunc(labParts, o.wants) {
		return nil
	}
	l, err := startLab(ctx, o, r)
	if err != nil {
		return err
	}
	defer l.close()
	if o.sweep {
		return l.sweep(ctx)
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{"burst", l.bursts}, {"latency", l.latencies}, {"takeover", l.takeovers}, {"sustained", l.sustained}} {
		if !o.wants(part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
