package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"purser/topics"
)

// maxRepeat bounds what one line may stand for.
const maxRepeat = 100_000

// record is an input record as an upstream would produce it.
type record struct {
	topic    string
	key      string
	typ      string // ce_type, and so on
	source   string
	id       string
	time     string    // ce_time; "" leaves it out
	recorded time.Time // by the broker, where the line says so; zero: the scenario's clock
	value    []byte
	// structured: the value is the whole event, envelope and all.
	structured bool
	tick       time.Time // what a tick says
	replay     bool      // sent by a replay of the dead letter that this identity became:
	letter     uint64    // entry of that one; 0: the last
}

// scribe turns lines into records. It numbers events that have no id and remembers what was sent, for again and replay.
type scribe struct {
	org  string
	made map[string]int
	sent map[string]record
}

func newScribe() *scribe {
	return &scribe{made: map[string]int{}, sent: map[string]record{}}
}

// verb is one kind of event line.
type verb struct {
	usage string
	topic string
	typ   string
	read  func(*words, *record) (body any)
}

const (
	transactionUsage = "ACCOUNT REFERENCE AMOUNT CUR [dated DAY] [for WORD] [draft]"
	creditUsage      = "ACCOUNT REFERENCE AMOUNT CUR [against REFERENCE] [dated DAY] [draft]"
)

const common = "[at TIME] [id ID] [source SOURCE] [in ORG] [recorded TIME]"

var verbs = map[string]verb{
	"org":              {"org ORG [zone ZONE] [currency CUR] [country CC] [multiplier CHANNEL N]… [reversible HOURS] [split-billing] [effective TIME]", topics.Account, topics.TypeOrgDefined, readOrg},
	"plan":             {"plan PLAN [multiplier CHANNEL N]… [card CHANNEL CUR flat|graduated|whole-volume PRICE|UPTO@PRICE,…,rest@PRICE [minimum N]]… [credits N [expire MONTHS]] [effective TIME]", topics.Account, topics.TypePlanDefined, readPlan},
	"remove-plan":      {"remove-plan PLAN", topics.Account, topics.TypePlanRemoved, readRemovePlan},
	"wallet":           {"wallet ACCOUNT [currency CUR] [country CC] [plan PLAN] [multiplier CHANNEL N]… [alert-below N] [recharge AMOUNT below N by TOKEN [attempts N] [every DURATION]] [credits N [expire MONTHS]] [contacts A,B] [effective TIME]", topics.Account, topics.TypeAccountDefined, readAccount("wallet")},
	"agency-wallet":    {"agency-wallet ACCOUNT, then as wallet", topics.Account, topics.TypeAccountDefined, readAccount("agency_wallet")},
	"funding-source":   {"funding-source ACCOUNT NAME by card TOKEN|by invoice [po PO] [payable A,B] [days N] [default] [each] [monthly|quarterly AMOUNT] [recharge AMOUNT below N …], then as wallet", topics.Account, topics.TypeAccountDefined, readFundingSource},
	"customer":         {"customer ACCOUNT [rating R] [kyc P] [limit N] [class C]… [credit-days N] [plan P] [term T] [prefers NAME card GATEWAY TOKEN [brand B] [type T]|direct-debit BANK [type T]|wallet WALLET|other [default] [opted-in subscriptions|purchases|all]]… [price PRODUCT N]… [name N] [contact N] [address A] [rewarded] [by-post] [gets MEDIUM RECIPIENT]… [currency CUR] [contacts A,B] [effective TIME]", topics.Account, topics.TypeAccountDefined, readCustomer},
	"invoice":          {"invoice " + transactionUsage, topics.Account, topics.TypeTransactionRecorded, readTransaction("invoice")},
	"debit-note":       {"debit-note " + transactionUsage, topics.Account, topics.TypeTransactionRecorded, readTransaction("debit_note")},
	"paid":             {"paid " + creditUsage, topics.Account, topics.TypeTransactionRecorded, readTransaction("payment")},
	"credit-note":      {"credit-note " + creditUsage, topics.Account, topics.TypeTransactionRecorded, readTransaction("credit_note")},
	"write-off":        {"write-off ACCOUNT REFERENCE AMOUNT|all CUR [against REFERENCE] [dated DAY] [draft]", topics.Account, topics.TypeTransactionRecorded, readTransaction("write_off")},
	"opening-balance":  {"opening-balance ACCOUNT REFERENCE debit|credit AMOUNT CUR [dated DAY] [draft]", topics.Account, topics.TypeTransactionRecorded, readTransaction("opening_balance")},
	"customers":        {"customers [rating NAME [limit N] [days N] [from N] [to N]]… [kyc NAME MAXIMUM]… [override [event E]… [of-class C]… [of-rating R]… [of-kyc P]…]… [payments [gateway G]… [brand B]… [card-type T]… [bank B]… [bank-account-type T]… [opt-in always|never|conditional] [not-for-plan P]… [not-for-term T]… [not-for-class C]…] [accounts [label C]… [named-by given|number|number_and_contact] [address always|never|conditional] [none-for WHAT]… [none-for-plan P]… [none-for-term T]…] [effective TIME]", topics.Account, topics.TypeCustomerSettings, readCustomerSettings},
	"status":           {"status ACCOUNT active|suspended|terminated|written_off [by REFERENCE]", topics.Account, topics.TypeCustomerStatus, readCustomerStatus},
	"credit":           {"credit ACCOUNT FOR AMOUNT CUR", topics.Account, topics.TypeCreditRequested, readCredit},
	"periods":          {"periods monthly|yearly [begins MM-DD] [from DAY]", topics.Account, topics.TypePeriodsDefined, readPeriods},
	"close-period":     {"close-period [of DAY] [scheduled TIME]", topics.Account, topics.TypePeriodCloseRequested, readClosePeriod},
	"post-drafts":      {"post-drafts [of DAY]", topics.Account, topics.TypePeriodDraftsPosted, readPeriod},
	"correct-period":   {"correct-period [of DAY]", topics.Account, topics.TypePeriodCorrected, readPeriod},
	"post":             {"post ACCOUNT REFERENCE", topics.Account, topics.TypeTransactionPosted, readNamedTransaction},
	"discard":          {"discard ACCOUNT REFERENCE", topics.Account, topics.TypeTransactionDiscarded, readNamedTransaction},
	"fund":             {"fund ACCOUNT AMOUNT CUR", topics.Account, topics.TypeFundingRequested, readFunding},
	"transfer":         {"transfer FROM TO AMOUNT CUR", topics.Account, topics.TypeTransferRequested, readTransfer},
	"licence":          {"licence TEAM AMOUNT CUR", topics.Account, topics.TypeLicencePurchased, readLicence},
	"team":             {"team TEAM [by ACCOUNT|none] [licences ACCOUNT|none] [budget AMOUNT week|month|quarter|year refresh|rollover] [effective TIME]", topics.Account, topics.TypeTeamDefined, readTeam},
	"remove-team":      {"remove-team TEAM", topics.Account, topics.TypeTeamRemoved, readRemoveTeam},
	"join":             {"join TEAM ACCOUNT", topics.Account, topics.TypeMemberJoined, readMember},
	"leave":            {"leave TEAM ACCOUNT", topics.Account, topics.TypeMemberLeft, readMember},
	"invoice-paid":     {"invoice-paid NUMBER AMOUNT CUR [ref REFERENCE]", topics.PaymentResult, topics.TypeInvoicePaid, readInvoicePaid},
	"void-invoice":     {"void-invoice NUMBER", topics.Account, topics.TypeInvoiceVoided, readInvoiceVoided},
	"remove-account":   {"remove-account ACCOUNT", topics.Account, topics.TypeAccountRemoved, readRemoveAccount},
	"grant":            {"grant ACCOUNT AMOUNT CUR [expires TIME]", topics.Account, topics.TypeCreditsGranted, readGrant},
	"fx":               {"fx FROM TO RATE [effective TIME]", topics.Account, topics.TypeFXRateDefined, readFX},
	"payment":          {"payment ACCOUNT AMOUNT CUR [ref REFERENCE]", topics.PaymentResult, topics.TypePaymentReceived, readPayment},
	"void-usage":       {"void-usage ID [of SOURCE]", topics.Usage, topics.TypeUsageVoided, readVoid},
	"correct-usage":    {"correct-usage ID [of SOURCE] [quantity N] [unit_cost|cost AMOUNT CUR]", topics.Usage, topics.TypeUsageCorrected, readCorrection},
	"remove-credits":   {"remove-credits ACCOUNT AMOUNT CUR purchased|complimentary [ref REFERENCE]", topics.Account, topics.TypeCreditsRemoved, readRemoval},
	"refund":           {"refund ACCOUNT AMOUNT CUR of PAYMENT [removal REFERENCE]", topics.PaymentResult, topics.TypePaymentRefunded, readRefund},
	"request-recharge": {"request-recharge ACCOUNT AMOUNT CUR [by TOKEN]", topics.Account, topics.TypeRechargeRequested, readRechargeRequest},
	"result":           {"result ATTEMPT succeeded|failed [because WORD] [payment REFERENCE]", topics.PaymentResult, topics.TypeAttemptResolved, readResult},
	"campaign":         {"campaign CAMPAIGN sender|funding-source [from FUNDING-SOURCE] [approval] [add-funds] [effective TIME]", topics.Account, topics.TypeCampaignDefined, readCampaign},
	"remove-campaign":  {"remove-campaign CAMPAIGN", topics.Account, topics.TypeCampaignRemoved, readRemoveCampaign},
	"send":             {"send SEND by WALLET in-campaign CAMPAIGN [triggered] [add-funds] [line ITEM [QUANTITYx]PRICE [of CATALOGS]]… [cost N] [on SPENDING-ACCOUNT] currency CUR", topics.Send, topics.TypeSendRequested, readSend},
	"approve":          {"approve SEND", topics.Send, topics.TypeSendApproved, readApproval},
	"decline":          {"decline SEND", topics.Send, topics.TypeSendDeclined, readDecline},
	"adjust":           {"adjust SEND to AMOUNT CUR", topics.Send, topics.TypeSendAdjusted, readAdjustment},
	"cancel":           {"cancel SEND", topics.Send, topics.TypeSendCancelled, readCancellation},
	"spending-account": {"spending-account ID standard|shared [budget N] [name|about|tooltip|cost-centre WORD]… [start DAY] [end DAY] [currency CUR] [for-catalogs|for-groups|for-users A,B]… [items|catalogs include|exclude A,B]… [limit item|order|week|month|year|N-days AMOUNT|PERCENT%]… [reload set|add AMOUNT every day|week|month|quarter|year|N-days from DAY]… [effective TIME]", topics.Account, topics.TypeSpendingDefined, readSpending},
	"switch-on":        {"switch-on SPENDING-ACCOUNT [effective TIME]", topics.Account, topics.TypeSpendingSwitched, readSwitch(true)},
	"switch-off":       {"switch-off SPENDING-ACCOUNT [effective TIME]", topics.Account, topics.TypeSpendingSwitched, readSwitch(false)},
	"copy-spending":    {"copy-spending SPENDING-ACCOUNT AS [name WORD]", topics.Account, topics.TypeSpendingCopied, readCopySpending},
	"set-budgets":      {"set-budgets SPENDING-ACCOUNT AMOUNT", topics.Account, topics.TypeBudgetsSet, readSetBudgets},
	"import-budgets":   {"import-budgets SPENDING-ACCOUNT [user USER AMOUNT]…", topics.Account, topics.TypeBudgetsImported, readImportBudgets},
	"remove-spending":  {"remove-spending SPENDING-ACCOUNT", topics.Account, topics.TypeSpendingRemoved, readRemoveSpending},
	"user":             {"user USER [groups A,B] [sees CATALOGS] [effective TIME]", topics.Account, topics.TypeUserDefined, readUser},
	"remove-user":      {"remove-user USER", topics.Account, topics.TypeUserRemoved, readRemoveUser},
	"order":            {"order ORDER by USER on SPENDING-ACCOUNT [rest ACCOUNT] [line ITEM [QUANTITYx]PRICE [of CATALOGS]]… currency CUR", topics.Send, topics.TypeOrderPlaced, readOrder},
	"quote":            {"quote USER [rest ACCOUNT] [line ITEM [QUANTITYx]PRICE [of CATALOGS]]… currency CUR [after SPENDING-ACCOUNT]", topics.Send, topics.TypeSpendQuoted, readQuote},
	"cancel-order":     {"cancel-order ORDER", topics.Send, topics.TypeOrderCancelled, readCancelOrder},
	"usage":            {"usage ACCOUNT CHANNEL [quantity N] unit_cost|cost AMOUNT CUR", topics.Usage, topics.TypeUsageRecorded, readUsage},
	"tick":             {"tick TIME", topics.RefillTick, topics.TypeTick, readTick},
}

const (
	againUsage  = "again ID: the same record once more"
	replayUsage = "replay ID [entry N]: the dead letter of that event, its last one or that of entry N, sent back by purser dlq replay"
	rawUsage    = "raw TOPIC [type TYPE] [key KEY] [structured] [at TIME] [id ID] [source SOURCE] json BODY"
	repeatUsage = "repeat N EVENT"
)

// records reads an event line. One line is one record, but for repeat.
func (s *scribe) records(line []string, body string) ([]record, error) {
	w := &words{rest: line, usage: "an event"}
	switch name := w.take("an event: " + verbNames()); name {
	case "again", "replay":
		return s.resend(w, name == "replay")
	case "raw":
		return s.raw(w, body)
	case "repeat":
		return s.repeat(w, body)
	default:
		r, err := s.event(w, name)
		return []record{r}, err
	}
}

func (s *scribe) event(w *words, name string) (record, error) {
	v, ok := verbs[name]
	if !ok {
		w.usage = "an event"
		w.failf("expected %s, found %q", verbNames(), name)
		return record{}, w.err
	}
	w.usage = v.usage + " " + common
	r := record{topic: v.topic, typ: v.typ, source: "scenario"}
	body := v.read(w, &r)
	if w.err != nil {
		return record{}, w.err
	}
	if name == "org" && s.org == "" {
		s.org = r.key
	}
	if r.key == "" && r.topic != topics.RefillTick {
		r.key = s.org
	}
	s.name(&r, name)
	if p, ok := body.(topics.PaymentReceivedBody); ok && p.Payment == "" {
		p.Payment = r.id
		body = p
	}
	if p, ok := body.(topics.InvoicePaidBody); ok && p.Payment == "" {
		p.Payment = r.id
		body = p
	}
	value, err := json.Marshal(body)
	if err != nil {
		return record{}, fmt.Errorf("encoding an event: %w", err)
	}
	r.value = value
	s.sent[r.id] = r
	return r, nil
}

// name gives an event without an id one that tells what it is.
func (s *scribe) name(r *record, word string) {
	if r.id != "" {
		return
	}
	s.made[word]++
	r.id = word + "-" + strconv.Itoa(s.made[word])
}

// option reads one of the options that every event has. False: the word is none of them and was not taken.
func option(w *words, r *record) bool {
	switch {
	case w.skip("at"):
		r.time = w.time("the time at which it happened")
	case w.skip("id"):
		r.id = w.take("the event's id")
	case w.skip("source"):
		r.source = w.take("the event's source")
	case w.skip("in"):
		r.key = w.take("an org")
	case w.skip("recorded"):
		r.recorded, _ = time.Parse(time.RFC3339Nano, w.time("the broker's time"))
	default:
		return false
	}
	return true
}

// options reads to the end of the line; own reads what only this event has.
func options(w *words, r *record, own func() bool) {
	for w.more() {
		if option(w, r) || (own != nil && own()) {
			continue
		}
		w.failf("found %q, which is no option here", w.take(""))
	}
}

func (s *scribe) resend(w *words, replay bool) ([]record, error) {
	w.usage = againUsage
	if replay {
		w.usage = replayUsage
	}
	id := w.take("the id of an event above")
	r, ok := s.sent[id]
	if w.err == nil && !ok {
		w.failf("expected the id of an event above, found %q", id)
	}
	r.replay = replay
	r.recorded = time.Time{}
	if replay && w.skip("entry") {
		r.letter = uint64(w.count("the number of an entry"))
	}
	for w.more() {
		w.failf("expected the end of the line, found %q", w.take(""))
	}
	return []record{r}, w.err
}

func (s *scribe) raw(w *words, body string) ([]record, error) {
	w.usage = rawUsage
	r := record{topic: w.take("a topic"), source: "scenario", key: s.org}
	options(w, &r, func() bool {
		switch {
		case w.skip("type"):
			r.typ = w.take("the event's type")
		case w.skip("key"):
			r.key = w.take("the record's key")
		case w.skip("structured"):
			r.structured = true
		default:
			return false
		}
		return true
	})
	if w.err == nil && r.input() < 0 {
		w.failf("expected one of the topics %s, found %q", strings.Join(topics.Inputs, ", "), r.topic)
	}
	if w.err == nil && body == "" {
		w.failf("expected json BODY at the end of the line")
	}
	s.name(&r, "raw")
	r.value = []byte(inflate(body))
	if w.err == nil {
		s.sent[r.id] = r
	}
	return []record{r}, w.err
}

var repeated = regexp.MustCompile(`<<(.*?)\*(\d{1,7})>>`)

// inflate writes <<text*N>> out N times, so that a file can hold a record that is too large without being large itself.
func inflate(body string) string {
	return repeated.ReplaceAllStringFunc(body, func(m string) string {
		parts := repeated.FindStringSubmatch(m)
		n, err := strconv.Atoi(parts[2])
		if err != nil || n > 4<<20 {
			return m
		}
		return strings.Repeat(parts[1], n)
	})
}

// repeat writes an event N times under ids of their own: ID-1, ID-2… Where its body says {n}, that is the number.
func (s *scribe) repeat(w *words, body string) ([]record, error) {
	w.usage = repeatUsage
	n := w.count("a number of times")
	if w.err != nil {
		return nil, w.err
	}
	if !w.more() || w.rest[0] == "again" || w.rest[0] == "replay" || w.rest[0] == "repeat" {
		w.failf("expected an event of its own to repeat")
		return nil, w.err
	}
	first, err := s.records(w.rest, body)
	if err != nil {
		return nil, err
	}
	all := make([]record, n)
	for i := range all {
		all[i] = first[0]
		all[i].id += "-" + strconv.Itoa(i+1)
		all[i].value = bytes.ReplaceAll(first[0].value, []byte("{n}"), strconv.AppendInt(nil, int64(i+1), 10))
		s.sent[all[i].id] = all[i]
	}
	return all, nil
}

func verbNames() string {
	names := make([]string, 0, len(verbs)+4)
	for name := range verbs {
		names = append(names, name)
	}
	names = append(names, "again", "replay", "raw", "repeat")
	sort.Strings(names)
	return strings.Join(names, ", ")
}
