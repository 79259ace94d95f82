/** `cham batches`: what the open batch has come to, what closed ones wait for, and how settled ones ended. */
import path from 'node:path';
import type { EpochMs } from '../../core/base/brand.ts';
import { money, type Money } from '../../core/base/money.ts';
import { printable } from '../../core/receipt/layout.ts';
import { paperTime } from '../../core/receipt/lines.ts';
import type { ClosingBatch, ReportLine, SettledBatch } from '../../core/settlement/model.ts';
import { expectedCash, netOfLines, netOfTotals, reportLines, uploadable } from '../../core/settlement/totals.ts';
import { inQuestionOf } from '../../core/transaction/outbox.ts';
import type { TerminalState } from '../../core/transaction/state.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { scrub } from '../log.ts';
import { readStateAndConfig } from './journal-state.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { exitCodes, say, sayJson, type ExitCode } from './output.ts';
import { amountText } from './reconcile-output.ts';

const help = `Shows the batches: the open one with its totals and the cash that should be in the drawer, closed
ones with what they wait for, settled ones with how they ended. Reads only; the terminal may be running.

Usage: npm run cham -- batches [--data DIR] [--config FILE] [--json]

  --data DIR      folder given to "run" (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --config FILE   configuration given to "run", for the time zone (default: the embedded one)
  --json          one JSON document: { "open", "closing", "settled" }, settled ones newest first

Examples
  npm run cham -- batches --data /var/lib/cham
  npm run cham -- batches --data /var/lib/cham --json`;

export async function batches(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      data: { type: 'string', default: defaultDataFolder() },
      config: { type: 'string', default: embeddedConfigFile },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  const read = readStateAndConfig(path.resolve(values.data), values.config);
  if ('exit' in read) return read.exit;
  const { state, config } = read;
  const { currency, timeZone } = config.terminal;
  const { closing, settled } = state.settlement;
  const newestFirst = settled.toReversed();
  if (values.json) {
    sayJson({
      open: openJson(state, currency),
      closing: [...closing.values()].map((batch) => closingJson(state, batch)),
      settled: newestFirst.map(settledJson),
    });
    return exitCodes.ok;
  }
  const time = (at: EpochMs): string => {
    const { date, time: clock } = paperTime(at, timeZone, 'en');
    return `${date} ${clock.slice(0, 5)}`;
  };
  sayOpen(state, currency, time);
  for (const batch of closing.values()) {
    const { number, businessDate, closedAt } = batch;
    say(`\nbatch ${number} of ${businessDate}, closed ${time(closedAt)}: ${waitsFor(state, batch)}`);
    const { request, refused } = batch;
    if (request?.trouble) say(`  last error: ${scrub(printable(request.trouble))} (attempt ${request.attempt})`);
    if (request?.nextTryAt) say(`  next try ${time(request.nextTryAt)}`);
    if (refused.length > 0) say(`  ${refused.length} entries refused by the host at upload`);
    sayLines(reportLines(batch.bookings), batch.float.currency);
  }
  if (newestFirst.length > 0) say('');
  for (const batch of newestFirst) say(settledText(batch, time));
  return exitCodes.ok;
}

function openJson({ settlement }: TerminalState, currency: Money['currency']) {
  const { number, opened, bookings } = settlement.open;
  const lines = reportLines(bookings);
  return {
    number,
    businessDate: opened?.businessDate ?? null,
    openedAt: opened && new Date(opened.at).toISOString(),
    lines,
    net: money(netOfLines(lines), currency),
    expectedCash: expectedCash(opened?.float ?? money(0, currency), lines),
  };
}

function closingJson(state: TerminalState, batch: ClosingBatch) {
  const { number, businessDate, closedAt, phase, request, bookings, refused, float } = batch;
  const lines = reportLines(bookings);
  return {
    number,
    businessDate,
    closedAt: new Date(closedAt).toISOString(),
    phase,
    inQuestion: inQuestionOf(state, number),
    attempt: request?.attempt ?? 0,
    nextTryAt: request?.nextTryAt ? new Date(request.nextTryAt).toISOString() : null,
    lastError: request?.trouble ? scrub(printable(request.trouble)) : null,
    refused,
    lines,
    net: money(netOfLines(lines), float.currency),
  };
}

function settledJson(batch: SettledBatch) {
  const { number, businessDate, closedAt, settledAt, balance, totals, hostTotals, refused, lines, cash, float } = batch;
  return {
    number,
    businessDate,
    closedAt: new Date(closedAt).toISOString(),
    settledAt: new Date(settledAt).toISOString(),
    balance,
    difference: differenceOf(batch),
    totals,
    hostTotals,
    refused,
    lines,
    net: money(netOfLines(lines), float.currency),
    cash,
  };
}

/** Ours less the host's; null when one of the two is not known. */
function differenceOf({ totals, hostTotals }: SettledBatch): Money | null {
  if (totals === null || hostTotals === null) return null;
  const ours = netOfTotals(totals);
  return money(ours.minorUnits - netOfTotals(hostTotals).minorUnits, ours.currency);
}

function sayOpen(state: TerminalState, currency: Money['currency'], time: (at: EpochMs) => string): void {
  const { opened, number, bookings } = state.settlement.open;
  if (opened === null) {
    say('No batch has been opened yet: the first start of the terminal opens it.');
    return;
  }
  say(`batch ${number} of ${opened.businessDate}, open since ${time(opened.at)}`);
  const lines = reportLines(bookings);
  sayLines(lines, currency);
  say(sumRow('cash that should be in the drawer', expectedCash(opened.float, lines)));
  const count = inQuestionOf(state, number);
  if (count > 0) say(`  ${count} payments of it are in question; see "cham stored"`);
}

function sayLines(lines: readonly ReportLine[], currency: Money['currency']): void {
  if (lines.length === 0) say('  nothing booked');
  for (const { method, scheme, kind, booked, voided } of lines) {
    const what = [method, scheme, kind].filter((part) => part !== '').join(' ');
    const undone =
      voided.count === 0 ? '' : `  (${voided.count} voided, ${amountText(money(voided.minorUnits, currency))})`;
    say(`${sumRow(what, money(booked.minorUnits, currency), booked.count)}${undone}`);
  }
  say(sumRow('net', money(netOfLines(lines), currency)));
}

function sumRow(what: string, sum: Money, count?: number): string {
  return `  ${what.padEnd(36)}${(count === undefined ? '' : String(count)).padStart(6)}${amountText(sum).padStart(18)}`;
}

function waitsFor(state: TerminalState, batch: ClosingBatch): string {
  switch (batch.phase) {
    case 'waiting':
      return `waits for ${inQuestionOf(state, batch.number)} payments in question`;
    case 'reconciling':
      return 'waits for the host to compare totals';
    case 'uploading':
      return `totals differ; uploaded ${batch.uploaded} of ${uploadable(batch.bookings).length} entries`;
    case 'confirming':
      return 'uploaded; waits for the host to compare again';
    default:
      return batch.phase satisfies never;
  }
}

function settledText(batch: SettledBatch, time: (at: EpochMs) => string): string {
  const { number, businessDate, settledAt, balance, lines, float } = batch;
  const difference = differenceOf(batch);
  const how = {
    inBalance: 'in balance',
    noCards: 'no cards, nothing to compare',
    differs: `DIFFERS by ${difference === null ? 'an unknown amount' : amountText(difference)}: call the acquirer`,
  }[balance];
  const net = amountText(money(netOfLines(lines), float.currency));
  return `batch ${number} of ${businessDate}, settled ${time(settledAt)}: ${net}, ${how}`;
}
