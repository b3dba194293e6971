-- Bills: what was asked of cards and by invoice, and what has become of it. docs/finance.md explains the views.
--
-- Entries name the attempts and invoices that they send out, and the one that they are about. As with the sums, purser rollup
-- brings what is new into tables, and the views are those and what the ledger has beyond them.

-- What was added up before knows no bills: how far they are added up is a position of its own, which begins at the beginning.
-- purser rollup of the release before goes on meanwhile, and moves only the other one.
ALTER TABLE finance_position ADD COLUMN billed bigint NOT NULL DEFAULT 0;

CREATE VIEW finance_bills_ahead AS
    SELECT c.partition, coalesce(p.billed, 0) AS entry FROM checkpoint c LEFT JOIN finance_position p USING (partition);

-- Single entries say what they are about.
CREATE OR REPLACE VIEW finance_entry AS
    SELECT l.partition, l.entry, convert_from(l.org, 'UTF8') AS org, l.recorded_at AS posted_at, b.occurred_at,
           (l.recorded_at AT TIME ZONE 'UTC')::date AS day, (b.occurred_at AT TIME ZONE 'UTC')::date AS occurred_on,
           b.type, coalesce(b.price ->> 'channel', '') AS channel, b.result, coalesce(b.reason, '') AS reason,
           b.source, b.id, b.currency, b.postings,
           coalesce(b.attempt, '') AS attempt, coalesce(b.recharge, '') AS recharge, b.invoice, coalesce(b.send, '') AS send, coalesce(b.campaign, '') AS campaign
    FROM ledger l
    CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (
        type text, result text, reason text, source text, id text, occurred_at timestamptz, currency text, postings json, price json,
        attempt text, recharge text, invoice bigint, send text, campaign text);

-- Each time that an entry names an invoice: the one that it settles, or those that it sends out. Most entries name none, and
-- are not taken apart.
CREATE VIEW finance_bill AS
    SELECT l.partition, l.entry, convert_from(l.org, 'UTF8') AS org, l.recorded_at AS posted_at, (l.recorded_at AT TIME ZONE 'UTC')::date AS day,
           b.source, b.id, i.*
    FROM ledger l
    CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (
        type text, source text, id text, currency text, postings json, invoice bigint, invoices json)
    CROSS JOIN LATERAL (
        SELECT s.invoice, true AS sent, s.kind, s.account, s.currency, s.issued, s.due, s.amount, 0.000000 AS paid, false AS voided
        FROM json_to_recordset(b.invoices) AS s (invoice bigint, kind text, account text, currency text, issued date, due date, amount numeric)
        UNION ALL
        SELECT b.invoice, false, NULL, NULL, b.currency, NULL, NULL, NULL,
               (SELECT coalesce(sum(p.amount), 0.000000) FROM json_to_recordset(b.postings) AS p ("from" text, amount numeric) WHERE p."from" = 'world:payments'),
               b.type = 'invoice.voided'
        WHERE b.invoice IS NOT NULL
    ) AS i
    WHERE position('"invoice'::bytea IN l.body) > 0;

-- Each time that an entry names an attempt: the one that it is about, or those that it sends out.
CREATE VIEW finance_attempt AS
    SELECT l.partition, l.entry, convert_from(l.org, 'UTF8') AS org, l.recorded_at AS posted_at,
           substring(a.attempt FROM '^(.*)/[0-9]+/[0-9]+$') AS account, substring(a.attempt FROM '/([0-9]+)/[0-9]+$')::bigint AS recharge,
           substring(a.attempt FROM '/([0-9]+)$')::integer AS number,
           a.sent, a.purpose, a.currency, a.amount, a.credited, a.state, a.reason
    FROM ledger l
    CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (
        type text, currency text, postings json, attempt text, told text, why text, recharge text, attempts json)
    CROSS JOIN LATERAL (
        SELECT s.attempt, true AS sent, s.purpose, s.currency, s.amount, 0.000000 AS credited,
               CASE WHEN s.purpose IS NULL THEN 'unknown' ELSE 'open' END AS state, NULL::text AS reason
        FROM json_to_recordset(b.attempts) AS s (attempt text, purpose text, currency text, amount numeric)
        UNION ALL
        SELECT b.attempt, false, NULL, b.currency, NULL,
               (SELECT coalesce(sum(p.amount), 0.000000) FROM json_to_recordset(b.postings) AS p ("from" text, amount numeric)
                WHERE p."from" = 'world:payments' AND b.type = 'recharge-attempt.resolved'),
               b.recharge, CASE WHEN b.told = 'failed' THEN coalesce(b.why, '') END
        WHERE b.attempt IS NOT NULL
    ) AS a
    WHERE position('"attempt'::bytea IN l.body) > 0;

-- An invoice each.
CREATE TABLE finance_billed (
    partition integer NOT NULL REFERENCES finance_position ON DELETE CASCADE,
    org       text    NOT NULL,
    invoice   bigint  NOT NULL,
    kind      text    NOT NULL,
    account   text    NOT NULL,
    currency  text    NOT NULL,
    issued    date,
    due       date,
    amount    numeric NOT NULL,
    paid      numeric NOT NULL,
    voided    boolean NOT NULL,
    open      numeric NOT NULL GENERATED ALWAYS AS (CASE WHEN voided THEN 0.000000 ELSE greatest(amount - paid, 0.000000) END) STORED,
    status    text    NOT NULL GENERATED ALWAYS AS (CASE WHEN voided THEN 'voided' WHEN paid >= amount THEN 'paid' ELSE 'open' END) STORED,
    PRIMARY KEY (org, invoice)
);

CREATE INDEX finance_billed_status ON finance_billed (org, status, due);
CREATE INDEX finance_billed_account ON finance_billed (org, account);
CREATE INDEX finance_billed_partition ON finance_billed (partition);

-- A payment or a voiding of an invoice each.
CREATE TABLE finance_settled (
    partition integer     NOT NULL REFERENCES finance_position ON DELETE CASCADE,
    entry     bigint      NOT NULL,
    org       text        NOT NULL,
    invoice   bigint      NOT NULL,
    posted_at timestamptz NOT NULL,
    currency  text        NOT NULL,
    amount    numeric     NOT NULL,
    voided    boolean     NOT NULL,
    source    text        NOT NULL,
    id        text        NOT NULL,
    PRIMARY KEY (partition, entry)
);

CREATE INDEX finance_settled_invoice ON finance_settled (org, invoice);
CREATE INDEX finance_settled_posted ON finance_settled (org, posted_at);

-- A recharge each: an attempt and its retries.
CREATE TABLE finance_recharged (
    partition integer     NOT NULL REFERENCES finance_position ON DELETE CASCADE,
    org       text        NOT NULL,
    account   text        NOT NULL,
    recharge  bigint      NOT NULL,
    purpose   text        NOT NULL,
    currency  text        NOT NULL,
    amount    numeric     NOT NULL,
    attempts  integer     NOT NULL,
    credited  numeric     NOT NULL,
    state     text        NOT NULL,
    reason    text        NOT NULL,
    began_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (org, account, recharge)
);

CREATE INDEX finance_recharged_state ON finance_recharged (org, state, last_at);
CREATE INDEX finance_recharged_partition ON finance_recharged (partition);

-- One row an invoice. Those that the ledger's tail names are the table's rows and what the tail has on top of them.
CREATE VIEW finance_invoice AS
    WITH tail AS MATERIALIZED (
        SELECT b.org, b.invoice, max(b.kind) FILTER (WHERE b.sent) AS kind, max(b.account) FILTER (WHERE b.sent) AS account, max(b.currency) FILTER (WHERE b.sent) AS currency,
               max(b.issued) AS issued, max(b.due) AS due, max(b.amount) AS amount, sum(b.paid) AS paid, bool_or(b.voided) AS voided
        FROM finance_bills_ahead a
        CROSS JOIN LATERAL (SELECT * FROM finance_bill WHERE partition = a.partition AND entry > a.entry OFFSET 0) b
        GROUP BY b.org, b.invoice
    ), merged AS (
        SELECT t.org, t.invoice, coalesce(t.kind, o.kind, '') AS kind, coalesce(t.account, o.account, '') AS account, coalesce(t.currency, o.currency, '') AS currency,
               coalesce(t.issued, o.issued) AS issued, coalesce(t.due, o.due) AS due, coalesce(t.amount, o.amount, 0.000000) AS amount, t.paid + coalesce(o.paid, 0) AS paid,
               t.voided OR coalesce(o.voided, false) AS voided
        FROM tail t LEFT JOIN finance_billed o USING (org, invoice)
    )
    SELECT org, invoice, kind, account, currency, issued, due, amount, paid, open, status
    FROM finance_billed o
    WHERE NOT EXISTS (SELECT FROM tail t WHERE t.org = o.org AND t.invoice = o.invoice)
    UNION ALL
    SELECT org, invoice, kind, account, currency, issued, due, amount, paid, CASE WHEN voided THEN 0.000000 ELSE greatest(amount - paid, 0.000000) END,
           CASE WHEN voided THEN 'voided' WHEN paid >= amount THEN 'paid' ELSE 'open' END
    FROM merged;

-- One row a payment or a voiding of an invoice.
CREATE VIEW finance_invoice_settled AS
    SELECT org, invoice, posted_at, (posted_at AT TIME ZONE 'UTC')::date AS day, currency, amount, CASE WHEN voided THEN 'voided' ELSE 'paid' END AS what, source, id
    FROM finance_settled
    UNION ALL
    SELECT b.org, b.invoice, b.posted_at, b.day, coalesce(b.currency, ''), b.paid, CASE WHEN b.voided THEN 'voided' ELSE 'paid' END, b.source, b.id
    FROM finance_bills_ahead a
    CROSS JOIN LATERAL (SELECT * FROM finance_bill WHERE partition = a.partition AND entry > a.entry AND NOT sent OFFSET 0) b;

-- One row a recharge, as finance_invoice.
CREATE VIEW finance_recharge AS
    WITH tail AS MATERIALIZED (
        SELECT m.org, m.account, m.recharge, max(m.purpose) AS purpose, max(m.currency) FILTER (WHERE m.sent) AS currency,
               (array_agg(m.amount ORDER BY m.entry DESC) FILTER (WHERE m.sent))[1] AS amount, max(m.number) FILTER (WHERE m.sent) AS attempts, sum(m.credited) AS credited,
               (array_agg(m.state ORDER BY m.entry DESC, m.sent DESC) FILTER (WHERE m.state IS NOT NULL))[1] AS state,
               (array_agg(m.reason ORDER BY m.entry DESC) FILTER (WHERE m.reason IS NOT NULL))[1] AS reason,
               min(m.posted_at) AS began_at, max(m.posted_at) AS last_at
        FROM finance_bills_ahead a
        CROSS JOIN LATERAL (SELECT * FROM finance_attempt WHERE partition = a.partition AND entry > a.entry OFFSET 0) m
        GROUP BY m.org, m.account, m.recharge
    )
    SELECT org, account, recharge, purpose, currency, amount, attempts, credited, state, reason, began_at, last_at
    FROM finance_recharged o
    WHERE NOT EXISTS (SELECT FROM tail t WHERE t.org = o.org AND t.account = o.account AND t.recharge = o.recharge)
    UNION ALL
    SELECT t.org, t.account, t.recharge, coalesce(t.purpose, o.purpose, ''), coalesce(t.currency, o.currency, ''), coalesce(t.amount, o.amount, 0.000000),
           coalesce(t.attempts, o.attempts, 0), t.credited + coalesce(o.credited, 0), coalesce(t.state, o.state, 'unknown'), coalesce(t.reason, o.reason, ''),
           coalesce(o.began_at, t.began_at), t.last_at
    FROM tail t LEFT JOIN finance_recharged o USING (org, account, recharge);
