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

// held follows the changelog for cells that hold events back.
type held struct {
	next []int64 // of each partition: where to read on
	keys map[string]bool
}

// awaitHeld waits until no cell holds events back. The engine holds them while its checkpoint store does not answer, and
// decides them by itself when it does.
func (v *verifier) awaitHeld(ctx context.Context) error {
	if v.c.Held == nil {
		return nil
	}
	h := &held{keys: map[string]bool{}}
	for deadline := time.Now().Add(v.c.QuietTimeout); ; {
		if err := h.follow(ctx, v); err != nil {
			return err
		}
		if len(h.keys) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the engine still holds events of %d orgs back: its checkpoint store does not answer, or nobody works", len(h.keys))
		}
		v.c.Progress(Progress{Step: "waiting for events that are held back", Total: int64(len(h.keys))})
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
func (h *held) follow(ctx context.Context, v *verifier) error {
	name := v.c.Prefix + topics.Changelog
	all, err := v.reader.Spans(ctx, name)
	if err != nil {
		return err
	}
	if h.next == nil {
		h.next = make([]int64, len(all[name]))
	}
	for p, span := range all[name] {
		from := max(span.Start, h.next[p])
		err := v.reader.Read(ctx, name, int32(p), committed.Span{Start: from, End: span.End}, func(r *kgo.Record) error {
			if v.c.Held(string(r.Key), r.Value) {
				h.keys[string(r.Key)] = true
			} else {
				delete(h.keys, string(r.Key))
			}
			return nil
		})
		if err != nil {
			return err
		}
		h.next[p] = span.End
	}
	return nil
}
