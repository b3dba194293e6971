package core

// Seen is what the ledger says last of an event's identity.
type Seen struct {
	Payload uint64
	Result  Result
	Entry   uint64
	At      Time // append time of the input record
}

// Verdict is what an event is, beside what has been seen of its identity.
type Verdict uint8

// Verdicts. New and Replay are decided, Duplicate changes nothing, Conflict is refused and alerts.
const (
	New Verdict = iota + 1
	Duplicate
	Conflict
	Replay
)

// Judge compares an event with what has been seen of its identity (R2.1, R2.2). Outside the window an event is new.
// Another payload is a conflict. The same one is a duplicate, unless it is the replay of a dead letter: of an event that
// was refused or has waited in vain, and whose entry, which the replay names (0: it is none), is still the last word on
// it. So each dead letter can be replayed once.
func Judge(s Seen, ev *Event, window Time, replayed uint64) Verdict {
	switch {
	case ev.RecordedAt-s.At > window:
		return New
	case ev.Payload != s.Payload:
		return Conflict
	case replayed != 0 && replayed == s.Entry && (s.Result == Refused || s.Result == Expired):
		return Replay
	default:
		return Duplicate
	}
}
