package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"purser/internal/servers"
)

// compose runs the servers as containers. Their data is in volumes of a project of our folder's own.
type compose struct {
	dir     string
	file    string
	command []string // docker compose, or docker-compose
	ports   map[string]string
}

// composePorts are the variables of compose.yaml.
var composePorts = []string{"PURSER_KAFKA_PORT", "PURSER_REDIS_PORT", "PURSER_POSTGRES_PORT"}

// newCompose is nil where Docker Compose cannot be used, with the reason.
func newCompose(ctx context.Context, dir string) (c *compose, why string) {
	if !servers.DockerAnswers(ctx) {
		return nil, "no Docker engine answers"
	}
	file := filepath.Join("deploy", "compose.yaml")
	if _, err := os.Stat(file); err != nil {
		return nil, file + " is not here; run this from the project's root"
	}
	for _, command := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if exec.CommandContext(ctx, command[0], append(command[1:], "version")...).Run() == nil {
			return &compose{dir: dir, file: file, command: command, ports: readPorts(dir)}, ""
		}
	}
	return nil, "a Docker engine answers, but there is no Docker Compose"
}

func portsFile(dir string) string { return filepath.Join(dir, "compose.env") }

func readPorts(dir string) map[string]string {
	ports := map[string]string{}
	b, _ := os.ReadFile(portsFile(dir)) // none yet: none are known
	for line := range strings.Lines(string(b)) {
		if name, port, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			ports[name] = port
		}
	}
	return ports
}

func (c *compose) up(ctx context.Context) (addresses, error) {
	found, err := c.running(ctx)
	if err != nil {
		return addresses{}, err
	}
	if len(found) == 0 {
		if err := c.choosePorts(); err != nil {
			return addresses{}, err
		}
	}
	if _, err := c.run(ctx, "up", "-d"); err != nil {
		return addresses{}, err
	}
	a := c.addresses()
	err = errors.Join(
		await(ctx, "kafka", func(ctx context.Context) error { return servers.KafkaReady(ctx, a.kafka) }),
		await(ctx, "redis", func(ctx context.Context) error { return servers.RedisReady(ctx, a.redis) }),
		await(ctx, "postgres", func(ctx context.Context) error { return servers.PostgresReady(ctx, c.addr(composePorts[2])) }),
	)
	return a, err
}

func (c *compose) addr(variable string) string { return "127.0.0.1:" + c.ports[variable] }

func (c *compose) addresses() addresses {
	return addresses{
		kafka:    c.addr(composePorts[0]),
		redis:    c.addr(composePorts[1]),
		postgres: servers.PostgresURL(c.addr(composePorts[2]), servers.PostgresUser),
	}
}

// choosePorts keeps the ports of last time where they are free.
func (c *compose) choosePorts() error {
	var text strings.Builder
	for _, variable := range composePorts {
		port := oldPort(c.addr(variable))
		if port == 0 {
			var err error
			if port, err = servers.FreePort(); err != nil {
				return err
			}
		}
		c.ports[variable] = fmt.Sprint(port)
		fmt.Fprintf(&text, "%s=%d\n", variable, port)
	}
	return os.WriteFile(portsFile(c.dir), []byte(text.String()), 0o644)
}

func (c *compose) down(ctx context.Context) error {
	found, err := c.running(ctx)
	if err != nil || len(found) == 0 {
		return err
	}
	_, err = c.run(ctx, "down")
	return err
}

func (c *compose) wipe(ctx context.Context) error {
	_, err := c.run(ctx, "down", "--volumes")
	return errors.Join(err, remove(portsFile(c.dir)))
}

func (c *compose) running(ctx context.Context) (map[string]string, error) {
	found := map[string]string{}
	for i, name := range []string{"kafka", "redis", "postgres"} {
		out, err := c.run(ctx, "ps", "-q", name)
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(out) != "" {
			found[name] = c.addr(composePorts[i])
		}
	}
	return found, nil
}

// run names the project by the folder, so that two checkouts do not take each other's containers for their own.
func (c *compose) run(ctx context.Context, args ...string) (string, error) {
	project := fmt.Sprintf("purser-%x", sha256.Sum256([]byte(c.dir)))[:len("purser-")+8]
	all := append(append([]string{}, c.command[1:]...), "-p", project, "-f", c.file)
	cmd := exec.CommandContext(ctx, c.command[0], append(all, args...)...)
	cmd.Env = os.Environ()
	for _, variable := range composePorts {
		port := c.ports[variable]
		if port == "" {
			port = "0" // compose.yaml cannot be read without
		}
		cmd.Env = append(cmd.Env, variable+"="+port)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("docker compose %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}

func await(ctx context.Context, name string, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		attempt, done := context.WithTimeout(ctx, 5*time.Second)
		err := ready(attempt)
		done()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", name, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
