package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"purser/internal/servers"
	"purser/internal/testenv"
)

// disk is a small file system of a test's own, in memory, with a ballast that leaves as much room as the test wants.
type disk struct {
	t    *testing.T
	path string
	name string // by which it is told from everyone else's mounts
}

// smallDisk mounts one, which takes root, and unmounts it at the end of the test.
func smallDisk(t *testing.T, mib int) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test mounts a small file system and fills it, for which it has to run as root")
	}
	var random [5]byte
	_, _ = rand.Read(random[:])
	d := &disk{t: t, path: t.TempDir(), name: "purser-test-" + hex.EncodeToString(random[:])}
	if err := syscall.Mount(d.name, d.path, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, fmt.Sprintf("size=%dm,mode=755", mib)); err != nil {
		t.Fatalf("mount a small file system: %v", err)
	}
	t.Cleanup(d.unmount)
	for dir := d.path; dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) { // Postgres runs as another user, who must be able to pass
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// unmount takes the file system away, having made sure that it is the one that this test mounted.
func (d *disk) unmount() {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		d.t.Error(err)
		return
	}
	if !bytes.Contains(mounts, []byte(d.name+" "+d.path+" tmpfs ")) {
		d.t.Errorf("what is mounted at %s is not ours", d.path)
		return
	}
	if err := syscall.Unmount(d.path, 0); err != nil {
		d.t.Errorf("unmount %s: %v", d.path, err)
	}
}

func (d *disk) ballast() string { return filepath.Join(d.path, "ballast") }

// leave fills the disk until only so much is left. The server goes on writing meanwhile, so that there may be less room than was seen.
func (d *disk) leave(mib int) {
	d.t.Helper()
	f, err := os.Create(d.ballast())
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(d.path, &fs); err != nil {
			d.t.Fatal(err)
		}
		size := int64(fs.Bavail)*fs.Bsize - int64(mib)<<20
		if size <= 0 {
			d.t.Fatalf("less than %d MiB are left on the small disk: make it larger", mib)
		}
		switch err := syscall.Fallocate(int(f.Fd()), 0, 0, size); {
		case err == nil:
			return
		case !errors.Is(err, syscall.ENOSPC):
			d.t.Fatal(err)
		}
	}
}

// makeRoom takes the ballast away.
func (d *disk) makeRoom() {
	d.t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		d.t.Fatal(err)
	}
}

// TestTheBrokersDiskIsFull: transactions fail whole, nothing is decided, and when there is room everything goes on.
func TestTheBrokersDiskIsFull(t *testing.T) {
	testenv.Real(t)
	d := smallDisk(t, 768)
	server, err := servers.StartKafka(t.Context(), servers.KafkaConfig{
		Place: servers.Place{Dir: t.TempDir()}, Properties: map[string]string{"log.dirs": d.path + "/logs"}, QuickStart: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { destroy(t, server) })
	s := newSystemOn(t, testenv.KafkaServer{Brokers: []string{server.Addr}, Server: server}, testenv.PrivatePostgres(t, nil), partitions)
	s.disk(server, d, func() bool { return servers.KafkaReady(t.Context(), server.Addr) != nil },
		func(p *process) { p.says("worker gives up its client") })
}

// TestPostgresDiskIsFull: steps of the checkpoint fail whole and are tried again; events go on being decided.
func TestPostgresDiskIsFull(t *testing.T) {
	testenv.Real(t)
	d := smallDisk(t, 768)
	server, err := servers.StartPostgres(t.Context(), servers.PostgresConfig{Place: servers.Place{Dir: d.path + "/postgres"}, Careless: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { destroy(t, server) })
	s := newSystemOn(t, testenv.Kafka(t), testenv.PostgresServer{URL: servers.PostgresURL(server.Addr, servers.PostgresUser), Server: server}, partitions)
	s.disk(server, d, func() bool {
		return s.processes[0].line("a step of the checkpoint failed and will be tried again") != ""
	}, func(p *process) { s.progress(20_000) })
}

func destroy(t *testing.T, s *servers.Server) {
	if err := s.Destroy(context.Background()); err != nil {
		t.Errorf("end %s: %v", s.Name, err)
	}
}

// disk fills a server's disk under load until the server suffers, looks at what purser does, makes room and demands that
// everything adds up without a restart of purser.
func (s *system) disk(server *servers.Server, d *disk, suffers func() bool, meanwhile func(*process)) {
	t := s.t
	t.Helper()
	p, http := s.runServing(everything)
	s.cards()
	record := filepath.Join(s.dir, "produced")
	loaded := s.load(record, "--seed", "71", "--count", "120000", "--rate", "5000", "--accounts", "20000", "--mix", "full")
	s.progress(10_000)
	d.leave(16)
	s.waitFor("the disk is full", patience, suffers)
	meanwhile(p)
	page := s.runbook("disk-full")
	t.Log(page.walk("How to look", http))
	d.makeRoom()
	if err := server.Start(t.Context()); err != nil && !strings.Contains(err.Error(), "still runs") {
		t.Fatal(errors.Join(err))
	}
	loaded()
	s.verify(record, 120_000)
	page.walk("How to go on", http)
}
