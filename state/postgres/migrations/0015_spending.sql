-- Spending accounts: what came onto their balances, what orders and sends took of it, and what is left. docs/finance.md explains the views.
--
-- They are read from the ledger as it is: entries that touch no balance of a spending account are not taken apart.

-- One row each time that a balance changed, signed as the balance sees it.
CREATE VIEW finance_spending AS
    SELECT l.partition, l.entry, convert_from(l.org, 'UTF8') AS org, l.recorded_at AS posted_at, (l.recorded_at AT TIME ZONE 'UTC')::date AS day,
           b.type, b.source, b.id, substring(side.account FROM '^spending:([^/]*)') AS spending_account,
           coalesce(substring(side.account FROM '^spending:[^/]*/(.*)$'), b."order" ->> 'user', b.spending ->> 'user', '') AS spender,
           side.account, coalesce(p.currency, b.currency) AS currency, side.amount,
           CASE WHEN side.other = 'world:budget' THEN 'budget' WHEN b."order" IS NOT NULL THEN 'order' WHEN b.spending IS NOT NULL THEN 'send' ELSE 'other' END AS what,
           CASE WHEN side.other = 'world:budget' THEN '' ELSE coalesce(b."order" ->> 'order', b.send, '') END AS reference,
           CASE WHEN side.other = 'world:budget' THEN '' ELSE coalesce(b."order" ->> 'cost_centre', b.spending ->> 'cost_centre', '') END AS cost_centre
    FROM ledger l
    CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (
        type text, source text, id text, currency text, postings json, "order" json, spending json, send text)
    CROSS JOIN LATERAL json_to_recordset(b.postings) AS p ("from" text, "to" text, amount numeric, currency text)
    CROSS JOIN LATERAL (VALUES (p."from", p."to", -p.amount), (p."to", p."from", p.amount)) AS side (account, other, amount)
    WHERE position('"spending:'::bytea IN l.body) > 0 AND side.account LIKE 'spending:%';

-- One row a balance: what came from the budget, what of it orders and sends have used, and what is left.
CREATE VIEW finance_budget_used AS
    SELECT org, spending_account, account, currency,
           coalesce(sum(amount) FILTER (WHERE what = 'budget'), 0.000000) AS budget,
           coalesce(-sum(amount) FILTER (WHERE what <> 'budget'), 0.000000) AS used,
           sum(amount) AS remaining, max(posted_at) AS last_at
    FROM finance_spending
    GROUP BY org, spending_account, account, currency;
