package topics

import "strings"

// Names turns the topics' own names into those on the broker, which take a prefix, so that several installations can
// share one cluster. The zero value uses no prefix.
type Names struct{ Prefix string }

// Of returns the name on the broker of a topic.
func (n Names) Of(topic string) string { return n.Prefix + topic }

// Inputs returns the names on the broker of all inputs, in the order of Inputs.
func (n Names) Inputs() []string {
	full := make([]string, len(Inputs))
	for i, topic := range Inputs {
		full[i] = n.Of(topic)
	}
	return full
}

// Input returns the index in Inputs of a topic by its name on the broker; ok is false for every other topic.
func (n Names) Input(full string) (index int, ok bool) {
	topic, ok := strings.CutPrefix(full, n.Prefix)
	if !ok {
		return 0, false
	}
	for i, input := range Inputs {
		if topic == input {
			return i, true
		}
	}
	return 0, false
}

// InputIndex returns the index in Inputs of one of the constants above; -1 for a topic that is no input.
func InputIndex(topic string) int {
	for i, input := range Inputs {
		if topic == input {
			return i
		}
	}
	return -1
}
