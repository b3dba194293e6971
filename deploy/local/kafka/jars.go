// Package kafka holds the list of jars that make up the local Kafka broker.
package kafka

import _ "embed"

// Version of the broker that pom.xml pins.
const Version = "4.3.1"

// POM is the Maven project whose dependencies are the broker's jars.
//
//go:embed pom.xml
var POM []byte

// Log4j is the broker's logging: warnings and worse, and its start and stop, to standard output.
//
//go:embed log4j2.properties
var Log4j []byte
