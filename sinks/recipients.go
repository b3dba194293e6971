package sinks

import (
	"purser/processors/core"
	"purser/topics"
)

// appendAddressee names the account that a posted invoice is of, and who gets it (R8.12, R8.16).
func appendAddressee(b []byte, t *core.CustomerTerms) []byte {
	if name := t.Called(); name != "" {
		b = topics.AppendJSONString(append(b, `,"name":`...), name)
	}
	if t == nil || t.Particulars == nil || len(t.Particulars.Recipients) == 0 {
		return b
	}
	b = append(b, `,"recipients":`...)
	n := 0
	for m := core.ByPost; m <= core.ByOtherMedium; m++ {
		to := t.Reached(m)
		if len(to) == 0 {
			continue
		}
		mark := byte(',')
		if n == 0 {
			mark = '{'
		}
		n++
		b = append(append(append(append(b, mark), '"'), m.String()...), `":`...)
		for i := range to {
			b = topics.AppendJSONString(append(b, listMark(i)), to[i])
		}
		b = append(b, ']')
	}
	return append(b, '}')
}
