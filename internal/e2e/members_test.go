package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/faultproxy"
	"purser/internal/stream/takeover"
)

const (
	endTxn        = kmsg.EndTxn
	commitOffsets = kmsg.TxnOffsetCommit
	lostRequest   = faultproxy.LoseRequest
	lostAnswer    = faultproxy.LoseAnswer
)

const givesUp = "worker gives up its client"

var workerID = regexp.MustCompile(`worker=([^ ]*purser-[^ ]*-[0-9a-f]+)-w\d+-\d+`)

// clientID is what the client ids of a process's workers begin with, once one of them has said something.
func (p *process) clientID() (id string) {
	p.s.waitFor(p.name+" does something", patience, func() bool {
		text, err := os.ReadFile(p.log)
		if err != nil {
			p.s.t.Fatal(err)
		}
		m := workerID.FindSubmatch(text)
		if m != nil {
			id = string(m[1])
		}
		return m != nil
	})
	return id
}

// isMember says whether the group knows a member of a process.
func (s *system) isMember(clientID string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	described, err := s.admin.DescribeGroups(ctx, s.group)
	if err != nil || described[s.group].Err != nil {
		return true // not known
	}
	for _, m := range described[s.group].Members {
		if strings.HasPrefix(m.ClientID, clientID) {
			return true
		}
	}
	return false
}

// sleep stops a process past its session, lets the others work with its partitions, and wakes it up: it must find out that it
// was given up, and begin anew.
func (c *campaign) sleep(chance *rand.Rand) {
	sleeper := c.running[c.decider(chance)]
	id := sleeper.clientID()
	before := sleeper.count(givesUp)
	sleeper.signal(syscall.SIGSTOP)
	c.waitFor("the group has given the sleeper up", patience, func() bool { return !c.isMember(id) })
	c.progress(5_000)
	sleeper.signal(syscall.SIGCONT)
	c.waitFor("the sleeper finds out", patience, func() bool { return sleeper.count(givesUp) > before })
}

func (c *campaign) visit(chance *rand.Rand) {
	guest := c.run("process", "")
	c.progress(2_000 + chance.Int64N(3_000))
	guest.stop()
}

// storm lets a process join, and another leave, every second for ten.
func (c *campaign) storm(*rand.Rand) {
	var guests []*process
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := range 10 {
		if n%2 == 0 {
			guests = append(guests, c.run("process", ""))
		} else {
			guests[0].kill()
			guests = guests[1:]
		}
		<-tick.C
	}
	for _, g := range guests {
		g.stop()
	}
}

// loses makes everything of a kind that one worker asks of the broker, or is answered, get lost, until it gives up.
func loses(key kmsg.Key, fate faultproxy.Fate) func(*campaign, *rand.Rand) {
	return func(c *campaign, chance *rand.Rand) {
		p := c.running[c.decider(chance)]
		before := p.count(givesUp)
		var mu sync.Mutex
		victim := ""
		p.proxy.Judge(func(q faultproxy.Request) faultproxy.Fate {
			if q.Key != int16(key) || strings.HasSuffix(q.ClientID, takeover.OwnershipSuffix) {
				return faultproxy.Pass
			}
			mu.Lock()
			defer mu.Unlock()
			if victim == "" {
				victim = q.ClientID
			}
			if q.ClientID == victim {
				return fate
			}
			return faultproxy.Pass
		})
		c.waitFor("a worker gives up what it does not know", patience, func() bool { return p.count(givesUp) > before })
		p.proxy.Judge(nil)
	}
}

// killBroker kills it under load and starts it again; the processes wait, and go on by themselves.
func (c *campaign) killBroker(*rand.Rand) {
	if err := c.kafka.Server.Kill(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if err := c.kafka.Server.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.progress(2_000)
	c.supervise()
}
