/** `cham stored`: what the host has not answered yet, what the merchant risks by it, and what needs a person. */
import path from 'node:path';
import type { EpochMs } from '../../core/base/brand.ts';
import { money } from '../../core/base/money.ts';
import { followUpSubject, followUpWords } from '../../core/receipt/follow-up-words.ts';
import { displayWidth, printable, wrap } from '../../core/receipt/layout.ts';
import { paperTime } from '../../core/receipt/lines.ts';
import { paperMoney, type ReceiptLanguage } from '../../core/receipt/paper-money.ts';
import { exposureSentence } from '../../core/settlement/exposure.ts';
import { exposureOf } from '../../core/transaction/offline.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { scrub } from '../log.ts';
import { readStateAndConfig } from './journal-state.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';
import { needsPerson, storedItems, type StoredItem } from './stored-items.ts';
import { storedWords } from './stored-words.ts';

const help = `Lists what the host has not answered for good: stored payments and completions, reversals, voids
and increments in question, and late declines that nobody has settled, each with what to do.
Reads only; the terminal may be running.

Usage: npm run cham -- stored [--data DIR] [--config FILE] [--lang vi|en] [--json]

  --data DIR      folder given to "run" (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --config FILE   configuration given to "run", for time zone and limits (default: the embedded one)
  --lang LANG     vi or en (default: the language of the configuration)
  --json          one JSON document: { "exposure", "items" }, sentences in both languages

Exit 1 when there is a dead letter or a late decline to settle, else 0.

Examples
  npm run cham -- stored --data /var/lib/cham --config /etc/cham/cham.json
  npm run cham -- stored --data /var/lib/cham --lang en --json`;

/** A technician's terminal over ssh. */
const columns = 80;

export async function stored(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      data: { type: 'string', default: defaultDataFolder() },
      config: { type: 'string', default: embeddedConfigFile },
      lang: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  const { lang } = values;
  if (lang !== undefined && lang !== 'vi' && lang !== 'en') {
    complain(`--lang: found "${lang}"; expected vi or en`);
    return exitCodes.usage;
  }
  const read = readStateAndConfig(path.resolve(values.data), values.config);
  if ('exit' in read) return read.exit;
  const { state, config } = read;
  const { currency, timeZone, language } = config.terminal;
  const { offline } = config.policy;
  const items = storedItems(state);
  const { count, sum, oldestAt } = exposureOf(state, currency);
  const limit = offline === undefined ? null : money(offline.maxSum, currency);
  const risk = { count, sum, limit, oldestMs: oldestAt === null ? 0 : Math.max(0, Date.now() - oldestAt) };
  if (values.json) {
    const sentence = { vi: exposureSentence(risk, 'vi'), en: exposureSentence(risk, 'en') };
    sayJson({ exposure: { count, sum, limit, oldestAt: iso(oldestAt), sentence }, items: items.map(itemJson) });
  } else {
    for (const line of table(items, exposureSentence(risk, lang ?? language), lang ?? language, timeZone)) say(line);
  }
  return items.some(needsPerson) ? exitCodes.found : exitCodes.ok;
}

function iso(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function itemJson(item: StoredItem): unknown {
  const { at, nextTryAt, lastError, deadLetter } = item;
  return {
    ...item,
    at: iso(at),
    nextTryAt: iso(nextTryAt),
    lastError: lastError && scrub(printable(lastError)),
    deadLetter: deadLetter && { why: scrub(printable(deadLetter.why)), at: iso(deadLetter.at) },
  };
}

function table(
  items: readonly StoredItem[],
  exposure: string,
  language: ReceiptLanguage,
  timeZone: string,
): readonly string[] {
  const words = storedWords[language];
  const time = (at: EpochMs): string => {
    const shown = paperTime(at, timeZone, language);
    return `${shown.date} ${shown.time.slice(0, 5)}`;
  };
  const lines = items.length === 0 ? [words.nothing] : [row(words.titles)];
  for (const item of items) {
    const { about, amount, at, card, attempts } = item;
    lines.push(row([words.what[about], paperMoney(amount, language), time(at), card ?? '-', String(attempts)]));
    for (const detail of details(item, language, time)) {
      for (const line of wrap(scrub(detail), columns - indent.length)) lines.push(indent + line);
    }
  }
  const waits = items.some((item) => !needsPerson(item));
  return [...lines, '', ...wrap(exposure, columns), ...(waits ? wrap(words.goesOn, columns) : [])];
}

const indent = '    ';
const widths = [18, 16, 18, 21] as const;

/** What, amount (to the right), when, card, attempts. */
function row([what = '', amount = '', at = '', card = '', attempts = '']: readonly string[]): string {
  const [first, second, third, fourth] = widths;
  return `${left(what, first)}${right(amount, second)}  ${left(at, third)}${left(card, fourth)}${attempts}`.trimEnd();
}

function left(text: string, width: number): string {
  return text + ' '.repeat(Math.max(1, width - displayWidth(text)));
}

function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

function details(item: StoredItem, language: ReceiptLanguage, time: (at: EpochMs) => string): readonly string[] {
  const words = storedWords[language];
  const { about, stan, underWay, nextTryAt, lastError, deadLetter, whatToDo, responseCode, transactionId } = item;
  const paper = followUpWords[language];
  const lines = [
    `${paper.customersMoney}: ${paper.money[followUpSubject(about)][item.moneyMoved]}`,
    `${transactionId}${stan === null ? '' : `, STAN ${String(stan).padStart(6, '0')}`}`,
  ];
  if (deadLetter !== null) lines.push(`${words.deadLetter} ${time(deadLetter.at)}: ${deadLetter.why}`);
  if (about === 'lateDecline') lines.push(`${words.refused} ${responseCode ?? '-'}`);
  else if (underWay) lines.push(words.underWay);
  else if (nextTryAt !== null && deadLetter === null) lines.push(`${words.nextTry} ${time(nextTryAt)}`);
  if (lastError !== null) lines.push(`${words.lastError}: ${lastError}`);
  if (whatToDo !== null) lines.push(`→ ${whatToDo[language]}`, `→ ${words.settle}`);
  return lines;
}
