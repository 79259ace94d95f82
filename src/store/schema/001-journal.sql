-- The journal, schema version 1. Append-only: the triggers stop mistakes and tools; against a person with write
-- access to the file stand the hash chain, the signed seals and the anchor (canonical.ts, verify.ts).
-- Opening compares this text with what the file holds, so a changed or dropped trigger is seen.

-- One row for each event. `hash` covers every other column and the hash of the row before.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
  at INTEGER NOT NULL, -- milliseconds since 1970-01-01T00:00:00Z
  type TEXT NOT NULL,
  transaction_id TEXT,
  body TEXT NOT NULL, -- the whole event as canonical JSON
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Updated in the transaction that appends, so that cutting off the last rows is seen.
CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Ed25519 signatures of the head as it was at `sequence`.
CREATE TABLE seals (
  sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  key_id TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Whose book this is: the terminal's public key, DER (SubjectPublicKeyInfo).
CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  public_key BLOB NOT NULL
) STRICT;

CREATE TRIGGER events_without_gap BEFORE INSERT ON events
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM events)
BEGIN SELECT raise(ABORT, 'journal: events are numbered without a gap'); END;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'journal: events are never changed'); END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'journal: events are never deleted'); END;

CREATE TRIGGER head_only_forward BEFORE UPDATE ON head WHEN NEW.sequence <= OLD.sequence
BEGIN SELECT raise(ABORT, 'journal: the head only moves forward'); END;

CREATE TRIGGER head_no_delete BEFORE DELETE ON head
BEGIN SELECT raise(ABORT, 'journal: the head is never deleted'); END;

CREATE TRIGGER seals_only_forward BEFORE INSERT ON seals
WHEN NEW.sequence <= (SELECT coalesce(max(sequence), 0) FROM seals)
BEGIN SELECT raise(ABORT, 'journal: seals only move forward'); END;

CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals
BEGIN SELECT raise(ABORT, 'journal: seals are never changed'); END;

CREATE TRIGGER seals_no_delete BEFORE DELETE ON seals
BEGIN SELECT raise(ABORT, 'journal: seals are never deleted'); END;

CREATE TRIGGER identity_no_update BEFORE UPDATE ON identity
BEGIN SELECT raise(ABORT, 'journal: the identity is never changed'); END;

CREATE TRIGGER identity_no_delete BEFORE DELETE ON identity
BEGIN SELECT raise(ABORT, 'journal: the identity is never deleted'); END;
