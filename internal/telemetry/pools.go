package telemetry

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// figure is one number of a pool's statistics.
type figure[S any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(S) float64
}

func count[S any](name, help string, value func(S) float64) figure[S] {
	return figure[S]{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, value}
}

func level[S any](name, help string, value func(S) float64) figure[S] {
	return figure[S]{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, value}
}

// pool asks a connection pool for its statistics whenever metrics are gathered.
type pool[S any] struct {
	stats   func() S
	figures []figure[S]
}

func (p pool[S]) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range p.figures {
		ch <- f.desc
	}
}

func (p pool[S]) Collect(ch chan<- prometheus.Metric) {
	stats := p.stats()
	for _, f := range p.figures {
		ch <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(stats))
	}
}

// RegisterPostgres shows the state of the pool of Postgres connections.
func RegisterPostgres(r prometheus.Registerer, stats func() *pgxpool.Stat) {
	type S = *pgxpool.Stat
	r.MustRegister(pool[S]{stats, []figure[S]{
		level("purser_postgres_connections", "Connections to Postgres that are open.", func(s S) float64 { return float64(s.TotalConns()) }),
		level("purser_postgres_connections_busy", "Connections to Postgres that are in use.", func(s S) float64 { return float64(s.AcquiredConns()) }),
		level("purser_postgres_connections_max", "Connections to Postgres that this process may open.", func(s S) float64 { return float64(s.MaxConns()) }),
		count("purser_postgres_acquires_total", "Times that a connection to Postgres was asked for and given.", func(s S) float64 { return float64(s.AcquireCount()) }),
		count("purser_postgres_waits_total", "Times that a connection to Postgres was asked for while all were in use.", func(s S) float64 { return float64(s.EmptyAcquireCount()) }),
		count("purser_postgres_wait_seconds_total", "Time spent on waiting for a connection to Postgres.", func(s S) float64 { return s.EmptyAcquireWaitTime().Seconds() }),
		count("purser_postgres_connects_total", "Connections to Postgres that were opened.", func(s S) float64 { return float64(s.NewConnsCount()) }),
	}})
}

// RegisterRedis shows the state of the pool of Redis connections.
func RegisterRedis(r prometheus.Registerer, stats func() *redis.PoolStats) {
	type S = *redis.PoolStats
	r.MustRegister(pool[S]{stats, []figure[S]{
		level("purser_redis_connections", "Connections to Redis that are open.", func(s S) float64 { return float64(s.TotalConns) }),
		level("purser_redis_connections_idle", "Connections to Redis that are not in use.", func(s S) float64 { return float64(s.IdleConns) }),
		count("purser_redis_pool_hits_total", "Times that an open connection to Redis was free.", func(s S) float64 { return float64(s.Hits) }),
		count("purser_redis_pool_misses_total", "Times that no open connection to Redis was free.", func(s S) float64 { return float64(s.Misses) }),
		count("purser_redis_pool_timeouts_total", "Times that nobody gave a connection to Redis back in time.", func(s S) float64 { return float64(s.Timeouts) }),
		count("purser_redis_stale_connections_total", "Connections to Redis that were closed because they had gone bad.", func(s S) float64 { return float64(s.StaleConns) }),
	}})
}
