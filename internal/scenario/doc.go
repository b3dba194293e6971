// Package scenario reads and runs scenario files: short stories about an org's money that finance can read, each with the
// result that the rules promise. docs/scenarios.md describes the format.
//
// A scenario runs through what runs in production: every event is encoded as the record that an upstream would write, goes
// through the decoder of package topics, is judged against the identities seen so far, and is decided by package processors.
// Only the shell around it is a small one in memory: one partition, no broker, a clock that the file sets.
// After every step the runner audits the books by itself (audit.go), whatever the file expects.
package scenario
