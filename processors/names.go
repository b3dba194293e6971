package processors

// The names on the wire.

// String returns the result as it is written.
func (r Result) String() string { return name(resultNames[:], int(r)) }

// String returns what a price came from as it is written; "" for none.
func (b Basis) String() string { return name(basisNames[:], int(b)) }

// String returns the bucket as it is written; "" for none.
func (b Bucket) String() string { return name(bucketNames[:], int(b)) }

// String returns the kind of account as it is written; "" for none.
func (k AccountKind) String() string { return name(kindNames[:], int(k)) }

// String returns the verdict in a word.
func (v Verdict) String() string { return name(verdictNames[:], int(v)) }

var (
	resultNames  = [...]string{Applied: "applied", Refused: "refused", Waiting: "waiting", Expired: "expired", Silent: "silent"}
	basisNames   = [...]string{ByDefault: "default", ByLocation: "location", ByPlan: "plan", ByOrg: "org", ByRateCard: "rate_card"}
	bucketNames  = [...]string{Purchased: "purchased", Complimentary: "complimentary"}
	kindNames    = [...]string{KindWallet: "wallet", KindAgencyWallet: "agency_wallet", KindSystem: "system"}
	verdictNames = [...]string{New: "new", Duplicate: "duplicate", Conflict: "conflict", Replay: "replay"}
)

func name(names []string, i int) string {
	if i >= len(names) {
		return "unknown"
	}
	return names[i]
}
