// Package postgres is the checkpoint of the changelog and the ledger in PostgreSQL 15 or later.
//
// It holds nothing that Kafka does not: it is where a restore starts from, where a cold cell is read, and where people ask
// for an account's history. One SQL transaction holds a step of the checkpoint with the offsets it reaches, so what is read
// here is always some exact moment of a partition, and every read says which.
package postgres
