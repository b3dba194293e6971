package provision

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// patience is how long a broker may say "not yet": a cluster that has just started elects coordinators, and a client
// learns of new topics only after a while.
const patience = 15 * time.Second

// whileRetriable calls f until it succeeds, fails in a way that waiting does not mend, or patience ends.
func whileRetriable[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		v, err := f(ctx)
		var ke *kerr.Error
		if err == nil || !errors.As(err, &ke) || !ke.Retriable {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
