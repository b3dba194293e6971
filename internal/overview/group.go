package overview

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"purser/internal/stream/balance"
	"purser/topics"
)

// group asks the coordinator who owns what, and what the members say that they have set aside. Both come in one answer and
// are of one generation.
func (o *Overview) group(ctx context.Context, s *Sources) error {
	described, err := s.Admin.DescribeGroups(ctx, s.Group)
	if err != nil {
		return fmt.Errorf("describe group %s: %w", s.Group, err)
	}
	g := described[s.Group]
	if errors.Is(g.Err, kerr.GroupIDNotFound) {
		o.GroupState = "Dead"
		return nil
	}
	if g.Err != nil {
		return fmt.Errorf("describe group %s: %w", s.Group, g.Err)
	}
	o.GroupState, o.Members = g.State, len(g.Members)
	if !o.settled() {
		for i := range o.Partitions {
			o.Partitions[i].State = Moving
		}
		return nil
	}
	for i := range g.Members {
		o.owned(s, &g.Members[i])
	}
	for i := range g.Members {
		o.aside(&g.Members[i])
	}
	o.judge()
	return nil
}

// settled says that the group shows what its members own.
func (o *Overview) settled() bool {
	return !slices.Contains([]string{"PreparingRebalance", "CompletingRebalance"}, o.GroupState)
}

func (o *Overview) owned(s *Sources, m *kadm.DescribedGroupMember) {
	assigned, ok := m.Assigned.AsConsumer()
	if !ok {
		return
	}
	held := map[int32]int{}
	for _, t := range assigned.Topics {
		if _, input := s.Names.Input(t.Topic); input {
			for _, p := range t.Partitions {
				held[p]++
			}
		}
	}
	for p, n := range held {
		if n == len(topics.Inputs) && int(p) < len(o.Partitions) {
			o.Partitions[p].Owner = m.ClientID
		}
	}
}

func (o *Overview) aside(m *kadm.DescribedGroupMember) {
	words, ok := m.Join.AsConsumer()
	if !ok {
		return
	}
	for _, a := range balance.ReadSetAside(words) {
		if a.Partition < 0 || int(a.Partition) >= len(o.Partitions) {
			continue
		}
		p := &o.Partitions[a.Partition]
		told := Aside{Member: m.ClientID, Reason: a.Reason, Since: a.Since}
		if m.ClientID == p.Owner {
			p.Aside = slices.Insert(p.Aside, 0, told)
		} else {
			p.Aside = append(p.Aside, told)
		}
	}
}

// judge makes a state of what was told.
func (o *Overview) judge() {
	for i := range o.Partitions {
		switch p := &o.Partitions[i]; {
		case p.Owner == "":
			p.State = Nobody
		case len(p.Aside) > 0 && p.Aside[0].Member == p.Owner:
			p.State = SetAside
		default:
			p.State = Owned
		}
	}
}
