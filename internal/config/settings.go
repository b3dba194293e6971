package config

import "time"

// MinDuplicateWindow is the shortest time for which repetitions must be known (R2.1).
const MinDuplicateWindow = 48 * time.Hour

// Roles of a process.
const (
	RoleProcess    = "process"
	RoleCheckpoint = "checkpoint"
	RoleTick       = "tick"
)

func (c *Config) kafkaSettings() {
	a, k := c.section(SectionKafka), &c.Kafka
	a.list(&k.Brokers, "kafka-brokers", []string{"127.0.0.1:9092"}, "brokers to start from, host:port, separated by commas")
	a.toggle(&k.TLS, "kafka-tls", false, "speak TLS to the brokers")
	a.text(&k.CAFile, "kafka-tls-ca-file", "", "file with the certificates (PEM) that sign the brokers'; default: those of the system")
	a.text(&k.CertFile, "kafka-tls-cert-file", "", "file with the client's own certificate (PEM)")
	a.text(&k.KeyFile, "kafka-tls-key-file", "", "file with the key (PEM) of the client's own certificate")
	a.text(&k.Mechanism, "kafka-sasl-mechanism", "", "how to log in: plain, scram-sha-256 or scram-sha-512; default: not at all")
	a.text(&k.User, "kafka-sasl-user", "", "name to log in with")
	a.secret(&k.Password, "kafka-sasl-password", "password to log in with")
	a.text(&k.PasswordFile, "kafka-sasl-password-file", "", "file with the password to log in with")
	a.text(&k.Compression, "kafka-compression", "snappy", "compression of what is produced: none, snappy, lz4 or zstd")
	a.text(&k.TopicPrefix, "topic-prefix", "", "begins the name of every topic, so that installations can share a cluster")
	a.text(&k.Group, "group", "purser", "consumer group of the processors")
}

func (c *Config) redisSettings() {
	a, r := c.section(SectionRedis), &c.Redis
	a.toggle(&r.Cache, "cache", true, "use Redis; without it, cold cells are read from the checkpoint")
	a.text(&r.Addr, "redis-addr", "127.0.0.1:6379", "address of Redis, host:port")
	a.text(&r.User, "redis-user", "", "name to log in with; default: Redis' default user")
	a.secret(&r.Password, "redis-password", "password to log in with")
	a.text(&r.PasswordFile, "redis-password-file", "", "file with the password to log in with")
	a.number(&r.DB, "redis-db", 0, "number of the database")
	a.toggle(&r.TLS, "redis-tls", false, "speak TLS to Redis")
	a.text(&r.CAFile, "redis-tls-ca-file", "", "file with the certificates (PEM) that sign Redis'; default: those of the system")
	a.text(&r.CertFile, "redis-tls-cert-file", "", "file with the client's own certificate (PEM)")
	a.text(&r.KeyFile, "redis-tls-key-file", "", "file with the key (PEM) of the client's own certificate")
}

func (c *Config) postgresSettings() {
	a, p := c.section(SectionPostgres), &c.Postgres
	a.text(&p.URL, "postgres-url", "postgres://purser@127.0.0.1:5432/purser", "address of Postgres, without a password; TLS is chosen by its sslmode, sslrootcert, sslcert and sslkey. Empty: none, for commands that can do without")
	a.secret(&p.Password, "postgres-password", "password to log in with")
	a.text(&p.PasswordFile, "postgres-password-file", "", "file with the password to log in with")
	a.number(&p.Connections, "postgres-connections", 8, "connections that a process holds at most")
}

func (c *Config) engineSettings() {
	a, e := c.section(SectionEngine), &c.Engine
	a.list(&e.Roles, "roles", []string{RoleProcess, RoleCheckpoint, RoleTick}, "what this process does: process, checkpoint, tick")
	a.number(&e.Workers, "workers", 2, "members of the consumer group in this process; their transactions overlap")
	a.number(&e.BatchMax, "batch-max", 10_000, "events in a transaction at most")
	a.duration(&e.BatchInterval, "batch-interval", 50*time.Millisecond, "how long a transaction gathers events")
	a.duration(&e.SessionTimeout, "session-timeout", 6*time.Second, "silence after which the group takes a member for dead")
	a.duration(&e.RebalanceTimeout, "rebalance-timeout", 10*time.Second, "how long the group waits for a member when it rebalances")
	a.duration(&e.TransactionTimeout, "transaction-timeout", 10*time.Second, "how long a transaction may be open before the broker aborts it")
	a.duration(&e.DuplicateWindow, "duplicate-window", 168*time.Hour, "how long a repetition of an event is known to be one")
	a.number(&e.SliceMax, "slice-max", 2_000, "pieces of due work in a transaction at most; an eighth of it where events wait for the transaction")
	a.number(&e.PinnedCells, "pinned-cells", 1_000_000, "cells that a partition may hold which the checkpoint lacks; past it, it pauses")
	a.number(&e.CacheCells, "cache-cells", 20_000, "cells that a partition keeps ready for use in memory; others in memory are encoded, in a quarter of the room")
	a.number(&e.CacheMiB, "cache-mib", 256, "MiB of encoded cells that a partition keeps in memory, some 130 bytes each; what the checkpoint lacks may take more")
	a.number(&e.HeldEvents, "held-events", 100_000, "events that a partition may have waiting while the checkpoint does not answer; past it, it pauses")
	a.duration(&e.PositionInterval, "position-interval", time.Second, "how often the checkpoint's position is read")
	a.duration(&e.CheckpointInterval, "checkpoint-interval", time.Second, "how long ledger records gather before they are written to the checkpoint")
	a.duration(&e.CheckpointCellsInterval, "checkpoint-cells-interval", 10*time.Second, "how long changed cells gather before they are written to the checkpoint; longer while it is slow")
	a.number(&e.CheckpointRows, "checkpoint-rows", 100_000, "ledger records that the checkpointer holds in memory at most")
	a.number(&e.CheckpointCells, "checkpoint-cells", 400_000, "cells that the checkpointer holds in memory at most")
	a.duration(&e.TickInterval, "tick-every", time.Minute, "how often the tick role writes the time to every partition")
	a.number(&e.ChangelogVersion, "changelog-version", 1, "version of the binary form in which changed cells are written; raise it only when every process of the group runs a release that reads it (docs/upgrade.md)")
	a.duration(&e.MaxTickAhead, "max-tick-ahead", 5*time.Minute, "a tick that is further ahead of its append time is refused; 0 allows any, for development")
}

func (c *Config) gatewaySettings() {
	a, g := c.section(SectionGateway), &c.Gateway
	a.text(&g.Group, "gateway-group", "purser-gateway", "consumer group of the payment gateway for development")
	a.duration(&g.Late, "gateway-late", 30*time.Second, "how long after its attempt that gateway gives a late answer")
	a.number(&g.Rate, "gateway-rate", 0, "attempts that it answers in a second at most; 0: as they come")
}

func (c *Config) processSettings() {
	a, p := c.section(SectionProcess), &c.Process
	a.text(&p.HTTPListen, "http-listen", "", "address to serve /metrics, /healthz and /readyz on, such as 127.0.0.1:9464; default: off")
	a.toggle(&p.PProf, "pprof", false, "serve /debug/pprof there too")
	a.text(&p.LogLevel, "log-level", "info", "debug, info, warn or error")
	a.text(&p.LogFormat, "log-format", "text", "text or json")
}
