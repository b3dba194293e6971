package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
	"purser/state/postgres"
	"purser/state/redis"
	"purser/topics"
)

// settings gives a command the flags of some sections and returns what they will hold when it runs.
func settings(c *cobra.Command, sections ...config.Section) *config.Config {
	s := config.New()
	s.AddFlags(c.Flags(), sections...)
	c.PreRunE = func(*cobra.Command, []string) error { return s.Load(os.LookupEnv) }
	return s
}

func names(s *config.Config) topics.Names { return topics.Names{Prefix: s.Kafka.TopicPrefix} }

// admin returns a client for questions and orders to the brokers; close it.
func admin(s *config.Config) (*kadm.Client, error) {
	opts, err := s.KafkaOpts()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(opts, kgo.ClientID("purser-admin"))...)
	if err != nil {
		return nil, fmt.Errorf("a Kafka client: %w", err)
	}
	return kadm.NewClient(client), nil
}

func openPostgres(ctx context.Context, s *config.Config) (*postgres.Checkpoint, error) {
	url, err := s.PostgresURL()
	if err != nil {
		return nil, err
	}
	if url == "" {
		return nil, errors.New("setting postgres-url is empty, but this needs Postgres: give its address (flag --postgres-url, environment PURSER_POSTGRES_URL)")
	}
	return postgres.Open(ctx, postgres.Config{URL: url, MaxConns: int32(s.Postgres.Connections), Failpoint: failpoint()})
}

// openRedis returns nil where the cache is switched off.
func openRedis(s *config.Config) (*redis.Cache, error) {
	if !s.Redis.Cache {
		return nil, nil
	}
	options, err := s.RedisOptions()
	if err != nil {
		return nil, err
	}
	return redis.New(options, s.Kafka.TopicPrefix, 0), nil
}
