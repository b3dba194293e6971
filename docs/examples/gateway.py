#!/usr/bin/env python3
"""A connector between purser and a payment provider: recharge-attempt in, payment-result out.

    python3 gateway.py BROKERS [TOPIC-PREFIX]

Provider below stands for the provider's API, on a file of its own; everything else is what a connector needs. docs/connect-a-gateway.md
says why each step is there. Written for confluent-kafka 2.16 and Python 3.9 or newer.
"""
import json
import signal
import sqlite3
import sys
import time
from decimal import Decimal

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

# Digits of the minor unit (ISO 4217), where there are not two.
DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


class Unknown(Exception):
    """The provider did not say what became of a charge: perhaps money moved, perhaps not."""


class Provider:
    """Charges a card once for an idempotency key, and gives the same answer to the same key ever after."""

    def __init__(self, file):
        self.charges = sqlite3.connect(file, isolation_level=None)
        self.charges.execute("CREATE TABLE IF NOT EXISTS charge (key TEXT PRIMARY KEY, id TEXT, minor INTEGER, currency TEXT, error TEXT)")

    def charge(self, key, token, minor, currency):
        """Returns the charge's id, and why it was declined (None: it was not)."""
        error = "card_declined" if token.startswith("tok_declined") else None
        made = self.charges.execute("INSERT OR IGNORE INTO charge VALUES (?, ?, ?, ?, ?)", (key, "ch_" + key[:12], minor, currency, error))
        if made.rowcount and token == "tok_lost":
            raise Unknown("the answer was lost on its way; the card is charged")
        return self.charges.execute("SELECT id, error FROM charge WHERE key = ?", (key,)).fetchone()


class Connector:
    def __init__(self, brokers, prefix, provider):
        servers = {"bootstrap.servers": brokers}  # and security.protocol, sasl.mechanism … where they are asked for
        self.attempts, self.results = prefix + "recharge-attempt", prefix + "payment-result"
        self.provider, self.running = provider, True
        self.consumer = Consumer({
            **servers,
            "group.id": prefix + "my-gateway",
            "isolation.level": "read_committed",  # an attempt of an aborted transaction was never made
            "auto.offset.reset": "earliest",      # attempts from before the first start wait for an answer, too
            "enable.auto.commit": False,          # an offset is committed when the result is in Kafka, and not before
        })
        self.producer = Producer({
            **servers,
            "partitioner": "murmur2_random",      # librdkafka's default is another hash, and would be refused
            "enable.idempotence": True,           # and with it acks=all
        })

    def stop(self, *_):
        self.running = False

    def run(self):
        self.consumer.subscribe([self.attempts])
        while self.running:
            message = self.consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                print("cannot read just now:", message.error().str())
                continue
            try:
                self.handle(message)
            except Unknown as why:  # neither a success nor a failure: the same attempt, with the same key, until it is known
                print("unknown:", why)
                self.consumer.seek(TopicPartition(message.topic(), message.partition(), message.offset()))
                time.sleep(1)
        self.consumer.close()

    def handle(self, message):
        if dict(message.headers() or []).get("ce_type") == b"recharge-attempt":  # other types may be added
            attempt = json.loads(message.value())
            self.answer(message.key(), attempt, self.charge(attempt))
        try:
            self.consumer.commit(message=message, asynchronous=False)
        except KafkaException as error:  # the partition is another's now, who reads the attempt again and finds it charged
            print("not committed:", error.args[0].str())

    def charge(self, attempt):
        # Amounts are decimal strings in whole minor units; never make a float of them.
        minor = int(Decimal(attempt["amount"]).scaleb(DIGITS.get(attempt["currency"], 2)))
        payment, error = self.provider.charge(attempt["idempotency_key"], attempt["payment_method"], minor, attempt["currency"])
        if error:
            return {"attempt": attempt["attempt"], "result": "failed", "reason": error}
        return {"attempt": attempt["attempt"], "result": "succeeded", "payment": payment}

    def answer(self, org, attempt, result):
        self.producer.produce(
            self.results, key=org, value=json.dumps(result), on_delivery=self.delivered,
            headers={
                "ce_specversion": "1.0", "ce_type": "recharge-attempt.resolved", "ce_source": "my-gateway",
                # The same for the same result, however often it is sent; another one for another result.
                "ce_id": attempt["idempotency_key"] + "/" + result["result"],
                "content-type": "application/json",
            })
        if self.producer.flush(60):  # waits for the broker; what is not there then is sent by the next start
            raise SystemExit("no broker took the result: nothing is committed")
        print(org.decode(), result)

    @staticmethod
    def delivered(error, _):
        if error:
            raise SystemExit(f"the result was not taken: {error}")


if __name__ == "__main__":
    connector = Connector(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "", Provider("charges.db"))
    signal.signal(signal.SIGTERM, connector.stop)
    signal.signal(signal.SIGINT, connector.stop)
    connector.run()
