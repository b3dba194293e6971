package main

import (
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type recordOnKafka = kgo.Record

// usage is the CPU time that everyone has used so far.
type usage struct{ application, broker, redis, postgres, producer time.Duration }

// perEvent is CPU time an event, in microseconds.
type perEvent struct {
	Application float64 `json:"application"`
	Broker      float64 `json:"broker"`
	Redis       float64 `json:"redis"`
	Postgres    float64 `json:"postgres"`
	Bench       float64 `json:"bench"` // the producer, and the consumer that measures, are no part of the system
}

func (s *system) usage() (u usage, err error) {
	for _, c := range s.children {
		if c.alive() != nil {
			continue
		}
		cpu, err := cpuOf(c.pid())
		if err != nil {
			return u, err
		}
		u.application += cpu
	}
	if u.broker, err = cpuOf(s.lab.kafka.PID()); err != nil {
		return u, err
	}
	if u.redis, err = cpuOf(s.lab.redis.PID()); err != nil {
		return u, err
	}
	if u.postgres, err = cpuOf(s.lab.postgres.PID()); err != nil {
		return u, err
	}
	u.producer = cpuOfSelf()
	return u, nil
}

// cpuOfSelf is what this process has used.
func cpuOfSelf() time.Duration {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		panic(err) // it fails on a wrong argument only
	}
	return time.Duration(own.Utime.Nano() + own.Stime.Nano())
}

func (u usage) since(before usage, events int64) perEvent {
	per := func(now, then time.Duration) float64 {
		return float64((now - then).Nanoseconds()) / 1000 / float64(max(events, 1))
	}
	return perEvent{
		Application: per(u.application, before.application), Broker: per(u.broker, before.broker),
		Redis: per(u.redis, before.redis), Postgres: per(u.postgres, before.postgres), Bench: per(u.producer, before.producer),
	}
}

// loadAverage is the kernel's, as text: whether the machine was ours.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	fields := strings.Fields(string(b))
	return strings.Join(fields[:min(3, len(fields))], " ")
}
