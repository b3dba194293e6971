package topics

import (
	"purser/processors/core"
	"purser/processors/money"
)

// plainSend reads the body of a send that is asked for as plainUsage reads usage: flat but for its lines, of known fields, each once. It says
// false, and leaves all half filled, wherever the text is anything else: then the cursor reads it.
func plainSend(text []byte, q *core.SendRequest, s *sending) bool {
	in := scanner{rest: text}
	if !in.skip('{') {
		return false
	}
	var seen sendField
	for more := true; more; more = in.skip(',') {
		name, ok := in.quoted()
		field := sendFieldOf(name)
		if !ok || field == 0 || seen&field != 0 || !in.skip(':') || !field.read(&in, q, s) {
			return false
		}
		seen |= field
	}
	const always = sendReference | sendCampaign | sendSender | sendOrigin | sendCurrency
	if !in.skip('}') || !in.end() || seen&always != always || seen&(sendLines|sendEstimate) == 0 {
		return false
	}
	q.Trigger = s.origin == originTriggered
	ok := s.estimated
	if !ok {
		q.Cost, ok = costOf(s.lines)
	}
	return ok
}

// sendField is one bit for each field of SendRequestedBody.
type sendField uint16

const (
	sendReference sendField = 1 << iota
	sendCampaign
	sendSender
	sendOrigin
	sendLines
	sendEstimate
	sendCurrency
	sendAddFunds
)

func sendFieldOf(name []byte) sendField {
	switch string(name) {
	case "send":
		return sendReference
	case "campaign":
		return sendCampaign
	case "sender":
		return sendSender
	case "origin":
		return sendOrigin
	case "lines":
		return sendLines
	case "estimated_cost":
		return sendEstimate
	case "currency":
		return sendCurrency
	case "add_funds":
		return sendAddFunds
	}
	return 0
}

func (f sendField) read(in *scanner, q *core.SendRequest, s *sending) (ok bool) {
	switch f {
	case sendReference:
		q.Send, ok = in.ident()
	case sendCampaign:
		q.Campaign, ok = in.ident()
	case sendSender:
		q.Sender, ok = in.ident()
	case sendOrigin:
		s.origin, ok = in.ident()
		return ok && (s.origin == originManual || s.origin == originTriggered)
	case sendLines:
		s.lines, ok = in.plainLines(s.lines)
	case sendEstimate:
		q.Cost, ok = in.amount()
		s.estimated = ok
	case sendCurrency:
		q.Currency, ok = in.currency()
		s.hasCurrency = ok
	case sendAddFunds:
		q.AddFunds, ok = in.boolean()
	}
	return ok
}

// plainLines reads a list of lines, which is not empty, into the room of an older one.
func (s *scanner) plainLines(room []core.OrderLine) ([]core.OrderLine, bool) {
	lines, ok := room[:0], s.skip('[')
	for more := ok; more; more = ok && s.skip(',') {
		var l core.OrderLine
		l, ok = s.plainLine()
		lines = append(lines, l)
		ok = ok && len(lines) <= MaxLines
	}
	return lines, ok && s.skip(']')
}

func (s *scanner) plainLine() (l core.OrderLine, ok bool) {
	const item, quantity, price = 1, 2, 4
	l, ok = core.OrderLine{Quantity: money.One}, s.skip('{')
	seen := 0
	for more := ok; more; more = ok && s.skip(',') {
		name, named := s.quoted()
		field := 0
		if named = named && s.skip(':'); named {
			switch string(name) {
			case "item":
				field = item
				l.Item, ok = s.ident()
			case "quantity":
				field = quantity
				l.Quantity, ok = s.factor()
			case "unit_price":
				field = price
				l.Price, ok = s.factor()
			}
		}
		ok = ok && field != 0 && seen&field == 0
		seen |= field
	}
	return l, ok && seen&(item|price) == item|price && s.skip('}')
}
