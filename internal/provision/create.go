package provision

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"purser/topics"
)

// Difference is a topic that is not as it should be.
type Difference struct {
	Topic   string // as on the broker
	Setting string // "partitions", or a configuration's name
	Have    string
	Want    string
	Must    bool // the engine does not start with it
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s is %s, not %s", d.Topic, d.Setting, d.Have, d.Want)
}

// Created is what CreateTopics did and found.
type Created struct {
	Topics      []string     // created now, as on the broker
	Existing    []string     // were there
	Differences []Difference // of those that were there; nothing of them is changed
}

// CreateTopics creates the topics that are missing and holds the others against what they should be. It changes none:
// shortening a retention deletes records, and that is for a person to decide.
// A replication of -1 takes the broker's default; with three or more copies a write needs two of them.
func CreateTopics(ctx context.Context, admin *kadm.Client, names topics.Names, partitions int32, replication int16) (Created, error) {
	var c Created
	for _, spec := range Specs() {
		config := make(map[string]*string, len(spec.Config))
		for key, value := range spec.Config {
			config[key] = kadm.StringPtr(value)
		}
		if replication >= 3 {
			config["min.insync.replicas"] = kadm.StringPtr("2")
		}
		topic := names.Of(spec.Topic)
		responses, err := admin.CreateTopics(ctx, partitions, replication, config, topic)
		if err != nil {
			return c, fmt.Errorf("create topic %s: %w", topic, err)
		}
		switch r := responses[topic]; {
		case r.Err == nil:
			c.Topics = append(c.Topics, topic)
		case errors.Is(r.Err, kerr.TopicAlreadyExists):
			c.Existing = append(c.Existing, topic)
		default:
			return c, fmt.Errorf("create topic %s: %w %s", topic, r.Err, r.ErrMessage)
		}
	}
	described, err := describeAll(ctx, admin, names)
	if err != nil {
		return c, err
	}
	for _, d := range described {
		if !slices.Contains(c.Existing, d.Topic) {
			continue
		}
		if d.Partitions != partitions {
			c.Differences = append(c.Differences, Difference{d.Topic, "partitions", itoa(d.Partitions), itoa(partitions), true})
		}
		c.Differences = append(c.Differences, d.Differences...)
	}
	return c, nil
}

// describeAll is Describe once the brokers show every topic: one that was created a moment ago is told to them bit by bit.
func describeAll(ctx context.Context, admin *kadm.Client, names topics.Names) ([]Described, error) {
	return whileRetriable(ctx, func(ctx context.Context) ([]Described, error) {
		described, err := Describe(ctx, admin, names)
		if err != nil {
			return nil, err
		}
		for _, d := range described {
			if !d.Exists {
				return nil, fmt.Errorf("topic %s was created but is not shown yet: %w", d.Topic, kerr.UnknownTopicOrPartition)
			}
		}
		return described, nil
	})
}

// Described is a topic as it is on the broker.
type Described struct {
	Topic       string // as on the broker
	Exists      bool
	Partitions  int32
	Replicas    int
	Config      map[string]string // the settings that have a wanted value
	Differences []Difference      // of the configuration
}

// Describe looks at every topic, in the order of Specs.
func Describe(ctx context.Context, admin *kadm.Client, names topics.Names) ([]Described, error) {
	specs := Specs()
	all := make([]string, len(specs))
	for i, spec := range specs {
		all[i] = names.Of(spec.Topic)
	}
	// Asking for the authorized operations too makes the client ask the broker instead of its own cache, which may not
	// know yet of topics that were created a moment ago.
	details, err := admin.ListTopics(kadm.WithAuthorizedOps(ctx), all...)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	var there []string
	for _, topic := range all {
		switch d, ok := details[topic]; {
		case !ok || errors.Is(d.Err, kerr.UnknownTopicOrPartition):
		case d.Err != nil:
			return nil, fmt.Errorf("look at topic %s: %w", topic, d.Err)
		default:
			there = append(there, topic)
		}
	}
	configs, err := admin.DescribeTopicConfigs(ctx, there...)
	if err != nil {
		return nil, fmt.Errorf("read the topics' configuration: %w", err)
	}
	described := make([]Described, len(specs))
	for i, spec := range specs {
		d := Described{Topic: all[i], Exists: slices.Contains(there, all[i]), Config: map[string]string{}}
		if d.Exists {
			d.Partitions = int32(len(details[all[i]].Partitions))
			d.Replicas = details[all[i]].Partitions.NumReplicas()
			if err := d.readConfig(spec, configs); err != nil {
				return nil, err
			}
		}
		described[i] = d
	}
	return described, nil
}

func (d *Described) readConfig(spec Spec, configs kadm.ResourceConfigs) error {
	rc, err := configs.On(d.Topic, nil)
	if err == nil {
		err = rc.Err
	}
	if err != nil {
		return fmt.Errorf("read the configuration of topic %s: %w", d.Topic, err)
	}
	have := map[string]string{}
	for _, c := range rc.Configs {
		have[c.Key] = c.MaybeValue()
	}
	for _, key := range slices.Sorted(maps.Keys(spec.Config)) {
		d.Config[key] = have[key]
		if want := spec.Config[key]; !suits(key, have[key], want) {
			d.Differences = append(d.Differences, Difference{d.Topic, key, have[key], want, slices.Contains(spec.Must, key)})
		}
	}
	return nil
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }
