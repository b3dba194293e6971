package faultproxy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// link is one client's connection and its own to the broker. Requests are carried one after the other, which is also how a
// broker works them off.
type link struct {
	proxy          *Proxy
	client, broker net.Conn
}

// largest bounds a frame: a broker takes 100 MiB.
const largest = 128 << 20

func (l link) run() {
	for {
		frame, err := read(l.client)
		if err != nil {
			return
		}
		head, err := parse(frame)
		if err != nil {
			return
		}
		if err := l.carry(head, frame); err != nil {
			return
		}
	}
}

var errLost = errors.New("lost, as the rule demands")

func (l link) carry(head header, frame []byte) error {
	fate := l.proxy.judge(Request{head.key, head.clientID})
	switch fate {
	case LoseRequest:
		return errLost
	case Pretend:
		answer, err := head.success()
		if err != nil {
			return err
		}
		return write(l.client, answer)
	case Pass, LoseAnswer:
	}
	if err := write(l.broker, frame); err != nil {
		return err
	}
	answer, err := read(l.broker)
	if err != nil {
		return err
	}
	if fate == LoseAnswer {
		return errLost
	}
	if answer, err = l.proxy.redirect(head, answer); err != nil {
		return err
	}
	return write(l.client, answer)
}

// header is the beginning of a request.
type header struct {
	key, version int16
	correlation  uint32
	clientID     string
}

func parse(frame []byte) (h header, err error) {
	const fixed = 2 + 2 + 4 + 2
	if len(frame) < fixed {
		return h, io.ErrUnexpectedEOF
	}
	h.key, h.version = int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
	h.correlation = binary.BigEndian.Uint32(frame[4:])
	if n := int16(binary.BigEndian.Uint16(frame[8:])); n > 0 {
		if len(frame) < fixed+int(n) {
			return h, io.ErrUnexpectedEOF
		}
		h.clientID = string(frame[fixed : fixed+int(n)])
	}
	return h, nil
}

// success is the answer to h that says nothing but that all is well.
func (h header) success() ([]byte, error) {
	r := kmsg.ResponseForKey(h.key)
	if r == nil {
		return nil, fmt.Errorf("a request of key %d cannot be answered", h.key)
	}
	r.SetVersion(h.version)
	return r.AppendTo(h.begin(nil, r)), nil
}

// begin appends the head of an answer.
func (h header) begin(dst []byte, r kmsg.Response) []byte {
	dst = binary.BigEndian.AppendUint32(dst, h.correlation)
	if r.IsFlexible() {
		dst = append(dst, 0) // no tags
	}
	return dst
}

// redirect rewrites the broker's address in an answer that tells clients where to go.
func (p *Proxy) redirect(h header, answer []byte) ([]byte, error) {
	switch kmsg.Key(h.key) {
	case kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster:
	default:
		return answer, nil
	}
	r := kmsg.ResponseForKey(h.key)
	r.SetVersion(h.version)
	head := len(h.begin(nil, r))
	if len(answer) < head || r.IsFlexible() && answer[head-1] != 0 {
		return nil, errors.New("an answer whose head is not understood")
	}
	if err := r.ReadFrom(answer[head:]); err != nil {
		return nil, err
	}
	host, port, err := p.hostPort()
	if err != nil {
		return nil, err
	}
	readdress(r, host, port)
	return r.AppendTo(h.begin(nil, r)), nil
}

func readdress(r kmsg.Response, host string, port int32) {
	switch r := r.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = host, port
		}
	case *kmsg.DescribeClusterResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = host, port
		}
	case *kmsg.FindCoordinatorResponse:
		if r.Port > 0 {
			r.Host, r.Port = host, port
		}
		for i := range r.Coordinators {
			if r.Coordinators[i].Port > 0 {
				r.Coordinators[i].Host, r.Coordinators[i].Port = host, port
			}
		}
	}
}

func (p *Proxy) hostPort() (string, int32, error) {
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseInt(port, 10, 32)
	return host, int32(n), err
}

func read(from net.Conn) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > largest {
		return nil, fmt.Errorf("a frame of %d bytes", n)
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(from, frame)
	return frame, err
}

func write(to net.Conn, frame []byte) error {
	_, err := to.Write(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(frame)), uint32(len(frame))), frame...))
	return err
}
