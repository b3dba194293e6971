package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Users are the names that roles log in with, where they are not the usual ones.
type Users map[Role]string

// Of returns a role's user.
func (u Users) Of(r Role) string {
	if name, ok := u[r]; ok {
		return name
	}
	return r.User()
}

// Principal is what Kafka calls a role's user. A name with a type, such as User:CN=purser, is a principal already.
func (u Users) Principal(r Role) string {
	if name := u.Of(r); strings.Contains(name, ":") {
		return name
	}
	return "User:" + u.Of(r)
}

// KafkaCommands are the calls of kafka-acls that grant some roles what they need; each comes after a comment that says what for.
func KafkaCommands(i Installation, u Users, brokers []string, roles ...Role) []string {
	var commands []string
	for _, l := range kafka {
		if !slices.Contains(roles, l.role) {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "# %s: %s\nkafka-acls --bootstrap-server %s --command-config admin.properties --add --allow-principal %s",
			l.role, l.why, strings.Join(brokers, ","), u.Principal(l.role))
		for _, o := range l.operations {
			b.WriteString(" --operation " + operationName(o))
		}
		if l.kind == Cluster {
			b.WriteString(" --cluster")
		} else {
			for _, name := range l.names(i) {
				fmt.Fprintf(&b, " --%s %s", l.kind, name)
			}
		}
		if l.kind == TransactionalID {
			b.WriteString(" --resource-pattern-type prefixed")
		}
		commands = append(commands, b.String())
	}
	return commands
}

// GrantInKafka grants some roles what they need, and takes nothing away. It returns how many rights that are.
func GrantInKafka(ctx context.Context, admin *kadm.Client, i Installation, u Users, roles ...Role) (int, error) {
	n := 0
	for _, r := range Kafka(i, roles...) {
		results, err := admin.CreateACLs(ctx, r.ACL(u))
		for _, result := range results {
			if err == nil && result.Err != nil {
				err = fmt.Errorf("%w %s", result.Err, result.ErrMessage)
			}
		}
		if err != nil {
			return n, fmt.Errorf("grant %s the right %s: %w", u.Principal(r.Role), r, err)
		}
		n++
	}
	return n, nil
}

// ACL is the right as the client library knows it; it also finds the right again, to take it away.
func (r Right) ACL(u Users) *kadm.ACLBuilder {
	b := kadm.NewACLs().Allow(u.Principal(r.Role)).AllowHosts("*").Operations(r.Operation).ResourcePatternType(kadm.ACLPatternLiteral)
	switch r.Kind {
	case Topic:
		return b.Topics(r.Name)
	case Group:
		return b.Groups(r.Name)
	case TransactionalID:
		return b.TransactionalIDs(r.Name).ResourcePatternType(kadm.ACLPatternPrefixed)
	}
	return b.Clusters()
}
