// Package faultproxy stands between Kafka clients and one broker, and loses, holds up or forges what a test wants lost, held
// up or forged: what a network does once a year, at the moment that matters.
//
// Clients are given the proxy's address, and the broker's answers are rewritten so that they stay with it. It speaks plain
// text, to a cluster of one broker, with clients that ask for acknowledgements.
package faultproxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Proxy is one proxy. Its methods may be called by several goroutines.
type Proxy struct {
	Addr string // what clients are given as their broker

	broker   string
	listener net.Listener
	links    sync.WaitGroup
	life     context.Context // ends with the proxy
	end      context.CancelFunc

	mu    sync.Mutex
	rule  func(Request) Fate
	conns map[net.Conn]struct{} // nil: closed
}

// Request is what a rule is told of a request.
type Request struct {
	Key      int16 // what is asked for, as kmsg numbers it
	ClientID string
}

// Fate is what becomes of a request.
type Fate int

// The fates. Where an answer is lost the connection ends, as it does when a network fails.
const (
	Pass        Fate = iota // it goes to the broker, and its answer comes back
	LoseRequest             // the broker never sees it
	LoseAnswer              // the broker has done it, and the client does not hear of it
	Pretend                 // the broker never sees it, and the client is told that all is well: for heartbeats
)

// New starts a proxy of a broker on a free port of loopback.
func New(broker string) (*Proxy, error) {
	life, end := context.WithCancel(context.Background())
	listener, err := new(net.ListenConfig).Listen(life, "tcp", "127.0.0.1:0")
	if err != nil {
		end()
		return nil, err
	}
	p := &Proxy{Addr: listener.Addr().String(), broker: broker, listener: listener, life: life, end: end, conns: map[net.Conn]struct{}{}}
	p.links.Go(p.accept)
	return p, nil
}

// Judge makes rule decide on every request from now on; nil lets all pass. It is called by many goroutines, and what it waits
// for its request waits for, and the later ones of that connection.
func (p *Proxy) Judge(rule func(Request) Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule = rule
}

func (p *Proxy) judge(r Request) Fate {
	p.mu.Lock()
	rule := p.rule
	p.mu.Unlock()
	if rule == nil {
		return Pass
	}
	return rule(r)
}

// Close ends the proxy and all its connections. A rule that still waits has to let go first.
func (p *Proxy) Close() {
	p.end()
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.links.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // one connection that could not be taken
		}
		p.links.Go(func() { p.serve(client) })
	}
}

// serve carries one connection until either side ends it.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	broker, err := p.dial()
	if err != nil {
		return
	}
	defer broker.Close()
	if !p.enter(client, broker) {
		return
	}
	defer p.leave(client, broker)
	link{p, client, broker}.run()
}

// dial waits while the broker does not listen: a client that was accepted and then refused would take it for another server.
func (p *Proxy) dial() (net.Conn, error) {
	const patience, pause = 30 * time.Second, 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(p.life, patience)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.broker)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

func (p *Proxy) enter(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
	return true
}

func (p *Proxy) leave(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}
