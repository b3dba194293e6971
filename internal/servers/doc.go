// Package servers starts real Kafka, Redis and Postgres servers on loopback out of local parts, and stops them again.
//
// The tests, the benchmark and `make up` share it, so that they all run the same servers with the same settings.
// What is missing is installed: Kafka's jars by Maven from a version-pinned pom, the rest from Debian packages.
//
// A server is either bound, then the kernel kills it when the process that started it ends, however that ends; or
// detached, then it outlives its starter and is found again by the record in its folder (Attach).
package servers
