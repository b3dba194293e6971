package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"purser/state/postgres"
)

// sqlLine is a line of the table: privileges on tables, and what they are for.
type sqlLine struct {
	role       Role
	privileges []string
	tables     []string
	why        string
}

func sql(s ...string) []string { return s }

// inPostgres is the table. The operator runs purser migrate and purser restore, so that the tables are his.
var inPostgres = []sqlLine{
	{Process, sql("SELECT"), sql("migration"), "the check at the start that the tables are those of this version"},
	{Process, sql("SELECT"), sql("checkpoint", "cell", "piece", "run_block"), "restores, cold cells and old identities; it writes nothing"},
	{Process, sql("SELECT"), sql("ledger"), "a restore, where the topic does not reach back to the last sealed piece"},

	{Checkpoint, sql("SELECT"), sql("migration"), "the check at the start that the tables are those of this version"},
	{Checkpoint, sql("SELECT", "INSERT", "UPDATE"), sql("checkpoint"), "positions"},
	{Checkpoint, sql("SELECT", "INSERT", "UPDATE", "DELETE"), sql("cell"), "cells"},
	{Checkpoint, sql("SELECT", "INSERT"), sql("ledger"), "entries, which nobody may change afterwards; it reads when its cells are from"},
	{Checkpoint, sql("SELECT", "INSERT", "DELETE"), sql("piece", "run_block"), "pieces of the duplicate index; those that the window has passed are dropped"},

	{Tick, sql("SELECT"), sql("migration"), "the check at the start, as for every role of purser run"},

	{Reader, sql("SELECT"), sql("checkpoint", "cell", "ledger", "ledger_entry"), "balances, histories and definitions"},
	{Reader, sql("SELECT"), sql("finance_by_account", "finance_by_day", "finance_by_kind", "finance_revenue", "finance_complimentary", "finance_entry", "finance_posting",
		"finance_invoice", "finance_invoice_settled", "finance_recharge", "finance_transaction", "finance_allocation", "finance_debit",
		"finance_spending", "finance_budget_used", "finance_period", "finance_period_balance"),
		"the books (docs/finance.md)"},

	{Apply, sql("SELECT"), sql("checkpoint", "cell"), "what is in force"},

	{CatchUp, sql("SELECT"), sql("checkpoint", "cell"), "how far each partition is"},

	{Rollup, sql("SELECT"), sql("checkpoint", "ledger"), "what is added up"},
	{Rollup, sql("SELECT", "INSERT", "UPDATE"), sql("finance_position", "finance_moved", "finance_counted", "finance_billed", "finance_recharged"), "the sums, and what has become of invoices and recharges"},
	{Rollup, sql("INSERT"), sql("finance_settled"), "payments of invoices, which nobody may change afterwards"},
	{Auditor, sql("SELECT"), sql("checkpoint", "cell", "ledger"), "everything that it compares"},
}

// schemaOwner may make tables; nobody else has a privilege on the schema beyond its use.
const schemaOwner = Operator

// Postgres returns the privileges that some roles need.
func Postgres(roles ...Role) []postgres.Privilege {
	var all []postgres.Privilege
	for _, l := range inPostgres {
		if !slices.Contains(roles, l.role) {
			continue
		}
		for _, table := range l.tables {
			for _, privilege := range l.privileges {
				if p := (postgres.Privilege{Name: privilege, On: table}); !slices.Contains(all, p) {
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// CreateUser is the statement that makes a role's user. It has no password yet: how he gets one is not for a listing.
func CreateUser(user string) string { return "CREATE ROLE " + identifier(user) + " LOGIN" }

// GrantsInPostgres are the statements that give a role's user what it needs.
func GrantsInPostgres(role Role, user string) []string {
	if role == schemaOwner {
		return []string{"GRANT USAGE, CREATE ON SCHEMA public TO " + identifier(user)}
	}
	var statements []string
	for _, l := range inPostgres {
		if l.role == role {
			statements = append(statements, fmt.Sprintf("GRANT %s ON %s TO %s", strings.Join(l.privileges, ", "), strings.Join(l.tables, ", "), identifier(user)))
		}
	}
	return statements
}

// identifier leaves plain names as they are, which are easier to read, and quotes the others.
func identifier(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return name
	}
	return pgx.Identifier{name}.Sanitize()
}
