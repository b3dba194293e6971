// Command bench measures what purser costs: on a real broker, Redis and Postgres that it starts for itself, with every
// application in a process of its own, so that what each of them uses of the machine can be told apart.
//
// The variants of a comparison run in turn, A B C A B C …, because a machine that is shared gets faster and slower while
// one looks; a ratio of neighbours says more than a figure alone. What is printed is the median and the range of all runs,
// and the JSON file holds every single one.
//
// A burst is produced in one Kafka transaction while the application idles: committed readers see none of it until its
// commit, then all of it at once. That commit starts the clock, and the group's last commit stops it.
package main
