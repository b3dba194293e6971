package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A lone Kafka node that was killed finds itself registered when it comes back, and takes up its partitions before its
// old session ends. When that ends, its partitions have no leader for a moment; and Kafka 4.3.1 takes a partition without
// a leader for a deleted one (KRaftMetadataCache.getPartitionLeaderEndpoint is empty for both). A transaction that was
// about to be completed then is called complete without its marker in that partition, and no reader of committed records
// ever gets past it.
//
// So after an unclean end the node first runs as a controller only, until its old session has ended.

const (
	// fenceSession is the session timeout while nothing but the controller runs.
	fenceSession = 200 * time.Millisecond
	// fenceWait is how long an active controller needs at most to end the old session, on a busy machine, too: it looks four
	// times per session, so one that has found nothing until then has nothing to end.
	fenceWait = 50 * fenceSession
)

const (
	controllerActive = "Becoming the active controller"
	sessionEnded     = "Fencing broker 1"
	// endCommitted follows sessionEnded when that is in the metadata log: a controller that is stopped before has told nobody, and the
	// old session lives on. Every look for stale brokers ends in it once what the looks before it found is committed.
	endCommitted = "Processed maybeFenceStaleBroker"
)

// endOldSession runs before every start of the broker.
func (b *broker) endOldSession(ctx context.Context) error {
	firstStart := !present(b.logs("__cluster_metadata-0"))
	if firstStart || present(b.logs(".kafka_cleanshutdown")) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	p, err := b.controllerAlone()
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return fmt.Errorf("start the controller alone: %w", err)
	}
	return errors.Join(AwaitSessionEnd(ctx, p), p.Stop(ctx))
}

// ControllerAlone are the settings with which a node runs as a controller only and ends its old session at once.
func ControllerAlone(controllerListener string) map[string]string {
	return map[string]string{
		"process.roles":                "controller",
		"listeners":                    controllerListener,
		"advertised.listeners":         "",
		"inter.broker.listener.name":   "",
		"broker.session.timeout.ms":    fmt.Sprint(fenceSession.Milliseconds()),
		"broker.heartbeat.interval.ms": fmt.Sprint(fenceSession.Milliseconds() / 4),
	}
}

func (b *broker) controllerAlone() (*process, error) {
	log := b.path("controller.log")
	if err := os.Remove(log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	properties := b.properties(ControllerAlone("CONTROLLER://" + loopback(b.controllerPort)))
	if err := os.WriteFile(b.path("controller.properties"), properties, 0o644); err != nil {
		return nil, err
	}
	return &process{
		command: func() (*exec.Cmd, error) {
			args := append([]string{"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dpurser.controller.level=debug"},
				b.jvm("kafka.Kafka", b.path("controller.properties"))...)
			return exec.Command(b.java, args...), nil
		},
		logFile: log,
	}, nil
}

// AwaitSessionEnd waits until a controller that runs alone has ended the node's old session. It goes by the controller's
// log at level DEBUG: before any broker has registered, nothing answers questions about brokers.
func AwaitSessionEnd(ctx context.Context, controller Runner) error {
	var active time.Time
	for {
		log := controller.Log(1 << 20)
		if _, after, found := strings.Cut(log, sessionEnded); found && strings.Contains(after, endCommitted) {
			return nil
		}
		if active.IsZero() && strings.Contains(log, controllerActive) {
			active = time.Now()
		}
		if !active.IsZero() && time.Since(active) > fenceWait {
			return nil // there was no session, or a controller that does not tell of the end has long committed it
		}
		if err := controller.Ended(); err != nil {
			return fmt.Errorf("the controller alone ended: %w\n%s", err, controller.Log(shownLog))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the controller alone does not become active: %w\n%s", ctx.Err(), controller.Log(shownLog))
		case <-time.After(pollInterval):
		}
	}
}
