package provision

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/internal/failpoint"
	"purser/topics"
)

// CommitStartOffsets commits, before the group's first run, the start offset of every partition of every input, also of
// those that nobody has written to: from then on a partition without an offset always means trouble, and no reset policy
// is ever needed. It says whether it did.
//
// It is the first run only where the group has no offset on any input and the ledger has never been written to. Offsets
// that have expired look like the first, and would read the inputs again; the ledger tells them apart.
func CommitStartOffsets(ctx context.Context, admin *kadm.Client, names topics.Names, group string) (first bool, err error) {
	// Offsets on topics that are not right would be the record of a wrong number of partitions.
	if _, err := checkTopics(ctx, admin, names); err != nil {
		return false, err
	}
	committed, err := committedOffsets(ctx, admin, names, group)
	if err != nil || len(committed) > 0 {
		return false, err
	}
	if err := ledgerIsEmpty(ctx, admin, names, group); err != nil {
		return false, err
	}
	listed, err := whileRetriable(ctx, func(ctx context.Context) (kadm.ListedOffsets, error) {
		listed, err := admin.ListStartOffsets(ctx, names.Inputs()...)
		return listed, errors.Join(err, listed.Error())
	})
	if err != nil {
		return false, fmt.Errorf("list the inputs' start offsets: %w", err)
	}
	commitErr := commitAll(ctx, admin, group, listed.Offsets())
	if commitErr == nil {
		return true, nil
	}
	// Another process may have been first: the broker refuses a commit from outside once the group has members.
	if committed, err = committedOffsets(ctx, admin, names, group); err == nil && len(committed) > 0 {
		return false, nil
	}
	return false, fmt.Errorf("commit the first offsets of group %s: %w", group, commitErr)
}

// commitAll commits offsets, and again those that a broker refuses for now because it does not know their topic yet. Those that
// it took are left alone: whoever finds them all may run, and move them on.
func commitAll(ctx context.Context, admin *kadm.Client, group string, offsets kadm.Offsets) error {
	_, err := whileRetriable(ctx, func(ctx context.Context) (kadm.OffsetResponses, error) {
		answer, err := admin.CommitOffsets(ctx, group, offsets)
		if err != nil {
			return nil, err
		}
		offsets = kadm.Offsets{}
		answer.Each(func(o kadm.OffsetResponse) {
			if o.Err != nil {
				offsets.Add(o.Offset)
			}
		})
		return answer, answer.Error()
	})
	return err
}

func ledgerIsEmpty(ctx context.Context, admin *kadm.Client, names topics.Names, group string) error {
	ledger := names.Of(topics.Ledger)
	ends, err := whileRetriable(ctx, func(ctx context.Context) (kadm.ListedOffsets, error) {
		ends, err := admin.ListEndOffsets(ctx, ledger)
		return ends, errors.Join(err, ends.Error())
	})
	if err != nil {
		return fmt.Errorf("look for entries in %s: %w", ledger, err)
	}
	var used error
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 && used == nil && !failpoint.Off("first-offsets") {
			used = fmt.Errorf("group %s has no offsets, but %s/%d has been written to: this is not its first run. "+
				"Either the group's name is wrong (setting group), or its offsets have expired or were deleted: "+
				"set them to what the changelog's progress records say before starting again", group, ledger, o.Partition)
		}
	})
	return used
}
