package node

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"purser/state"
)

// refusing is a cache that answers with an error until it is told not to.
type refusing struct{ err error }

func (r *refusing) Load(context.Context, int32, []string) ([][]byte, int64, bool, error) {
	return nil, 0, false, r.err
}
func (r *refusing) Store(context.Context, state.CacheWrite) (bool, error) { return false, r.err }

func TestACacheThatFailsIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	cache := &refusing{err: errors.New("NOPERM")}
	watched := watchCache(cache, slog.New(slog.NewTextHandler(&log, nil)))
	use := func() {
		_, _, _, _ = watched.Load(t.Context(), 0, nil)
		_, _ = watched.Store(t.Context(), state.CacheWrite{})
	}
	use()
	use()
	cache.err = nil
	use()
	cache.err = errors.New("NOPERM")
	use()
	if away, back := strings.Count(log.String(), "NOPERM"), strings.Count(log.String(), "answers again"); away != 2 || back != 1 {
		t.Errorf("told %d times that it fails, %d times that it is back:\n%s", away, back, log.String())
	}
	if watchCache(nil, nil) != nil {
		t.Error("no cache has become one")
	}
}
