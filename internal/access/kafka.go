package access

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/topics"
)

// Kind is what a right in Kafka is on.
type Kind string

// The kinds, as kafka-acls calls them.
const (
	Topic           Kind = "topic"
	Group           Kind = "group"
	TransactionalID Kind = "transactional-id" // all that begin with the name
	Cluster         Kind = "cluster"
)

// clusterName is what Kafka calls every cluster.
const clusterName = "kafka-cluster"

// Right is one operation on one thing.
type Right struct {
	Role      Role
	Operation kadm.ACLOperation
	Kind      Kind
	Name      string // as on the broker; of transactional ids, what they begin with
}

// line is a line of the table: operations on things of a kind, and what they are for. A topic's name is without prefix.
type line struct {
	role       Role
	operations []kadm.ACLOperation
	kind       Kind
	topics     []string
	why        string
}

var all = append(slices.Clone(topics.Inputs), topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.Ledger, topics.Changelog, topics.DeadLetter)

// but returns all topics without some.
func but(some ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(t string) bool { return slices.Contains(some, t) })
}

func op(o ...kadm.ACLOperation) []kadm.ACLOperation { return o }

// kafka is the table. Read and Write contain Describe, so that it is listed only where neither is.
var kafka = []line{
	{Process, op(kadm.OpRead), Topic, topics.Inputs, "the events that it decides, and the offsets of what it has decided"},
	{Process, op(kadm.OpWrite), Topic, []string{topics.RefillTick}, "continuations, which it writes to itself"},
	{Process, op(kadm.OpRead, kadm.OpWrite), Topic, []string{topics.Ledger, topics.Changelog}, "what it decides; a restore reads it back, and looks for transactions that a dead owner left open"},
	{Process, op(kadm.OpWrite), Topic, []string{topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.DeadLetter}, "what it sends out"},
	{Process, op(kadm.OpDescribeConfigs), Topic, all, "the check at the start that the topics are as they must be"},
	{Process, op(kadm.OpRead), Group, nil, "membership, and the group's offsets"},
	{Process, op(kadm.OpWrite), TransactionalID, nil, "its transactions, and ending those of a dead owner"},

	{Checkpoint, op(kadm.OpRead), Topic, []string{topics.Ledger, topics.Changelog}, "what it brings to Postgres"},
	{Checkpoint, op(kadm.OpDescribe), Topic, but(topics.Ledger, topics.Changelog), "the check at the start that all topics are there"},
	{Checkpoint, op(kadm.OpDescribeConfigs), Topic, all, "the check at the start that the topics are as they must be"},
	{Checkpoint, op(kadm.OpDescribe), Group, nil, "the check at the start that the group has offsets"},

	{Tick, op(kadm.OpWrite), Topic, []string{topics.RefillTick}, "the time"},
	{Tick, op(kadm.OpDescribe), Topic, but(topics.RefillTick), "the check at the start that all topics are there"},
	{Tick, op(kadm.OpDescribeConfigs), Topic, all, "the check at the start that the topics are as they must be"},
	{Tick, op(kadm.OpDescribe), Group, nil, "the check at the start that the group has offsets"},

	{Gateway, op(kadm.OpRead), Topic, []string{topics.RechargeAttempt}, "the attempts that it answers"},
	{Gateway, op(kadm.OpWrite), Topic, []string{topics.PaymentResult}, "their results"},
	{Gateway, op(kadm.OpRead), Group, nil, "membership, and the offsets of what it has answered"},

	{Reader, op(kadm.OpRead), Topic, []string{topics.Ledger}, "purser ledger --from kafka, purser statement --ledger kafka"},
	{Reader, op(kadm.OpRead), Topic, []string{topics.Changelog}, "how far each partition goes; purser statement --ledger kafka"},
	{Reader, op(kadm.OpDescribe), Topic, topics.Inputs, "how many partitions there are, and how far each goes"},
	{Reader, op(kadm.OpDescribe), Group, nil, "who owns each partition, and how far it is"},

	{Auditor, op(kadm.OpRead), Topic, append(slices.Clone(topics.Inputs), topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.Ledger, topics.Changelog, topics.DeadLetter), "everything that it recomputes and compares"},
	{Auditor, op(kadm.OpDescribe), Group, nil, "waiting until the group is through"},

	{Producer, op(kadm.OpWrite), Topic, []string{topics.Send, topics.Usage, topics.Account, topics.PaymentResult}, "events; each system needs only the inputs that it writes to"},

	{Apply, op(kadm.OpWrite), Topic, []string{topics.Account}, "the events that define"},
	{Apply, op(kadm.OpRead), Topic, []string{topics.Ledger, topics.Changelog}, "what became of them, and whether the stores know"},
	{Apply, op(kadm.OpRead), Topic, []string{topics.Outcome}, "purser period close: the answer"},
	{Apply, op(kadm.OpDescribe), Topic, []string{topics.Usage}, "how many partitions there are"},
	{Apply, op(kadm.OpDescribe), Group, nil, "waiting until they have been read"},

	{CatchUp, op(kadm.OpWrite), Topic, []string{topics.RefillTick}, "the time, step by step"},
	{CatchUp, op(kadm.OpDescribe), Topic, []string{topics.Usage}, "how many partitions there are"},

	{Load, op(kadm.OpWrite), Topic, []string{topics.Send, topics.Usage, topics.Account, topics.PaymentResult}, "the events that it makes up"},
	{Load, op(kadm.OpRead), Topic, []string{topics.Account}, "waiting until its definitions have been read"},
	{Load, op(kadm.OpDescribe), Topic, []string{topics.RefillTick}, "the check that all inputs are there"},
	{Load, op(kadm.OpDescribe), Group, nil, "waiting until its definitions have been read"},

	{Replay, op(kadm.OpRead), Topic, []string{topics.DeadLetter}, "purser dlq list, show and replay"},
	{Replay, op(kadm.OpWrite), Topic, topics.Inputs, "purser dlq replay: letters go back to the input that they came from"},

	{Resume, op(kadm.OpWrite), Topic, []string{topics.RefillTick}, "the order to resume a partition"},
	{Resume, op(kadm.OpDescribe), Topic, []string{topics.Ledger}, "how many partitions there are"},
	{Resume, op(kadm.OpDescribe), Group, nil, "what is set aside, and what becomes of it"},

	{Operator, op(kadm.OpCreate, kadm.OpDescribeConfigs), Topic, all, "purser topics create, check and describe"},
	{Operator, op(kadm.OpDescribe), Topic, but(topics.Ledger, topics.Changelog), "the same"},
	{Operator, op(kadm.OpRead), Topic, []string{topics.Ledger, topics.Changelog}, "purser restore, and the same"},
	{Operator, op(kadm.OpDescribe), Group, nil, "purser topics check: the group's offsets"},

	{Grantor, op(kadm.OpAlter), Cluster, nil, "purser access kafka --apply"},
}

// Kafka returns what some roles may do in an installation, each right once for each role.
func Kafka(i Installation, roles ...Role) []Right {
	var rights []Right
	for _, l := range kafka {
		if !slices.Contains(roles, l.role) {
			continue
		}
		for _, name := range l.names(i) {
			for _, o := range l.operations {
				rights = append(rights, Right{l.role, o, l.kind, name})
			}
		}
	}
	return rights
}

// names are those on the broker.
func (l *line) names(i Installation) []string {
	switch l.kind {
	case Group:
		if l.role == Gateway {
			return []string{i.Gateway}
		}
		return []string{i.Group}
	case TransactionalID:
		return []string{i.TransactionalIDs()}
	case Cluster:
		return []string{clusterName}
	}
	full := make([]string, len(l.topics))
	for n, topic := range l.topics {
		full[n] = i.Names.Of(topic)
	}
	return full
}
