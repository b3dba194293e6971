package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
	"purser/internal/load"
	"purser/internal/provision"
	"purser/processors/core"
	"purser/topics"
)

// variant is one way to run an application on one kind of load.
type variant struct {
	Name        string
	Copy        bool
	Wallets     int
	Skew        load.Skew
	Workers     int
	BatchMax    int
	Interval    time.Duration
	Compression string
	Redis       bool
	Postgres    bool
	Lasts       time.Duration // how long a load on it is sustained
	Due         int           // of the wallets, so many have a grant that expires, or get credits: the last ones
	Credits     bool          // they get credits
	World       load.Mix      // what is defined, so that events of it find what they name
	Mix         load.Mix      // what is measured; default: usage alone
	Only        string        // of the parts beside usage, this type of event
	CPUGoal     float64       // of the application, µs an event; 0: that of a burst
}

const (
	orgs           = 100
	defaultBatch   = 10_000
	defaultGather  = 50 * time.Millisecond
	longestMeasure = 2 * time.Minute
)

// withDefaults fills in what a variant does not say.
func (v variant) withDefaults() variant {
	if v.Wallets == 0 {
		v.Wallets = 10_000
	}
	if v.Workers == 0 {
		v.Workers = 2
	}
	if v.BatchMax == 0 {
		v.BatchMax = defaultBatch
	}
	if v.Interval == 0 {
		v.Interval = defaultGather
	}
	return v
}

// system is a variant with topics of its own, and the processes that run it.
type system struct {
	lab      *lab
	v        variant
	names    topics.Names
	group    string
	children []*child
	seed     uint64
	url      string    // of its database; "": it has none
	expires  core.Time // when the grants of those that are due expire, or the month has begun for all of them
}

// newSystem creates the topics of a variant and gives its group the first offsets. Nothing runs yet.
func (l *lab) newSystem(ctx context.Context, v variant) (*system, error) {
	l.numbered++
	v = v.withDefaults()
	prefix := fmt.Sprintf("b%d.", l.numbered)
	s := &system{lab: l, v: v, names: topics.Names{Prefix: prefix}, group: prefix + "purser", seed: 1}
	if _, err := provision.CreateTopics(ctx, l.admin, s.names, partitions, 1); err != nil {
		return nil, err
	}
	// Small segments that are deleted quickly: what was measured must not fill the memory that the logs are in.
	if err := l.configure(ctx, "segment.bytes", "33554432", s.topics()...); err != nil {
		return nil, err
	}
	if _, err := provision.CommitStartOffsets(ctx, l.admin, s.names, s.group); err != nil {
		return nil, err
	}
	if v.Postgres {
		if err := s.createDatabase(ctx); err != nil {
			return nil, err
		}
	}
	l.systems = append(l.systems, s)
	return s, nil
}

// topics are all of this system's.
func (s *system) topics() (all []string) {
	for _, spec := range provision.Specs() {
		all = append(all, s.names.Of(spec.Topic))
	}
	return all
}

// start runs the application once more on this system.
func (s *system) start() (*child, error) {
	if s.v.Copy {
		return s.startRole("copy")
	}
	return s.startRole("app", config.RoleProcess)
}

// startRole runs a role of this program, the application's with roles of purser.
func (s *system) startRole(role string, of ...string) (*child, error) {
	a := appSettings{
		Brokers: s.lab.kafka.Addr, Prefix: s.names.Prefix, Group: s.group, Roles: of, Postgres: s.url,
		Workers: s.v.Workers, BatchMax: s.v.BatchMax, Interval: s.v.Interval, Compression: s.v.Compression, Cells: s.v.Wallets,
		Template: s.lab.template, PerEvent: s.lab.perEvent, SliceMax: s.lab.o.sliceMax,
	}
	if s.v.Redis {
		a.Redis = s.lab.redis.Addr
	}
	if s.lab.o.profile != "" {
		a.Profile = filepath.Join(s.lab.o.profile, fmt.Sprintf("%s%d.prof", s.names.Prefix, len(s.children)))
	}
	c, err := startChild(role, filepath.Join(s.lab.scratch.Dir, fmt.Sprintf("%s%d.log", s.names.Prefix, len(s.children))), a)
	if err == nil {
		s.children = append(s.children, c)
	}
	return c, err
}

// stop ends what still runs.
func (s *system) stop() error {
	var failed []error
	for _, c := range s.children {
		failed = append(failed, c.stop())
	}
	return errors.Join(failed...)
}

// stopAll is stop, after which others may be started.
func (s *system) stopAll() error {
	err := s.stop()
	s.children = nil
	return err
}

// remove ends it and deletes its topics and its database.
func (s *system) remove(ctx context.Context) error {
	if err := s.stopAll(); err != nil {
		return err
	}
	if err := s.dropDatabase(ctx); err != nil {
		return err
	}
	return s.lab.deleteTopics(ctx, s.topics()...)
}

// load is the seeded producer's settings for this system.
func (s *system) load(count int64) load.Config {
	s.seed++
	return load.Config{
		Client: []kgo.Opt{kgo.SeedBrokers(s.lab.kafka.Addr)}, Prefix: s.names.Prefix,
		Seed: s.seed, Start: time.Now(), Count: count, Orgs: orgs, Accounts: s.v.Wallets, Skew: s.v.Skew,
		SkipDefinitions: true, Mix: s.v.Mix, Only: s.v.Only,
	}
}

// define produces the orgs and as many wallets as are different, and waits until the application has taken them in, with their payments.
func (s *system) define(ctx context.Context) error {
	c := s.load(0)
	c.SkipDefinitions, c.Group, c.Accounts, c.Mix = false, s.group, s.defined(), s.v.World
	if s.v.Copy {
		c.Group = "" // nobody has to know of a wallet before its payment
	}
	watched, stop := s.whileAlive(ctx)
	defer stop(nil)
	if _, err := load.Run(watched, c); err != nil {
		return errors.Join(err, context.Cause(watched))
	}
	return s.drained(ctx)
}

// whileAlive is a context that ends when a process of this system does: what waits for it would wait in vain.
func (s *system) whileAlive(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	watched, stop := context.WithCancelCause(ctx)
	for _, c := range s.children {
		go func() {
			select {
			case <-c.done:
				stop(c.alive())
			case <-watched.Done():
			}
		}()
	}
	return watched, stop
}

// ends are the offsets up to which all there is now has to be consumed.
func (s *system) ends(ctx context.Context) (kadm.ListedOffsets, error) {
	return s.lab.endOffsets(ctx, s.names.Inputs()...)
}

func (s *system) drained(ctx context.Context) error {
	ends, err := s.ends(ctx)
	if err != nil {
		return err
	}
	_, err = s.until(ctx, ends)
	return err
}

// patience is how long anything of this system may take: a restore of many wallets, or what a long load has left behind.
func (s *system) patience() time.Duration {
	return longestMeasure + time.Duration(s.v.Wallets)*30*time.Microsecond + s.v.Lasts
}

// until returns the time at which the group was first seen to have committed past all of the ends. It looks every 5 ms.
func (s *system) until(ctx context.Context, ends kadm.ListedOffsets) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		offsets, err := s.lab.groupOffsets(ctx, s.group)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s: waiting for the group: %w", s.v.Name, err)
		}
		left := int64(0)
		ends.Each(func(end kadm.ListedOffset) {
			at, _ := offsets.Lookup(end.Topic, end.Partition) // zero where nothing is committed
			left += max(0, end.Offset-max(at.At, 0))
		})
		if left == 0 {
			return time.Now(), nil
		}
		for _, c := range s.children {
			if err := c.alive(); err != nil {
				return time.Time{}, err
			}
		}
		select {
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("%s: %d records are left: %w", s.v.Name, left, ctx.Err())
		case <-look.C:
		}
	}
}

// forget deletes the records of what was measured, inputs and outputs. What the application needs is in its memory.
func (s *system) forget(ctx context.Context) error {
	all := slices.DeleteFunc(s.topics(), func(t string) bool {
		return t == s.names.Of(topics.Changelog) // compacted: nothing can be deleted from it
	})
	ends, err := s.lab.endOffsets(ctx, all...)
	if err != nil {
		return err
	}
	return s.lab.deleteRecords(ctx, ends.Offsets())
}
