package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// source is the CloudEvents source of the results.
const source = topics.SourcePurser + "/gateway"

// attempt is one that was taken from the topic.
type attempt struct {
	record  *kgo.Record
	id      string // of the attempt; "": it is another event
	token   string // as the list calls it
	results []*kgo.Record
	words   []string // succeeded or failed, of each result
	due     time.Time

	answered bool
}

var errNoAttempt = errors.New("it lacks what an attempt has: attempt, number, idempotency_key, payment_method")

// readAttempt reads a record of recharge-attempt, and decides what is answered and when. All that is in an answer follows from the
// attempt, so that one that is given again is the same event, and a repetition for who reads it (R2.1).
func readAttempt(record *kgo.Record, names topics.Names, late time.Duration) (*attempt, error) {
	if string(topics.Header(record, "ce_type")) != topics.TypeRechargeAttempt {
		return &attempt{record: record, due: record.Timestamp}, nil // types are added
	}
	var body topics.RechargeAttemptBody
	if err := json.Unmarshal(record.Value, &body); err != nil {
		return nil, fmt.Errorf("it is no JSON of an attempt at byte %d", offsetOf(err)) // the library's words repeat what came
	}
	if body.Attempt == "" || body.Number < 1 || body.IdempotencyKey == "" || body.PaymentMethod == "" || len(record.Key) == 0 {
		return nil, errNoAttempt
	}
	name, answers := behaviour(body.PaymentMethod, body.Number)
	a := &attempt{record: record, id: body.Attempt, token: name, due: record.Timestamp}
	for i, answer := range answers {
		resolved := answer.to(&body, name)
		id := body.IdempotencyKey + "/" + strconv.Itoa(i+1)
		a.words = append(a.words, resolved.Result)
		a.results = append(a.results, topics.NewEvent(names.Of(topics.PaymentResult), string(record.Key), source, id, topics.TypeAttemptResolved, 0, resolved))
		if answer.late {
			a.due = record.Timestamp.Add(late)
		}
	}
	return a, nil
}

func offsetOf(err error) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &kind):
		return kind.Offset
	}
	return 0
}

// to is the answer to an attempt.
func (a answer) to(body *topics.RechargeAttemptBody, token string) topics.AttemptResolvedBody {
	switch {
	case a.succeeded:
		return topics.AttemptResolvedBody{Attempt: body.Attempt, Result: "succeeded", Payment: "ch_" + body.IdempotencyKey}
	case token == Unknown:
		return topics.AttemptResolvedBody{Attempt: body.Attempt, Result: "failed", Reason: reasonUnknown}
	default:
		return topics.AttemptResolvedBody{Attempt: body.Attempt, Result: "failed", Reason: reasonDeclined}
	}
}
