package config_test

import (
	"strings"
	"testing"
)

// FuzzFile reads any configuration file: it is taken, or refused with one line; and a secret in it is in no complaint.
func FuzzFile(f *testing.F) {
	f.Add("kafka-brokers: [a:1, b:2]\nbatch-max: 5\n")
	f.Add("kafka-brokers: {a: 1}\n")
	f.Add("- a\n- b\n")
	f.Add("roles: \"\\ud800\"\n\t")
	const secret = "hunter2hunter2"
	f.Fuzz(func(t *testing.T, text string) {
		_, err := load(t, nil, nil, "postgres-password: "+secret+"\n"+text)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Fatalf("the complaint shows a secret: %v", err)
		}
	})
}
