package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/servers"
)

// lab is the servers of one run of the benchmark.
type lab struct {
	o        *options
	report   *report
	scratch  *servers.Scratch
	kafka    *servers.Server
	redis    *servers.Server
	postgres *servers.Server
	client   *kgo.Client
	admin    *kadm.Client
	systems  []*system
	numbered int
	template string // file with ledger records as purser writes them; what the copy makes its records of
	perEvent int    // bytes of a ledger record, on average
}

// brokerProperties keep the broker's logs from filling the memory they are in: what was measured is deleted at once.
var brokerProperties = map[string]string{
	"log.segment.delete.delay.ms":     "1000",
	"log.retention.check.interval.ms": "2000",
	"log.initial.task.delay.ms":       "2000",
}

func startLab(ctx context.Context, o *options, r *report) (l *lab, err error) {
	l = &lab{o: o, report: r}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.scratch, err = servers.NewScratch(); err != nil {
		return l, err
	}
	r.Machine.Logs = l.scratch.Dir
	place := func(name string) servers.Place { return servers.Place{Dir: filepath.Join(l.scratch.Dir, name)} }
	say("starting Kafka, Redis and Postgres in %s", l.scratch.Dir)
	l.kafka, err = servers.StartKafka(ctx, servers.KafkaConfig{Place: place("kafka"), Properties: brokerProperties, HeapMB: 2048, QuickStart: o.quick})
	if err != nil {
		return l, err
	}
	if l.redis, err = servers.StartRedis(ctx, servers.RedisConfig{Place: place("redis")}); err != nil {
		return l, err
	}
	if l.postgres, err = servers.StartPostgres(ctx, servers.PostgresConfig{Place: place("postgres")}); err != nil {
		return l, err
	}
	if l.client, err = kgo.NewClient(kgo.SeedBrokers(l.kafka.Addr)); err != nil {
		return l, err
	}
	l.admin = kadm.NewClient(l.client)
	return l, r.servers(ctx, l)
}

// close ends everything. The data goes with it, so nothing needs to end cleanly.
func (l *lab) close() {
	var errs []error
	for _, s := range l.systems {
		errs = append(errs, s.stop())
	}
	if l.client != nil {
		l.client.Close()
	}
	for _, s := range []*servers.Server{l.kafka, l.redis, l.postgres} {
		if s != nil {
			errs = append(errs, s.Kill(context.Background()))
		}
	}
	if l.scratch != nil {
		errs = append(errs, l.scratch.Remove())
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "bench: cleaning up:", err)
	}
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
