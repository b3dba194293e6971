package stream

import (
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/topics"
)

// production collects the answers to what was produced.
type production struct {
	mu      sync.Mutex
	first   error
	refused *errUnwritable
}

func (p *production) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first
}

// unwritable returns the first refusal that would come again; nil where there is none. Without a right to the ledger or the
// changelog no partition could go on, so that setting one aside helps nobody.
func (p *production) unwritable(names topics.Names) *errUnwritable {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.refused; e != nil && access.Refused(e) && (e.topic == names.Of(topics.Ledger) || e.topic == names.Of(topics.Changelog)) {
		return nil
	}
	return p.refused
}

func (p *production) done(r *kgo.Record, err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first == nil {
		p.first = err
	}
	if out := wayOut(err); out != "" && p.refused == nil {
		p.refused = &errUnwritable{topic: r.Topic, partition: r.Partition, bytes: len(r.Key) + len(r.Value), cause: err, wayOut: out}
	}
}

// errUnwritable says that a topic does not take what a task has to write to it, and would not take it the next time. The
// partition stops: what it decided may not be committed without the whole of its outputs. Tasks write to no partition but
// their own, so the number tells whose record it was.
type errUnwritable struct {
	topic     string
	partition int32
	bytes     int
	cause     error
	wayOut    string
}

func (e *errUnwritable) Error() string {
	return fmt.Sprintf("%s/%d does not take a record of %d bytes: %v. %s", e.topic, e.partition, e.bytes, e.cause, e.wayOut)
}

func (e *errUnwritable) Unwrap() error { return e.cause }

// wayOut says what ends a refusal that trying again does not end; "" for all others.
func wayOut(err error) string {
	switch {
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge):
		return "Raise the topic's max.message.bytes to what purser topics check says"
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return "Give purser's user the right to write to the topic"
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.InvalidTopicException), errors.Is(err, kerr.UnknownTopicID):
		return "Create the topic with purser topics create, with as many partitions as the inputs have"
	case errors.Is(err, kerr.PolicyViolation), errors.Is(err, kerr.InvalidRecord):
		return "The broker's rules for the topic refuse it: change them"
	}
	return ""
}
