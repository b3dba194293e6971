package scenario

import (
	"fmt"

	"purser/processors/core"
	"purser/topics"
)

// Run runs a scenario from an empty world. Its error says that the core broke one of its own rules, or that a step cannot
// be run at all; that something came out otherwise than expected is in the report.
func Run(f *File) (r *Report, err error) {
	r = &Report{Path: f.Path, Title: f.Title, Rules: f.Rules, Mismatches: []Mismatch{}}
	e := &run{file: f, report: r, world: newWorld(), scribe: newScribe()}
	at := 0
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, &ParseError{Path: f.Path, Line: at, What: fmt.Sprintf("the core stopped: %v", p)}
		}
	}()
	for i := range f.Steps {
		at = f.Steps[i].Line
		if err := e.step(&f.Steps[i]); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Path, at, err)
		}
	}
	return r, nil
}

// run is one file on its way.
type run struct {
	file   *File
	report *Report
	world  *world
	scribe *scribe
}

func (e *run) step(s *Step) error {
	sr := StepReport{Line: s.Line, Text: s.Text, Given: s.Given}
	if err := e.do(s, &sr); err != nil {
		return err
	}
	sr.Clock = stamp(topics.TimeOf(e.world.clock))
	e.report.Steps = append(e.report.Steps, sr)
	switch {
	case s.Kind == StepClock:
	case s.Given:
		e.checkGiven(s, &sr)
	default:
		e.report.Mismatches = append(e.report.Mismatches, compare(e.file.Path, s, sr.outcomes())...)
	}
	return nil
}

func (e *run) do(s *Step, sr *StepReport) (err error) {
	switch s.Kind {
	case StepClock:
		t, err := s.clock()
		if err != nil {
			return err
		}
		return e.world.moveClock(t)
	case StepCheck:
		q, err := s.question()
		if err != nil {
			return err
		}
		if q.org == "" {
			q.org = e.scribe.org
		}
		sr.Answer = []Outcome{e.world.answer(q)}
		return nil
	}
	records, err := e.scribe.records(s.words, s.json)
	if err != nil {
		return err
	}
	for i := range records {
		some, err := e.send(&records[i])
		if err != nil {
			return err
		}
		sr.Decided = append(sr.Decided, some...)
	}
	return nil
}

// send brings a record to the world. A tick takes the broker's clock with it, because in life it is the clock that the
// ticker reads; a replay names the dead letter that it comes from.
func (e *run) send(r *record) ([]Decided, error) {
	if !r.tick.IsZero() && r.recorded.IsZero() && r.tick.After(e.world.clock) {
		if err := e.world.moveClock(r.tick); err != nil {
			return nil, err
		}
	}
	if r.replay && r.letter == 0 {
		r.letter = e.world.letter(r.key, r.source, r.id)
		if r.letter == 0 {
			return nil, fmt.Errorf("%s has never been a dead letter", r.id)
		}
	}
	return e.world.receive(r)
}

// letter is the entry of the dead letter that an event became; 0 where it never was one.
func (w *world) letter(org, source, id string) uint64 {
	return w.letters[topics.IdentityOf(org, source, id)]
}

// checkGiven demands that an event of the set-up was applied, or is a tick.
func (e *run) checkGiven(s *Step, sr *StepReport) {
	for i := range sr.Decided {
		d := &sr.Decided[i]
		if d.Due || d.Result == core.Applied.String() || d.Result == nothing || d.Result == core.Waiting.String() {
			continue
		}
		e.report.Mismatches = append(e.report.Mismatches, Mismatch{
			Path: e.file.Path, Line: s.Line, Expected: "applied, as it is given", Got: d.ID + " " + d.head(),
		})
	}
}
