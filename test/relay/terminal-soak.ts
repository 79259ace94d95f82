/**
 * A real terminal at the end of a real relay, both killed again and again while payOS (the training service) sends its
 * notices through the relay: some twice, some late and out of order. The cashier sells with codes; customers pay, pay once
 * more, pay a code that was taken off the screen, and pay another till of the shop, whose notices come here too. In the end
 * each transfer that the bank has is exactly once in the journal: as a confirmed sale or as work for a person, and as the
 * one of the two that it is.
 */
import { epochMs } from '../../src/core/base/brand.ts';
import { ok } from '../../src/core/base/result.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { apply, draftOf } from '../../src/core/transaction/evolve.ts';
import { emptyTerminal } from '../../src/core/transaction/state.ts';
import { payosAdapter } from '../../src/host/qr/adapters/payos.ts';
import type { HttpCall } from '../../src/host/qr/http-call.ts';
import { QrProvider } from '../../src/host/qr/provider.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openJournalReadOnly } from '../../src/store/reader.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { hookUrl, listOf, newFolder, newTerminal, settingsWith, silent, spawnRelay } from './kit.ts';
import { merchant, newTill, payos, startPayos, type TillFiles } from './payos-till.ts';
import { amount, Shop, type Booked, type TerminalSoakWishes } from './terminal-soak-shop.ts';

export interface TerminalSoakReport {
  /** Transfers in the bank's book, one notice each. */
  readonly transfers: number;
  /** Webhooks that the relay has answered with 200, those sent twice included. */
  readonly taken: number;
  /** Posts that had no answer or another one, and were repeated. */
  readonly repeated: number;
  readonly relayKills: number;
  readonly terminalKills: number;
  /** Sales whose code was never shown, because the terminal died while it asked for it. */
  readonly failed: number;
  readonly confirmed: number;
  readonly late: number;
  readonly unmatched: number;
  /** One sentence each; empty when all is well. */
  readonly violations: readonly string[];
}

export async function terminalSoak(
  wishes: TerminalSoakWishes,
  progress: (line: string) => void = () => {},
): Promise<TerminalSoakReport> {
  const folder = newFolder();
  const quay = newTerminal('quay-1');
  const settings = settingsWith({ timings: { beatMs: 1000 } });
  const startRelay = (port: number) => spawnRelay(folder.path, listOf([quay], 'payos'), { port, settings });
  const relay = await startRelay(0);
  // What payOS sends is kept here: when it goes out, and how often, is this soak's business.
  const captured: HttpCall[] = [];
  const service = await startPayos({
    call: (notice) => {
      captured.push(notice);
      return Promise.resolve(ok({ status: 200, body: '' }));
    },
  });
  service.noticesTo(hookUrl(relay.origin, quay));
  const { apiBase } = service;
  const otherTill = new QrProvider({
    adapter: payosAdapter({ apiBase, ...payos }, merchant),
    merchant,
    lastSeen: () => undefined,
    clock: systemClock,
    random: systemRandom,
    log: silent,
  });
  const till = newTill({ folder: folder.path, terminal: quay, relayOrigin: relay.origin, apiBase });
  const shop = new Shop(wishes, { service, otherTill, relay, startRelay, till, captured });
  const violations: string[] = [];
  try {
    await shop.trade(progress);
    if (!(await shop.drain())) violations.push('the relay keeps notices that the terminal does not take');
    await shop.close();
    const booked = judge(till, shop.expected, violations);
    const inBook = service.transfers().length;
    if (inBook !== shop.expected.size) violations.push(`the bank has ${inBook} transfers, ${shop.expected.size} paid`);
    const { relay: relayKills, terminal: terminalKills } = shop.kills;
    return { transfers: inBook, ...shop.counts, relayKills, terminalKills, ...booked, violations };
  } finally {
    await shop.close();
    await otherTill.stop();
    await service.stop();
    folder.remove();
  }
}

/** `found`: what the journal has of each transfer, one word an event. One sentence for each transfer that is wrong. */
export function differences(
  found: ReadonlyMap<string, readonly string[]>,
  expected: ReadonlyMap<string, Booked>,
): string[] {
  const wrong: string[] = [];
  for (const [id, wanted] of expected) {
    const types = found.get(id) ?? [];
    if (types.length !== 1 || types[0] !== wanted) {
      wrong.push(`${id}: found [${types.join(', ')}] in the journal, expected ${wanted} once`);
    }
  }
  for (const id of found.keys()) if (!expected.has(id)) wrong.push(`${id}: in the journal, and the bank has it not`);
  return wrong;
}

/** The journal against the bank's book, as events and as the state that comes of them. */
function judge(
  { dataFolder }: TillFiles,
  expected: ReadonlyMap<string, Booked>,
  violations: string[],
): { readonly confirmed: number; readonly late: number; readonly unmatched: number } {
  const { journal } = journalFiles(journalFolder(dataFolder));
  for (const { kind, detail } of verifyJournal(journal).problems) violations.push(`journal: ${kind}: ${detail}`);
  const opened = openJournalReadOnly(journal);
  if (!opened.ok) throw new Error(opened.fault.detail);
  const state = draftOf(emptyTerminal);
  const found = new Map<string, string[]>();
  for (const { at, body } of opened.value.rows()) {
    const event = JSON.parse(body ?? 'null') as JournalEvent;
    apply(state, { at: epochMs(at), event });
    if (!('transfer' in event)) continue;
    const { providerTransactionId } = event.transfer;
    found.set(providerTransactionId, [...(found.get(providerTransactionId) ?? []), event.type]);
    if (event.transfer.amount.minorUnits !== amount) violations.push(`${providerTransactionId}: another amount`);
  }
  opened.value.close();
  violations.push(...differences(found, expected));
  const count = (type: Booked): number => [...expected.values()].filter((one) => one === type).length;
  // What is work for a person has to be there for a person, not only in the past.
  const late = [...state.transactions.values()].reduce((sum, { lateTransfers }) => sum + lateTransfers.length, 0);
  if (late !== count('QrPaymentLate')) violations.push(`${late} late transfers to be settled`);
  if (state.unmatched.length !== count('TransferUnmatched')) {
    violations.push(`${state.unmatched.length} unmatched transfers to be settled`);
  }
  const confirmed = [...found.values()].filter(([type]) => type === 'QrPaymentConfirmed').length;
  return { confirmed, late, unmatched: state.unmatched.length };
}
