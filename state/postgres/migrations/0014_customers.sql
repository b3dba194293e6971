-- Customer accounts: their transactions, what of which credit went to which debit, and what is open. docs/finance.md explains the views.
--
-- They are read from the ledger as it is: entries that name no transaction are not taken apart.

CREATE VIEW finance_customer_entry AS
    SELECT l.partition, l.entry, convert_from(l.org, 'UTF8') AS org, l.recorded_at AS posted_at, (l.recorded_at AT TIME ZONE 'UTC')::date AS day,
           b.type, b.source, b.id, t.transaction, t.account, t.kind, t.side, t.state, t.amount, t.currency, t.date, t.due, t.number, b.allocations
    FROM ledger l
    CROSS JOIN LATERAL json_to_record(convert_from(l.body, 'UTF8')::json) AS b (type text, result text, source text, id text, transaction json, allocations json)
    CROSS JOIN LATERAL json_to_record(b.transaction) AS t (
        transaction text, account text, kind text, side text, state text, amount numeric, currency text, date date, due date, number bigint)
    WHERE position('"transaction":{'::bytea IN l.body) > 0 AND b.result = 'applied' AND b.transaction IS NOT NULL;

-- One row a transaction that was posted.
CREATE VIEW finance_transaction AS
    SELECT org, account, number, transaction, kind, side, amount, currency, date, due, posted_at, day, source, id
    FROM finance_customer_entry
    WHERE state = 'posted' AND type <> 'due.credit_allocated';

-- One row an allocation.
CREATE VIEW finance_allocation AS
    SELECT e.org, e.account, a.credit, a.debit, a.amount, e.currency, e.posted_at, e.day, e.entry
    FROM finance_customer_entry e
    CROSS JOIN LATERAL json_to_recordset(e.allocations) AS a (credit text, debit text, amount numeric);

-- One row a debit, with what of it is settled and what is open.
CREATE VIEW finance_debit AS
    SELECT t.org, t.account, t.number, t.transaction, t.kind, t.amount, t.currency, t.date, t.due, coalesce(a.settled, 0.000000) AS settled,
           t.amount - coalesce(a.settled, 0.000000) AS open
    FROM finance_transaction t
    LEFT JOIN (SELECT org, account, debit, sum(amount) AS settled FROM finance_allocation GROUP BY org, account, debit) a
        ON a.org = t.org AND a.account = t.account AND a.debit = t.transaction
    WHERE t.side = 'debit';
