package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/processors/core"
	"purser/topics"
)

// wire is the Go type of each type's body. One that says nothing has none.
var wire = map[string]any{
	topics.TypeUsageRecorded:       topics.UsageRecordedBody{},
	topics.TypeOrgDefined:          topics.OrgDefinedBody{},
	topics.TypePlanDefined:         topics.PlanDefinedBody{},
	topics.TypePlanRemoved:         topics.PlanRemovedBody{},
	topics.TypeAccountDefined:      topics.AccountDefinedBody{},
	topics.TypeAccountRemoved:      topics.AccountRemovedBody{},
	topics.TypeCreditsGranted:      topics.CreditsGrantedBody{},
	topics.TypeFXRateDefined:       topics.FXRateDefinedBody{},
	topics.TypePaymentReceived:     topics.PaymentReceivedBody{},
	topics.TypeAttemptResolved:     topics.AttemptResolvedBody{},
	topics.TypePaymentRefunded:     topics.PaymentRefundedBody{},
	topics.TypeCreditsRemoved:      topics.CreditsRemovedBody{},
	topics.TypeRechargeRequested:   topics.RechargeRequestedBody{},
	topics.TypeUsageVoided:         topics.UsageVoidedBody{},
	topics.TypeUsageCorrected:      topics.UsageCorrectedBody{},
	topics.TypeRechargeAttempt:     topics.RechargeAttemptBody{},
	topics.TypeTeamDefined:         topics.TeamDefinedBody{},
	topics.TypeTeamRemoved:         topics.TeamRemovedBody{},
	topics.TypeMemberJoined:        topics.MemberBody{},
	topics.TypeMemberLeft:          topics.MemberBody{},
	topics.TypeInvoicePaid:         topics.InvoicePaidBody{},
	topics.TypeInvoiceVoided:       topics.InvoiceVoidedBody{},
	topics.TypeFundingRequested:    topics.FundingRequestedBody{},
	topics.TypeTransferRequested:   topics.TransferRequestedBody{},
	topics.TypeTransactionRecorded: topics.TransactionRecordedBody{}, topics.TypeTransactionPosted: topics.TransactionNamedBody{}, topics.TypeTransactionDiscarded: topics.TransactionNamedBody{},
	topics.TypeCustomerSettings: topics.CustomerSettingsBody{}, topics.TypeCustomerStatus: topics.CustomerStatusBody{}, topics.TypeCreditRequested: topics.CreditRequestedBody{},
	topics.TypePeriodsDefined: topics.PeriodsDefinedBody{}, topics.TypePeriodCloseRequested: topics.PeriodCloseRequestedBody{},
	topics.TypePeriodDraftsPosted: topics.PeriodNamedBody{}, topics.TypePeriodCorrected: topics.PeriodNamedBody{},
	topics.TypeLicencePurchased: topics.LicencePurchasedBody{},
	topics.TypeInvoice:          topics.InvoiceBody{},
	topics.TypeCampaignDefined:  topics.CampaignDefinedBody{},
	topics.TypeCampaignRemoved:  topics.CampaignRemovedBody{},
	topics.TypeSendRequested:    topics.SendRequestedBody{},
	topics.TypeSendApproved:     topics.SendApprovedBody{},
	topics.TypeSendDeclined:     topics.SendDeclinedBody{},
	topics.TypeSendAdjusted:     topics.SendAdjustedBody{},
	topics.TypeSendCancelled:    topics.SendCancelledBody{},
	topics.TypeOutcome:          topics.OutcomeBody{},
	topics.TypeTick:             topics.TickBody{},
	topics.TypeContinue:         struct{}{},
	topics.TypeResume:           struct{}{},
	topics.TypeLedgerEntry:      topics.LedgerEntryBody{},
	topics.TypeAlert:            topics.AlertBody{},
	topics.TypeOwnership:        topics.OwnershipBody{},
	topics.TypeSpendingDefined:  topics.SpendingDefinedBody{},
	topics.TypeSpendingSwitched: topics.SpendingSwitchedBody{},
	topics.TypeSpendingCopied:   topics.SpendingCopiedBody{},
	topics.TypeBudgetsSet:       topics.BudgetsSetBody{},
	topics.TypeBudgetsImported:  topics.BudgetsImportedBody{},
	topics.TypeSpendingRemoved:  topics.SpendingRemovedBody{},
	topics.TypeUserDefined:      topics.UserDefinedBody{},
	topics.TypeUserRemoved:      topics.UserRemovedBody{},
	topics.TypeOrderPlaced:      topics.OrderPlacedBody{},
	topics.TypeOrderCancelled:   topics.OrderCancelledBody{},
	topics.TypeSpendQuoted:      topics.SpendQuotedBody{},
}

// TestEveryTypeIsPublished: a type that is added to package topics fails here until it has all that it needs, which the
// failure names.
func TestEveryTypeIsPublished(t *testing.T) {
	types := constants(t, "..", "Type", "")
	for name, kind := range types {
		if _, ok := schemaOf(kind); !ok {
			t.Errorf("topics.%s has no schema: write topics/schemas/%s, after the example of its neighbours", name, fileOf(kind))
		}
		if len(topicsWith(kind)) == 0 {
			t.Errorf("topics.%s stands on no topic: give it a line in Topics (topics/contract/topics.go)", name)
		}
		if wire[kind] == nil {
			t.Errorf("topics.%s has no body that its schema could be held against: add it to wire (topics/contract/contract_test.go)", name)
		}
	}
	published := slices.Collect(maps.Values(types))
	for file := range files() {
		if kind := strings.TrimSuffix(file, ".json"); file != commonFile && file != headersFile && !slices.Contains(published, kind) {
			t.Errorf("topics/schemas/%s is the schema of no type", file)
		}
	}
	for _, kind := range slices.Concat(slices.Collect(maps.Keys(wire)), slices.Collect(maps.Keys(inputTypes()))) {
		if !slices.Contains(published, kind) {
			t.Errorf("%q is no constant of package topics", kind)
		}
	}
}

// TestEveryTopicIsPublished: the table has them all, and each input takes exactly the types that stand there.
func TestEveryTopicIsPublished(t *testing.T) {
	var inputs, all []string
	for _, topic := range Topics {
		all = append(all, topic.Name)
		if topic.Input {
			inputs = append(inputs, topic.Name)
		}
	}
	require.Equal(t, topics.Inputs, inputs)
	// Ledger and the others stand in topics.go, whose constants with a dash or in lower case are the topics.
	for _, name := range []string{topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.Ledger, topics.DeadLetter, topics.Changelog} {
		require.Contains(t, all, name)
	}
	require.Len(t, all, len(topics.Inputs)+7)

	for _, topic := range topics.Inputs {
		for kind := range wire {
			_, bad := decoded(topic, kind, []byte(`{}`))
			takes := bad == nil || bad.Reason != topics.ReasonUnknownType
			published := inputTypes()[kind] == topic
			if takes != published {
				t.Errorf("%s on %s: the decoder takes it: %v, the contract has it there: %v", kind, topic, takes, published)
			}
		}
	}
}

// TestSchemasFollowTheWireTypes: the same fields in the same order, of the same kinds, and those required that are always
// written.
func TestSchemasFollowTheWireTypes(t *testing.T) {
	for kind, body := range wire {
		s, ok := schemaOf(kind)
		require.True(t, ok, kind)
		sameShape(t, kind, reflect.TypeOf(body), s)
	}
}

func sameShape(t *testing.T, path string, typ reflect.Type, s node) {
	t.Helper()
	s = s.resolved()
	kind, types := typ.Kind(), typesOf(s)
	switch {
	case typ == reflect.TypeFor[topics.Number]():
		require.Contains(t, types, "string", path)
		require.True(t, slices.Contains(types, "number") || slices.Contains(types, "integer"), "%s: %v", path, types)
	case kind == reflect.Pointer:
		sameShape(t, path, typ.Elem(), s)
	case kind == reflect.Struct:
		require.Contains(t, types, "object", path)
		sameFields(t, path, typ, s)
	case kind == reflect.Slice:
		require.Contains(t, types, "array", path)
		sameShape(t, path+"[]", typ.Elem(), s.at("items"))
	case kind == reflect.Map:
		require.Contains(t, types, "object", path)
		sameShape(t, path+".*", typ.Elem(), s.at("additionalProperties"))
	case kind == reflect.String:
		require.True(t, slices.Contains(types, "string") && !slices.Contains(types, "number") || len(s.list("enum")) > 0, "%s: %v", path, types)
	case kind == reflect.Bool:
		require.Contains(t, types, "boolean", path)
	case kind == reflect.Uint64 || kind == reflect.Int32 || kind == reflect.Int:
		require.Equal(t, []string{"integer"}, types, path)
	default:
		t.Fatalf("%s: the schema of a %s has to be thought of", path, kind)
	}
}

func sameFields(t *testing.T, path string, typ reflect.Type, s node) {
	t.Helper()
	var fields, required, published []string
	for i := range typ.NumField() {
		name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		fields = append(fields, name)
		if options != "omitempty" {
			required = append(required, name)
		}
		if s.at("properties").object.object(name) != nil {
			sameShape(t, path+"."+name, typ.Field(i).Type, s.at("properties").at(name))
		}
	}
	for _, m := range s.object.object("properties") {
		published = append(published, m.name)
	}
	require.Equal(t, fields, published, "the fields of %s and those of its schema", path)
	var demanded []string
	for _, name := range s.list("required") {
		demanded = append(demanded, fmt.Sprint(name))
	}
	require.Equal(t, required, demanded, "the fields of %s that are always written, and those that its schema requires", path)
}

// TestWordsOfOutputs: what the core may write in a field of a few words is what its schema lists.
func TestWordsOfOutputs(t *testing.T) {
	ledger, _ := schemaOf(topics.TypeLedgerEntry)
	alert, _ := schemaOf(topics.TypeAlert)
	names := func(name func(i int) string, without ...string) []string {
		var all []string
		for i := range 256 {
			if s := name(i); s != "" && s != "unknown" && !slices.Contains(without, s) {
				all = append(all, s)
			}
		}
		return all
	}
	reasons := slices.Collect(maps.Values(constants(t, "../../processors/core", "", "Reason")))
	reasons = slices.DeleteFunc(reasons, func(s string) bool { return s == "" })
	for what, c := range map[string]struct {
		field node
		words []string
	}{
		"the result of an entry":        {ledger.at("properties").at("result"), names(func(i int) string { return core.Result(i).String() }, "silent")},
		"the reason of an entry":        {ledger.at("properties").at("reason"), reasons},
		"the basis of a price":          {ledger.at("$defs").at("price").at("properties").at("basis"), names(func(i int) string { return core.Basis(i).String() })},
		"the bucket of a posting":       {ledger.at("$defs").at("posting").at("properties").at("bucket"), names(func(i int) string { return core.Bucket(i).String() }, "purchased")},
		"the kind of an alert":          {alert.at("properties").at("kind"), slices.Collect(maps.Values(constants(t, "../../processors/core", "", "AlertKind")))},
		"the status of an outcome":      {mustSchema(t, topics.TypeOutcome).at("properties").at("status"), names(func(i int) string { return core.OutcomeStatus(i).String() })},
		"the reason of an outcome":      {mustSchema(t, topics.TypeOutcome).at("properties").at("reason"), reasons},
		"the kind of an invoice":        {mustSchema(t, topics.TypeInvoice).at("properties").at("kind"), names(func(i int) string { return core.InvoiceKind(i).String() })},
		"the purpose of an attempt":     {mustSchema(t, topics.TypeRechargeAttempt).at("properties").at("purpose"), names(func(i int) string { return core.Purpose(i).String() })},
		"the kind of a defined account": {mustSchema(t, topics.TypeAccountDefined).at("properties").at("kind"), names(func(i int) string { return core.AccountKind(i).String() }, "system", "spending_account")},
	} {
		var published []string
		for _, w := range c.field.resolved().list("enum") {
			published = append(published, fmt.Sprint(w))
		}
		require.ElementsMatch(t, c.words, published, what)
	}
}

func mustSchema(t testing.TB, kind string) node {
	t.Helper()
	s, ok := schemaOf(kind)
	require.True(t, ok, kind)
	return s
}

// TestExamplesAreTaken: by the schema; by the decoder or, of outputs, by the wire type, which writes them again as they
// were.
func TestExamplesAreTaken(t *testing.T) {
	inputs := inputTypes()
	for kind, body := range wire {
		j := mustJudge(t, fileOf(kind))
		examples := mustSchema(t, kind).list("examples")
		require.NotEmpty(t, examples, kind)
		for _, example := range examples {
			text := indented(example)
			require.NoError(t, j.refusal(text), "%s: %s", kind, text)
			if topic, ok := inputs[kind]; ok {
				_, bad := decoded(topic, kind, text)
				require.Nil(t, bad, "%s: %+v", text, bad)
				continue
			}
			read := reflect.New(reflect.TypeOf(body))
			dec := json.NewDecoder(bytes.NewReader(text))
			dec.DisallowUnknownFields()
			require.NoError(t, dec.Decode(read.Interface()), "%s: %s", kind, text)
			again, err := json.Marshal(read.Interface())
			require.NoError(t, err)
			require.JSONEq(t, string(text), string(again), kind)
		}
	}
}

// TestEveryFieldIsExplained: it says what it means and is in an example, and no schema uses a word of JSON Schema that
// nobody here knows how to compare with the last release's.
func TestEveryFieldIsExplained(t *testing.T) {
	for file, tree := range files() {
		require.Equal(t, dialect, tree.text("$schema"), file)
		require.NotEmpty(t, tree.text("title"), file)
		require.NotEmpty(t, tree.text("description"), file)
		if file == commonFile || file == headersFile {
			continue
		}
		kind := strings.TrimSuffix(file, ".json")
		require.Equal(t, kind, tree.text("title"))
		explained(t, kind, node{file, tree}, tree.list("examples"))
		for _, m := range tree.object("$defs") {
			require.Nil(t, files()[commonFile].object("$defs").get(m.name), "%s: %s is the name of a common definition too", file, m.name)
		}
	}
	for _, m := range files()[headersFile].object("$defs") {
		for _, h := range headersOf(m.name).object.object("properties") {
			require.NotEmpty(t, headersOf(m.name).at("properties").at(h.name).text("description"), "%s: %s", m.name, h.name)
		}
	}
}

func explained(t *testing.T, path string, s node, examples []any) {
	t.Helper()
	s = s.resolved()
	for _, m := range s.object.object("properties") {
		at := path + "." + m.name
		field := s.at("properties").at(m.name)
		require.NotEmpty(t, field.text("description"), "%s has no description", at)
		var values []any
		for _, example := range examples {
			if o, ok := example.(object); ok && o.get(m.name) != nil {
				values = append(values, o.get(m.name))
			}
		}
		require.NotEmpty(t, values, "%s is in no example", at)
		explained(t, at, field, values)
	}
	var inner []any
	for _, example := range examples {
		switch v := example.(type) {
		case []any:
			inner = append(inner, v...)
		case object:
			for _, m := range v {
				inner = append(inner, m.value)
			}
		}
	}
	if len(inner) == 0 {
		return
	}
	if items := s.at("items"); items.object != nil {
		explained(t, path+"[]", items, inner)
	}
	if entries := s.at("additionalProperties"); entries.object != nil && s.object.object("properties") == nil {
		explained(t, path+".*", entries, inner)
	}
}
