package balance_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/stream/balance"
)

// words is what a member tells the group that says this of itself.
func words(t *testing.T, aside ...balance.SetAside) *kmsg.ConsumerMemberMetadata {
	t.Helper()
	b := balance.Observed(balance.CoPartition(), func() []balance.SetAside { return aside }, func(map[string][]int32) {})
	meta := new(kmsg.ConsumerMemberMetadata)
	if err := meta.ReadFrom(b.JoinGroupMetadata(inputs, map[string][]int32{"usage": {3, 4}}, 7)); err != nil {
		t.Fatal(err)
	}
	return meta
}

func TestAMemberTellsWhatIsSetAside(t *testing.T) {
	since := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	told := []balance.SetAside{{Partition: 3, Reason: "offset out of range", Since: since}, {Partition: 9, Reason: "a\x00b\nc\xff", Since: since}}
	meta := words(t, told...)
	told[1].Reason = "a b c?"
	if got := balance.ReadSetAside(meta); !slices.Equal(got, told) {
		t.Errorf("read %+v", got)
	}
	if meta.Generation != 7 || !slices.Equal(meta.Topics, inputs) || len(meta.OwnedPartitions) != 1 || !slices.Equal(meta.OwnedPartitions[0].Partitions, []int32{3, 4}) {
		t.Errorf("what the balance needs is lost: %+v", meta)
	}
}

func TestAMemberThatHasSetNothingAsideSaysWhatOthersUnderstand(t *testing.T) {
	meta := words(t)
	if got := balance.ReadSetAside(meta); got != nil {
		t.Errorf("read %+v", got)
	}
	plain := new(kmsg.ConsumerMemberMetadata)
	if err := plain.ReadFrom(kgo.CooperativeStickyBalancer().JoinGroupMetadata(inputs, map[string][]int32{"usage": {3, 4}}, 7)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(meta.UserData, plain.UserData) {
		t.Errorf("says %q", meta.UserData)
	}
}

// TestWhatIsToldIsBounded: the coordinator keeps every member's words in one record.
func TestWhatIsToldIsBounded(t *testing.T) {
	for _, partitions := range []int{1, 10, 1000} {
		var aside []balance.SetAside
		for p := range partitions {
			aside = append(aside, balance.SetAside{Partition: int32(p), Reason: strings.Repeat("é", 10_000)})
		}
		meta := words(t, aside...)
		got := balance.ReadSetAside(meta)
		if len(got) != partitions || len(meta.UserData) > 32<<10+80*partitions {
			t.Errorf("%d partitions are told as %d in %d bytes", partitions, len(got), len(meta.UserData))
		}
		if reason := got[0].Reason; !utf8.ValidString(reason) || len(reason) > 512 || !strings.HasSuffix(reason, "…") {
			t.Errorf("the reason is %q", reason)
		}
	}
}
