package embedded

import (
	"encoding/binary"
	"hash/crc32"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Clock is a broker's time that stands still until it is set: what is produced meanwhile gets it, whoever produces it. Its
// zero value stands at 1970.
type Clock struct{ milliseconds atomic.Int64 }

// Set moves it, to the millisecond.
func (c *Clock) Set(t time.Time) { c.milliseconds.Store(t.UnixMilli()) }

// Now is where it stands.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.milliseconds.Load()).UTC() }

// rule makes a broker take its time from the clock.
func (c *Clock) rule(broker *kfake.Cluster) {
	broker.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		if produce, ok := request.(*kmsg.ProduceRequest); ok {
			for _, topic := range produce.Topics {
				for _, partition := range topic.Partitions {
					stamp(partition.Records, c.milliseconds.Load())
				}
			}
		}
		return nil, nil, false
	})
}

// Where a batch of records has what, in bytes. The checksum is of all that follows it.
const (
	batchChecksum = 17
	batchContent  = batchChecksum + 4
	batchFirst    = 27 // time of its first record; the others' are counted from there
	batchLast     = batchFirst + 8
	batchEnd      = batchLast + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// stamp dates a batch so that its last record is at a time. The others stay as far before it as they were.
func stamp(batch []byte, at int64) {
	if len(batch) < batchEnd {
		return // the broker refuses it
	}
	first, last := batch[batchFirst:batchLast], batch[batchLast:batchEnd]
	took := binary.BigEndian.Uint64(last) - binary.BigEndian.Uint64(first)
	binary.BigEndian.PutUint64(first, uint64(at)-took)
	binary.BigEndian.PutUint64(last, uint64(at))
	binary.BigEndian.PutUint32(batch[batchChecksum:], crc32.Checksum(batch[batchContent:], castagnoli))
}
