/**
 * Checks an exported journal of a Chạm payment terminal. One file, for anyone: needs Node.js 20 or later and nothing
 * else, and shares no code with the terminal.
 *
 *   node verify-export.mjs export.jsonl [terminal.pub] [--json]
 *
 * Give `terminal.pub` from a source that the keeper of the journal does not control. Without it the key inside the
 * export is used, which proves only that the export fits itself; compare the printed key with the one you know.
 *
 * The format, `cham-journal-export/1`, one JSON object on each line:
 *   first  { format, keyId, publicKey (PEM), from, previousHash, anchor }
 *   rows   { sequence, at, atMs, type, transactionId, body, bodyHash, salt, hash, seal? }
 *   last   { end: true, rows, head: { sequence, hash } }
 * seal and anchor: { sequence, hash, signature, keyId }. Hashes, salts and signatures are lower-case hex; `body` is the
 * event as text, exactly as it was hashed, or null when it was removed to protect personal data.
 *
 * What must hold. A field list is, for each field, its length (4 bytes, big-endian) and its bytes; text is UTF-8, an
 * integer 8 bytes big-endian, null the length FFFFFFFF and no bytes. ‖ joins plain bytes.
 *   key id    = SHA-256(public key, DER)
 *   hash(0)   = SHA-256 of the list ('cham-journal-genesis/1', key id)
 *   hash(n)   = SHA-256 of the list ('cham-journal-event/2', n, atMs, type, transactionId, bodyHash, hash(n-1))
 *   bodyHash  = SHA-256(salt ‖ body)
 *   without a bodyHash: hash(n) = SHA-256 of the list ('cham-journal-event/1', n, atMs, type, transactionId, body, hash(n-1))
 *   signature = Ed25519 of the list ('cham-journal-seal/1', key id, n, hash(n))
 * A body may be missing only when a row of type `Redacted` with a valid seal of its own names its row:
 * { before, by, rows: [[first, last], …] }. Without the seal anybody could have written that row.
 *
 * What cannot be known from the file alone: whether it ends where the journal ended. It shows up to which row the
 * terminal had signed; rows after that could be replaced by whoever made the export. Each receipt prints the beginning
 * of the hash the journal had then: it must be found here. Nor is it known what stood before row `from`.
 *
 * Exit code: 0 nothing wrong, 1 something is, 2 the file cannot be read.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const mostProblems = 100;

function bytesOf(field) {
  if (typeof field === 'string') return Buffer.from(field, 'utf8');
  if (typeof field !== 'number') return field;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(field));
  return bytes;
}

function fieldList(fields) {
  const parts = [];
  for (const field of fields) {
    const bytes = field === null ? Buffer.alloc(0) : bytesOf(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field === null ? 0xffffffff : bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

function sha256(...parts) {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

function isHex(text, bytes) {
  return typeof text === 'string' && text.length === bytes * 2 && /^[0-9a-f]*$/.test(text);
}

function isTextOrNull(value) {
  return value === null || typeof value === 'string';
}

/** Undefined when it is no row: nothing below meets a type that it does not expect. */
function rowOf(line) {
  const { sequence, atMs, type, transactionId, body, bodyHash, salt, hash } = line;
  const whole = Number.isSafeInteger(sequence) && Number.isSafeInteger(atMs) && typeof type === 'string';
  if (!whole || !isTextOrNull(transactionId) || !isTextOrNull(body) || !isHex(hash, 32)) return undefined;
  if (bodyHash !== null && !isHex(bodyHash, 32)) return undefined;
  if (salt !== null && !isHex(salt, 16)) return undefined;
  return line;
}

function isoTime(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function hashOf({ sequence, atMs, type, transactionId, body, bodyHash }, previous) {
  const fields = [sequence, atMs, type, transactionId];
  const list =
    bodyHash === null
      ? ['cham-journal-event/1', ...fields, body, Buffer.from(previous, 'hex')]
      : ['cham-journal-event/2', ...fields, Buffer.from(bodyHash, 'hex'), Buffer.from(previous, 'hex')];
  return sha256(fieldList(list)).toString('hex');
}

function bodyFits({ body, bodyHash, salt }) {
  if (bodyHash === null) return body !== null && salt === null;
  if (body === null || salt === null) return body === null && salt === null;
  return sha256(Buffer.from(salt, 'hex'), Buffer.from(body, 'utf8')).toString('hex') === bodyHash;
}

class Verifier {
  problems = [];
  /** Number of the row that the export begins with. */
  from = 1;
  rows = 0;
  redacted = 0;
  seals = 0;
  sealedThrough = 0;
  keySource = 'given';
  keyId;
  head = { sequence: 0, hash: '' };
  #key;
  #state = 'header';
  /** Undefined after a gap: the next row cannot be checked. */
  #previous;
  /** A row that was signed for, beside the journal; undefined once it was met. */
  #anchor;
  #missingBodies = [];
  #removedRanges = [];

  constructor(pem) {
    if (pem !== undefined) this.#useKey(pem);
  }

  line(text, number) {
    let line;
    try {
      line = JSON.parse(text);
    } catch {
      line = undefined;
    }
    if (typeof line !== 'object' || line === null) {
      this.#report(null, 'damaged', `line ${number} is not a JSON object`);
    } else if (this.#state === 'header') {
      this.#header(line);
    } else if (this.#state === 'end') {
      this.#report(null, 'inserted', `line ${number} stands after the end`);
    } else if (line.end === true) {
      this.#end(line);
    } else {
      this.#row(line, number);
    }
  }

  finish() {
    if (this.#state !== 'end') {
      this.#report(this.head.sequence + 1, 'truncated', `the export breaks off after row ${this.head.sequence}`);
    }
    for (const [first, last] of this.#missingBodies) {
      for (let sequence = first; sequence <= last; sequence += 1) {
        const range = this.#removedRanges.find(([from, to]) => from <= sequence && sequence <= to);
        if (range !== undefined) sequence = range[1];
        else this.#report(sequence, 'bodyMissing', `no signed row says that the body of row ${sequence} was removed`);
        if (this.problems.length >= mostProblems) break;
      }
    }
    const problems = this.problems.sort((a, b) => (a.sequence ?? Infinity) - (b.sequence ?? Infinity));
    const { from, rows, head, seals, sealedThrough, redacted, keySource, keyId } = this;
    const firstBad = problems.find(({ sequence }) => sequence !== null)?.sequence;
    const verified = problems.length === 0;
    return { verified, from, rows, head, seals, sealedThrough, redacted, keySource, keyId, firstBad, problems };
  }

  #report(sequence, kind, detail) {
    if (this.problems.length < mostProblems) this.problems.push({ sequence, kind, detail });
  }

  #useKey(pem) {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
    this.#key = key;
    this.keyId = sha256(key.export({ type: 'spki', format: 'der' })).toString('hex');
  }

  #header({ format, keyId, publicKey, from, previousHash, anchor }) {
    this.#state = 'rows';
    if (format !== 'cham-journal-export/1') {
      this.#report(null, 'damaged', `the format is ${JSON.stringify(format)}, expected "cham-journal-export/1"`);
    }
    if (this.#key === undefined) {
      this.keySource = 'export';
      try {
        this.#useKey(String(publicKey));
      } catch {
        this.#report(null, 'wrongKey', 'the key in the export cannot be used');
        return;
      }
    }
    if (keyId !== this.keyId) {
      this.#report(null, 'wrongKey', `the export names key ${String(keyId)}, expected ${this.keyId}`);
    }
    const genesis = sha256(fieldList(['cham-journal-genesis/1', Buffer.from(this.keyId, 'hex')])).toString('hex');
    const first = Number.isSafeInteger(from) && from > 1 ? from : 1;
    const before = first === 1 ? genesis : previousHash;
    if (from !== first || !isHex(before, 32)) {
      // Else the first row could be exchanged: it is checked against the hash before it.
      this.#report(null, 'damaged', 'the first line does not say after which hash the export begins');
    }
    this.from = first;
    this.#previous = isHex(before, 32) ? before : undefined;
    this.head = { sequence: first - 1, hash: this.#previous ?? '' };
    if (anchor === null) return;
    if (!this.#isSealed(anchor)) {
      this.#report(null, 'anchorMismatch', 'the anchor is not signed by the key of this journal');
    } else if (anchor.sequence >= first) {
      this.#anchor = anchor;
    }
  }

  #row(line, number) {
    const row = rowOf(line);
    if (row === undefined) {
      this.#report(this.head.sequence + 1, 'damaged', `line ${number} is not a row`);
      this.#previous = undefined;
      return;
    }
    const { sequence, hash } = row;
    const expected = this.head.sequence + 1;
    this.rows += 1;
    if (sequence < expected) {
      this.#report(sequence, 'reordered', `row ${sequence} stands after row ${this.head.sequence}`);
      return;
    }
    if (sequence > expected) {
      this.#report(expected, 'removed', `row ${expected} is missing: the next one is ${sequence}`);
      this.#previous = undefined;
    }
    const fits = this.#previous === undefined || hashOf(row, this.#previous) === hash;
    if (!fits || !bodyFits(row)) {
      this.#report(sequence, 'edited', `row ${sequence} does not match its hash`);
    } else if (row.at !== isoTime(row.atMs)) {
      this.#report(sequence, 'edited', `the two times of row ${sequence} are not the same`);
    }
    if (row.body === null) this.#bodyMissing(sequence);
    const sealed = Boolean(row.seal) && this.#seal(row);
    if (sealed && row.type === 'Redacted' && row.body !== null) this.#redactions(row.body);
    if (this.#anchor !== undefined && this.#anchor.sequence <= sequence) {
      const { sequence: signed, hash: signedHash } = this.#anchor;
      this.#anchor = undefined;
      if (signed !== sequence || signedHash !== hash || !row.seal) {
        this.#report(signed, 'anchorMismatch', `row ${signed} is not the one that the anchor was signed for`);
      }
    }
    this.#previous = hash;
    this.head = { sequence, hash };
  }

  #bodyMissing(sequence) {
    this.redacted += 1;
    const last = this.#missingBodies.at(-1);
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
    else this.#missingBodies.push([sequence, sequence]);
  }

  #redactions(body) {
    try {
      for (const range of JSON.parse(body).rows) {
        if (range.length === 2 && range.every(Number.isSafeInteger)) this.#removedRanges.push(range);
      }
    } catch {
      // Then it names nothing, and what is missing is reported.
    }
  }

  #isSealed(seal) {
    if (!Number.isSafeInteger(seal?.sequence) || !isHex(seal.hash, 32) || !isHex(seal.signature, 64)) return false;
    if (this.#key === undefined || seal.keyId !== this.keyId) return false;
    const list = ['cham-journal-seal/1', Buffer.from(this.keyId, 'hex'), seal.sequence, Buffer.from(seal.hash, 'hex')];
    return verify(null, fieldList(list), this.#key, Buffer.from(seal.signature, 'hex'));
  }

  /** True when it is valid. */
  #seal({ sequence, hash, seal }) {
    this.seals += 1;
    if (seal.sequence !== sequence || !this.#isSealed(seal)) {
      this.#report(sequence, 'badSeal', `the signature over row ${sequence} is not valid`);
      return false;
    }
    if (seal.hash !== hash) {
      this.#report(sequence, 'badSeal', `the rows up to ${sequence} are not those that were signed`);
      return false;
    }
    this.sealedThrough = sequence;
    return true;
  }

  #end({ rows, head }) {
    this.#state = 'end';
    const { sequence, hash } = this.head;
    if (rows !== this.rows || head?.sequence !== sequence || head?.hash !== hash) {
      this.#report(
        sequence + 1,
        'truncated',
        `the export ends at row ${sequence}, but was made up to ${head?.sequence}`,
      );
    }
    if (this.#anchor !== undefined) {
      const detail = `the anchor was signed at row ${this.#anchor.sequence}, but the export ends at ${sequence}`;
      this.#report(sequence + 1, 'anchorMismatch', detail);
    }
  }
}

function describe(found) {
  const { from, rows, redacted, seals, sealedThrough, head, keyId, keySource, problems, verified } = found;
  const lines = [
    `${rows} rows, ${redacted} of them without their content; last row ${head.sequence} ${head.hash}`,
    `${seals} signatures of key ${keyId} (${keySource === 'given' ? 'the one you gave' : 'named by the export itself'})`,
    ...problems.map(({ sequence, kind, detail }) => `  ${sequence ?? '-'}  ${kind}: ${detail}`),
  ];
  const part = from > 1 ? ` from row ${from} on` : '';
  const unsigned = `rows after ${Math.max(sealedThrough, from - 1)} are not signed yet`;
  if (!verified) lines.push('NOT VERIFIED');
  else if (sealedThrough < head.sequence) lines.push(`verified${part}; ${unsigned}`);
  else lines.push(`verified${part}: nothing was edited, removed, reordered or inserted`);
  if (verified && from > 1) lines.push(`rows 1 to ${from - 1} are not in this export`);
  return lines.join('\n');
}

async function main(parameters) {
  const [file, keyFile] = parameters.filter((parameter) => parameter !== '--json');
  if (file === undefined || file === '--help') {
    process.stderr.write('Usage: node verify-export.mjs export.jsonl [terminal.pub] [--json]\n');
    return 2;
  }
  try {
    const verifier = new Verifier(keyFile === undefined ? undefined : readFileSync(keyFile, 'utf8'));
    const input = createReadStream(file);
    let number = 0;
    for await (const line of createInterface({ input, crlfDelay: Infinity })) verifier.line(line, (number += 1));
    const found = verifier.finish();
    process.stdout.write(`${parameters.includes('--json') ? JSON.stringify(found) : describe(found)}\n`);
    return found.verified ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
