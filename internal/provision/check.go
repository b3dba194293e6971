package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"purser/internal/failpoint"
	"purser/topics"
)

// ErrNoOffsets says that a group has no offset at all.
var ErrNoOffsets = errors.New("it has no offsets: no process with the role process has run yet, or they have expired")

// Check says whether the engine may start on these topics and with this group, and returns their number of partitions.
//
// Every input, the ledger and the changelog have the same number: whoever owns partition p owns it everywhere. The group's
// committed offsets are the record of that number: they are committed for every partition of every input before the
// first run, and so a number that was changed since is seen as offsets that are missing, or are there for no partition.
func Check(ctx context.Context, admin *kadm.Client, names topics.Names, group string) (partitions int32, err error) {
	if partitions, err = checkTopics(ctx, admin, names); err != nil {
		return 0, err
	}
	committed, err := committedOffsets(ctx, admin, names, group)
	if err != nil {
		return 0, err
	}
	return partitions, checkOffsets(committed, names, group, partitions)
}

// Wrong is what is not as the engine needs it, in a sentence that ends in the way out.
type Wrong struct {
	Text string
	// Foundation says that every decision rests on it: a process that runs stops, too. What is wrong with one output alone
	// stops the partitions that have something to write to it.
	Foundation bool
}

func (w Wrong) Error() string { return w.Text }

// checkTopics is the part of Check that needs no group.
func checkTopics(ctx context.Context, admin *kadm.Client, names topics.Names) (partitions int32, err error) {
	partitions, wrongs, err := inspect(ctx, admin, names)
	if err != nil {
		return 0, err
	}
	errs := make([]error, len(wrongs))
	for i, w := range wrongs {
		errs[i] = w
	}
	return partitions, errors.Join(errs...)
}

// inspect returns the inputs' number of partitions and everything that is wrong with the topics.
func inspect(ctx context.Context, admin *kadm.Client, names topics.Names) (partitions int32, wrongs []Wrong, err error) {
	described, err := Describe(ctx, admin, names)
	if err != nil {
		return 0, nil, err
	}
	wrongs = append(wrongs, missing(described, names)...)
	wrongs = append(wrongs, unequal(described, names)...)
	return described[0].Partitions, append(wrongs, misconfigured(described, names)...), nil
}

// missing names the topics that do not exist, those of the foundation apart from the others.
func missing(described []Described, names topics.Names) (wrongs []Wrong) {
	for _, foundation := range []bool{true, false} {
		var lost []string
		for _, d := range described {
			if !d.Exists && coPartitioned(d.Topic, names) == foundation {
				lost = append(lost, d.Topic)
			}
		}
		if len(lost) > 0 {
			wrongs = append(wrongs, Wrong{"topics do not exist: " + strings.Join(lost, ", ") + "; create them with purser topics create", foundation})
		}
	}
	return wrongs
}

// coPartitioned says whether a topic's partition p belongs to task p.
func coPartitioned(topic string, names topics.Names) bool {
	_, input := names.Input(topic)
	return input || topic == names.Of(topics.Ledger) || topic == names.Of(topics.Changelog)
}

// unequal compares the numbers of partitions. A task writes to partition p of the other outputs, too, so those need as many.
func unequal(described []Described, names topics.Names) (wrongs []Wrong) {
	var counts []string
	first, equal := int32(-1), true
	for _, d := range described {
		if !d.Exists || !coPartitioned(d.Topic, names) {
			continue
		}
		counts = append(counts, fmt.Sprintf("%s has %d", d.Topic, d.Partitions))
		if first < 0 {
			first = d.Partitions
		}
		equal = equal && d.Partitions == first
	}
	if !equal && !failpoint.Off("equal-counts") {
		wrongs = append(wrongs, Wrong{fmt.Sprintf("the inputs, the ledger and the changelog must have equal partition counts: %s; "+
			"create them anew with one count, or add partitions to those that have fewer as long as the group has not run. %s",
			strings.Join(counts, ", "), howToChange), true})
	}
	for _, d := range described {
		if d.Exists && !coPartitioned(d.Topic, names) && d.Partitions < first {
			wrongs = append(wrongs, Wrong{fmt.Sprintf("%s has %d partitions and needs %d, one for each of the inputs'; add them with: "+
				"kafka-topics.sh --alter --topic %s --partitions %d", d.Topic, d.Partitions, first, d.Topic, first), false})
		}
	}
	return wrongs
}

func misconfigured(described []Described, names topics.Names) (wrongs []Wrong) {
	for _, d := range described {
		for _, difference := range d.Differences {
			if difference.Must && !failpoint.Off("broker-time") {
				wrongs = append(wrongs, Wrong{fmt.Sprintf("%s; set it with: kafka-configs.sh --alter --entity-type topics --entity-name %s --add-config %s=%s",
					difference, d.Topic, difference.Setting, difference.Want), coPartitioned(d.Topic, names) && difference.Setting != maxMessage})
			}
		}
	}
	return wrongs
}

// committedOffsets returns the group's offsets on the inputs; an empty map where the group has none at all. Whether a
// transaction is about to move them does not matter here.
func committedOffsets(ctx context.Context, admin *kadm.Client, names topics.Names, group string) (map[string]map[int32]int64, error) {
	responses, err := whileRetriable(ctx, func(ctx context.Context) (kadm.OffsetResponses, error) {
		return admin.FetchOffsets(ctx, group)
	})
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the offsets of group %s: %w", group, err)
	}
	committed := map[string]map[int32]int64{}
	for topic, partitions := range responses {
		if _, input := names.Input(topic); !input {
			continue
		}
		for p, r := range partitions {
			if r.Err != nil {
				return nil, fmt.Errorf("read the offset of group %s on %s/%d: %w", group, topic, p, r.Err)
			}
			if r.At < 0 {
				continue
			}
			if committed[topic] == nil {
				committed[topic] = map[int32]int64{}
			}
			committed[topic][p] = r.At
		}
	}
	return committed, nil
}

func checkOffsets(committed map[string]map[int32]int64, names topics.Names, group string, partitions int32) error {
	var missing []string
	for _, topic := range names.Inputs() {
		for p := range partitions {
			if _, ok := committed[topic][p]; !ok {
				missing = append(missing, fmt.Sprintf("%s/%d", topic, p))
			}
		}
		for p := range committed[topic] {
			if p >= partitions {
				return fmt.Errorf("group %s has an offset on %s/%d, but the topic has %d partitions: it was created anew with fewer; "+
					"orgs hash to other partitions than their balances now. %s", group, topic, p, partitions, howToChange)
			}
		}
	}
	switch total := int(partitions) * len(topics.Inputs); {
	case len(missing) == 0:
		return nil
	case len(missing) == total:
		return fmt.Errorf("group %s: %w", group, ErrNoOffsets)
	default:
		return fmt.Errorf("group %s has offsets on %d of %d partitions; without: %s. Partitions were added since the first run, or offsets have "+
			"expired or were deleted. Where partitions were added, orgs hash to other partitions than their balances. %s. Where offsets are missing, "+
			"set them with kafka-consumer-groups.sh --group %s --reset-offsets; one that is not the changelog's is refused, and the right one named",
			group, total-len(missing), total, abbreviated(missing), howToChange, group)
	}
}

const howToChange = "The number of partitions is changed by creating all topics anew under another prefix with a new group, and moving the balances there"

func abbreviated(list []string) string {
	if len(list) > 6 {
		return strings.Join(list[:6], ", ") + fmt.Sprintf(" and %d more", len(list)-6)
	}
	return strings.Join(list, ", ")
}
