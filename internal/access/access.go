// Package access is the one list of what each role of purser may do in Kafka, Postgres and Redis, and no more. From it come
// the tables of docs/security.md, the commands that grant (purser access), the question that a process asks before it begins
// (Missing), and the error that names the right where a server refuses (Explain).
package access

import (
	"fmt"
	"slices"
	"strings"

	"purser/topics"
)

// Role is who does something: a role of purser run, or a person at a command.
type Role string

// The roles.
const (
	Process    Role = "process"    // purser run --roles process
	Checkpoint Role = "checkpoint" // purser run --roles checkpoint
	Tick       Role = "tick"       // purser run --roles tick, purser tick
	Gateway    Role = "gateway"    // a payment gateway's connector, purser gateway
	Reader     Role = "reader"     // purser balance, ledger, get, describe, partitions, and the finance views
	Auditor    Role = "auditor"    // purser verify, purser export
	Producer   Role = "producer"   // the systems upstream
	Apply      Role = "apply"      // purser apply, purser period close
	Rollup     Role = "rollup"     // purser rollup
	CatchUp    Role = "catchup"    // purser tick --until
	Load       Role = "load"       // purser load
	Replay     Role = "replay"     // purser dlq
	Resume     Role = "resume"     // purser partitions resume
	Operator   Role = "operator"   // purser topics, purser migrate, purser restore
	Grantor    Role = "grantor"    // purser access --apply
)

// Roles are all of them, in the order in which they are listed.
var Roles = []Role{Process, Checkpoint, Tick, Gateway, Reader, Auditor, Producer, Apply, Rollup, CatchUp, Load, Replay, Resume, Operator, Grantor}

// User is the name that a role logs in with where no other one is given.
func (r Role) User() string { return "purser-" + string(r) }

// ParseRole is the inverse of a role's name.
func ParseRole(name string) (Role, error) {
	if r := Role(name); slices.Contains(Roles, r) {
		return r, nil
	}
	names := make([]string, len(Roles))
	for i, r := range Roles {
		names[i] = string(r)
	}
	return "", fmt.Errorf("there is no role %q: choose among %s", name, strings.Join(names, ", "))
}

// Installation is what tells one purser from another that shares its servers.
type Installation struct {
	Names   topics.Names
	Group   string // of the processors
	Gateway string // group of the gateway
}

// TransactionalIDs is what all its transactional ids begin with.
func (i Installation) TransactionalIDs() string { return i.Names.Prefix + "purser-" }
