// Package processors is the pure core: what an event does to an org's money, and nothing else.
//
// Decide takes one event and the cells it needs and answers with one Decision: postings, balances after, alerts, or a
// refusal. There is no context, clock, randomness, I/O or goroutine in it, and no order that depends on a map.
// A broken invariant panics: the shell stops the partition and says so.
package processors
