package faultsim

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// witness keeps what the engine logs as an error, for the outcome, and hands everything on.
type witness struct {
	slog.Handler
	attrs string
	kept  *testimony
}

type testimony struct {
	mu    sync.Mutex
	began time.Time
	lines []string
}

// testimonyMost bounds what is kept: a storm of errors says no more than its beginning.
const testimonyMost = 20

func newWitness(next slog.Handler) *witness {
	return &witness{Handler: next, kept: &testimony{began: time.Now()}}
}

// Enabled says yes to errors, wherever the rest goes.
func (w *witness) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError || w.Handler.Enabled(ctx, level)
}

// Handle keeps errors.
func (w *witness) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		var b strings.Builder
		fmt.Fprintf(&b, "%9.3fs %s%s", time.Since(w.kept.began).Seconds(), w.attrs, " "+r.Message)
		r.Attrs(func(a slog.Attr) bool { fmt.Fprintf(&b, " %s=%v", a.Key, a.Value); return true })
		w.kept.keep(b.String())
	}
	if !w.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

func (t *testimony) keep(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) < testimonyMost {
		t.lines = append(t.lines, line)
	}
}

func (t *testimony) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lines
}

// WithAttrs is part of slog.Handler.
func (w *witness) WithAttrs(attrs []slog.Attr) slog.Handler {
	words := w.attrs
	for _, a := range attrs {
		words += " " + a.Value.String()
	}
	return &witness{w.Handler.WithAttrs(attrs), words, w.kept}
}

// WithGroup is part of slog.Handler.
func (w *witness) WithGroup(name string) slog.Handler {
	return &witness{w.Handler.WithGroup(name), w.attrs, w.kept}
}
