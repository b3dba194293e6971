package node

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/internal/overview"
)

// watchEvery is how often the lag is read: it is for graphs, and costs two requests.
const watchEvery = 10 * time.Second

// watch shows the group's lag until ctx ends.
func (p *Parts) watch(ctx context.Context, admin *kadm.Client) error {
	overview.Watch(ctx, overview.Sources{Admin: admin, Names: p.Names, Group: p.Group}, overview.NewMetrics(p.Registry), watchEvery, p.Log)
	return nil
}
