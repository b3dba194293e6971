package verify

import (
	"context"
	"fmt"
	"hash/maphash"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// letter is what is kept of a dead letter.
type letter struct {
	cause  place
	entry  uint64 // its ledger record; 0: it has none
	reason string
	whole  uint64
	where  string
	used   bool
}

// notice is what is kept of an alert.
type notice struct {
	cause                       place
	kind, org, account          string
	currency, balance           string
	threshold, toCollect, where string
	attempt, amount             string
	recipients                  string // by medium
	used                        bool
}

// charge is what is kept of a recharge attempt.
type charge struct {
	cause place
	where string
	body  topics.RechargeAttemptBody
	used  bool
}

// answer is what is kept of an outcome.
type answer struct {
	cause place
	where string
	body  topics.OutcomeBody
	used  bool
}

// caused are the outputs that follow from one partition of the inputs.
type caused struct {
	letters []letter
	notices []notice
	charges []charge
	answers []answer
	bills   []bill
}

// readOutputs reads the outputs whole and sorts them by the partition of their cause. They may have other partitions than
// the inputs, and what has no cause that could be read is a finding at once.
func (v *verifier) readOutputs(ctx context.Context) error {
	seen := map[string]string{} // reasons, each kept once
	err := v.readAll(ctx, topics.DeadLetter, func(r *kgo.Record) {
		cause, out := v.sort(topics.DeadLetter, r)
		if out == nil {
			return
		}
		reason := header(r, topics.HeaderReason)
		if _, ok := seen[reason]; !ok {
			seen[reason] = reason
		}
		l := letter{cause: cause, reason: seen[reason], whole: wholeHash(v.seed, r), where: whereIs(topics.DeadLetter, r)}
		if text := header(r, topics.HeaderEntry); text != "" {
			entry, err := strconv.ParseUint(text, 10, 64)
			if err != nil || entry == 0 {
				v.report.find(CheckDeadLetter, l.where, "its %s is %q", topics.HeaderEntry, text)
			}
			l.entry = entry
		}
		out.letters = append(out.letters, l)
	})
	if err != nil {
		return err
	}
	if err := v.readCharges(ctx); err != nil {
		return err
	}
	if err := v.readAnswers(ctx); err != nil {
		return err
	}
	if err := v.readBills(ctx); err != nil {
		return err
	}
	return v.readAll(ctx, topics.Alert, func(r *kgo.Record) {
		cause, out := v.sort(topics.Alert, r)
		if out == nil {
			return
		}
		var body topics.AlertBody
		if err := decode(r.Value, &body); err != nil {
			v.report.find(CheckAlert, whereIs(topics.Alert, r), "its body cannot be read")
			return
		}
		v.report.Alerts[body.Kind]++
		out.notices = append(out.notices, notice{
			cause: cause, kind: body.Kind, org: body.Org, account: body.Account, currency: body.Currency, balance: body.Balance,
			threshold: body.Threshold, toCollect: body.ToCollect, where: whereIs(topics.Alert, r),
			attempt: body.Attempt, amount: body.Amount, recipients: listed(body.Recipients),
		})
	})
}

// readCharges also sees to it that no two attempts have the same idempotency key (R4.8).
func (v *verifier) readCharges(ctx context.Context) error {
	keys := map[string]string{}
	return v.readAll(ctx, topics.RechargeAttempt, func(r *kgo.Record) {
		cause, out := v.sort(topics.RechargeAttempt, r)
		if out == nil {
			return
		}
		c := charge{cause: cause, where: whereIs(topics.RechargeAttempt, r)}
		if err := decode(r.Value, &c.body); err != nil {
			v.report.find(CheckAttempt, c.where, "its body cannot be read")
			return
		}
		v.report.Attempts++
		if other, twice := keys[c.body.IdempotencyKey]; twice || c.body.IdempotencyKey == "" {
			v.report.find(CheckAttempt, c.where, "its idempotency key %q is also that of %s", c.body.IdempotencyKey, other)
		}
		keys[c.body.IdempotencyKey] = c.where
		out.charges = append(out.charges, c)
	})
}

func (v *verifier) readAnswers(ctx context.Context) error {
	return v.readAll(ctx, topics.Outcome, func(r *kgo.Record) {
		cause, out := v.sort(topics.Outcome, r)
		if out == nil {
			return
		}
		a := answer{cause: cause, where: whereIs(topics.Outcome, r)}
		if err := decode(r.Value, &a.body); err != nil {
			v.report.find(CheckOutcome, a.where, "its body cannot be read")
			return
		}
		out.answers = append(out.answers, a)
	})
}

func (v *verifier) readBills(ctx context.Context) error {
	return v.readAll(ctx, topics.Invoice, func(r *kgo.Record) {
		cause, out := v.sort(topics.Invoice, r)
		if out == nil {
			return
		}
		b := bill{cause: cause, where: whereIs(topics.Invoice, r)}
		if err := decode(r.Value, &b.body); err != nil {
			v.report.find(CheckInvoice, b.where, "its body cannot be read")
			return
		}
		v.report.Invoices++
		out.bills = append(out.bills, b)
	})
}

func (v *verifier) sort(topic string, r *kgo.Record) (place, *caused) {
	text := header(r, topics.HeaderCause)
	cause, ok := v.c.parsePlace(text)
	if !ok || cause.partition < 0 || int(cause.partition) >= len(v.outputs) {
		v.report.find(CheckCause, whereIs(topic, r), "its cause %q is no place in an input", text)
		return place{}, nil
	}
	return cause, &v.outputs[cause.partition]
}

func (v *verifier) readAll(ctx context.Context, topic string, f func(*kgo.Record)) error {
	name := v.c.Prefix + topic
	for p, span := range v.spans[name] {
		if err := v.reader.Read(ctx, name, int32(p), span, func(r *kgo.Record) error { f(r); return nil }); err != nil {
			return err
		}
		v.c.Progress(Progress{Step: "reading " + topic, Done: int64(p + 1), Total: int64(len(v.spans[name]))})
	}
	return nil
}

func whereIs(topic string, r *kgo.Record) string {
	return fmt.Sprintf("%s/%d/%d", topic, r.Partition, r.Offset)
}

// verifier is one run.
type verifier struct {
	c       *Config
	reader  *committed.Reader
	spans   map[string][]committed.Span
	begun   map[string][]committed.Span // the inputs as of the start
	still   bool                        // the ends are those of a moment in which the engine wrote nothing
	outputs []caused
	record  recorded
	seed    maphash.Seed
	report  *Report
}
