package stream

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/topics"
)

func TestABatchIsCommittedOnlyByTheMemberThatDecidedIt(t *testing.T) {
	w := &worker{member: "a"}
	for member, allowed := range map[string]bool{"a": true, "b": false, "": false} {
		if err := w.sameMember(&kmsg.TxnOffsetCommitRequest{MemberID: member}); (err == nil) != allowed {
			t.Errorf("of member %q: %v", member, err)
		}
	}
}

func TestARecordThatNoTaskDecidesIsADoubt(t *testing.T) {
	names := topics.Names{}
	w := &worker{cfg: &Config{Names: names}, tasks: map[int32]*task{1: {}}}
	w.batch.worker = w
	for _, p := range []int32{0, 1} { // of no task, and of one that does not run yet
		err := w.batch.take(kgo.FetchTopicPartition{Topic: names.Of(topics.Usage),
			FetchPartition: kgo.FetchPartition{Partition: p, Records: []*kgo.Record{{}}}})
		if !errors.Is(err, errDoubt) {
			t.Errorf("partition %d: %v", p, err)
		}
	}
}
