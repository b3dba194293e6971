package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// unsettled follows the changelog for cells with work that is due at once.
type unsettled struct {
	next []int64 // of each partition: where to read on
	keys map[string]bool
}

// awaitSettled waits until no cell has work that is due at once: events that the engine held back while its checkpoint
// store did not answer, or that waited for an account. It drives that work on by itself, but not always by a record that
// the group's offsets would show.
func (v *verifier) awaitSettled(ctx context.Context) error {
	if v.c.Unsettled == nil {
		return nil
	}
	u := &unsettled{keys: map[string]bool{}}
	for deadline := time.Now().Add(v.c.QuietTimeout); ; {
		if err := u.follow(ctx, v); err != nil {
			return err
		}
		if len(u.keys) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d queues of events are still to be worked off: the checkpoint store does not answer, or nobody works", len(u.keys))
		}
		v.c.Progress(Progress{Step: "waiting for events that were held back", Total: int64(len(u.keys))})
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), errors.New("while events were held back"))
		case <-time.After(500 * time.Millisecond):
		}
		if err := v.wait(ctx); err != nil {
			return err
		}
	}
}

// follow reads what the changelog has got since the last look.
func (u *unsettled) follow(ctx context.Context, v *verifier) error {
	name := v.c.Prefix + topics.Changelog
	all, err := v.reader.Spans(ctx, name)
	if err != nil {
		return err
	}
	if u.next == nil {
		u.next = make([]int64, len(all[name]))
	}
	for p, span := range all[name] {
		from := max(span.Start, u.next[p])
		err := v.reader.Read(ctx, name, int32(p), committed.Span{Start: from, End: span.End}, func(r *kgo.Record) error {
			if v.c.Unsettled(r.Value) {
				u.keys[string(r.Key)] = true
			} else {
				delete(u.keys, string(r.Key))
			}
			return nil
		})
		if err != nil {
			return err
		}
		u.next[p] = span.End
	}
	return nil
}
