package sinks

import "purser/processors"

// The words of the wire for the core's enumerations. A value that has none is a broken invariant.

func resultName(r processors.Result) string {
	switch r {
	case processors.Applied:
		return "applied"
	case processors.Refused:
		return "refused"
	case processors.Waiting:
		return "waiting"
	case processors.Expired:
		return "expired"
	}
	panic("sinks: a result that is not recorded")
}

func bucketName(b processors.Bucket) string {
	switch b {
	case processors.Purchased:
		return "purchased"
	case processors.Complimentary:
		return "complimentary"
	}
	panic("sinks: a bucket without a name")
}

func basisName(b processors.Basis) string {
	switch b {
	case processors.ByDefault:
		return "default"
	case processors.ByLocation:
		return "location"
	case processors.ByPlan:
		return "plan"
	case processors.ByOrg:
		return "org"
	case processors.ByRateCard:
		return "rate_card"
	}
	panic("sinks: a price without a basis")
}

func severityOf(kind processors.AlertKind) string {
	switch kind {
	case processors.NegativeBalance:
		return "critical"
	default:
		return "warning"
	}
}
