package story

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/scenario"
	"purser/topics"
)

// Script is what happens, in order.
type Script struct {
	Title      string
	From, Till time.Time // both midnights, in UTC
	moments    []moment
}

// moment is what some orgs' upstreams send at one time.
type moment struct {
	at    time.Time
	lines []line
}

type line struct {
	number int // in the file
	org    string
	text   string
}

// block is a heading of a script, with what is below it.
type block struct {
	when  func(day time.Time) bool
	clock time.Duration // after midnight
	lines []line
}

// maxScriptBytes bounds a script: it is written by hand.
const maxScriptBytes = 1 << 20

// Parse reads a script; its error joins one for every line that cannot be read. A script has a title and two days, and then blocks:
//
//	story: What it tells
//	from 2026-01-01 till 2026-04-01
//
//	on 2026-01-01 08:00 in acme
//	  org acme currency USD
//	  wallet ann
//	every weekday 09:30 in acme
//	  usage ann message quantity 10 unit_cost 0.01 USD
//
// A block happens on one day, or every day, every weekday, every monday (and so on) or every 15th, at a time of day in UTC. Its lines are
// events of an org, as in scenario files; {n} in one counts how often the block has come. What is at one time happens in the file's order.
func Parse(text []byte) (*Script, error) {
	if len(text) > maxScriptBytes {
		return nil, errors.New("expected a script of at most 1 MiB")
	}
	p := &parser{script: &Script{}}
	for i, text := range bytes.Split(text, []byte("\n")) {
		if err := p.line(i+1, string(text)); err != nil {
			p.errs = append(p.errs, fmt.Errorf("line %d: %w", i+1, err))
		}
	}
	if s := p.script; s.Title == "" || !s.From.Before(s.Till) {
		p.errs = append(p.errs, errors.New(`expected "story: TITLE" and "from DAY till DAY" at the beginning`))
	}
	if len(p.errs) == 0 {
		p.lay()
		p.errs = append(p.errs, p.script.rehearse()...)
	}
	return p.script, errors.Join(p.errs...)
}

type parser struct {
	script *Script
	blocks []*block
	org    string
	errs   []error
}

func (p *parser) line(number int, text string) error {
	words := strings.Fields(text)
	switch {
	case len(words) == 0 || words[0][0] == '#':
	case text[0] == ' ':
		if len(p.blocks) == 0 {
			return errors.New("expected a block above it")
		}
		b := p.blocks[len(p.blocks)-1]
		b.lines = append(b.lines, line{number, p.org, strings.Join(words, " ")})
	case words[0] == "story:":
		p.script.Title = strings.Join(words[1:], " ")
	case words[0] == "from" && len(words) == 4 && words[2] == "till":
		from, err1 := time.Parse(time.DateOnly, words[1])
		till, err2 := time.Parse(time.DateOnly, words[3])
		p.script.From, p.script.Till = from, till
		return errors.Join(err1, err2)
	default:
		return p.block(words)
	}
	return nil
}

func (p *parser) block(words []string) error {
	const usage = "expected: on DAY|every day|weekday|monday…|1st…, TIME in ORG"
	if len(words) != 5 || words[3] != "in" {
		return errors.New(usage)
	}
	clock, err := time.Parse("15:04", words[2])
	if err != nil {
		return fmt.Errorf("%s; %q is no time such as 09:30", usage, words[2])
	}
	b := &block{clock: time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute}
	switch words[0] {
	case "on":
		day, err := time.Parse(time.DateOnly, words[1])
		if err != nil || day.Before(p.script.From) || !day.Before(p.script.Till) {
			return fmt.Errorf("%s; %q is no day of the story", usage, words[1])
		}
		b.when = day.Equal
	case "every":
		if b.when = every(words[1]); b.when == nil {
			return fmt.Errorf("%s; it cannot be every %q", usage, words[1])
		}
	default:
		return errors.New(usage)
	}
	p.org = words[4]
	p.blocks = append(p.blocks, b)
	return nil
}

// every tells the days that a word stands for; nil: it stands for none.
func every(word string) func(time.Time) bool {
	switch word {
	case "day":
		return func(time.Time) bool { return true }
	case "weekday":
		return func(day time.Time) bool { return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday }
	}
	for d := range time.Weekday(7) {
		if word == strings.ToLower(d.String()) {
			return func(day time.Time) bool { return day.Weekday() == d }
		}
	}
	digits := strings.TrimRight(word, "stndrh")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > 28 || digits == word {
		return nil
	}
	return func(day time.Time) bool { return day.Day() == n }
}

// lay puts what the blocks say on one line of time.
func (p *parser) lay() {
	s, came := p.script, map[*block]int{}
	for day := s.From; day.Before(s.Till); day = day.AddDate(0, 0, 1) {
		var today []moment
		for _, b := range p.blocks {
			if !b.when(day) {
				continue
			}
			came[b]++
			m := moment{at: day.Add(b.clock)}
			for _, l := range b.lines {
				l.text = strings.ReplaceAll(l.text, "{n}", strconv.Itoa(came[b]))
				m.lines = append(m.lines, l)
			}
			today = append(today, m)
		}
		slices.SortStableFunc(today, func(a, b moment) int { return a.at.Compare(b.at) })
		s.moments = append(s.moments, today...)
	}
}

// rehearse reads every line once, so that a mistake is found before anything runs.
func (s *Script) rehearse() (errs []error) {
	bad, cast := map[int]bool{}, cast{}
	for _, m := range s.moments {
		for _, l := range m.lines {
			if _, err := cast.records(topics.Names{}, l, m.at); err != nil && !bad[l.number] {
				bad[l.number] = true
				errs = append(errs, err)
			}
		}
	}
	return errs
}

// cast is the upstreams of each org.
type cast map[string]*scenario.Upstream

func (c cast) records(names topics.Names, l line, at time.Time) ([]*kgo.Record, error) {
	if c[l.org] == nil {
		c[l.org] = scenario.NewUpstream()
	}
	records, err := c[l.org].Records(names, l.text, at)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", l.number, err)
	}
	for _, r := range records {
		if string(r.Key) != l.org {
			return nil, fmt.Errorf("line %d: it is of org %q, below one of %q", l.number, r.Key, l.org)
		}
	}
	return records, nil
}
