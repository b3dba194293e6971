package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/config"
	"purser/state/postgres"
)

func installation(s *config.Config) access.Installation {
	return access.Installation{Names: names(s), Group: s.Kafka.Group, Gateway: s.Gateway.Group}
}

// needing lets a command say, where a server refused it something, which right is missing and who lacks it. The command runs
// first and asks afterwards: what it does not need today it need not be granted.
func needing(c *cobra.Command, s *config.Config, role access.Role) *cobra.Command {
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error { return explain(c.Context(), s, run(c, args), role) }
	return c
}

const explainWithin = 10 * time.Second

// explain names the right behind a refusal; other errors come back as they are.
func explain(ctx context.Context, s *config.Config, err error, roles ...access.Role) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), explainWithin)
	defer cancel()
	switch {
	case access.Refused(err):
		opts, optsErr := s.KafkaOpts()
		if optsErr != nil {
			return err
		}
		client, clientErr := kgo.NewClient(opts...)
		if clientErr != nil {
			return err
		}
		defer client.Close()
		return access.Explain(ctx, err, client, s.Kafka.LoggedInAs(), installation(s), roles...)
	case postgres.Refused(err):
		store, openErr := openPostgres(ctx, s)
		if openErr != nil {
			return err
		}
		defer store.Close()
		return access.ExplainPostgres(ctx, err, store, roles...)
	}
	return err
}
