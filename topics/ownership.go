package topics

import "github.com/twmb/franz-go/pkg/kgo"

// OwnershipKey is the key of ownership records on the compacted changelog: no cell has it.
const OwnershipKey = "!ownership"

// OwnershipBody says who took a partition over.
type OwnershipBody struct {
	Partition int32  `json:"partition"`
	Member    string `json:"member"` // the transactional id, or another name by which the owner can be found
}

// IsOwnership tells an ownership record on ledger or changelog from what readers are interested in. It has no mark.
func IsOwnership(rec *kgo.Record) bool { return string(Header(rec, headerType)) == TypeOwnership }
