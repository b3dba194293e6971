-- The books for people who ask in SQL: docs/finance.md explains them. All names begin with finance_.
--
-- A ledger row holds its entry as JSON, so that the checkpointer writes it as it came. The views below take it apart when they
-- are read. Reading a year of it would take hours, so purser rollup adds up what is new into two tables every now and then; the
-- views are those sums, and what has come since is taken from the ledger itself. So they are complete as of the checkpoint,
-- whether it has run or not: it only makes them fast.

-- The ledger in the order of its time, for those who look at single entries of a day. A BRIN index costs an appended row nearly
-- nothing, and a few kilobytes for each gigabyte of ledger.
CREATE INDEX ledger_recorded_at ON ledger USING brin (recorded_at);

CREATE VIEW finance_entry AS
    SELECT l.partition, l.entry, convert_from(l.org, 'UTF8') AS org, l.recorded_at AS posted_at, b.occurred_at,
           (l.recorded_at AT TIME ZONE 'UTC')::date AS day, (b.occurred_at AT TIME ZONE 'UTC')::date AS occurred_on,
           b.type, coalesce(b.price ->> 'channel', '') AS channel, b.result, coalesce(b.reason, '') AS reason,
           b.source, b.id, b.currency, b.postings
    FROM ledger l
    CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (
        type text, result text, reason text, source text, id text, occurred_at timestamptz, currency text, postings json, price json);

-- Every posting, as the ledger has it.
CREATE VIEW finance_posting AS
    SELECT e.partition, e.entry, e.org, e.posted_at, e.occurred_at, e.day, e.occurred_on, e.type, e.channel, e.source, e.id,
           p."from" AS from_account, p."to" AS to_account, p.amount, coalesce(p.currency, e.currency) AS currency,
           coalesce(p.bucket, '') AS bucket, coalesce(p."grant", '') AS grant_id
    FROM finance_entry e
    CROSS JOIN LATERAL json_to_recordset(e.postings) AS p ("from" text, "to" text, amount numeric, currency text, bucket text, "grant" text);

-- Every posting as each of its two accounts sees it: signed, with the system account that is on the other side. Between an
-- account and a customer's the other side is left out, or the system's accounts would have a row for each customer.
CREATE VIEW finance_movement AS
    SELECT p.partition, p.entry, p.org, side.account, p.currency, p.day, p.occurred_on, p.type, p.channel, p.bucket,
           CASE WHEN side.other LIKE ANY ('{world:%,expense:%,revenue:%,suspense}') THEN side.other ELSE '' END AS counter_account, side.amount
    FROM finance_posting p
    CROSS JOIN LATERAL (VALUES (p.from_account, p.to_account, -p.amount), (p.to_account, p.from_account, p.amount)) AS side (account, other, amount);

-- What purser rollup has added up, up to an entry of each partition.
CREATE TABLE finance_position (
    partition integer PRIMARY KEY,
    entry     bigint NOT NULL
);

CREATE TABLE finance_moved (
    partition       integer NOT NULL,
    org             text    NOT NULL,
    account         text    NOT NULL,
    currency        text    NOT NULL,
    day             date    NOT NULL,
    occurred_on     date    NOT NULL,
    type            text    NOT NULL,
    channel         text    NOT NULL,
    bucket          text    NOT NULL,
    counter_account text    NOT NULL,
    amount          numeric NOT NULL,
    movements       bigint  NOT NULL,
    PRIMARY KEY (org, account, currency, day, occurred_on, type, channel, bucket, counter_account)
);

CREATE INDEX finance_moved_day ON finance_moved (day, org);
CREATE INDEX finance_moved_partition ON finance_moved (partition);

CREATE TABLE finance_counted (
    partition integer NOT NULL,
    org       text    NOT NULL,
    day       date    NOT NULL,
    type      text    NOT NULL,
    channel   text    NOT NULL,
    result    text    NOT NULL,
    reason    text    NOT NULL,
    entries   bigint  NOT NULL,
    PRIMARY KEY (org, day, type, channel, result, reason)
);

CREATE INDEX finance_counted_day ON finance_counted (day, org);
CREATE INDEX finance_counted_partition ON finance_counted (partition);

-- Which entries of each partition are not added up yet. OFFSET 0 keeps the planner from turning the range of each partition
-- into one join over the whole ledger.
CREATE VIEW finance_ahead AS
    SELECT c.partition, coalesce(p.entry, 0) AS entry FROM checkpoint c LEFT JOIN finance_position p USING (partition);

-- By account: what moved on it, by day, kind of event, channel, bucket and other side.
CREATE VIEW finance_by_account AS
    SELECT org, account, currency, day, occurred_on, type, channel, bucket, counter_account, sum(amount) AS amount, sum(movements)::bigint AS movements
    FROM (
        SELECT org, account, currency, day, occurred_on, type, channel, bucket, counter_account, amount, movements FROM finance_moved
        UNION ALL
        SELECT m.org, m.account, m.currency, m.day, m.occurred_on, m.type, m.channel, m.bucket, m.counter_account, m.amount, 1
        FROM finance_ahead a
        CROSS JOIN LATERAL (SELECT * FROM finance_movement WHERE partition = a.partition AND entry > a.entry OFFSET 0) m
    ) AS moved
    GROUP BY org, account, currency, day, occurred_on, type, channel, bucket, counter_account;

-- By day: what each account received and gave on a day on which anything moved, and its balance at the end of it.
CREATE VIEW finance_by_day AS
    SELECT org, account, currency, day,
           sum(amount) FILTER (WHERE amount > 0) AS received, -sum(amount) FILTER (WHERE amount < 0) AS given,
           sum(sum(amount)) OVER (PARTITION BY org, account, currency ORDER BY day) AS balance
    FROM finance_by_account
    GROUP BY org, account, currency, day;

-- By kind: how many entries there were of each kind of event, and what became of them.
CREATE VIEW finance_by_kind AS
    SELECT org, day, type, channel, result, reason, sum(entries)::bigint AS entries
    FROM (
        SELECT org, day, type, channel, result, reason, entries FROM finance_counted
        UNION ALL
        SELECT e.org, e.day, e.type, e.channel, e.result, e.reason, 1
        FROM finance_ahead a
        CROSS JOIN LATERAL (SELECT * FROM finance_entry WHERE partition = a.partition AND entry > a.entry OFFSET 0) e
    ) AS counted
    GROUP BY org, day, type, channel, result, reason;

-- Revenue by channel and month of posting.
CREATE VIEW finance_revenue AS
    SELECT org, date_trunc('month', day)::date AS month, account, channel, currency, sum(amount) AS amount
    FROM finance_by_account
    WHERE account LIKE 'revenue:%'
    GROUP BY org, date_trunc('month', day)::date, account, channel, currency;

-- Complimentary credits by month of posting: what was given, what usage was paid from them (what was given back to them by a
-- correction or a reversal taken off), what expired and what was taken away.
CREATE VIEW finance_complimentary AS
    SELECT org, date_trunc('month', day)::date AS month, channel, currency,
           coalesce(-sum(amount) FILTER (WHERE type IN ('credits.granted', 'due.credits_given')), 0) AS granted,
           coalesce(sum(amount) FILTER (WHERE type IN ('usage.recorded', 'usage.corrected', 'usage.voided')), 0) AS used,
           coalesce(sum(amount) FILTER (WHERE type = 'due.grant_expired'), 0) AS expired,
           coalesce(sum(amount) FILTER (WHERE type = 'credits.removed'), 0) AS removed
    FROM finance_by_account
    WHERE account = 'world:complimentary' OR account = 'world:removed' AND bucket = 'complimentary'
    GROUP BY org, date_trunc('month', day)::date, channel, currency;
