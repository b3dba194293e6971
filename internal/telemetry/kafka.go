package telemetry

import (
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Kafka counts what all Kafka clients of a process do. Clients come and go with every restore and every worker that joins
// again, so the counters belong to the process and not, as kprom has it, to a client: a client that registers its own
// would either collide with the one before it or leave a new set of series behind each time.
type Kafka struct {
	connects, disconnects   prometheus.Counter
	connectErrors           prometheus.Counter
	requestErrors           *prometheus.CounterVec
	requestSeconds          *prometheus.HistogramVec
	throttledSeconds        prometheus.Counter
	writtenBytes, readBytes prometheus.Counter
	producedRecords         *prometheus.CounterVec
	producedBytes           *prometheus.CounterVec
	fetchedRecords          *prometheus.CounterVec
	fetchedBytes            *prometheus.CounterVec
	groupErrors             prometheus.Counter
}

var (
	_ kgo.HookBrokerConnect       = (*Kafka)(nil)
	_ kgo.HookBrokerDisconnect    = (*Kafka)(nil)
	_ kgo.HookBrokerE2E           = (*Kafka)(nil)
	_ kgo.HookBrokerThrottle      = (*Kafka)(nil)
	_ kgo.HookProduceBatchWritten = (*Kafka)(nil)
	_ kgo.HookFetchBatchRead      = (*Kafka)(nil)
	_ kgo.HookGroupManageError    = (*Kafka)(nil)
)

// NewKafka registers the counters; give the result to every client with kgo.WithHooks.
func NewKafka(r prometheus.Registerer) *Kafka {
	f := factory{r}
	return &Kafka{
		connects:         f.counter("purser_kafka_connects_total", "Connections to brokers that were opened."),
		connectErrors:    f.counter("purser_kafka_connect_errors_total", "Connections to brokers that could not be opened."),
		disconnects:      f.counter("purser_kafka_disconnects_total", "Connections to brokers that were closed, by either side."),
		requestErrors:    f.counters("purser_kafka_request_errors_total", "Requests to brokers that failed on the way, by kind of request.", "request"),
		requestSeconds:   f.histograms("purser_kafka_request_seconds", "Time from the writing of a request until its answer was read, by kind of request.", "request"),
		throttledSeconds: f.counter("purser_kafka_throttled_seconds_total", "Time for which brokers asked a client of this process to hold back."),
		writtenBytes:     f.counter("purser_kafka_written_bytes_total", "Bytes that were written to brokers."),
		readBytes:        f.counter("purser_kafka_read_bytes_total", "Bytes that were read from brokers."),
		producedRecords:  f.counters("purser_kafka_produced_records_total", "Records that brokers took, by topic, also those of transactions that were aborted later.", "topic"),
		producedBytes:    f.counters("purser_kafka_produced_bytes_total", "Compressed bytes of the records that brokers took, by topic.", "topic"),
		fetchedRecords:   f.counters("purser_kafka_fetched_records_total", "Records that were fetched, by topic, also those that were skipped because their transaction was aborted.", "topic"),
		fetchedBytes:     f.counters("purser_kafka_fetched_bytes_total", "Compressed bytes of the records that were fetched, by topic.", "topic"),
		groupErrors:      f.counter("purser_kafka_group_errors_total", "Errors that made a client lose its place in the consumer group."),
	}
}

// OnBrokerConnect counts a connection, or the attempt at one.
func (k *Kafka) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		k.connectErrors.Inc()
		return
	}
	k.connects.Inc()
}

// OnBrokerDisconnect counts the end of a connection.
func (k *Kafka) OnBrokerDisconnect(kgo.BrokerMetadata, net.Conn) { k.disconnects.Inc() }

// OnBrokerE2E counts a request and its answer.
func (k *Kafka) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	k.writtenBytes.Add(float64(e.BytesWritten))
	k.readBytes.Add(float64(e.BytesRead))
	request := kmsg.NameForKey(key)
	if e.Err() != nil {
		k.requestErrors.WithLabelValues(request).Inc()
		return
	}
	k.requestSeconds.WithLabelValues(request).Observe(e.DurationE2E().Seconds())
}

// OnBrokerThrottle counts the time for which a broker wants to be left alone.
func (k *Kafka) OnBrokerThrottle(_ kgo.BrokerMetadata, d time.Duration, _ bool) {
	k.throttledSeconds.Add(d.Seconds())
}

// OnProduceBatchWritten counts a batch that a broker took.
func (k *Kafka) OnProduceBatchWritten(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.ProduceBatchMetrics) {
	k.producedRecords.WithLabelValues(topic).Add(float64(m.NumRecords))
	k.producedBytes.WithLabelValues(topic).Add(float64(m.CompressedBytes))
}

// OnFetchBatchRead counts a batch that was fetched.
func (k *Kafka) OnFetchBatchRead(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.FetchBatchMetrics) {
	k.fetchedRecords.WithLabelValues(topic).Add(float64(m.NumRecords))
	k.fetchedBytes.WithLabelValues(topic).Add(float64(m.CompressedBytes))
}

// OnGroupManageError counts what throws a member out of its group.
func (k *Kafka) OnGroupManageError(error) { k.groupErrors.Inc() }

// factory registers what it makes.
type factory struct{ r prometheus.Registerer }

func (f factory) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	f.r.MustRegister(c)
	return c
}

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	f.r.MustRegister(c)
	return c
}

func (f factory) histograms(name, help string, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, labels)
	f.r.MustRegister(h)
	return h
}
