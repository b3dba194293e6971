package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (r Right) String() string {
	on := string(r.Kind) + " " + r.Name
	switch r.Kind {
	case TransactionalID:
		on = "transactional ids that begin with " + r.Name
	case Cluster:
		on = "the cluster"
	}
	return operationName(r.Operation) + " on " + on
}

// operationName is the operation as kafka-acls spells it.
func operationName(o kadm.ACLOperation) string {
	switch o {
	case kadm.OpDescribeConfigs:
		return "DescribeConfigs"
	case kadm.OpRead:
		return "Read"
	case kadm.OpWrite:
		return "Write"
	case kadm.OpCreate:
		return "Create"
	case kadm.OpAlter:
		return "Alter"
	case kadm.OpDescribe:
		return "Describe"
	}
	return o.String()
}

// Refused says whether an error is a broker's refusal for want of a right.
func Refused(err error) bool {
	for _, e := range []error{
		kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.TransactionalIDAuthorizationFailed, kerr.ClusterAuthorizationFailed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Missing asks the brokers what the one who asks may do, and returns what some roles need beyond that. Rights on topics that
// do not exist cannot be asked for, and are not missing: who needs the topic will say that it is not there.
func Missing(ctx context.Context, client *kgo.Client, i Installation, roles ...Role) ([]Right, error) {
	rights := Kafka(i, roles...)
	may, err := allowed(ctx, client, i, rights)
	if err != nil {
		return nil, fmt.Errorf("ask Kafka which rights there are: %w", err)
	}
	var missing []Right
	for _, r := range rights {
		if may.lacks(r) && !slices.Contains(missing, r) {
			missing = append(missing, r)
		}
	}
	return missing, nil
}

// permissions are the operations that the one who asks may do, of everything that could be asked for.
type permissions map[Right][]kadm.ACLOperation

// thing is a right's kind and name alone.
func (r Right) thing() Right { return Right{Kind: r.Kind, Name: r.Name} }

func (p permissions) lacks(r Right) bool {
	may, known := p[r.thing()]
	return known && !slices.Contains(may, r.Operation)
}

func allowed(ctx context.Context, client *kgo.Client, i Installation, rights []Right) (permissions, error) {
	admin, p := kadm.NewClient(client), permissions{}
	names := map[Kind][]string{}
	for _, r := range rights {
		if !slices.Contains(names[r.Kind], r.Name) {
			names[r.Kind] = append(names[r.Kind], r.Name)
		}
	}
	for kind, ask := range map[Kind]func() error{
		Topic:           func() error { return p.askTopics(ctx, client, names[Topic]) },
		Group:           func() error { return p.askGroups(ctx, admin, names[Group]) },
		TransactionalID: func() error { return p.askTransactions(ctx, admin, i.TransactionalIDs()) },
		Cluster:         func() error { return p.askCluster(ctx, client) },
	} {
		if names[kind] == nil {
			continue
		}
		if err := patiently(ctx, ask); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// patience is how long a broker may say "not yet": a cluster that has just started has no coordinators.
const patience = 15 * time.Second

func patiently(ctx context.Context, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask()
		if !kerr.IsRetriable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// askCluster looks for what may be done to the cluster; who may not even look learns of nothing.
func (p permissions) askCluster(ctx context.Context, client *kgo.Client) error {
	req := kmsg.NewPtrDescribeClusterRequest()
	req.IncludeClusterAuthorizedOperations = true
	resp, err := req.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return err
	}
	p[Right{Kind: Cluster, Name: clusterName}] = kadm.DecodeACLOperations(resp.ClusterAuthorizedOperations)
	return nil
}

// askTopics asks by itself: the client library's way makes one topic that may not be seen an error of all.
func (p permissions) askTopics(ctx context.Context, client *kgo.Client, names []string) error {
	req := kmsg.NewPtrMetadataRequest()
	req.IncludeTopicAuthorizedOperations = true
	for _, name := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, t := range resp.Topics {
		if t.Topic == nil {
			continue
		}
		topic := Right{Kind: Topic, Name: *t.Topic}
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
		case errors.Is(err, kerr.TopicAuthorizationFailed):
			p[topic] = p.onHidden(ctx, client, *t.Topic)
		default:
			p[topic] = kadm.DecodeACLOperations(t.AuthorizedOperations)
		}
	}
	return nil
}

// onHidden finds out what may be done to a topic that may not be looked at: only Create and DescribeConfigs do not contain
// Describe, and each has a request that shows it and changes nothing.
func (p permissions) onHidden(ctx context.Context, client *kgo.Client, topic string) (may []kadm.ACLOperation) {
	admin := kadm.NewClient(client)
	if configs, err := admin.DescribeTopicConfigs(ctx, topic); err == nil {
		if c, err := configs.On(topic, nil); err == nil && c.Err == nil {
			may = append(may, kadm.OpDescribeConfigs)
		}
	}
	created, err := admin.ValidateCreateTopics(ctx, 1, -1, nil, topic)
	if err == nil && !errors.Is(created[topic].Err, kerr.TopicAuthorizationFailed) {
		may = append(may, kadm.OpCreate)
	}
	return may
}

func (p permissions) askGroups(ctx context.Context, admin *kadm.Client, groups []string) error {
	for _, group := range groups {
		if err := p.askGroup(ctx, admin, group); err != nil {
			return err
		}
	}
	return nil
}

func (p permissions) askGroup(ctx context.Context, admin *kadm.Client, group string) error {
	described, err := admin.DescribeGroups(ctx, group)
	if err == nil {
		err = described[group].Err
	}
	switch {
	case errors.Is(err, kerr.GroupIDNotFound):
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		p[Right{Kind: Group, Name: group}] = nil
	case err != nil:
		return fmt.Errorf("group %s: %w", group, err)
	default:
		p[Right{Kind: Group, Name: group}] = described[group].AuthorizedOperations
	}
	return nil
}

// askTransactions looks at a transaction that there is not: who may not use its id may not know that.
func (p permissions) askTransactions(ctx context.Context, admin *kadm.Client, prefix string) error {
	id := prefix + "is-there-a-right"
	described, err := admin.DescribeTransactions(ctx, id)
	if err == nil {
		err = described[id].Err
	}
	switch {
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		p[Right{Kind: TransactionalID, Name: prefix}] = nil
	case err != nil && !errors.Is(err, kerr.TransactionalIDNotFound):
		return err
	}
	return nil
}
