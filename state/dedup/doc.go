// Package dedup knows which event identities a partition has seen inside the duplicate window.
//
// Every ledger record that is marked Indexed names an identity. The identities form one sequence, in the ledger's order:
//
//   - the tail, from the last seal on, is held exactly in the task's memory (Index);
//   - each time a fixed number of them has gathered, the checkpointer (Sealer) seals them into a piece: a Bloom filter, which
//     the task keeps in memory, and the exact run, sorted by identity, which only the checkpoint store keeps.
//
// So a new event costs no I/O: it is not in the tail and every filter says "surely not". A filter's "perhaps" (all repeats,
// and at most one new event in a thousand per piece) costs one read of one block of one run. A takeover loads the filters and
// reads the ledger only from the last seal. And no store ever inserts identities at random places of a large index: a
// piece is written once, in one stretch, and dropped whole when the duplicate window has passed it.
//
// An identity is itself a hash, so filters and tables take its bits as they are.
package dedup

import "time"

// PieceSize is how many identities a piece is made of. The bits of a filter, 2 bytes for each, fill half a megabyte.
const PieceSize = 1 << 18

// Lag is how long pieces are kept past the window: an event of an input that is read late is judged by its own append time,
// when the partition has already seen newer ones of other inputs.
const Lag = 24 * time.Hour
