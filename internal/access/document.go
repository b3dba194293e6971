package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/topics"
)

// Tables are the rights of all roles as docs/security.md shows them, in Markdown. Names are without prefix.
func Tables() string {
	var b strings.Builder
	b.WriteString("### Kafka\n\n| role | may | on | for |\n| --- | --- | --- | --- |\n")
	for _, l := range kafka {
		operations := make([]string, len(l.operations))
		for i, o := range l.operations {
			operations[i] = operationName(o)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.role, strings.Join(operations, ", "), l.on(), l.why)
	}
	b.WriteString("\n### Postgres\n\n| role | may | on tables | for |\n| --- | --- | --- | --- |\n")
	fmt.Fprintf(&b, "| %s | USAGE, CREATE | schema public | purser migrate, after which the tables are its own |\n", schemaOwner)
	for _, l := range inPostgres {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.role, strings.Join(l.privileges, ", "), strings.Join(l.tables, ", "), l.why)
	}
	b.WriteString("\n### Redis\n\n| role | may call | on the installation's keys | for |\n| --- | --- | --- | --- |\n")
	for _, l := range inRedis {
		keys := "reading"
		if l.write {
			keys = "reading and writing"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.role, strings.Join(l.commands, ", "), keys, l.why)
	}
	return b.String()
}

func (l *line) on() string {
	switch l.kind {
	case Group:
		if l.role == Gateway {
			return "the gateway's group"
		}
		return "the group"
	case TransactionalID:
		return "transactional ids that begin with `purser-` after the topics' prefix"
	case Cluster:
		return "the cluster"
	}
	switch {
	case len(l.topics) == len(all):
		return "every topic"
	case slices.Equal(l.topics, topics.Inputs):
		return "every input"
	case len(l.topics) > len(all)/2 && slices.Contains(l.operations, kadm.OpDescribe):
		return "every topic but " + strings.Join(but(l.topics...), ", ")
	}
	return strings.Join(l.topics, ", ")
}
