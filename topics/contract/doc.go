// Package contract publishes what purser reads and writes on Kafka: for people (Describe), as one AsyncAPI 3 document
// (AsyncAPI) and as one self-contained JSON Schema for each type (Schema).
//
// The schemas in package schemas say what a body looks like, the table in topics.go says what stands on which topic. The
// decoder does not read either: tests hold all of them against each other, in both directions.
package contract
