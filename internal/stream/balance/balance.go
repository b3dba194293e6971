// Package balance spreads partitions over the members of a consumer group such that whoever owns partition p of one
// input owns p of every input.
//
// The unit is the partition number, not the partition: all inputs are keyed alike and have equal counts, and the state of
// an org lives with its number. kgo's own balancers do not do this together with what else is needed: its cooperative
// sticky one scatters the topics at the first join, its range one keeps them together but takes everything away from
// everyone each time.
//
// The rules, in the order in which they win:
//  1. Never two owners. What moves is first revoked by the one who has it, and given to the other in the next generation.
//  2. A member owns p of every topic it subscribes to, or of none.
//  3. The counts of any two members differ by at most one.
//  4. As few numbers as possible move.
package balance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Protocol is the name under which members agree on this balancer.
const Protocol = "purser-copartition"

// CoPartition returns the balancer. Members tell what they own in the same words as kgo's cooperative sticky balancer,
// from which the encoding is borrowed; only what the leader makes of it differs.
func CoPartition() kgo.GroupBalancer {
	return balancer{kgo.CooperativeStickyBalancer()}
}

// Observed returns b, and tells joining when this member is about to join the next generation, and synced of everything
// that the generation assigns to it, as soon as it is read and before any callback of the client: kgo's callbacks tell
// only what changes, and a session drops some of them. What joining returns is what the member says of the partitions that
// its process has set aside.
func Observed(b kgo.GroupBalancer, joining func() []SetAside, synced func(assignment map[string][]int32)) kgo.GroupBalancer {
	return observed{b, joining, synced}
}

type observed struct {
	kgo.GroupBalancer
	joining func() []SetAside
	synced  func(map[string][]int32)
}

func (o observed) JoinGroupMetadata(topics []string, current map[string][]int32, generation int32) []byte {
	aside := o.joining()
	metadata := o.GroupBalancer.JoinGroupMetadata(topics, current, generation)
	var words kmsg.ConsumerMemberMetadata
	if len(aside) == 0 || words.ReadFrom(metadata) != nil {
		return metadata // what counts for the balance is in it
	}
	words.UserData = AppendSetAside(nil, aside)
	return words.AppendTo(nil)
}

func (o observed) ParseSyncAssignment(assignment []byte) (map[string][]int32, error) {
	m, err := o.GroupBalancer.ParseSyncAssignment(assignment)
	if err == nil {
		told := make(map[string][]int32, len(m))
		for topic, partitions := range m {
			told[topic] = slices.Clone(partitions)
		}
		o.synced(told)
	}
	return m, err
}

type balancer struct{ kgo.GroupBalancer }

// ProtocolName names this balancer in the group.
func (balancer) ProtocolName() string { return Protocol }

// MemberBalancer reads what the members have told.
func (b balancer) MemberBalancer(members []kmsg.JoinGroupResponseMember) (kgo.GroupMemberBalancer, map[string]struct{}, error) {
	cb, err := kgo.NewConsumerBalancer(b, members)
	return cb, cb.MemberTopics(), err
}

// Balance makes the leader's plan for the next generation.
func (balancer) Balance(b *kgo.ConsumerBalancer, topics map[string]int32) kgo.IntoSyncAssignment {
	n, err := commonCount(topics)
	if err != nil {
		b.SetError(err)
		return nil
	}
	members := readMembers(b)
	owners := rightfulOwners(members, n)
	distribute(members, owners)

	plan := b.NewPlan()
	for _, m := range members {
		for _, topic := range m.meta.Topics {
			plan.AddPartitions(m.member, topic, slices.Clone(m.planned))
		}
	}
	plan.AdjustCooperative(b)
	dropHalves(plan, members)
	return plan
}

// commonCount is the number of partitions that every topic has.
func commonCount(topics map[string]int32) (int32, error) {
	if len(topics) == 0 {
		return 0, fmt.Errorf("the group subscribes to no topic")
	}
	var names []string
	equal, n := true, int32(-1)
	for topic, count := range topics {
		names = append(names, fmt.Sprintf("%s has %d", topic, count))
		equal = equal && (n < 0 || n == count)
		n = count
	}
	if !equal || n == 0 {
		slices.Sort(names)
		return 0, fmt.Errorf("inputs must have equal partition counts to be owned together: %s", strings.Join(names, ", "))
	}
	return n, nil
}

type member struct {
	member *kmsg.JoinGroupResponseMember
	meta   *kmsg.ConsumerMemberMetadata
	// claims counts, by number, of how many topics the member says that it owns the partition.
	claims  map[int32]int
	owned   []int32 // numbers it rightfully owns, ascending
	planned []int32
}

func readMembers(b *kgo.ConsumerBalancer) []*member {
	var members []*member
	b.EachMember(func(jm *kmsg.JoinGroupResponseMember, meta *kmsg.ConsumerMemberMetadata) {
		m := &member{member: jm, meta: meta, claims: map[int32]int{}}
		for _, owned := range meta.OwnedPartitions {
			if !slices.Contains(meta.Topics, owned.Topic) {
				continue // it no longer subscribes to it, and so will revoke it
			}
			for _, p := range owned.Partitions {
				m.claims[p]++
			}
		}
		members = append(members, m)
	})
	return members
}

// rightfulOwners decides whose each number is now. A member that missed a generation still claims what others have
// been given since, so the later generation wins, then the one that holds more of the topics.
func rightfulOwners(members []*member, n int32) []*member {
	owners := make([]*member, n)
	for _, m := range members {
		for p, held := range m.claims {
			if p < 0 || p >= n {
				continue
			}
			o := owners[p]
			if o == nil || m.meta.Generation > o.meta.Generation ||
				m.meta.Generation == o.meta.Generation && held > o.claims[p] {
				owners[p] = m
			}
		}
	}
	for p, o := range owners {
		if o != nil {
			o.owned = append(o.owned, int32(p))
		}
	}
	return owners
}

// distribute fills in planned. The members that have the most get the larger shares where shares differ: then the sum
// of what anyone has to give up is as small as it can be.
func distribute(members []*member, owners []*member) {
	bySize := slices.Clone(members)
	slices.SortStableFunc(bySize, func(a, b *member) int { return cmp.Compare(len(b.owned), len(a.owned)) })

	share, larger := len(owners)/len(members), len(owners)%len(members)
	quota := make(map[*member]int, len(members))
	for i, m := range bySize {
		quota[m] = share
		if i < larger {
			quota[m]++
		}
		m.planned = append(m.planned, m.owned[:min(len(m.owned), quota[m])]...)
	}
	kept := make([]bool, len(owners))
	for _, m := range members {
		for _, p := range m.planned {
			kept[p] = true
		}
	}
	next := 0
	for _, m := range members {
		for ; len(m.planned) < quota[m]; next++ {
			if !kept[next] {
				m.planned = append(m.planned, int32(next))
			}
		}
	}
}

// dropHalves takes back a number of which a member would be given only some topics because another member has to
// revoke the others first, unless it owned it before: then it keeps what it has and waits for the rest.
func dropHalves(plan *kgo.BalancePlan, members []*member) {
	for _, m := range members {
		assigned := plan.AsMemberIDMap()[m.member.MemberID]
		got := map[int32]int{}
		for _, partitions := range assigned {
			for _, p := range partitions {
				got[p]++
			}
		}
		for topic, partitions := range assigned {
			assigned[topic] = slices.DeleteFunc(partitions, func(p int32) bool {
				return got[p] < len(m.meta.Topics) && !slices.Contains(m.owned, p)
			})
		}
	}
}
