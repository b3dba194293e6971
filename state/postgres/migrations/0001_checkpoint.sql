-- One row a partition: how far the rest of it has come. A step of the checkpoint begins by moving this row on from the
-- position it expects, which also makes a second checkpointer wait and then lose.
CREATE TABLE checkpoint (
    partition    integer PRIMARY KEY,
    changelog    bigint NOT NULL,
    ledger       bigint NOT NULL,
    txn          bigint NOT NULL,
    entry        bigint NOT NULL,
    sealed       bigint NOT NULL,
    sealed_entry bigint NOT NULL,
    pieces       bigint NOT NULL
) WITH (fillfactor = 50);

-- Cells. Pages keep room so that a changed cell stays on its page and its indexes are left alone: no index has a column
-- that changes with an ordinary debit.
CREATE TABLE cell (
    partition integer NOT NULL,
    key       bytea   NOT NULL,
    value     bytea   NOT NULL,
    next_due  bigint,
    PRIMARY KEY (partition, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX cell_due ON cell (partition, next_due) WHERE next_due IS NOT NULL;

-- The ledger, appended at one end of its key for each partition. Org and body are bytes and not text: a name that came from
-- outside may hold what a text column refuses, and one such row would stop the checkpoint for good. The view below reads.
CREATE TABLE ledger (
    partition     integer     NOT NULL,
    entry         bigint      NOT NULL,
    ledger_offset bigint      NOT NULL,
    recorded_at   timestamptz NOT NULL,
    org           bytea       NOT NULL,
    mark          bytea       NOT NULL,
    body          bytea       NOT NULL,
    PRIMARY KEY (partition, entry)
);

CREATE VIEW ledger_entry AS
    SELECT partition, entry, ledger_offset, recorded_at, convert_from(org, 'UTF8') AS org, convert_from(body, 'UTF8')::json AS body
    FROM ledger;

-- Sealed pieces of the duplicate index: a filter for the tasks' memory, and the exact run cut into blocks of one page. Both are
-- hashes, which do not compress.
CREATE TABLE piece (
    partition   integer NOT NULL,
    number      bigint  NOT NULL,
    first_entry bigint  NOT NULL,
    last_entry  bigint  NOT NULL,
    first_at    bigint  NOT NULL,
    last_at     bigint  NOT NULL,
    filter      bytea   NOT NULL,
    PRIMARY KEY (partition, number)
);
ALTER TABLE piece ALTER COLUMN filter SET STORAGE EXTERNAL;

CREATE TABLE run_block (
    partition integer NOT NULL,
    piece     bigint  NOT NULL,
    first     bytea   NOT NULL, -- identity of its first record
    records   bytea   NOT NULL,
    PRIMARY KEY (partition, piece, first)
);
ALTER TABLE run_block ALTER COLUMN records SET STORAGE PLAIN;
