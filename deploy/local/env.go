package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// addresses of the three servers, as purser's settings want them.
type addresses struct{ kafka, redis, postgres string }

func envFile(dir string) string { return filepath.Join(dir, "env") }

// write leaves out `export`, so that shells and Docker's --env-file can both read it.
func (a addresses) write(path string) error {
	text := fmt.Sprintf("PURSER_KAFKA_BROKERS=%s\nPURSER_REDIS_ADDR=%s\nPURSER_POSTGRES_URL=%s\n", a.kafka, a.redis, a.postgres)
	return os.WriteFile(path, []byte(text), 0o644)
}

// shown is a path as short as it can be written here.
func shown(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
