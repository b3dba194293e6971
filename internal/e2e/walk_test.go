package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"purser/internal/servers"
)

var (
	toolsOnce sync.Once
	errTools  error
)

// tools puts Kafka's own commands beside the binary of purser and returns their folder.
func tools(t *testing.T) string {
	t.Helper()
	dir := filepath.Dir(binary(t))
	toolsOnce.Do(func() { errTools = servers.KafkaTools(t.Context(), dir) })
	if errTools != nil {
		t.Fatal(errTools)
	}
	return dir
}

// runbook is a page of docs/runbooks that is walked in the situation that it is about.
type runbook struct {
	s    *system
	name string
	page string
}

func (s *system) runbook(name string) *runbook {
	s.t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "runbooks", name+".md"))
	if err != nil {
		s.t.Fatal(err)
	}
	return &runbook{s: s, name: name, page: string(page)}
}

var commands = regexp.MustCompile("(?s)```sh\n(.*?)```")

// walk runs every block of commands under a heading as it stands on the page, and returns what they printed. Variables are
// those that the page's reader has to fill in, as NAME=value.
func (r *runbook) walk(heading string, variables ...string) string {
	r.s.t.Helper()
	var printed strings.Builder
	for _, block := range r.blocks(heading) {
		printed.WriteString(r.s.shell(block, variables...))
	}
	return printed.String()
}

// blocks returns the blocks of commands under a heading.
func (r *runbook) blocks(heading string) (blocks []string) {
	r.s.t.Helper()
	_, section, ok := strings.Cut(r.page, "\n## "+heading+"\n")
	if !ok {
		r.s.t.Fatalf("docs/runbooks/%s.md has no heading %q", r.name, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, found := range commands.FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, found[1])
	}
	if len(blocks) == 0 {
		r.s.t.Fatalf("docs/runbooks/%s.md has no commands under %q", r.name, heading)
	}
	return blocks
}

// shell runs commands as a person at a terminal does who has this system's environment, and demands that each succeeds.
func (s *system) shell(script string, variables ...string) string {
	s.t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = s.dir
	cmd.Env = append(append(s.env[:len(s.env):len(s.env)], variables...), fmt.Sprintf("PATH=%s:%s", tools(s.t), os.Getenv("PATH")))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s\n%v\n%s", script, err, tail(out))
	}
	return string(out)
}

// says waits until a process has written a line that holds all of some words, and returns that line.
func (p *process) says(words ...string) string {
	p.s.t.Helper()
	var found string
	p.s.waitFor(fmt.Sprintf("%s says %q", p.name, words), patience, func() bool {
		found = p.line(words...)
		return found != ""
	})
	return found
}

// line returns the first line of a process' log that holds all of some words; "" where there is none.
func (p *process) line(words ...string) string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			return line
		}
	}
	return ""
}

// count is how many lines of a process' log hold all of some words.
func (p *process) count(words ...string) int {
	text, _ := os.ReadFile(p.log)
	n := 0
	for line := range strings.Lines(string(text)) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			n++
		}
	}
	return n
}

// endsWith waits until a process has ended by itself and demands that its last words hold some.
func (p *process) endsWith(words ...string) {
	p.s.t.Helper()
	p.s.waitFor(p.name+" ends", patience, p.ended)
	text, _ := os.ReadFile(p.log)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	last := lines[len(lines)-1]
	// An error of several lines ends the log: all of them count.
	if i := strings.LastIndex(string(text), "\npurser: "); i >= 0 {
		last = string(text)[i+1:]
	} else if strings.HasPrefix(string(text), "purser: ") {
		last = string(text)
	}
	for _, w := range words {
		if !strings.Contains(last, w) {
			p.s.t.Errorf("%s ended with\n%s\nwhich does not say %q", p.name, last, w)
		}
	}
}
