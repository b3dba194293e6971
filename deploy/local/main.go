// Command local starts and stops the servers that purser runs on, for development: one Kafka, one Redis and one Postgres
// on loopback, with free ports and data folders of their own.
//
//	go run ./deploy/local up|down|status|wipe
//
// It uses Docker Compose where an engine answers, and local parts otherwise. LOCAL_DIR says where the data goes (.local).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// backend runs the three servers. Both keep what they need to find them again in the folder.
type backend interface {
	// up starts what does not run yet and returns the addresses.
	up(ctx context.Context) (addresses, error)
	// down stops what runs, and nothing that is not ours.
	down(ctx context.Context) error
	// running names the servers that run, with their addresses.
	running(ctx context.Context) (map[string]string, error)
	// wipe deletes the data of servers that are down.
	wipe(ctx context.Context) error
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: go run ./deploy/local up|down|status|wipe")
	}
	dir, err := folder()
	if err != nil {
		return err
	}
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	switch args[0] {
	case "up":
		return up(ctx, dir)
	case "down":
		return down(ctx, dir)
	case "status":
		return status(ctx, dir)
	case "wipe":
		return wipe(ctx, dir)
	default:
		return fmt.Errorf("unknown command %q: up, down, status or wipe", args[0])
	}
}

func folder() (string, error) {
	dir := os.Getenv("LOCAL_DIR")
	if dir == "" {
		dir = ".local"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// lock keeps a second `up` from starting everything once more beside the first.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil // the lock goes with the descriptor, at the latest with the process
}

func up(ctx context.Context, dir string) error {
	var b backend = parts{dir}
	if c, why := newCompose(ctx, dir); c != nil {
		b = c
	} else {
		fmt.Println("starting local parts:", why)
	}
	found, err := b.up(ctx)
	if err != nil {
		return err
	}
	if err := found.write(envFile(dir)); err != nil {
		return err
	}
	fmt.Printf("kafka     %s\nredis     %s\npostgres  %s\n", found.kafka, found.redis, found.postgres)
	fmt.Printf("env file  %s   (set -a; . %[1]s; set +a)\n", shown(envFile(dir)))
	return nil
}

// down asks both backends: an engine may have been started, or stopped, since `up`.
func down(ctx context.Context, dir string) error {
	err := parts{dir}.down(ctx)
	if c, _ := newCompose(ctx, dir); c != nil {
		err = errors.Join(err, c.down(ctx))
	}
	return errors.Join(err, remove(envFile(dir)))
}

func status(ctx context.Context, dir string) error {
	backends := []backend{parts{dir}}
	if c, _ := newCompose(ctx, dir); c != nil {
		backends = append(backends, c)
	}
	for _, b := range backends {
		running, err := b.running(ctx)
		if err != nil {
			return err
		}
		for _, name := range []string{"kafka", "redis", "postgres"} {
			if addr, ok := running[name]; ok {
				fmt.Printf("%-9s %s\n", name, addr)
			}
		}
	}
	return nil
}

func wipe(ctx context.Context, dir string) error {
	if err := down(ctx, dir); err != nil {
		return err
	}
	err := parts{dir}.wipe(ctx)
	if c, _ := newCompose(ctx, dir); c != nil {
		err = errors.Join(err, c.wipe(ctx))
	}
	return errors.Join(err, os.RemoveAll(dir))
}
