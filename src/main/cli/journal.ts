/** `cham journal …`: the book checked, read, copied and exported without stopping the terminal. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { toHex } from '../../core/base/bytes.ts';
import type { StoredRow } from '../../store/canonical.ts';
import { journalFiles } from '../../store/files.ts';
import { readPublicKey, type PublicKey } from '../../store/keys.ts';
import { openJournalReadOnly } from '../../store/reader.ts';
import { verifyJournal } from '../../store/verify.ts';
import { journalFolder } from '../folders.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Checks, prints, copies or exports the journal. Changes nothing in it; the terminal may be running.

Usage: npm run cham -- journal verify [--data DIR | --file FILE] [--public-key FILE] [--json]
       npm run cham -- journal show   [--data DIR | --file FILE] [--from N] [--json]
       npm run cham -- journal backup [--data DIR | --file FILE] --to DIR [--json]
       npm run cham -- journal export [--data DIR | --file FILE] --out FILE [--format jsonl|csv] [--from N]
                                      [--with-verifier] [--json]

  verify             every row's hash, the chain, signatures, anchor and mirror; names the first bad row. Exit 1 when
                     not whole
  show               one line per event
  backup             copies journal, anchor and public key into a new folder and checks the copy in full
  export             every row with its hash, salt and signature, for a spreadsheet or another program
  --data DIR         folder given to "run" (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --file FILE        a journal file by itself, for example a copy
  --public-key FILE  the terminal's public key from a source you trust (default: the one beside the journal)
  --from N           first sequence number to show or export (default 1)
  --to DIR           a folder that does not exist yet; the private key is not copied into it
  --out FILE         a file that does not exist yet
  --format FORMAT    jsonl, which can be checked by itself (default), or csv
  --with-verifier    puts verify-export.mjs beside it: anyone with Node checks the export with that file alone
  --json             one JSON document

Examples
  npm run cham -- journal backup --data /var/lib/cham --to /media/stick/cham-2026-09-30
  npm run cham -- journal export --out /tmp/september.jsonl --with-verifier
  node /tmp/verify-export.mjs /tmp/september.jsonl terminal.pub`;

const subcommands: ReadonlySet<string> = new Set(['verify', 'show', 'backup', 'export']);

export async function journal(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      data: { type: 'string', default: defaultDataFolder() },
      file: { type: 'string' },
      'public-key': { type: 'string' },
      from: { type: 'string', default: '1' },
      to: { type: 'string' },
      out: { type: 'string' },
      format: { type: 'string', default: 'jsonl' },
      'with-verifier': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  const file = path.resolve(values.file ?? journalFiles(journalFolder(values.data)).journal);
  const [what] = positionals;
  const { json } = values;
  if (what === undefined || !subcommands.has(what)) {
    const found = what === undefined ? 'nothing' : `"${what}"`;
    complain(`journal: found ${found}; expected "verify", "show", "backup" or "export"\n\n${help}`);
    return exitCodes.usage;
  }
  if (!existsSync(file)) {
    complain(`There is no journal at ${file}. Give the folder with --data or the file with --file.`);
    return exitCodes.usage;
  }
  if (what === 'backup') {
    if (values.to !== undefined) return (await import('./journal-backup.ts')).backup(file, values.to, json);
    complain('journal backup: --to is missing; give a folder that does not exist yet');
    return exitCodes.usage;
  }
  const from = Number(values.from);
  if (!Number.isInteger(from) || from < 1) {
    complain(`--from: found "${values.from}"; expected a sequence number from 1`);
    return exitCodes.usage;
  }
  if (what === 'show') return show(file, from, json);
  if (what === 'export') {
    const { format, out, 'with-verifier': withVerifier } = values;
    if (format !== 'jsonl' && format !== 'csv') {
      complain(`--format: found "${format}"; expected "jsonl" or "csv"`);
      return exitCodes.usage;
    }
    if (out === undefined) {
      complain('journal export: --out is missing; give a file that does not exist yet');
      return exitCodes.usage;
    }
    return (await import('./journal-export.ts')).exportTo(file, { format, from, out, withVerifier, json });
  }
  let publicKey: PublicKey | undefined;
  if (values['public-key'] !== undefined) {
    const read = readPublicKey(path.resolve(values['public-key']));
    if (!read.ok) {
      complain(`--public-key: ${read.fault.detail}`);
      return exitCodes.usage;
    }
    publicKey = read.value;
  }
  return verify(file, publicKey, json);
}

interface ShownEvent {
  readonly type: string;
  readonly transactionId?: string;
  /** Retention removed the rest. */
  readonly removed?: true;
}

function eventOf({ body, type, transactionId }: StoredRow): ShownEvent {
  if (body !== null) return JSON.parse(body) as ShownEvent;
  return { type, ...(transactionId !== null && { transactionId }), removed: true };
}

function verify(file: string, publicKey: PublicKey | undefined, json: boolean): ExitCode {
  const report = verifyJournal(file, publicKey === undefined ? {} : { publicKey });
  if (json) {
    sayJson({ file, ...report });
  } else {
    const { events, head, seals, redacted, problems, verified, keySource, keyId, mirror } = report;
    say(`${file}\n${events} events, ${seals} signed heads; head ${head.sequence} ${head.hash}`);
    if (redacted > 0) say(`${redacted} of them without their content, which retention removed and the journal records`);
    say(`signatures checked with key ${keyId ?? '(none)'} (${keySource})`);
    if (mirror !== undefined) say(`mirror ${mirror.path}: whole up to row ${mirror.through} at its end`);
    for (const { sequence, kind, detail } of problems) say(`  ${sequence ?? '-'}  ${kind}: ${detail}`);
    say(
      verified
        ? 'verified: nothing was edited, removed, reordered or inserted'
        : `NOT VERIFIED${report.firstBad === undefined ? '' : `: first bad row ${report.firstBad}`}. Keep these files as they are and copy the whole folder before anything else.`,
    );
  }
  return report.verified ? exitCodes.ok : exitCodes.found;
}

function show(file: string, from: number, json: boolean): ExitCode {
  const opened = openJournalReadOnly(file);
  if (!opened.ok) {
    complain(opened.fault.detail);
    return exitCodes.refused;
  }
  const reader = opened.value;
  try {
    const rows = [...reader.rows(from)].map((row) => ({
      sequence: row.sequence,
      at: new Date(row.at).toISOString(),
      event: eventOf(row),
      hash: toHex(row.hash).toLowerCase(),
    }));
    if (json) {
      sayJson(rows);
    } else {
      for (const { sequence, at, event, hash } of rows) {
        const { type, transactionId = '', ...rest } = event;
        say(
          `${String(sequence).padStart(6)}  ${at}  ${type.padEnd(22)} ${transactionId} ${JSON.stringify(rest)}  ${hash.slice(0, 12)}`,
        );
      }
    }
    return exitCodes.ok;
  } finally {
    reader.close();
  }
}
