package scenario

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// maxFileBytes bounds a scenario file: they are written by hand.
const maxFileBytes = 1 << 20

var ruleNumber = regexp.MustCompile(`^R\d+\.\d+$`)

// ParseFile reads one scenario. Its error joins a *ParseError for every line that cannot be read.
func ParseFile(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a scenario: %w", err)
	}
	if len(b) > maxFileBytes {
		return nil, &ParseError{Path: path, Line: 1, What: "expected a scenario of at most 1 MiB"}
	}
	return Parse(path, string(b))
}

// Parse reads one scenario from text; path is only for messages.
func Parse(path, text string) (*File, error) {
	p := &parser{file: &File{Path: path, lines: splitLines(text)}, scribe: newScribe()}
	for i, line := range p.file.lines {
		p.line(i, line)
	}
	p.finish()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.file, nil
}

func splitLines(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// parser goes through a file line by line. What an indented line means depends on the block that it is in.
type parser struct {
	file   *File
	scribe *scribe // has read the lines above
	block  block
	errs   []error
}

type block uint8

const (
	noBlock    block = iota
	givenBlock       // indented lines are events of the set-up
	whenBlock        // a then may follow
	thenBlock        // indented lines are details of an outcome
)

func (p *parser) fail(i int, format string, args ...any) {
	p.errs = append(p.errs, &ParseError{Path: p.file.Path, Line: i + 1, What: fmt.Sprintf(format, args...)})
}

func (p *parser) line(i int, line string) {
	text := strings.TrimSpace(line)
	if text == "" || strings.HasPrefix(text, "#") {
		return
	}
	if line[0] == ' ' || line[0] == '\t' {
		p.indented(i, text)
		return
	}
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "scenario:":
		p.title(i, rest)
	case "rules:":
		p.rules(i, rest)
	case "now":
		p.step(i, StepClock, text, false)
		p.block = noBlock
	case "given":
		p.given(i, rest)
	case "when":
		p.step(i, StepEvent, rest, false)
		p.block = whenBlock
	case "check":
		p.step(i, StepCheck, rest, false)
		p.block = whenBlock
	case "then":
		p.then(i, rest)
	default:
		p.fail(i, "expected scenario:, rules:, now, given, when, then or check at the start of a line, found %q", word)
	}
}

func (p *parser) indented(i int, text string) {
	switch p.block {
	case givenBlock:
		if strings.HasPrefix(text, "now ") {
			p.step(i, StepClock, text, false)
			return
		}
		p.step(i, StepEvent, text, true)
	case thenBlock:
		p.detail(i, text)
	case whenBlock:
		p.fail(i, "expected then before an indented line; a step is one line")
	default:
		p.fail(i, "expected given, when or check before an indented line")
	}
}

func (p *parser) title(i int, rest string) {
	switch {
	case rest == "":
		p.fail(i, "expected a sentence after scenario:")
	case p.file.Title != "":
		p.fail(i, "expected one scenario: line, this is the second")
	default:
		p.file.Title = rest
	}
}

func (p *parser) rules(i int, rest string) {
	for _, r := range strings.Fields(rest) {
		if !ruleNumber.MatchString(r) {
			p.fail(i, "expected rule numbers such as R3.1, found %q", r)
			continue
		}
		p.file.Rules = append(p.file.Rules, r)
	}
}

func (p *parser) given(i int, rest string) {
	p.block = givenBlock
	if rest != "" {
		p.step(i, StepEvent, rest, true)
	}
}

// step appends a step. Its events are read once here, so that a mistake in a line is told before anything runs.
func (p *parser) step(i int, kind StepKind, text string, given bool) {
	s := Step{Line: i + 1, Kind: kind, Given: given, thenFrom: i + 1, thenTo: i + 1}
	head := text
	if kind == StepEvent {
		if before, body, ok := strings.Cut(text, " json "); ok {
			head, s.json = before, strings.TrimSpace(body)
		}
	}
	s.words = strings.Fields(head)
	s.Text = strings.Join(s.words, " ")
	if s.json != "" {
		s.Text += " json " + s.json
	}
	if err := s.read(p.scribe); err != nil {
		p.fail(i, "%s", err)
	}
	p.file.Steps = append(p.file.Steps, s)
}

func (p *parser) then(i int, rest string) {
	if p.block != whenBlock && p.block != thenBlock {
		p.fail(i, "expected then only after when or check")
		return
	}
	p.block = thenBlock
	s := &p.file.Steps[len(p.file.Steps)-1]
	if len(s.Expected) == 0 {
		s.thenFrom = i
	}
	s.thenTo = i + 1
	s.Expected = append(s.Expected, Outcome{Line: i + 1, Head: collapse(rest)})
	if err := checkHead(rest); err != nil {
		p.fail(i, "%s", err)
	}
}

func (p *parser) detail(i int, text string) {
	s := &p.file.Steps[len(p.file.Steps)-1]
	o := &s.Expected[len(s.Expected)-1]
	s.thenTo = i + 1
	o.Details = append(o.Details, Detail{Line: i + 1, Text: collapse(text)})
	if err := checkDetail(text); err != nil {
		p.fail(i, "%s", err)
	}
}

func (p *parser) finish() {
	if p.file.Title == "" {
		p.fail(0, "expected a line scenario: that says in a sentence what the file shows")
	}
	if len(p.file.Rules) == 0 && len(p.errs) == 0 {
		p.fail(0, "expected a line rules: with the numbers of the rules that the file shows")
	}
}

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// Headlines of outcomes and first words of details, as render.go writes them.
var (
	headWords   = []string{"applied", "refused", "waiting", "duplicate", "dead-letter", "nothing", "due:", "account", "history", "recharges", "invoices", "team", "spells", "send", "spending-account", "order", "ledger", "none", "customer", "periods"}
	detailWords = []string{"balance", "price", "alert", "bucket", "volume", "entry", "waits", "attempt", "outcome", "exhausted", "retry", "invoice", "version", "members", "spell", "held", "payer", "standard", "shared", "name", "about", "tooltip", "cost-centre", "quoted", "transaction", "allocated", "owed", "drafts", "debit", "credit", "status", "line", "period", "draft", "early", "unknown", "open", "close"}
)

func checkHead(text string) error {
	word, _, _ := strings.Cut(text, " ")
	for _, w := range headWords {
		if w == word {
			return nil
		}
	}
	return fmt.Errorf("expected a result after then (%s), found %q", strings.Join(headWords, ", "), word)
}

func checkDetail(text string) error {
	if strings.Contains(text, " -> ") {
		return nil
	}
	word, _, _ := strings.Cut(text, " ")
	for _, w := range detailWords {
		if w == word {
			return nil
		}
	}
	return fmt.Errorf("expected a posting (FROM -> TO AMOUNT CURRENCY) or one of %s, found %q", strings.Join(detailWords, ", "), word)
}
