package dunning

import (
	"purser/processors/charging"
	"purser/processors/core"
)

// loadSend looks up the send that waits for an attempt. One that has ended meanwhile waits for it no more (R6.5).
func (s *resolution) loadSend(b core.Book) (known bool) {
	r := s.recharge
	covered, known := b.Covered(r.Org, r.Account, r.Number)
	if !known || covered == nil {
		return known
	}
	send, known := b.Send(r.Org, covered.Send)
	if !known {
		return false
	}
	return s.waits.Load(b, send)
}

// draftSend drafts what the send is charged, on top of what has come in.
func (s *resolution) draftSend(b core.Book, d *core.Decision) (err error) {
	if err := s.waits.DraftPart(b, d); err != nil {
		return err
	}
	c := s.waits.Charge()
	if c.Amount, err = charging.Convert(c.Price, c.Rate); err != nil {
		return err
	}
	c.Burned, err = charging.Draw(&d.Draft, b, c.Account, core.RevenueSales, c.Currency, c.Price, c.Amount)
	s.charge = c
	return err
}

// acceptSend ends the recharge, and the send that has waited for it, which is charged.
func (s *resolution) acceptSend(b core.Book, d *core.Decision, ev *core.Event) {
	if s.last() {
		s.close()
	}
	if s.waits.Send == nil {
		return
	}
	b.Touch(s.waits.Send)
	s.waits.End(b, d, core.SendAccepted, core.TickTime(b.Progress(), ev.RecordedAt))
	d.Outcome = s.waits.Answer(core.Accepted, core.ReasonNone, s.charge.Amount)
}

// rejectSend ends the send whose card has failed: it is not asked again (R6.3).
func (s *resolution) rejectSend(b core.Book, d *core.Decision, ev *core.Event) {
	if s.waits.Send == nil {
		return
	}
	b.Touch(s.waits.Send)
	s.waits.End(b, d, core.SendRejected, core.TickTime(b.Progress(), ev.RecordedAt))
	d.Outcome = s.waits.Answer(core.Rejected, core.PaymentFailed, 0)
}
