package stream

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics is what the loop counts.
type Metrics struct {
	Events             *prometheus.CounterVec
	Refused            *prometheus.CounterVec
	DeadLetters        *prometheus.CounterVec
	Alerts             *prometheus.CounterVec
	Attempts           *prometheus.CounterVec
	Invoices           *prometheus.CounterVec
	Outcomes           *prometheus.CounterVec
	Orders             *prometheus.CounterVec
	Quoted             *prometheus.CounterVec
	SpendingParts      *prometheus.CounterVec
	Transactions       *prometheus.CounterVec
	TransactionSeconds prometheus.Histogram
	BatchEvents        prometheus.Histogram
	RecordToCommit     prometheus.Histogram
	ChangelogCells     prometheus.Counter
	Lookups            *prometheus.CounterVec
	StoreReadSeconds   prometheus.Histogram
	StoreAway          prometheus.Gauge
	CacheReadSeconds   prometheus.Histogram
	CacheWriteSeconds  prometheus.Histogram
	CacheCells         prometheus.Counter
	CacheResets        prometheus.Counter
	CacheErrors        prometheus.Counter
	Partitions         *Partitions
	PinnedCells        *prometheus.GaugeVec
	Cells              *prometheus.GaugeVec
	DecodedCells       *prometheus.GaugeVec
	EncodedBytes       *prometheus.GaugeVec
	TailIdentities     *prometheus.GaugeVec
	Held               *prometheus.GaugeVec
	Due                *prometheus.GaugeVec
	RestoreSeconds     prometheus.Histogram
	RestoreLeft        *prometheus.GaugeVec
	DeadTransactions   prometheus.Counter
	SetAside           prometheus.Counter
	Resumed            prometheus.Counter
	WorkerRestarts     prometheus.Counter
}

// NewMetrics registers the loop's metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	f := factory{r}
	latency := []float64{.005, .01, .02, .03, .04, .05, .065, .08, .1, .15, .25, .5, 1, 2.5, 5, 10, 30}
	quick := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}
	return &Metrics{
		Events:             f.counters("purser_events_total", "Input records that were decided, by input topic and result.", "topic", "result"),
		Refused:            f.counters("purser_refused_total", "Events that a rule refused, by reason.", "reason"),
		DeadLetters:        f.counters("purser_dead_letters_total", "Records that went to the dead-letter topic, by reason.", "reason"),
		Alerts:             f.counters("purser_alerts_total", "Alerts that went out, by kind.", "kind"),
		Attempts:           f.counters("purser_recharge_attempts_total", "Recharge attempts that went out to the gateway, by purpose.", "purpose"),
		Invoices:           f.counters("purser_invoices_total", "Invoices that went out, by kind.", "kind"),
		Outcomes:           f.counters("purser_outcomes_total", "Outcomes that went out to who has asked, by status.", "status"),
		Orders:             f.counters("purser_orders_total", "Orders that spending accounts have paid or given back, by the state that an entry left them in.", "state"),
		Quoted:             f.counters("purser_quoted_accounts_total", "Spending accounts that quotes have spoken of, by what they say of them: applies, or the reason why not.", "answer"),
		SpendingParts:      f.counters("purser_spending_parts_total", "Entries about sends of which a spending account pays a part, by the state that they left the send in.", "state"),
		Transactions:       f.counters("purser_transactions_total", "Kafka transactions, by outcome; after an unknown one the worker restores from Kafka.", "outcome"),
		TransactionSeconds: f.histogram("purser_transaction_seconds", "Time from the begin of a Kafka transaction to its commit.", latency),
		BatchEvents:        f.histogram("purser_batch_events", "Input records in a transaction.", prometheus.ExponentialBuckets(1, 4, 9)),
		RecordToCommit:     f.histogram("purser_record_to_commit_seconds", "Time from an input record's append on the broker to the commit that decided it, for the first and the last record of each batch.", latency),
		ChangelogCells:     f.counter("purser_changelog_cells_total", "After-images of cells that were written to the changelog."),
		Lookups:            f.counters("purser_cold_lookups_total", "Cells that were not in memory, by the tier that answered.", "tier"),
		StoreReadSeconds:   f.histogram("purser_store_read_seconds", "Time of a read from the checkpoint store by a task.", quick),
		StoreAway:          f.gauge("purser_store_away", "One while the checkpoint store does not answer, otherwise zero."),
		CacheReadSeconds:   f.histogram("purser_cache_read_seconds", "Time of a read from the cache by a task.", quick),
		CacheWriteSeconds:  f.histogram("purser_cache_write_seconds", "Time of a write of after-images to the cache.", quick),
		CacheCells:         f.counter("purser_cache_cells_total", "After-images that were written to the cache."),
		CacheResets:        f.counter("purser_cache_resets_total", "Times that a partition's cache was found at another position than expected and is started anew."),
		CacheErrors:        f.counter("purser_cache_errors_total", "Reads and writes of the cache that failed; the work goes on without it."),
		Partitions:         &Partitions{gauge: f.gauges("purser_partition_state", "What this process does with a partition: 0 not ours, 1 restoring, 2 running, 3 paused until the checkpoint catches up, 4 set aside: stopped until it is resumed.", "partition"), states: map[int32]partitionState{}},
		PinnedCells:        f.gauges("purser_pinned_cells", "Cells that a task may not forget because the checkpoint lacks their last change.", "partition"),
		Cells:              f.gauges("purser_cells", "Keys that a task knows in memory, among them those known not to exist.", "partition"),
		DecodedCells:       f.gauges("purser_decoded_cells", "Cells that a task keeps decoded, ready for the next decision.", "partition"),
		EncodedBytes:       f.gauges("purser_encoded_bytes", "Memory of the cells that a task keeps encoded.", "partition"),
		TailIdentities:     f.gauges("purser_tail_identities", "Event identities that a task holds exactly because no sealed piece has them.", "partition"),
		Held:               f.gauges("purser_held_events", "Events that wait because the checkpoint store did not answer.", "partition"),
		Due:                f.gauges("purser_due_cells", "Entries of the heap of cells that will have work of their own to do.", "partition"),
		RestoreSeconds:     f.histogram("purser_restore_seconds", "Time that it took to take a partition over.", latency),
		RestoreLeft:        f.gauges("purser_restore_records_left", "Records of changelog and ledger that a restore has yet to read.", "partition"),
		DeadTransactions:   f.counter("purser_dead_transactions_ended_total", "Open transactions that this process ended: of dead owners, and of its own workers that gave up their clients."),
		SetAside:           f.counter("purser_set_aside_total", "Times that this process set a partition aside: it stays stopped until it is resumed."),
		Resumed:            f.counter("purser_resumed_total", "Partitions that this process had set aside and that were resumed."),
		WorkerRestarts:     f.counter("purser_worker_restarts_total", "Times that a worker dropped its client and joined the group again."),
	}
}

func label(p int32) string { return strconv.Itoa(int(p)) }

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

func (f factory) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	f.r.MustRegister(g)
	return g
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	f.r.MustRegister(g)
	return g
}

func (f factory) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	f.r.MustRegister(h)
	return h
}
