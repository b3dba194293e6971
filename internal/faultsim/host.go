package faultsim

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// verdict is what happens to one request and its answer.
type verdict struct {
	delay, answerDelay time.Duration
	lost, answerLost   bool
	after              func() // once it is on its way; nil: nothing
}

// host is what one life of a process has of the world.
type host struct {
	name  string
	place string // of the process, for its steps; "": nothing strikes it
	sim   *simulation
	stop  context.CancelFunc // asks the life itself to stop

	mu     sync.Mutex
	conns  map[*conn]struct{}
	dead   bool
	frozen time.Time // nothing arrives before, in either direction
	apart  time.Time // no connection is made before
}

func (s *simulation) newHost(place, name string, stop context.CancelFunc) *host {
	return &host{name: name, place: place, sim: s, stop: stop, conns: map[*conn]struct{}{}}
}

func (h *host) dial(ctx context.Context, _, at string) (net.Conn, error) {
	return h.sim.wire.dial(ctx, h, at)
}

func (h *host) reaches() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.dead && !time.Now().Before(h.apart)
}

func (h *host) add(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead {
		return false
	}
	h.conns[c] = struct{}{}
	return true
}

func (h *host) forget(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
}

func (h *host) open() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	open := make([]*conn, 0, len(h.conns))
	for c := range h.conns {
		open = append(open, c)
	}
	return open
}

// die is kill -9: nothing that the life still does leaves its host. What was written before is on its way, as it is when a
// kernel outlives its process.
func (h *host) die() {
	h.mu.Lock()
	h.dead = true
	h.mu.Unlock()
	for _, c := range h.open() {
		_ = c.Close()
	}
	h.stop()
}

func (h *host) isDead() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dead
}

// freeze is SIGSTOP and SIGCONT as the others see them: nothing comes from the host for a while, and then all of it.
func (h *host) freeze(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := time.Now().Add(d); until.After(h.frozen) {
		h.frozen = until
	}
}

// unplug breaks the host's connections and makes none for a while.
func (h *host) unplug(d time.Duration) {
	h.mu.Lock()
	h.apart = time.Now().Add(d)
	h.mu.Unlock()
	for _, c := range h.open() {
		c.cut()
	}
}

// heal ends what lasts. Frames that wait for the thaw arrive when they look again, at the time they had been told.
func (h *host) heal() {
	h.mu.Lock()
	h.frozen, h.apart = time.Time{}, time.Time{}
	open := make([]*conn, 0, len(h.conns))
	for c := range h.conns {
		open = append(open, c)
	}
	h.mu.Unlock()
	for _, c := range open {
		c.toBroker.wake()
		c.toClient.wake()
	}
}

// thawed is when what would arrive at a time really does.
func (h *host) thawed(at time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.frozen.After(at) {
		return h.frozen
	}
	return at
}

var errDead = errors.New("this process is dead")

// alive waits while the host is frozen; an error says that it is dead.
func (h *host) alive(ctx context.Context) error {
	for {
		h.mu.Lock()
		dead, until := h.dead, h.frozen
		h.mu.Unlock()
		if dead {
			return errDead
		}
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		if err := rest(ctx, min(left, time.Second)); err != nil {
			return err
		}
	}
}

func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// strike decides what happens to a request of this host.
func (h *host) strike(api string) verdict {
	faults, n := h.sim.due(h.place, api)
	v := verdict{delay: h.sim.latency(h.place, api, n), answerDelay: h.sim.latency(h.place, api, -n)}
	if api == "JoinGroup" {
		v.delay += h.sim.joins.wait()
	}
	for _, f := range faults {
		h.apply(f, &v)
	}
	return v
}

// reach is called at a failpoint of a life.
func (h *host) reach(name string) {
	faults, _ := h.sim.due(h.place, name)
	for _, f := range faults {
		h.apply(f, &verdict{})
		if f.Do == Freeze {
			time.Sleep(f.For)
		}
	}
}

// apply turns a fault into what happens to a request, a call or a life.
func (h *host) apply(f *Fault, v *verdict) {
	switch f.Do {
	case KillBefore:
		v.lost = true
		h.die()
	case KillAfter:
		v.after = h.die
	case LoseRequest:
		v.lost = true
	case LoseAnswer:
		v.answerLost = true
	case DelayRequest:
		v.delay += f.For
	case DelayAnswer:
		v.answerDelay += f.For
	case Freeze:
		h.freeze(f.For)
	case Unplug:
		v.lost = true
		h.unplug(f.For)
	case Leave:
		h.stop()
	case Answer:
		h.sim.arm(f)
	}
}
