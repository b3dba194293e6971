// Package processors is the pure core: what an event does to an org's money, and nothing else.
//
// Decide takes one event and the cells it needs and answers with one Decision: postings, balances after, alerts, or a
// refusal. There is no context, clock, randomness, I/O or goroutine in it, and no order that depends on a map.
// Decide and RunDue are one visible switch, over kinds of events and of due work. Each kind has a package below this one, and all of them stand on package
// core; docs/ARCHITECTURE.md has the map. To find the code of a rule, search for its number.
//
// A broken invariant panics: the shell stops the partition and says so.
package processors
