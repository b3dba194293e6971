package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"purser/internal/servers"
)

// parts runs the servers as local processes.
type parts struct{ dir string }

func (p parts) record(name string) string { return filepath.Join(p.dir, name+".json") }

func (p parts) up(ctx context.Context) (addresses, error) {
	kafka, err := p.one(ctx, "kafka", func(place servers.Place) (*servers.Server, error) {
		return servers.StartKafka(ctx, servers.KafkaConfig{Place: place})
	})
	if err != nil {
		return addresses{}, err
	}
	redis, err := p.one(ctx, "redis", func(place servers.Place) (*servers.Server, error) {
		return servers.StartRedis(ctx, servers.RedisConfig{Place: place, Snapshots: true})
	})
	if err != nil {
		return addresses{}, err
	}
	postgres, err := p.one(ctx, "postgres", func(place servers.Place) (*servers.Server, error) {
		return servers.StartPostgres(ctx, servers.PostgresConfig{Place: place})
	})
	if err != nil {
		return addresses{}, err
	}
	return addresses{
		kafka:    kafka.Addr,
		redis:    redis.Addr,
		postgres: servers.PostgresURL(postgres.Addr, servers.PostgresUser),
	}, nil
}

// one finds a server that runs, or starts it, at its old address where that is still free.
func (p parts) one(ctx context.Context, name string, start func(servers.Place) (*servers.Server, error)) (*servers.Server, error) {
	s, record, running, err := servers.Attach(p.record(name))
	if err != nil || running {
		return s, err
	}
	fmt.Println("starting", name, "…")
	s, err = start(servers.Place{Dir: p.data(name), Port: oldPort(record.Addr), Detached: true})
	if err != nil {
		return nil, err
	}
	if err := s.WriteRecord(p.record(name)); err != nil {
		return nil, errors.Join(err, s.Kill(ctx)) // a server that nobody could stop again
	}
	return s, nil
}

// data is a server's folder: within ours, except for a Postgres that could not reach it there.
func (p parts) data(name string) string {
	dir := filepath.Join(p.dir, name)
	if name == "postgres" && !servers.PostgresCanReach(dir) {
		return fmt.Sprintf("/var/lib/purser-local-%x", sha256.Sum256([]byte(dir)))[:len("/var/lib/purser-local-")+12]
	}
	return dir
}

// oldPort is the port of an address that is free now, and otherwise 0.
func oldPort(addr string) int {
	_, text, err := net.SplitHostPort(addr)
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(text)
	if err != nil || !servers.PortFree(port) {
		return 0
	}
	return port
}

// down keeps the records: they hold the addresses to come back to.
func (p parts) down(ctx context.Context) error {
	var errs []error
	for _, name := range []string{"kafka", "redis", "postgres"} {
		s, _, running, err := servers.Attach(p.record(name))
		if running {
			fmt.Println("stopping", name, "…")
			err = s.Stop(ctx)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (p parts) running(context.Context) (map[string]string, error) {
	found := map[string]string{}
	for _, name := range []string{"kafka", "redis", "postgres"} {
		s, _, running, err := servers.Attach(p.record(name))
		if err != nil {
			return nil, err
		}
		if running {
			found[name] = s.Addr
		}
	}
	return found, nil
}

func (p parts) wipe(context.Context) error {
	var errs []error
	for _, name := range []string{"kafka", "redis", "postgres"} {
		errs = append(errs, os.RemoveAll(p.data(name)), remove(p.record(name)))
	}
	return errors.Join(errs...)
}
