package scenario

// Report is one scenario after it ran.
type Report struct {
	Path       string       `json:"file"`
	Title      string       `json:"title"`
	Rules      []string     `json:"rules"`
	Steps      []StepReport `json:"steps"`
	Mismatches []Mismatch   `json:"mismatches"`
}

// StepReport is one step after it ran.
type StepReport struct {
	Line    int       `json:"line"`
	Text    string    `json:"step"`
	Given   bool      `json:"given,omitempty"`
	Clock   string    `json:"clock"` // the broker's time
	Decided []Decided `json:"decided,omitempty"`
	Answer  []Outcome `json:"-"` // of a check
	Found   []string  `json:"found,omitempty"`
}

// outcomes is what a step came to, as files show it.
func (s *StepReport) outcomes() []Outcome {
	if s.Answer != nil {
		return s.Answer
	}
	out := make([]Outcome, len(s.Decided))
	for i := range s.Decided {
		out[i] = s.Decided[i].outcome()
	}
	return out
}
