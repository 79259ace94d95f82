-- The journal, schema version 2: bodies that can be removed, and snapshots. Brings version 1 here in one transaction.
-- A new book is made by running 001 and 002 too, so both kinds of file have the same tables to the letter.
--
-- A row of version 1 keeps its hash, which covers the body itself; its body can never be removed. A new row's hash
-- covers `body_hash` instead, SHA-256(salt ‖ body). With the random salt gone too, nothing can be guessed from
-- `body_hash`, and the chain still verifies.
--
-- `head` stays: it is the only thing that shows the loss of rows after the last seal. It costs one page (1 KiB) more
-- in the log at each commit, and no sync.

ALTER TABLE events RENAME TO events_1;

-- One row for each event. `hash` covers sequence, at, type, transaction_id, body_hash and the hash of the row before;
-- in a row of version 1 (`body_hash` is null) the body in place of `body_hash`.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
  at INTEGER NOT NULL, -- milliseconds since 1970-01-01T00:00:00Z
  type TEXT NOT NULL,
  transaction_id TEXT,
  body TEXT, -- the whole event as canonical JSON; null once it was removed
  salt BLOB CHECK (length(salt) = 16), -- null once the body was removed
  body_hash BLOB CHECK (length(body_hash) = 32),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  CHECK (CASE WHEN body_hash IS NULL THEN body IS NOT NULL AND salt IS NULL ELSE (body IS NULL) = (salt IS NULL) END)
) STRICT;

INSERT INTO events SELECT sequence, at, type, transaction_id, body, NULL, NULL, hash FROM events_1;

-- With its triggers.
DROP TABLE events_1;

-- The few rows that say what was removed, without a search through all others.
CREATE INDEX redactions ON events (sequence) WHERE type = 'Redacted';

-- What the application folded the rows up to `sequence` into, signed by the terminal together with that row's hash.
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  fold_version INTEGER NOT NULL,
  state TEXT NOT NULL,
  signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

CREATE TRIGGER events_without_gap BEFORE INSERT ON events
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM events)
BEGIN SELECT raise(ABORT, 'journal: events are numbered without a gap'); END;

-- The one change there is: body and salt of a row that a snapshot covers become null.
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
WHEN NOT (
  NEW.body IS NULL AND NEW.salt IS NULL AND OLD.body IS NOT NULL AND OLD.body_hash IS NOT NULL
  AND NEW.sequence IS OLD.sequence AND NEW.at IS OLD.at AND NEW.type IS OLD.type
  AND NEW.transaction_id IS OLD.transaction_id AND NEW.body_hash IS OLD.body_hash AND NEW.hash IS OLD.hash
  AND OLD.type <> 'Redacted' AND OLD.sequence <= (SELECT coalesce(max(sequence), 0) FROM snapshots)
)
BEGIN SELECT raise(ABORT, 'journal: events are never changed'); END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'journal: events are never deleted'); END;

CREATE TRIGGER snapshots_only_forward BEFORE INSERT ON snapshots
WHEN NEW.sequence < (SELECT coalesce(max(sequence), 0) FROM snapshots)
BEGIN SELECT raise(ABORT, 'journal: snapshots only move forward'); END;

CREATE TRIGGER snapshots_keep_two AFTER INSERT ON snapshots
BEGIN DELETE FROM snapshots WHERE id <= NEW.id - 2; END;

CREATE TRIGGER snapshots_no_update BEFORE UPDATE ON snapshots
BEGIN SELECT raise(ABORT, 'journal: snapshots are never changed'); END;

CREATE TRIGGER snapshots_keep_newest BEFORE DELETE ON snapshots
WHEN OLD.id = (SELECT max(id) FROM snapshots)
BEGIN SELECT raise(ABORT, 'journal: the newest snapshot is never deleted'); END;
