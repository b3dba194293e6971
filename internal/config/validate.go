package config

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"purser/state"
)

// Validate says in one sentence what is wrong with which setting, and what to do.
func (c *Config) Validate() error {
	for _, check := range []func() error{c.validateKafka, c.validateStores, c.validateEngine, c.validateTimes, c.validateGateway, c.validateProcess} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// bad is the one form of all complaints: the setting, its value, where it came from, and what it has to be.
func (c *Config) bad(name, mustBe string) error {
	s := c.Lookup(name)
	from := s.Source
	if from == "" {
		from = "default"
	}
	return fmt.Errorf("setting %s is %s (from %s): it must be %s (flag --%s, environment %s, or the configuration file)",
		name, s.shown(s.Value()), from, mustBe, name, s.Env())
}

func (c *Config) oneOf(name string, allowed ...string) error {
	value := c.Lookup(name).Value()
	if slices.Contains(allowed, value) {
		return nil
	}
	return c.bad(name, "one of "+strings.TrimPrefix(strings.Join(allowed, ", "), ", "))
}

func (c *Config) atLeast(least int, names ...string) error {
	for _, name := range names {
		var n int
		if _, err := fmt.Sscan(c.Lookup(name).Value(), &n); err != nil || n < least {
			return c.bad(name, fmt.Sprintf("at least %d", least))
		}
	}
	return nil
}

func (c *Config) between(name string, value, least, most time.Duration) error {
	if value < least || value > most {
		return c.bad(name, fmt.Sprintf("between %v and %v", least, most))
	}
	return nil
}

func (c *Config) address(name, value string) error {
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		return c.bad(name, "host:port")
	}
	return nil
}

func (c *Config) validateKafka() error {
	k := &c.Kafka
	if len(k.Brokers) == 0 {
		return c.bad("kafka-brokers", "at least one host:port")
	}
	for _, broker := range k.Brokers {
		if err := c.address("kafka-brokers", broker); err != nil {
			return err
		}
	}
	if err := c.oneOf("kafka-sasl-mechanism", "", "plain", "scram-sha-256", "scram-sha-512"); err != nil {
		return err
	}
	switch {
	case k.Mechanism != "" && k.User == "":
		return c.bad("kafka-sasl-user", "given, because kafka-sasl-mechanism is "+k.Mechanism)
	case k.Mechanism != "" && k.Password == "":
		return fmt.Errorf("setting kafka-sasl-password is empty: kafka-sasl-mechanism is %s, so give it in PURSER_KAFKA_SASL_PASSWORD "+
			"or in the file that kafka-sasl-password-file names", k.Mechanism)
	case k.Mechanism == "" && (k.User != "" || k.Password != ""):
		return c.bad("kafka-sasl-mechanism", "given, because a user or password to log in with is")
	case k.Group == "":
		return c.bad("group", "the name of a consumer group")
	case strings.Trim(k.TopicPrefix, topicLetters) != "":
		return c.bad("topic-prefix", "made of letters, digits, dot, dash and underscore")
	}
	if err := c.oneOf("kafka-compression", "none", "snappy", "lz4", "zstd"); err != nil {
		return err
	}
	return c.tlsFiles("kafka", k.TLS, k.CAFile, k.CertFile, k.KeyFile)
}

const topicLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// tlsFiles: a certificate and its key come together, and only with TLS on; nobody should believe that he speaks TLS.
func (c *Config) tlsFiles(of string, on bool, ca, cert, key string) error {
	switch {
	case !on && (ca != "" || cert != "" || key != ""):
		return c.bad(of+"-tls", "true, because certificates are given")
	case cert != "" && key == "":
		return c.bad(of+"-tls-key-file", "given, because "+of+"-tls-cert-file is")
	case cert == "" && key != "":
		return c.bad(of+"-tls-cert-file", "given, because "+of+"-tls-key-file is")
	}
	return nil
}

func (c *Config) validateStores() error {
	if err := c.address("redis-addr", c.Redis.Addr); err != nil {
		return err
	}
	if err := c.atLeast(0, "redis-db"); err != nil {
		return err
	}
	if err := c.tlsFiles("redis", c.Redis.TLS, c.Redis.CAFile, c.Redis.CertFile, c.Redis.KeyFile); err != nil {
		return err
	}
	if _, err := c.PostgresURL(); err != nil {
		return err
	}
	return c.atLeast(1, "postgres-connections")
}

func (c *Config) validateEngine() error {
	if len(c.Engine.Roles) == 0 {
		return c.bad("roles", "at least one of process, checkpoint, tick")
	}
	for _, role := range c.Engine.Roles {
		if !slices.Contains([]string{RoleProcess, RoleCheckpoint, RoleTick}, role) {
			return c.bad("roles", "a list of process, checkpoint, tick")
		}
	}
	if c.Engine.Workers > 64 {
		return c.bad("workers", "64 at most")
	}
	if c.Engine.BatchMax > 100_000 {
		return c.bad("batch-max", "100000 at most")
	}
	if e := &c.Engine; e.ChangelogVersion < 1 || e.ChangelogVersion > state.NewestForm {
		return c.bad("changelog-version", fmt.Sprintf("from 1 to %d, which is the newest that this release knows", state.NewestForm))
	}
	return c.atLeast(1, "workers", "batch-max", "slice-max", "pinned-cells", "cache-cells", "cache-mib", "held-events", "checkpoint-rows", "checkpoint-cells")
}

func (c *Config) validateTimes() error {
	e := &c.Engine
	for _, err := range []error{
		c.between("batch-interval", e.BatchInterval, time.Millisecond, time.Second),
		c.between("session-timeout", e.SessionTimeout, time.Second, 5*time.Minute),
		c.between("rebalance-timeout", e.RebalanceTimeout, time.Second, 5*time.Minute),
		c.between("transaction-timeout", e.TransactionTimeout, time.Second, 15*time.Minute),
		c.between("duplicate-window", e.DuplicateWindow, MinDuplicateWindow, 366*24*time.Hour),
		c.between("position-interval", e.PositionInterval, 10*time.Millisecond, time.Minute),
		c.between("checkpoint-interval", e.CheckpointInterval, 10*time.Millisecond, time.Hour),
		c.between("checkpoint-cells-interval", e.CheckpointCellsInterval, 10*time.Millisecond, time.Hour),
		c.between("tick-every", e.TickInterval, 100*time.Millisecond, 24*time.Hour),
	} {
		if err != nil {
			return err
		}
	}
	switch {
	case e.TransactionTimeout < e.SessionTimeout:
		// The broker would abort under an owner that the group still takes for alive.
		return c.bad("transaction-timeout", "at least session-timeout, which is "+e.SessionTimeout.String())
	case e.MaxTickAhead < 0:
		return c.bad("max-tick-ahead", "0 or longer")
	}
	return nil
}

func (c *Config) validateGateway() error {
	g := &c.Gateway
	switch {
	case g.Group == "" || g.Group == c.Kafka.Group:
		return c.bad("gateway-group", "the name of a consumer group other than that of the processors (setting group)")
	case g.Rate > 1_000_000:
		return c.bad("gateway-rate", "1000000 at most")
	}
	if err := c.atLeast(0, "gateway-rate"); err != nil {
		return err
	}
	return c.between("gateway-late", g.Late, time.Millisecond, 7*24*time.Hour)
}

func (c *Config) validateProcess() error {
	if c.Process.HTTPListen != "" {
		if err := c.address("http-listen", c.Process.HTTPListen); err != nil {
			return err
		}
	} else if c.Process.PProf {
		return c.bad("http-listen", "an address, because pprof is on")
	}
	if err := c.oneOf("log-level", "debug", "info", "warn", "error"); err != nil {
		return err
	}
	return c.oneOf("log-format", "text", "json")
}
