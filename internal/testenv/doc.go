// Package testenv gives tests real Kafka, Redis and Postgres servers.
//
// An address in the environment comes first (PURSER_TEST_KAFKA, PURSER_TEST_REDIS, PURSER_TEST_POSTGRES), then a
// container where a Docker engine answers, then a local part. Where none can be had the test fails and says why: a suite
// that skips in silence proves nothing. Only -short leaves these tests out (Real).
//
// Kafka, Redis and Postgres are shared by the tests of one test binary; each test has topics, databases and keys of its
// own. A test that stops, kills or pauses a server starts one for itself: PrivateKafka, PrivateRedis, PrivatePostgres.
// Call Main in TestMain so that the shared servers end cleanly; without it the kernel kills them with the test binary.
package testenv
