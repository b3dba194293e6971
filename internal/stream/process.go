package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"purser/internal/access"
)

// stopPatience is how long a stop waits for the broker to take what is being done, and leaves room in the ten seconds that a
// process has to stop. What is open then is ended by the next owner.
const stopPatience = 7 * time.Second

// Run serves with cfg.Workers workers until ctx ends, and then finishes what was begun. It returns an error only where going
// on would be a lie.
func Run(ctx context.Context, cfg Config) error {
	grace, release := withGrace(ctx)
	defer release()
	aside := newSetAside(&cfg)
	resumes := &resumes{&cfg, aside}
	stores := newStoreWatch(&cfg)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { stores.run(ctx); return nil })
	g.Go(func() error { resumes.run(ctx); return nil })
	for i := range cfg.Workers {
		g.Go(func() error { return lives(ctx, grace, &cfg, i, aside, stores) })
	}
	return g.Wait()
}

// withGrace returns a context that ends stopPatience after ctx does.
func withGrace(ctx context.Context) (grace context.Context, release context.CancelFunc) {
	grace, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(stopPatience):
			cancel()
		case <-grace.Done():
		}
	})
	return grace, func() { stop(); cancel() }
}

// lives makes one worker after the other, each under a name of its own, with a pause that grows while they fail at once.
func lives(ctx, grace context.Context, cfg *Config, n int, aside *setAside, stores *storeWatch) error {
	const longest = 5 * time.Second
	pause := 50 * time.Millisecond
	for life := 1; ctx.Err() == nil; life++ {
		began := time.Now()
		w, err := newWorker(grace, cfg, fmt.Sprintf("%s-w%d-%d", cfg.ClientID, n, life), aside, stores)
		if err == nil {
			err = w.run(ctx)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the stop was asked for; what it cut short is done again by the next owner
		}
		if w != nil && err != nil {
			w.endTransactions(ctx)
		}
		cfg.Metrics.WorkerRestarts.Inc()
		if time.Since(began) > 2*longest {
			pause = 50 * time.Millisecond
		}
		switch {
		case err == nil:
		case access.Refused(err) && cfg.Explain != nil:
			cfg.Logger.Error("worker failed for want of a right, and tries again", "worker", n, "error", cfg.Explain(ctx, err))
		case !errors.Is(err, errDoubt):
			cfg.Logger.Error("worker failed", "worker", n, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
	return nil
}
