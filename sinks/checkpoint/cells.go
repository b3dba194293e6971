package checkpoint

import (
	"purser/processors/core"
	"purser/state"
)

// cells gathers the last image of each cell. Its memory is used again for the next step, but for the keys.
type cells struct {
	places map[string]int // of each key in images
	images []state.Image
	bytes  int
}

// cellOverhead is about what a cell takes beside its key and value.
const cellOverhead = 96

func newCells() *cells { return &cells{places: map[string]int{}} }

func (c *cells) len() int { return len(c.images) }

// put takes a copy of value; nil is a tombstone, which stays nil.
func (c *cells) put(key, value []byte, due core.Time) {
	place, known := c.places[string(key)]
	if !known {
		place = len(c.images)
		if place < cap(c.images) {
			c.images = c.images[:place+1]
		} else {
			c.images = append(c.images, state.Image{})
		}
		c.images[place].Key = string(key)
		c.places[c.images[place].Key] = place
		c.bytes += len(key) + cellOverhead
	} else {
		c.bytes -= len(c.images[place].Value)
	}
	image := &c.images[place]
	image.NextDue = due
	if value == nil {
		image.Value = nil
		return
	}
	image.Value = append(image.Value[:0], value...)
	if image.Value == nil {
		image.Value = []byte{}
	}
	c.bytes += len(value)
}

// keptValue is the largest value whose memory is kept for the next step.
const keptValue = 1 << 10

func (c *cells) reset() {
	clear(c.places)
	for i := range c.images {
		c.images[i].Key = ""
		if cap(c.images[i].Value) > keptValue {
			c.images[i].Value = nil
		}
	}
	c.images, c.bytes = c.images[:0], 0
}
