package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"purser/internal/embedded"
)

// howTo is what purser dev prints: lines that can be pasted into another terminal.
type howTo struct {
	out            io.Writer
	brokers, redis string
}

func printHowTo(out io.Writer, e *embedded.Environment, http string, pays bool) {
	h := howTo{out: out, brokers: strings.Join(e.Brokers, ","), redis: e.Redis}
	fmt.Fprintf(out, "purser runs. Kafka is at %s, Redis at %s", h.brokers, h.redis)
	if http != "" {
		fmt.Fprintf(out, ", HTTP at http://%s/metrics", http)
	}
	fmt.Fprint(out, ".\nPaste these into another terminal.\n\n# An org that sells a message at five times its cost, a wallet, and 100 dollars in it\n",
		h.produce("account", "org.defined", `{"currency":"USD","multipliers":{"message":"5"}}`),
		h.produce("account", "account.defined", `{"account":"alice","kind":"wallet","low_balance":"60"}`),
		h.produce("payment-result", "payment.received", `{"account":"alice","payment":"p-1","amount":"100","currency":"USD"}`),
		"\n# 100 messages that cost 10 dollars: alice pays 50 and gets a low-balance alert\n",
		h.produce("usage", "usage.recorded", `{"account":"alice","channel":"message","quantity":"100","unit_cost":"0.10","currency":"USD"}`),
		"\n# What became of it\n", h.watch("ledger"), h.watch("alert"),
		fmt.Sprintf("\n# Her balance and her entries\nexport PURSER_KAFKA_BROKERS=%s PURSER_REDIS_ADDR=%s PURSER_POSTGRES_URL= PURSER_MAX_TICK_AHEAD=0s\n", h.brokers, h.redis),
		"purser balance acme alice\npurser ledger acme alice --from kafka\npurser partitions\n")
	if pays {
		h.recharge(time.Now())
	}
	fmt.Fprint(out, "\nEnd it with Ctrl-C.\n")
}

// recharge shows a card that is charged, and one that is declined until some days have passed. Each tick is two days after the one
// before, so that a retry is due at it whenever these lines are pasted.
func (h *howTo) recharge(now time.Time) {
	wallet := func(name, token string) string {
		return h.produce("account", "account.defined",
			`{"account":"`+name+`","kind":"wallet","recharge":{"when_balance_lower_than":"20","amount":"50","payment_method":"`+token+`"}}`)
	}
	fmt.Fprint(h.out, "\n# A wallet that recharges by itself: the gateway of this process charges its card at once (purser gateway --help has the tokens)\n",
		wallet("bob", "pm_success"), "purser balance acme bob\n",
		"\n# A card that is declined twice: it is tried again each day, and these days pass now\n", wallet("carol", "pm_decline_2_then_success"))
	for day := 2; day <= 4; day += 2 {
		fmt.Fprintf(h.out, "purser tick --until %s\n", now.UTC().AddDate(0, 0, day).Format(time.RFC3339))
	}
	fmt.Fprint(h.out, "purser balance acme carol\n", h.watch("recharge-attempt"), h.watch("payment-result"))
}

// produce is a line that produces an event. librdkafka, and so kcat, has another default partitioner than Kafka's own clients.
func (h *howTo) produce(topic, kind, body string) string {
	return fmt.Sprintf("echo 'acme|%s' | kcat -P -b %s -t %s -K '|' -X topic.partitioner=murmur2_random \\\n"+
		"    -H ce_specversion=1.0 -H ce_type=%s -H ce_source=me -H ce_id=$(date +%%s%%N) -H content-type=application/json\n", body, h.brokers, topic, kind)
}

func (h *howTo) watch(topic string) string {
	return fmt.Sprintf("kcat -C -b %s -t %s -o beginning -X isolation.level=read_committed -f '%%s\\n'\n", h.brokers, topic)
}
