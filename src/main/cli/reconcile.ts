/** `cham reconcile`: the journal against the host's list and the bank's statement, with every difference in money. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { epochMs } from '../../core/base/brand.ts';
import { err, fault, ok, type Err, type Fault, type Result } from '../../core/base/result.ts';
import { reconcile as reconcileBooks, type JournalLine, type Selection } from '../../core/settlement/reconcile.ts';
import { readStatement, type Statement, type StatementFormat } from '../../core/settlement/statement.ts';
import type { JournalEvent, Recorded } from '../../core/transaction/events.ts';
import { journalFiles } from '../../store/files.ts';
import { openJournalReadOnly } from '../../store/reader.ts';
import { embeddedConfigFile, loadConfig, type ConfigFault } from '../config/load.ts';
import { loadStatementFormat, statementFormatNames } from '../config/reconciliation-schema.ts';
import { journalFolder } from '../folders.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';
import { journalLines } from './reconcile-journal.ts';
import { amountText, comparisonJson, lineText, printComparison } from './reconcile-output.ts';

const help = `Holds the journal against the host's list of card payments and the bank's statement. Reads only; the terminal may
be running. docs/reconciliation.md says what to do with each kind of difference.

Usage: npm run cham -- reconcile [--data DIR] [--batch N | --date YYYY-MM-DD]
                                 [--host FILE --host-format NAME] [--bank FILE --bank-format NAME] [--all] [--json]

  --data DIR          folder given to "run" (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --config FILE       configuration given to "run"; its time zone says which day it was (default: the built-in one)
  --batch N           payments asked for while batch N was open
  --date YYYY-MM-DD   payments of one day, as the shop's calendar has it
  --host FILE         the acquirer's list of card payments, as CSV
  --bank FILE         the bank's statement of the account that receives QR payments, as CSV
  --host-format NAME, --bank-format NAME
                      which column means what: a file of config/reconciliation (${statementFormatNames().join(', ')})
  --all               also lists what matched
  --json              one JSON document

Without --host and --bank it lists what the journal says. Exit 1 when anything differs.

Example
  npm run cham -- reconcile --date 2026-11-21 --host acquirer.csv --host-format training-acquirer`;

type Wrong = Fault<'usage' | 'journal'>;

const wrong = (detail: string): Err<Wrong> => err(fault('usage', detail, true));

export async function reconcile(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      data: { type: 'string', default: defaultDataFolder() },
      config: { type: 'string', default: embeddedConfigFile },
      batch: { type: 'string' },
      date: { type: 'string' },
      host: { type: 'string' },
      'host-format': { type: 'string' },
      bank: { type: 'string' },
      'bank-format': { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  const selection = readSelection(values.batch, values.date);
  if (!selection.ok) return stop(selection.fault);
  const host = readBook('host', values.host, values['host-format']);
  if (!host.ok) return stop(host.fault);
  const bank = readBook('bank', values.bank, values['bank-format']);
  if (!bank.ok) return stop(bank.fault);
  const config = loadConfig(path.resolve(values.config));
  if (!config.ok) return stop(wrong(configDetail(config.fault)).fault);
  const { timeZone, currency } = config.value.terminal;
  for (const book of [host.value, bank.value]) {
    if (book !== null && book.format.currency !== currency) {
      return stop(wrong(`the terminal sells in ${currency}, but the format is for ${book.format.currency}`).fault);
    }
  }
  const journal = readJournal(journalFiles(journalFolder(values.data)).journal, timeZone);
  if (!journal.ok) return stop(journal.fault);
  const payout = bank.value?.format.payout;
  const books = {
    journal: journal.value.lines,
    host: host.value?.statement ?? null,
    bank: bank.value?.statement ?? null,
    payout: payout === undefined ? null : new RegExp(payout),
    currency,
  };
  const { journalHost, journalBank, hostBank, agrees } = reconcileBooks(books, selection.value);
  if (values.json) {
    sayJson({
      selection: selection.value,
      agrees,
      removedUpTo: journal.value.removedUpTo,
      leftOut: leftOut(books),
      journalHost: comparisonJson(journalHost),
      journalBank: comparisonJson(journalBank),
      hostBank: comparisonJson(hostBank),
    });
  } else if (books.host === null && books.bank === null) listJournal(journal.value.lines, selection.value);
  else {
    printComparison('Journal and host, card payments', journalHost, values.all);
    printComparison('Journal and bank, transfers', journalBank, values.all);
    printComparison('Host and bank, settled batches', hostBank, values.all);
    const skipped = leftOut(books);
    if (skipped > 0) say(`${skipped} lines of the files are no payment received (totals, declined, money out).\n`);
    say(agrees ? 'The books agree.' : 'THE BOOKS DIFFER. docs/reconciliation.md says what to do with each line.');
  }
  if (journal.value.removedUpTo !== null && !values.json) {
    say(`Payments up to ${journal.value.removedUpTo} are not among these: retention removed their content.`);
  }
  return agrees ? exitCodes.ok : exitCodes.found;
}

function stop({ kind, detail }: Wrong): ExitCode {
  complain(kind === 'usage' ? `reconcile: ${detail}` : detail);
  return kind === 'usage' ? exitCodes.usage : exitCodes.refused;
}

function readSelection(batch: string | undefined, date: string | undefined): Result<Selection, Wrong> {
  if (batch !== undefined && date !== undefined) return wrong('give --batch or --date, not both');
  if (batch !== undefined) {
    if (!/^[1-9]\d{0,5}$/.test(batch)) return wrong(`--batch: found "${batch}"; expected a number from 1 to 999999`);
    return ok({ batch: Number(batch) });
  }
  if (date === undefined) return ok(null);
  const exists = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(`${date}T00:00:00Z`));
  return exists ? ok({ date }) : wrong(`--date: found "${date}"; expected a date YYYY-MM-DD`);
}

interface Book {
  readonly statement: Statement;
  readonly format: StatementFormat;
}

function readBook(
  book: 'host' | 'bank',
  file: string | undefined,
  formatName: string | undefined,
): Result<Book | null, Wrong> {
  if (file === undefined && formatName === undefined) return ok(null);
  if (file === undefined || formatName === undefined) return wrong(`--${book} and --${book}-format go together`);
  const names = statementFormatNames();
  if (!names.includes(formatName)) {
    return wrong(`--${book}-format: found "${formatName}"; expected one of ${names.join(', ')}`);
  }
  const format = loadStatementFormat(formatName);
  if (!format.ok) return wrong(configDetail(format.fault));
  if (format.value.book !== book)
    return wrong(`--${book}-format: "${formatName}" describes a ${format.value.book}'s file`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return wrong(`--${book}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const statement = readStatement(text, format.value);
  if (!statement.ok) return wrong(`--${book} ${file}: ${statement.fault.detail}`);
  return ok({ statement: statement.value, format: format.value });
}

function configDetail({ file, problems }: ConfigFault): string {
  return problems.map(({ key, found, expected }) => `${file} ${key}: found ${found}; expected ${expected}`).join('\n');
}

interface Journal {
  readonly lines: readonly JournalLine[];
  /** When the newest event happened whose content retention has removed; null when all are there. */
  readonly removedUpTo: string | null;
}

function readJournal(file: string, timeZone: string): Result<Journal, Wrong> {
  if (!existsSync(file)) return wrong(`there is no journal at ${file}. Give the terminal's folder with --data.`);
  const opened = openJournalReadOnly(file);
  if (!opened.ok) return err(fault('journal', opened.fault.detail, true));
  const reader = opened.value;
  let removedUpTo: string | null = null;
  try {
    const events = (function* read(): Iterable<Recorded> {
      for (const { at, body } of reader.rows()) {
        if (body === null) removedUpTo = new Date(at).toISOString();
        else yield { at: epochMs(at), event: JSON.parse(body) as JournalEvent };
      }
    })();
    return ok({ lines: journalLines(events, timeZone), removedUpTo });
  } finally {
    reader.close();
  }
}

function leftOut({ host, bank }: { readonly host: Statement | null; readonly bank: Statement | null }): number {
  return (host?.leftOut ?? 0) + (bank?.leftOut ?? 0);
}

function listJournal(lines: readonly JournalLine[], selection: Selection): void {
  const chosen = lines.filter(
    ({ batch, date }) =>
      selection === null || ('batch' in selection ? batch === selection.batch : date === selection.date),
  );
  for (const line of chosen) say(`${amountText(line.amount).padStart(16)}  ${lineText(line)}`);
  say(`${chosen.length} payments in the journal. Give --host or --bank to compare them.`);
}
