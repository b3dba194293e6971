package main

import (
	"context"
	"net"
	"os"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/node"
	"purser/internal/telemetry"
)

func runCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the roles of this process: process, checkpoint, tick",
		Long: `Runs until it is interrupted, then finishes the batch, commits and leaves the group.

The process role decides events; start as many as the load asks. The checkpoint role brings ledger and state to Postgres; a
second one loses harmlessly. The tick role writes the time; a second one does no harm.`,
		Args: cobra.NoArgs,
	}
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres, config.SectionEngine, config.SectionProcess)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return explain(c.Context(), s, run(c.Context(), s), rolesOf(s)...)
	}
	return c
}

// rolesOf are the roles of a process, as those who grant rights know them.
func rolesOf(s *config.Config) []access.Role {
	roles := make([]access.Role, len(s.Engine.Roles))
	for i, name := range s.Engine.Roles {
		roles[i] = access.Role(name)
	}
	return roles
}

func run(ctx context.Context, s *config.Config) error {
	log, err := telemetry.Logger(os.Stderr, s.Process.LogLevel, s.Process.LogFormat)
	if err != nil {
		return err
	}
	opts, err := s.KafkaOpts()
	if err != nil {
		return err
	}
	store, err := openPostgres(ctx, s)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrated(ctx); err != nil {
		return err
	}
	if err := access.CheckPostgres(ctx, store, rolesOf(s)...); err != nil {
		return err
	}
	registry, health := telemetry.NewRegistry(version), telemetry.NewHealth()
	telemetry.RegisterPostgres(registry, store.Stat)
	parts := node.Parts{
		Engine: s.Engine, Names: names(s), Group: s.Kafka.Group,
		Client: append(opts, kgo.WithHooks(telemetry.NewKafka(registry))),
		Store:  store, Log: log, Registry: registry, Health: health, Failpoint: failpoint(),
		Check: func(ctx context.Context, client *kgo.Client) error {
			return access.Check(ctx, client, s.Kafka.LoggedInAs(), installation(s), rolesOf(s)...)
		},
		Explain: func(ctx context.Context, err error) error { return explain(ctx, s, err, rolesOf(s)...) },
	}
	cache, err := openRedis(s)
	if err != nil {
		return err
	}
	if cache != nil {
		defer cache.Close()
		parts.Cache = cache
		telemetry.RegisterRedis(registry, cache.Stat)
	}
	g, ctx := errgroup.WithContext(ctx)
	if s.Process.HTTPListen != "" {
		handler := telemetry.Handler(registry, health, s.Process.PProf)
		g.Go(func() error {
			return telemetry.Serve(ctx, s.Process.HTTPListen, handler, log, func(a net.Addr) { log.Info("HTTP", "address", a.String()) })
		})
	}
	g.Go(func() error { return node.Run(ctx, parts) })
	return g.Wait()
}
