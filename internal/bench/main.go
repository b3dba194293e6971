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
	quick      bool
	only       string
	rows       string // of the mix and the kinds
	events     int64
	repeat     int
	sweep      bool
	sustained  time.Duration
	wallets    int // of the large variants
	many       int
	tail       int64
	takeovers  int
	curve      curve
	identities int
	due        int
	sliceMax   int
	memory     bool
	resident   int

	ledgerMost int64 // bytes of ledger rows in Postgres, before what is counted is dropped
	profile    string
	out        string
}

func main() {
	if len(os.Args) > 2 {
		if role, ok := roles[os.Args[1]]; ok {
			exit(role(os.Args[2]))
		}
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2) // flag has said why
	}
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

func parse(args []string) (*options, error) {
	o := &options{ledgerMost: 3 << 30, curve: curve{wallets: numbers{10_000, 100_000, 1_000_000}, tails: numbers{0, 60_000, 300_000, 600_000}}}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.BoolVar(&o.quick, "quick", false, "see that everything works, in less than a minute; the figures mean nothing")
	f.StringVar(&o.only, "only", "", "parts to run, separated by commas: core, burst, workers, latency, takeover, sustained (the default), mix, kinds, due, credits, many, alltail, memory, curve, identities; with -sweep: batch,compression,interval")
	f.StringVar(&o.rows, "rows", "", "of the parts mix and kinds, only the rows whose names hold this")
	f.Int64Var(&o.events, "events", 500_000, "events of one burst")
	f.IntVar(&o.repeat, "repeat", 3, "runs of each burst, after one that is thrown away")
	f.BoolVar(&o.sweep, "sweep", false, "sweep batch size, commit interval and compression instead of the usual parts")
	f.DurationVar(&o.sustained, "sustained", time.Minute, "how long the sustained load lasts")
	f.IntVar(&o.wallets, "wallets", 1_000_000, "wallets of the large variants and of the takeover")
	f.IntVar(&o.many, "many", 0, "compare so many wallets with a few, in the whole application: 10000000 is what the goal is of; takes some minutes")
	f.Int64Var(&o.tail, "tail", 600_000, "events that the checkpoint lacks at a takeover: ten minutes at 1,000 a second")
	f.IntVar(&o.takeovers, "takeovers", 3, "takeovers with a transaction left open, and as many without")
	f.Var(&o.curve.wallets, "curve-wallets", "wallets in the checkpoint, for the part curve, separated by commas")
	f.Var(&o.curve.tails, "curve-tails", "events behind the checkpoint, for the part curve, separated by commas")
	f.IntVar(&o.identities, "identities", 50_000_000, "identities in the duplicate window, for the part identities")
	f.IntVar(&o.due, "due", 1_000_000, "wallets that are due at one instant, for the parts due and credits")
	f.IntVar(&o.sliceMax, "slice-max", 0, "pieces of due work in a transaction at most; 0: the default of the setting with this name")
	f.BoolVar(&o.memory, "memory", false, "measure the memory of many wallets too")
	f.IntVar(&o.resident, "resident", 10_000_000, "how many, with -memory")
	f.StringVar(&o.profile, "profile", "", "folder for CPU profiles of the applications under test; made if it is not there")
	f.StringVar(&o.out, "out", "bench.json", "file for every single figure")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if o.quick {
		o.events, o.repeat, o.sustained, o.wallets, o.tail, o.takeovers, o.resident = 20_000, 1, 8*time.Second, 20_000, 20_000, 1, 100_000
		o.memory, o.ledgerMost = true, 4<<20
		o.curve, o.identities = curve{wallets: numbers{10_000}, tails: numbers{0, 10_000}}, 600_000
		o.due = 20_000
	}
	return o, nil
}

// wants says whether a part is to run.
func (o *options) wants(name string) bool {
	if o.only != "" {
		return slices.Contains(strings.Split(o.only, ","), name)
	}
	switch name {
	case "memory":
		return o.memory
	case "many":
		return o.many > 0
	case "alltail", "curve", "identities", "due", "credits", "mix", "kinds":
		return false
	}
	return !o.quick || name != "workers"
}

// run measures all that was asked for and writes it down, also what there is when something fails or is interrupted.
func run(ctx context.Context, o *options) error {
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o755); err != nil {
			return err
		}
	}
	r := newReport(ctx)
	err := measure(ctx, o, r)
	r.finish()
	r.print(os.Stdout)
	return errors.Join(err, r.write(o.out))
}

// A part is something to measure, and about how long that takes on two cores.
type part struct {
	name  string
	alone func(context.Context, *options, *report) error // without servers; nil: with
	run   func(*lab, context.Context) error              // with them
	takes func(*options) time.Duration
}

var parts = []part{
	{name: "core", alone: theCore, takes: (*options).coreTakes},
	{name: "memory", alone: memory, takes: (*options).memoryTakes},
	{name: "burst", run: (*lab).bursts, takes: func(o *options) time.Duration { return o.compareTakes(o.burstVariants()) }},
	{name: "workers", run: (*lab).workers, takes: func(o *options) time.Duration { return o.compareTakes(workerVariants) }},
	{name: "many", run: (*lab).many, takes: (*options).manyTakes},
	{name: "latency", run: (*lab).latencies, takes: (*options).latencyTakes},
	{name: "takeover", run: (*lab).takeovers, takes: (*options).takeoversTake},
	{name: "due", run: (*lab).due, takes: (*options).dueTakes},
	{name: "credits", run: (*lab).credits, takes: (*options).dueTakes},
	{name: "mix", run: (*lab).mix, takes: (*options).mixTakes},
	{name: "kinds", run: (*lab).kinds, takes: (*options).kindsTake},
	{name: "alltail", run: (*lab).allTail, takes: (*options).allTailTakes},
	{name: "curve", run: (*lab).curve, takes: (*options).curveTakes},
	{name: "identities", run: (*lab).identities, takes: (*options).identitiesTake},
	{name: "sustained", run: (*lab).sustained, takes: (*options).sustainedTakes},
}

// wanted are the parts that are to run.
func (o *options) wanted() ([]part, error) {
	if o.only != "" {
		for _, name := range strings.Split(o.only, ",") {
			if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
				return nil, fmt.Errorf("there is no part %q", name)
			}
		}
	}
	if o.wants("many") && o.many <= 0 {
		return nil, errors.New("the part many needs a number of wallets: -many")
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return !o.wants(p.name) }), nil
}

func measure(ctx context.Context, o *options, r *report) error {
	if o.sweep {
		l, err := startLab(ctx, o, r)
		if err != nil {
			return err
		}
		defer l.close()
		return l.sweep(ctx)
	}
	wanted, err := o.wanted()
	if err != nil {
		return err
	}
	var l *lab
	defer func() {
		if l != nil {
			l.close()
		}
	}()
	for i, p := range wanted {
		say("%s %s: part %d of %d; about %s are left", time.Now().Format(time.TimeOnly), p.name, i+1, len(wanted), o.left(wanted[i:]))
		if p.alone != nil {
			err = p.alone(ctx, o, r)
		} else {
			if l == nil {
				if l, err = startLab(ctx, o, r); err != nil {
					return err
				}
			}
			err = p.run(l, ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
