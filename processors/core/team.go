package core

// NoSource is what a team's definition calls no funding source: members pay by themselves (R5.4).
const NoSource = "none"

// SourcesAt are the funding sources of a team at a time; "" for none.
func (t *Team) SourcesAt(at Time) (balances, licences string) {
	v := InForce(t.Versions, at)
	return v.Balances, v.Licences
}
