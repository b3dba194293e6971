package stream_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// million is what is read back of the million, a record at a time: as a whole it would be gigabytes.
type million struct {
	*rig
	expires           string // as the ledger writes times
	tick              core.Time
	ledger, changelog []int64 // where the ledger and the changelog ended before the tick
	expired           []bool  // by org and wallet
	parts             []millionPart
}

// millionPart is one partition of it.
type millionPart struct {
	readTick     uint64 // the last entry before the transaction that read the tick
	transactions int    // that worked the tick off and left some of it
	done         uint64 // the last entry of the transaction that finished it

	before               millionEntry // the entry that was read last
	expiries, usages     int
	lastExpiry           uint64 // entry
	expiriesByLastUsage  int    // how many had run when the last usage was decided
	expiriesBecauseOfUse int    // that ran because usage of their wallet came first
}

// millionEntry is what is needed of topics.LedgerEntryBody: a million whole ones take a while to decode.
type millionEntry struct {
	Entry      uint64 `json:"entry"`
	Org        string `json:"org"`
	Type       string `json:"type"`
	Cause      string `json:"cause"`
	Result     string `json:"result"`
	OccurredAt string `json:"occurred_at"`
	Postings   []struct {
		From string `json:"from"`
	} `json:"postings"`
}

// newMillion notes where everything stands before the tick.
func newMillion(r *rig, expires, tick time.Time) *million {
	return &million{
		rig: r, expires: topics.FormatTime(topics.TimeOf(expires)), tick: topics.TimeOf(tick),
		ledger: r.ends(topics.Ledger), changelog: r.ends(topics.Changelog),
		expired: make([]bool, millionOrgs*millionWallets), parts: make([]millionPart, r.partitions),
	}
}

// usage uses some wallets of every org, those that are due last.
func (m *million) usage() (all []*kgo.Record) {
	for n := range millionUsages {
		all = append(all, m.rig.usage(fmt.Sprint("org", n%millionOrgs), fmt.Sprint("w", millionWallets-1-n/millionOrgs), fmt.Sprint("u", n)))
	}
	return all
}

func (m *million) readBack() {
	m.t.Helper()
	m.each(topics.Changelog, m.changelog, func(rec *kgo.Record) {
		if string(rec.Key) == core.ProgressKey {
			m.parts[rec.Partition].follow(m.progressIn(rec), m.tick)
		}
	})
	m.each(topics.Ledger, m.ledger, func(rec *kgo.Record) {
		var e millionEntry
		if err := json.Unmarshal(rec.Value, &e); err != nil {
			m.t.Fatal(err)
		}
		m.read(&m.parts[rec.Partition], e)
	})
}

func (p *millionPart) follow(progress *core.Progress, tick core.Time) {
	switch {
	case progress.Target < tick:
		p.readTick = progress.Entry
	case progress.LastTick < tick:
		p.transactions++
	case p.done == 0:
		p.done = progress.Entry
	}
}

// read demands of each entry that its number follows, and that a grant expires once, at its time, before any usage that
// was read after the tick is charged to its wallet (R1.7).
func (m *million) read(p *millionPart, e millionEntry) {
	m.t.Helper()
	if p.before.Entry != 0 && e.Entry != p.before.Entry+1 {
		m.t.Fatalf("entry %d follows entry %d", e.Entry, p.before.Entry)
	}
	if e.Result != "applied" || len(e.Postings) == 0 {
		m.t.Fatalf("entry %d of %s was %s", e.Entry, e.Org, e.Result)
	}
	wallet := e.Postings[len(e.Postings)-1].From
	expired := m.wallet(e.Org, wallet)
	switch e.Type {
	case grantExpired:
		if *expired {
			m.t.Fatalf("the grant of %s/%s expired twice", e.Org, wallet)
		}
		if e.OccurredAt != m.expires {
			m.t.Fatalf("the expiry of %s/%s is dated %s", e.Org, wallet, e.OccurredAt)
		}
		*expired = true
		p.expiries++
		p.lastExpiry = e.Entry
	case topics.TypeUsageRecorded:
		if !*expired && e.Entry > p.readTick {
			m.t.Fatalf("usage of %s/%s was charged before its grant expired", e.Org, wallet)
		}
		if p.before.Type == grantExpired && p.before.Cause == e.Cause {
			p.expiriesBecauseOfUse++
		}
		p.usages++
		p.expiriesByLastUsage = p.expiries
	}
	p.before = e
}

func (m *million) wallet(org, wallet string) *bool {
	m.t.Helper()
	o, orgErr := strconv.Atoi(strings.TrimPrefix(org, "org"))
	w, walletErr := strconv.Atoi(strings.TrimPrefix(wallet, "w"))
	if orgErr != nil || walletErr != nil {
		m.t.Fatalf("%s/%s: %v %v", org, wallet, orgErr, walletErr)
	}
	return &m.expired[o*millionWallets+w]
}

// judge demands that everything expired and was charged, in bounded transactions, and that no usage waited for the end.
func (m *million) judge() {
	m.t.Helper()
	expiries, usages, because := 0, 0, 0
	for i := range m.parts {
		p := &m.parts[i]
		expiries += p.expiries
		usages += p.usages
		because += p.expiriesBecauseOfUse
		if least := (p.expiries-p.expiriesBecauseOfUse)/millionSlice - 1; p.transactions < least {
			m.t.Errorf("partition %d worked %d expiries off in %d transactions", i, p.expiries, p.transactions)
		}
		if p.done < p.lastExpiry {
			m.t.Errorf("partition %d: the tick is done at entry %d, but something expired in entry %d", i, p.done, p.lastExpiry)
		}
		if p.expiriesByLastUsage > p.expiries/2 {
			m.t.Errorf("partition %d: usage that came early on was decided after %d of %d expiries", i, p.expiriesByLastUsage, p.expiries)
		}
		m.t.Logf("partition %d: %d expiries in %d transactions, %d when the last of %d usages was decided", i, p.expiries, p.transactions, p.expiriesByLastUsage, p.usages)
	}
	if expiries != millionOrgs*millionWallets || usages != millionUsages {
		m.t.Errorf("%d of %d grants expired, %d of %d usages were charged", expiries, millionOrgs*millionWallets, usages, millionUsages)
	}
	if because == 0 {
		m.t.Error("no usage came between two slices")
	}
}
