// Package checkpoint brings what tasks committed to the checkpoint store: it reads every partition of the ledger and the
// changelog and saves rows, cells and sealed identities together with the two offsets they reach.
//
// | term      | meaning |
// | --------- | ------- |
// | position  | how far a partition has come in the store: one offset of each topic, and the numbers that belong to them |
// | step      | rows, cells or both, from one position to the next, in one transaction of the store |
// | piece     | a fixed number of event identities, sealed (package state/dedup) |
// | stand by  | to leave a partition alone for a while because another checkpointer has moved it on |
//
// What must hold:
//
//   - A step says which position it starts from, and the store refuses it from any other. What a store holds is a function
//     of its position alone, so several checkpointers can at worst do the same work twice.
//   - Only committed records are read, from the store's own positions; the consumer group is never asked.
//   - The ledger and the changelog go at their own pace. Rows are many and each is written once, so they go often; cells
//     are few and change again and again, so they gather and only the last image of each goes.
//   - A partition's transaction ends with its Progress cell, so the last one that was read names the last transaction whose
//     cells are all there.
//   - Nothing is given up because the store is away: the partition's fetching pauses and the step is tried again.
package checkpoint
