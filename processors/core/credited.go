package core

// Credited looks up the account that an event wants to credit. Without one, the status says why: Miss, DueFirst, or Done
// with a refusal. What else the event needs, Decide asks for where this misses.
func Credited(b Book, ev *Event, d *Decision, id string) (*Account, Status) {
	org, orgKnown := b.Org(ev.Org)
	a, known := b.Account(ev.Org, id)
	switch {
	case !orgKnown || !known:
		return nil, Miss
	case org == nil:
		return nil, d.Refuse(UnknownOrg)
	case !a.Defined():
		return nil, d.Refuse(UnknownAccount)
	case d.DueFirst(b.Progress(), a):
		return nil, DueFirst
	default:
		return a, Done
	}
}
