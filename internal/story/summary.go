package story

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// Summary counts what has come out, in words.
type Summary struct {
	Recharges map[string]int64 // attempts by purpose and result
	Answers   map[string]int64 // outcomes by status and reason
	Invoices  map[string]int64 // by kind
}

// Summarize reads all outputs from their beginning.
func Summarize(ctx context.Context, client *kgo.Client, names topics.Names) (*Summary, error) {
	s := &Summary{map[string]int64{}, map[string]int64{}, map[string]int64{}}
	results := map[string]string{}
	readers := []struct {
		topic string
		take  func(*kgo.Record) error
	}{
		{topics.PaymentResult, func(r *kgo.Record) error { return result(results, r) }},
		{topics.RechargeAttempt, func(r *kgo.Record) error { return s.attempt(results, r) }},
		{topics.Outcome, s.outcome},
		{topics.Invoice, s.invoice},
	}
	reader := committed.NewReader(client)
	for _, read := range readers {
		topic := names.Of(read.topic)
		spans, err := reader.Spans(ctx, topic)
		if err != nil {
			return nil, err
		}
		for p, span := range spans[topic] {
			if err := reader.Read(ctx, topic, int32(p), span, read.take); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// result notes what a gateway has answered; the last word counts.
func result(results map[string]string, r *kgo.Record) error {
	if string(topics.Header(r, "ce_type")) != topics.TypeAttemptResolved {
		return nil
	}
	var b topics.AttemptResolvedBody
	err := json.Unmarshal(r.Value, &b)
	results[string(r.Key)+"/"+b.Attempt] = b.Result
	return err
}

func (s *Summary) attempt(results map[string]string, r *kgo.Record) error {
	var b topics.RechargeAttemptBody
	err := json.Unmarshal(r.Value, &b)
	said, answered := results[b.Org+"/"+b.Attempt]
	if !answered {
		said = "no answer"
	}
	s.Recharges[fmt.Sprintf("%s, %s", b.Purpose, said)]++
	return err
}

func (s *Summary) outcome(r *kgo.Record) error {
	var b topics.OutcomeBody
	err := json.Unmarshal(r.Value, &b)
	what := b.Status
	if b.Reason != "" {
		what += ", " + b.Reason
	}
	if b.Send != "" {
		what = "send " + what
	} else {
		what = "request " + what
	}
	s.Answers[what]++
	return err
}

func (s *Summary) invoice(r *kgo.Record) error {
	var b topics.InvoiceBody
	err := json.Unmarshal(r.Value, &b)
	s.Invoices[b.Kind]++
	return err
}
