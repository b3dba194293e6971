package scenario

import (
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// Upstream writes event lines of one org as the records that its upstreams would produce. Events without an id are numbered
// in the order in which they are asked for.
type Upstream struct{ scribe *scribe }

// NewUpstream returns one whose org is the first that it defines.
func NewUpstream() *Upstream { return &Upstream{newScribe()} }

// Records reads an event line. What comes of it has the producer's time; a topic is named as installations with these names do.
// An error says what is wrong with the line.
func (u *Upstream) Records(names topics.Names, line string, at time.Time) ([]*kgo.Record, error) {
	all, err := u.scribe.records(strings.Fields(line), "")
	if err != nil {
		return nil, err
	}
	records := make([]*kgo.Record, len(all))
	for i := range all {
		records[i] = all[i].kafka(0, at)
		records[i].Topic = names.Of(all[i].topic)
	}
	return records, nil
}
