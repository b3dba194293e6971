// Package faultsim runs the real shell and the real core through faults that servers show once a year, thousands of times
// an hour: worker, transaction, restore, checkpointer and cache writer against a broker, a checkpoint store and a cache that
// live in the same process, on virtual time, over a wire that loses, delays and cuts.
//
// | term     | meaning |
// | -------- | ------- |
// | seed     | a number that everything follows from: the load, the settings, the schedule, every latency |
// | plan     | what a seed stands for, as data that prints: settings, and faults with the step or the time at which they strike |
// | step     | a thing that a process does and that can be counted: a request to the broker by its name, a call of a store, a failpoint of the loop |
// | process  | a place (p1, p2, …) at which one life of the engine follows the other; a killed life is followed by the next |
// | host     | what a life has of the world: its connections and its stores. A dead host has none, a frozen one gets no answer and sends nothing |
// | heal     | the end of all faults; from then on everything must be drained, saved, cached and right |
//
// What is real: internal/stream and all that it uses, with kgo as its client; sinks/checkpoint; the core; the load and the
// auditor of purser verify, which judges each seed. What is simulated: the broker is kfake, the wire between it and its
// clients is this package's, the checkpoint is state/inmem behind a layer that fails, the cache a map that obeys the same
// contract as Redis. Time is that of testing/synctest: it stands still while anything runs, so a minute of waiting costs
// nothing.
//
// # How to read a failure
//
// A seed that fails prints its plan, the faults that struck with their virtual times, what the auditor or the run found, and
// a command that replays it. The replay strikes the same steps with the same faults and prints the shell's own log. A fault
// is bound to a step ("p2: at the 3rd EndTxn: the answer is lost"), not to a moment, so it strikes where it struck also when
// goroutines take turns in another order; that order is the one thing that a seed does not decide.
//
// The findings are those of purser verify, and those of the run itself: not drained, checkpoint behind, cache behind, a
// partition set aside without cause, a process that ended.
package faultsim
