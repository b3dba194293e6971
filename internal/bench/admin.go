package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
)

// What the broker answers has an error of its own for each topic and partition; these look at all of them.

func (l *lab) endOffsets(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
	ends, err := l.admin.ListEndOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the ends of topics: %w", err)
	}
	return ends, nil
}

// stableOffsets are the ends of what readers of committed records can see.
func (l *lab) stableOffsets(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
	ends, err := l.admin.ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the committed ends of topics: %w", err)
	}
	return ends, nil
}

func (l *lab) groupOffsets(ctx context.Context, group string) (kadm.OffsetResponses, error) {
	offsets, err := l.admin.FetchOffsets(ctx, group)
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("fetch the offsets of group %s: %w", group, err)
	}
	return offsets, nil
}

func (l *lab) describeGroup(ctx context.Context, group string) (kadm.DescribedGroup, error) {
	groups, err := l.admin.DescribeGroups(ctx, group)
	if err == nil {
		err = groups.Error()
	}
	if err != nil {
		return kadm.DescribedGroup{}, fmt.Errorf("describe group %s: %w", group, err)
	}
	return groups[group], nil
}

// deleteRecords deletes what lies before the offsets.
func (l *lab) deleteRecords(ctx context.Context, before kadm.Offsets) error {
	deleted, err := l.admin.DeleteRecords(ctx, before)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return fmt.Errorf("delete records: %w", err)
	}
	return nil
}

func (l *lab) deleteTopics(ctx context.Context, topics ...string) error {
	deleted, err := l.admin.DeleteTopics(ctx, topics...)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return fmt.Errorf("delete topics: %w", err)
	}
	return nil
}

// configure sets a setting of topics.
func (l *lab) configure(ctx context.Context, setting, value string, topics ...string) error {
	altered, err := l.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: setting, Value: &value}}, topics...)
	for _, a := range altered {
		if err == nil && a.Err != nil {
			err = fmt.Errorf("%s: %w %s", a.Name, a.Err, a.ErrMessage)
		}
	}
	if err != nil {
		return fmt.Errorf("set %s to %s: %w", setting, value, err)
	}
	return nil
}
