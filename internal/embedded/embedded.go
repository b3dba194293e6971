// Package embedded is everything that purser needs, inside one process: a broker that speaks the Kafka protocol, a Redis,
// and a checkpoint in memory. It is for development and demonstration; nothing has to be installed.
//
// With a data folder, what the broker holds survives a clean stop. The checkpoint does not, and need not: a restore reads
// the compacted changelog and the ledger from their start instead. After a stop that was not clean the broker's files may
// end in the middle of something; the folder remembers it, and Start says so.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/provision"
	"purser/state/inmem"
	"purser/topics"
)

// Config is where it listens, always on loopback, and where it keeps its data. The zero value keeps nothing and takes
// free ports.
type Config struct {
	Dir        string // "": nothing is kept
	KafkaPort  int    // 0: a free one
	RedisPort  int
	Partitions int32
	Names      topics.Names
	Group      string
	Clock      *Clock // the broker's; nil: what is produced keeps its producer's time
}

// Environment is what runs.
type Environment struct {
	Brokers    []string
	Redis      string // address
	Checkpoint *inmem.Checkpoint
	Unclean    bool // the folder was not closed the last time: what it holds may be incomplete

	cluster *kfake.Cluster
	redis   *miniredis.Miniredis
	folder  *folder
}

// Start starts it, creates the topics and commits the group's first offsets where that has not been done.
func Start(ctx context.Context, c Config) (e *Environment, err error) {
	e = &Environment{Checkpoint: &inmem.Checkpoint{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
			e = nil
		}
	}()
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.ClusterID("purser-embedded"), kfake.ListenFn(listenOnLoopback)}
	if c.KafkaPort != 0 {
		options = append(options, kfake.Ports(c.KafkaPort))
	}
	if c.Dir != "" {
		if e.folder, err = openFolder(c.Dir); err != nil {
			return e, err
		}
		e.Unclean = e.folder.unclean
		options = append(options, kfake.DataDir(filepath.Join(c.Dir, "kafka")))
	}
	if e.cluster, err = kfake.NewCluster(options...); err != nil {
		return e, fmt.Errorf("start the embedded broker: %w", err)
	}
	if c.Clock != nil {
		c.Clock.rule(e.cluster)
	}
	e.Brokers = e.cluster.ListenAddrs()
	e.redis = miniredis.NewMiniRedis()
	if err = e.redis.StartAddr(net.JoinHostPort("127.0.0.1", strconv.Itoa(c.RedisPort))); err != nil {
		e.redis = nil
		return e, fmt.Errorf("start the embedded Redis: %w", err)
	}
	e.Redis = e.redis.Addr()
	return e, e.prepare(ctx, c)
}

// listenOnLoopback: whatever address the broker would like, nobody outside this machine is served without a password.
func listenOnLoopback(network, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return net.Listen(network, net.JoinHostPort("127.0.0.1", port))
}

func (e *Environment) prepare(ctx context.Context, c Config) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(e.Brokers...))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	created, err := provision.CreateTopics(ctx, admin, c.Names, c.Partitions, 1)
	if err != nil {
		return err
	}
	for _, d := range created.Differences {
		if d.Must {
			return fmt.Errorf("the data folder %s holds topics of another kind: %s; start with the settings it was made with, or with an empty folder", c.Dir, d)
		}
	}
	_, err = provision.CommitStartOffsets(ctx, admin, c.Names, c.Group)
	return err
}

// Close stops everything and closes the data folder.
func (e *Environment) Close() error {
	if e.redis != nil {
		e.redis.Close()
	}
	if e.cluster != nil {
		e.cluster.Close()
	}
	return e.folder.close()
}

// folder is a data folder that one process at a time uses.
type folder struct {
	lock    *os.File
	open    string // exists while the folder is in use
	unclean bool
}

func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data folder: %w", err)
	}
	if err := takeLock(lock); err != nil {
		return nil, errors.Join(fmt.Errorf("the data folder %s is in use by another process: %w", dir, err), lock.Close())
	}
	f := &folder{lock: lock, open: filepath.Join(dir, "open")}
	if _, err := os.Stat(f.open); err == nil {
		f.unclean = true
	}
	if err := os.WriteFile(f.open, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("mark the data folder as open: %w", err), lock.Close())
	}
	return f, nil
}

// close marks a clean stop. A folder that was unclean before stays so: what it lacks does not come back.
func (f *folder) close() error {
	if f == nil {
		return nil
	}
	var err error
	if !f.unclean {
		err = os.Remove(f.open)
	}
	return errors.Join(err, f.lock.Close())
}
