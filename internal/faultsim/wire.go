package faultsim

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire is what lies between the broker and its clients. It is made of mutexes and conditions only, so that whoever waits on it
// lets virtual time go on.
type wire struct {
	mu        sync.Mutex
	listeners map[string]*listener
}

func newWire() *wire { return &wire{listeners: map[string]*listener{}} }

type listener struct {
	address  address
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

type address string

func (address) Network() string  { return "wire" }
func (a address) String() string { return string(a) }

// listen is the broker's way to listen.
func (w *wire) listen(_, at string) (net.Listener, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &listener{address: address(at), accepted: make(chan net.Conn), closed: make(chan struct{})}
	w.listeners[at] = l
	return l, nil
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return l.address }

// dial connects a host.
func (w *wire) dial(ctx context.Context, h *host, at string) (net.Conn, error) {
	w.mu.Lock()
	l := w.listeners[at]
	w.mu.Unlock()
	if l == nil || !h.reaches() {
		return nil, refused("dial")
	}
	c := &conn{host: h, toBroker: newWay(h), toClient: newWay(h)}
	c.toBroker.awaits = true
	if !h.add(c) {
		return nil, refused("dial")
	}
	select {
	case l.accepted <- brokerEnd{c}:
		return c, nil
	case <-l.closed:
		return nil, refused("dial")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func refused(op string) error {
	return &net.OpError{Op: op, Net: "wire", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

var errReset = &net.OpError{Op: "read", Net: "wire", Err: os.NewSyscallError("read", syscall.ECONNRESET)}

// conn is a connection, and its client's end of it. Requests and answers pass it whole, one after the other, and this is where
// faults strike them.
type conn struct {
	host               *host
	toBroker, toClient *way
	mu                 sync.Mutex
	asked              []verdict // what happens to the answers that are still to come, in order
}

// Write takes one request.
func (c *conn) Write(b []byte) (int, error) {
	api, err := request(b)
	if err != nil {
		return 0, err
	}
	v := c.host.strike(api)
	if v.lost {
		c.cut()
		return len(b), nil
	}
	c.mu.Lock()
	c.asked = append(c.asked, v)
	c.mu.Unlock()
	if err := c.toBroker.put(b, v.delay); err != nil {
		return 0, err
	}
	if v.after != nil {
		v.after()
	}
	return len(b), nil
}

func (c *conn) Read(b []byte) (int, error) { return c.toClient.read(b) }

// Close is an orderly end: what was written still arrives.
func (c *conn) Close() error {
	c.host.forget(c)
	c.toBroker.end()
	c.toClient.drop(net.ErrClosed)
	return nil
}

// cut breaks the connection: what is on its way in either direction is lost.
func (c *conn) cut() {
	c.host.forget(c)
	c.toBroker.lose(errReset)
	c.toClient.drop(errReset)
}

func (c *conn) LocalAddr() net.Addr               { return address(c.host.name) }
func (c *conn) RemoteAddr() net.Addr              { return address("broker") }
func (c *conn) SetReadDeadline(t time.Time) error { c.toClient.setDeadline(t); return nil }
func (c *conn) SetWriteDeadline(time.Time) error  { return nil } // the wire takes everything at once
func (c *conn) SetDeadline(t time.Time) error     { return c.SetReadDeadline(t) }

// brokerEnd is the broker's end of a connection.
type brokerEnd struct{ *conn }

// Write takes one answer. The broker answers the requests of a connection in their order.
func (e brokerEnd) Write(b []byte) (int, error) {
	c := e.conn
	c.mu.Lock()
	v := c.asked[0]
	c.asked = c.asked[1:]
	c.mu.Unlock()
	c.toBroker.answered()
	if v.answerLost {
		c.cut()
		return len(b), nil
	}
	if err := c.toClient.put(b, v.answerDelay); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (e brokerEnd) Read(b []byte) (int, error) { return e.toBroker.read(b) }

// Close of the broker's end: what it answered still arrives.
func (e brokerEnd) Close() error {
	e.toClient.end()
	e.toBroker.drop(net.ErrClosed)
	return nil
}

func (e brokerEnd) LocalAddr() net.Addr             { return address("broker") }
func (e brokerEnd) RemoteAddr() net.Addr            { return address(e.host.name) }
func (e brokerEnd) SetReadDeadline(time.Time) error { return nil } // the broker sets none
func (e brokerEnd) SetDeadline(time.Time) error     { return nil }

// way is one direction of a connection.
type way struct {
	host     *host
	mu       sync.Mutex
	changed  *sync.Cond
	frames   []frame
	last     time.Time // when the newest frame arrives: none overtakes another
	ended    bool
	err      error // what a reader gets at the end; nil: io.EOF
	awaits   bool  // each frame is answered, and the end is not read before
	busy     int   // frames that were read and not answered
	deadline time.Time
	alarm    *time.Timer
}

type frame struct {
	bytes []byte
	at    time.Time // when it arrives
}

func newWay(h *host) *way {
	s := &way{host: h}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *way) wake() {
	s.mu.Lock()
	s.changed.Broadcast()
	s.mu.Unlock()
}

// put sends bytes on their way.
func (s *way) put(b []byte, delay time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return net.ErrClosed
	}
	at := time.Now().Add(delay)
	if at.Before(s.last) {
		at = s.last
	}
	s.last = at
	s.frames = append(s.frames, frame{append([]byte(nil), b...), at})
	s.changed.Broadcast()
	return nil
}

// end is the writer's end: what is on its way still arrives.
func (s *way) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.changed.Broadcast()
}

// answered says that the oldest frame that was read is answered.
func (s *way) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	s.changed.Broadcast()
}

// lose is the end of a connection that broke: what is on its way is lost.
func (s *way) lose(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.err, s.frames = true, err, nil
	s.changed.Broadcast()
}

// drop is the reader's own end.
func (s *way) drop(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.err, s.frames, s.busy = true, err, nil, 0
	if s.alarm != nil {
		s.alarm.Stop()
	}
	s.changed.Broadcast()
}

func (s *way) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		now := time.Now()
		if !s.deadline.IsZero() && !now.Before(s.deadline) {
			return 0, os.ErrDeadlineExceeded
		}
		if len(s.frames) == 0 {
			// As Kafka does, the broker sees that a client has gone only once it has answered it. kfake, which would see it at
			// once, forgets to time a member out whose join it could not answer.
			if !s.ended || s.busy > 0 {
				s.changed.Wait()
				continue
			}
			if s.err != nil {
				return 0, s.err
			}
			return 0, io.EOF
		}
		f := &s.frames[0]
		if at := s.host.thawed(f.at); now.Before(at) {
			timer := time.AfterFunc(at.Sub(now), s.wake)
			s.changed.Wait()
			timer.Stop()
			continue
		}
		n := copy(b, f.bytes)
		if f.bytes = f.bytes[n:]; len(f.bytes) == 0 {
			s.frames = s.frames[1:]
			if s.awaits {
				s.busy++
			}
		}
		return n, nil
	}
}

func (s *way) setDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
	if s.alarm != nil {
		s.alarm.Stop()
	}
	if !t.IsZero() && !s.ended {
		s.alarm = time.AfterFunc(time.Until(t), s.wake)
	}
}

var errPieces = errors.New("the client wrote a request in pieces, which this wire does not expect")

// request reads the name of a request from its head: size, key, version, correlation id.
func request(b []byte) (string, error) {
	const head = 4 + 2 + 2 + 4
	if len(b) < head || int(binary.BigEndian.Uint32(b)) != len(b)-4 {
		return "", errPieces
	}
	return kmsg.NameForKey(int16(binary.BigEndian.Uint16(b[4:]))), nil
}
