package balance

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// SetAside is a partition that a member's process does not serve although it may own it, and why. Members tell it to the
// group when they join, in the field that the protocol leaves to the balancer: the coordinator then shows it together with
// who owns what, and forgets it with the member. The balance itself does not depend on it.
type SetAside struct {
	Partition int32     `json:"partition"`
	Reason    string    `json:"reason"`
	Since     time.Time `json:"since"`
}

// Every member's words are in the record that the coordinator keeps of a generation, so they are few. A reason is cut
// further where many partitions are set aside.
const (
	maxReasonBytes  = 512
	maxReasonsBytes = 16 << 10
)

// told is what a member says. Fields are added, never changed: members of two versions may be in one group.
type told struct {
	SetAside []SetAside `json:"set_aside"`
}

// AppendSetAside appends what a member says of the partitions that its process has set aside.
func AppendSetAside(dst []byte, aside []SetAside) []byte {
	words := told{SetAside: make([]SetAside, len(aside))}
	for i, a := range aside {
		a.Reason = plain(a.Reason, min(maxReasonBytes, maxReasonsBytes/len(aside)))
		a.Since = a.Since.UTC()
		words.SetAside[i] = a
	}
	text, err := json.Marshal(words)
	if err != nil {
		panic("balance: " + err.Error()) // a number, a text and a time of this century
	}
	return append(dst, text...)
}

// ReadSetAside is what a member has said. A member that has set nothing aside, or is of another version, says something
// else there, which stands for nothing.
func ReadSetAside(meta *kmsg.ConsumerMemberMetadata) []SetAside {
	var words told
	if json.Unmarshal(meta.UserData, &words) != nil {
		return nil
	}
	return words.SetAside
}

// plain makes a reason one line of at most n bytes.
func plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= n {
		return s
	}
	const more = "…"
	for n = max(0, n-len(more)); n > 0 && !utf8.RuneStart(s[n]); {
		n--
	}
	return s[:n] + more
}
