// Package verify is the auditor: it recomputes from the inputs, the producer's record and the ledger what every event has
// to have become and every account has to hold, and compares that with ledger, changelog, checkpoint, cache, alerts and
// dead letters to the digit.
//
// It shares the wire types with the engine and nothing else: its arithmetic, its reading of definitions, its prices and its
// notion of identity are its own, so that a mistake would have to be made twice to stay unseen.
//
// | term       | meaning |
// | ---------- | ------- |
// | fate       | what became of one input record: applied, refused, waiting, expired, conflict, or nothing of its own |
// | decision   | the last word of the ledger on an identity |
// | book       | an account as the postings of the ledger make it |
// | finding    | one difference, with where it is and what is wrong |
//
// It works through one partition at a time, because nothing that is compared crosses partitions: an org is on one. What it
// keeps of a partition is one small record for each input, the bodies of usage and definitions, and one book an account.
//
// What fell due by the last tick has to be done (overdue). The auditor knows of it by two ways: every cell says when its own next work is
// due, and of what carries its time with it (grants, months, retries, results, days, waits) the ledger tells that it is not done. What time
// it was by ticks when a record was written the ledger does not say: only that no tick had been read that came after the one that caused
// a later record, or that was written later. Where that does not suffice, the second way says nothing. Runs of team budgets and the
// forgetting of usage are known by the first way only.
//
// A transfer that was refused is refused again, by the balances of then: for the reason that had to be given, with its figures. It has
// moved nothing, and each transfer has one answer, which says what its ledger record says (transfer).
//
// An event is counted once: applied, duplicate, dead-lettered or waiting. Ticks and the engine's continuations are not
// events. A replay of a dead letter is not one either: it moves the event that it replays to its new fate, and is counted
// beside the others.
package verify
