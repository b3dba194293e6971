-- Accounting periods of an org's customer accounts (R8.7), and each account's balances in them. docs/finance.md explains the views.
--
-- They are read from the ledger as it is: entries that open or close no period are not taken apart.

-- One row a period: those that are closed, and the open one.
CREATE VIEW finance_period AS
    WITH told AS (
        SELECT convert_from(l.org, 'UTF8') AS org, l.entry, l.recorded_at, b.periods ->> 'length' AS length, right(b.periods ->> 'year_begins', 2)::integer AS begins_on,
               p.period, p."to", p.state, p.next
        FROM ledger l
        CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (result text, period json, periods json)
        CROSS JOIN LATERAL json_to_record(b.period) AS p (period date, "to" date, state text, next date)
        WHERE position('"period":{'::bytea IN l.body) > 0 AND b.result = 'applied' AND p.state IN ('opened', 'closed')
    ), kept AS (
        SELECT org, length, begins_on, period AS first_day FROM told WHERE state = 'opened'
    ), latest AS (
        SELECT DISTINCT ON (org) org, next FROM told ORDER BY org, entry DESC
    )
    SELECT t.org, row_number() OVER (PARTITION BY t.org ORDER BY t.period) AS number, t.period AS first_day, t."to" AS last_day, k.length, 'closed' AS state, t.recorded_at AS closed_at
    FROM told t JOIN kept k ON k.org = t.org
    WHERE t.state = 'closed'
    UNION ALL
    -- The open one ends before the day on which the next one will begin: the day of the month on which the year does, or the month's last.
    SELECT k.org, 1 + (SELECT count(*) FROM told t WHERE t.org = k.org AND t.state = 'closed'), l.next,
           (m.month + (least(k.begins_on, extract(day FROM m.month + interval '1 month' - interval '1 day')::integer) - 2) * interval '1 day')::date, k.length, 'open', NULL
    FROM kept k
    JOIN latest l ON l.org = k.org
    CROSS JOIN LATERAL (SELECT date_trunc('month', l.next) + CASE k.length WHEN 'yearly' THEN interval '1 year' ELSE interval '1 month' END AS month) m;

-- One row an account and period, from the first one in which it has a transaction on. What is dated before the first period belongs to that.
CREATE VIEW finance_period_balance AS
    WITH dated AS (
        SELECT t.org, t.account, t.currency, CASE t.side WHEN 'debit' THEN -t.amount ELSE t.amount END AS amount,
               greatest(t.date, (SELECT min(p.first_day) FROM finance_period p WHERE p.org = t.org)) AS day
        FROM finance_transaction t
    ), moved AS (
        SELECT p.org, p.number, p.first_day, p.last_day, p.state, d.account, d.currency,
               sum(d.amount) FILTER (WHERE d.day >= p.first_day AND d.amount < 0) AS debits, sum(d.amount) FILTER (WHERE d.day >= p.first_day AND d.amount > 0) AS credits,
               sum(d.amount) AS closing
        FROM finance_period p
        JOIN dated d ON d.org = p.org AND d.day <= p.last_day
        GROUP BY p.org, p.number, p.first_day, p.last_day, p.state, d.account, d.currency
    )
    SELECT org, account, currency, number, first_day, last_day, state,
           closing - coalesce(debits, 0.000000) - coalesce(credits, 0.000000) AS opening, coalesce(-debits, 0.000000) AS debits, coalesce(credits, 0.000000) AS credits, closing
    FROM moved;
