package main

import "time"

// How long things take on two cores of an ordinary server, rather more than less. They decide nothing: they say how long to
// wait, and which defaults end in a quarter of an hour.
const (
	eventTakes     = 12 * time.Microsecond // to produce and to decide one of a burst
	walletTakes    = 4 * time.Microsecond  // to prepare one
	storedTakes    = 12 * time.Microsecond // to bring one cell or ledger record to Postgres
	systemTakes    = 3 * time.Second       // to make topics, start a process twice, define orgs
	coreRunTakes   = 3 * time.Second
	residentTakes  = 25 * time.Microsecond // to fill memory with one wallet
	failoverTakes  = 18 * time.Second      // a second process that joins, and the session timeout
	serversTake    = 10 * time.Second
	latencySettles = time.Second
	expiryTakes    = 60 * time.Microsecond // to take one grant back while usage goes on
	auditTakes     = 15 * time.Microsecond // to read one ledger record or cell back and check it
)

func times(n int, d time.Duration) time.Duration { return time.Duration(n) * d }

// left is how long parts take together.
func (o *options) left(parts []part) time.Duration {
	sum := time.Duration(0)
	servers := false
	for _, p := range parts {
		sum += p.takes(o)
		servers = servers || p.run != nil
	}
	if servers {
		sum += serversTake
	}
	return sum.Round(time.Second)
}

func (o *options) coreTakes() time.Duration { return times(max(o.repeat, 1), coreRunTakes) }

func (o *options) memoryTakes() time.Duration {
	return 20*time.Second + times(o.resident, residentTakes)
}

func (o *options) compareTakes(variants []variant) (sum time.Duration) {
	for _, v := range variants {
		sum += systemTakes + times(v.Wallets, walletTakes) + times(o.repeat+1, times(int(o.events), eventTakes))
	}
	return sum
}

func (o *options) manyTakes() time.Duration {
	return 2 * o.compareTakes([]variant{{Copy: true}, {}, {Wallets: o.many}})
}

func (o *options) latencyTakes() time.Duration {
	return systemTakes + times(len(latencyGoals)*min(latencyRepeats, o.repeat), latencySeconds*time.Second+latencySettles)
}

func (o *options) takeoversTake() time.Duration {
	each := failoverTakes + times(int(o.tail), eventTakes+storedTakes)
	return systemTakes + times(o.wallets, walletTakes+storedTakes) + times(2*o.takeovers, each)
}

func (o *options) allTailTakes() time.Duration {
	return systemTakes + failoverTakes + times(o.wallets, walletTakes) + times(int(o.tail), eventTakes)
}

func (o *options) sustainedTakes() time.Duration { return systemTakes + o.sustained*3/2 }

func (o *options) dueTakes() time.Duration {
	working := times(o.due, expiryTakes)
	produced := int((dueBefore + working + dueAfter).Seconds() * dueRate)
	each := systemTakes + times(o.due, walletTakes+storedTakes+2*auditTakes) + dueBefore + working + dueAfter + times(produced, auditTakes)
	return times(o.repeat, each)
}
