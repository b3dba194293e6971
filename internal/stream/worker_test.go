package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestABatchIsCommittedOnlyByTheMemberThatDecidedIt(t *testing.T) {
	w := &worker{member: "a"}
	for member, allowed := range map[string]bool{"a": true, "b": false, "": false} {
		if err := w.sameMember(&kmsg.TxnOffsetCommitRequest{MemberID: member}); (err == nil) != allowed {
			t.Errorf("of member %q: %v", member, err)
		}
	}
}
