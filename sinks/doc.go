// Package sinks is where decisions go: the records of a transaction's outputs.
//
// | term        | meaning |
// | ----------- | ------- |
// | cause       | the input record that an output follows from; named on every output |
// | entry       | the number of a ledger record on its partition: 1, 2, 3 … |
// | slab        | memory that an Encoder hands out piece by piece and takes back all at once |
//
// Every record goes to the partition of its task, which is that of its cause: the client that produces them must use
// kgo.ManualPartitioner. Ids and keys derive from the event and its entry alone, never from a clock.
package sinks
