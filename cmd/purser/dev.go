package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"purser/internal/config"
	"purser/internal/embedded"
	"purser/internal/gateway"
	"purser/internal/node"
	"purser/internal/telemetry"
	"purser/internal/verify"
	"purser/internal/verify/stores"
	"purser/state/redis"
)

func devCommand() *cobra.Command {
	e, pays := embedded.Config{}, false
	c := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in this one process, with nothing installed",
		Long: `Runs a broker that speaks the Kafka protocol, a Redis, a checkpoint in memory, all roles of purser and the payment gateway for
development ("purser gateway") in this process, on loopback, until it is interrupted. It is for development: what it holds survives a clean stop in the folder that --data names, and no other.

Ticks may be ahead of the clock here (max-tick-ahead 0), so that "purser tick --until T" lets months pass.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&e.Dir, "data", "", "folder to keep the data in; default: nothing is kept")
	c.Flags().IntVar(&e.KafkaPort, "kafka-port", 19092, "port of the broker; 0: a free one")
	c.Flags().IntVar(&e.RedisPort, "redis-port", 16379, "port of Redis; 0: a free one")
	c.Flags().Int32Var(&e.Partitions, "partitions", 4, "partitions of each topic")
	c.Flags().BoolVar(&pays, "gateway", true, "answer recharge attempts as \"purser gateway\" does; false: leave them to another gateway")
	s := settings(c, config.SectionEngine, config.SectionGateway, config.SectionProcess)
	s.Lookup("http-listen").SetDefault("127.0.0.1:19464")
	s.Lookup("max-tick-ahead").SetDefault("0s")
	s.Lookup("log-level").SetDefault("warn")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if e.Partitions < 1 {
			return fmt.Errorf("--partitions is %d: it must be at least 1", e.Partitions)
		}
		return dev(c.Context(), c.OutOrStdout(), s, e, pays)
	}
	return c
}

func dev(ctx context.Context, out io.Writer, s *config.Config, e embedded.Config, pays bool) (err error) {
	inside, err := startInside(ctx, s, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inside.close()) }()
	if inside.env.Unclean {
		fmt.Fprintf(out, "The last process did not end cleanly: what %s holds may be incomplete. Remove it to begin anew.\n\n", e.Dir)
	}
	g, ctx := errgroup.WithContext(ctx)
	listening := make(chan string, 1)
	if s.Process.HTTPListen == "" {
		listening <- ""
	} else {
		handler := telemetry.Handler(inside.registry, inside.parts.Health, s.Process.PProf)
		g.Go(func() error {
			return telemetry.Serve(ctx, s.Process.HTTPListen, handler, inside.parts.Log, func(a net.Addr) { listening <- a.String() })
		})
	}
	g.Go(func() error { return node.Run(ctx, inside.parts) })
	if pays {
		g.Go(func() error { return gateway.Run(ctx, inside.gateway(s)) })
	}
	g.Go(func() error {
		select {
		case http := <-listening:
			printHowTo(out, inside.env, http, pays)
		case <-ctx.Done():
		}
		return nil
	})
	return g.Wait()
}

// inside is the embedded environment with the parts of a node that runs on it.
type inside struct {
	env      *embedded.Environment
	cache    *redis.Cache
	parts    node.Parts
	registry *prometheus.Registry
}

func startInside(ctx context.Context, s *config.Config, e embedded.Config) (*inside, error) {
	log, err := telemetry.Logger(os.Stderr, s.Process.LogLevel, s.Process.LogFormat)
	if err != nil {
		return nil, err
	}
	e.Names, e.Group = names(s), s.Kafka.Group
	env, err := embedded.Start(ctx, e)
	if err != nil {
		return nil, err
	}
	registry := telemetry.NewRegistry(version)
	cache := redis.New(&goredis.Options{Addr: env.Redis}, s.Kafka.TopicPrefix, 0)
	telemetry.RegisterRedis(registry, cache.Stat)
	return &inside{
		env: env, cache: cache, registry: registry,
		parts: node.Parts{
			Engine: s.Engine, Names: e.Names, Group: e.Group,
			Client: []kgo.Opt{kgo.SeedBrokers(env.Brokers...), kgo.WithHooks(telemetry.NewKafka(registry))},
			Store:  env.Checkpoint, Cache: cache, Log: log, Registry: registry, Health: telemetry.NewHealth(), AnyTime: true,
		},
	}, nil
}

func (i *inside) gateway(s *config.Config) gateway.Config {
	return gateway.Config{
		Client: i.parts.Client, Names: i.parts.Names, Group: s.Gateway.Group, Late: s.Gateway.Late, Rate: s.Gateway.Rate,
		Log: i.parts.Log, Metrics: gateway.NewMetrics(i.registry),
	}
}

func (i *inside) close() error { return errors.Join(i.cache.Close(), i.env.Close()) }

// audit verifies everything that was produced; without records of the producers the inputs say what that was.
func (i *inside) audit(ctx context.Context, progress io.Writer, s *config.Config, records ...string) (*verify.Report, error) {
	p := &i.parts
	return verify.Run(ctx, verify.Config{
		Client: p.Client, Prefix: p.Names.Prefix, Group: p.Group, QuietTimeout: 2 * time.Minute, Window: s.Engine.DuplicateWindow,
		RecordFiles: records, ReadCell: stores.ReadCell, Unsettled: stores.Unsettled, Due: stores.Due, CheckpointTimeout: time.Minute, Checkpoint: stores.Checkpoint{Store: i.env.Checkpoint},
		Cache: i.cache, Progress: verifyProgress(progress),
	})
}
