package node

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/ticker"
)

// tick writes the time to every partition until ctx ends.
func (p *Parts) tick(ctx context.Context) error {
	t, err := ticker.New(ctx, append(slices.Clone(p.Client), kgo.ClientID("purser-tick")), p.Names, p.Log)
	if err != nil {
		return err
	}
	defer t.Close()
	t.Run(ctx, p.Engine.TickInterval)
	return nil
}
