/**
 * `cham demo`: a card sale and a QR sale on the real layers, unattended. A person sees a timeline and finds the
 * receipts as PNG; a program gets both books to compare.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from '../../contract/commands.ts';
import type { SaleView } from '../../contract/view.ts';
import { journalFiles } from '../../store/files.ts';
import { verifyJournal } from '../../store/verify.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { jsonLog } from '../log.ts';
import { systemClock, systemRandom } from '../platform.ts';
import { journalFolder } from '../folders.ts';
import { startTerminal, type RunningTerminal } from '../wire.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `One card sale and one QR sale, unattended, on simulated devices with the training acquirer and bank.

Usage: npm run demo -- [--out DIR] [--json]

  --out DIR   where receipts (PNG) and the demo's journal go (default: ./out)
  --json      one JSON document with the sales, the journal's head and what the acquirer itself recorded

Example
  npm run demo -- --out /tmp/demo --json`;

/** Longest wait for any single step; the steps take milliseconds. */
const stepLimitMs = 20_000;

interface DemoSale {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly method: 'card' | 'qr';
  readonly outcome: string;
  readonly stan: number | null;
  readonly rrn: string | null;
  readonly approvalCode: string | null;
  readonly maskedPan: string | null;
  readonly receiptPng: string | null;
}

export async function demo(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    { out: { type: 'string', default: 'out' }, json: { type: 'boolean', default: false } },
    help,
  );
  if ('exit' in options) return options.exit;
  const { out, json } = options.parsed.values;
  const folder = path.resolve(out);
  const dataFolder = path.join(folder, 'demo-data');
  mkdirSync(folder, { recursive: true });
  rmSync(dataFolder, { recursive: true, force: true });

  const startedMs = performance.now();
  const note = (text: string): void => {
    if (!json) say(`${String(Math.round(performance.now() - startedMs)).padStart(6)} ms  ${text}`);
  };
  const started = await startTerminal({
    configFile: embeddedConfigFile,
    dataFolder,
    clock: systemClock,
    random: systemRandom,
    log: jsonLog(systemClock, 'warning', (line) => process.stderr.write(line)),
  });
  if (!started.ok) {
    complain(started.fault.detail);
    return exitCodes.refused;
  }
  const running = started.value;
  note('terminal started: simulated devices, training acquirer and bank, real journal');
  const story = new Story(running, folder, note);
  try {
    const sales = [
      await story.sale('card', 45_000, (sale) => story.untilDone({ type: 'simTapCard', card: 'napas-debit' }, sale)),
      await story.sale('qr', 129_000, (sale) =>
        story.untilDone(
          { type: 'simPayQr', reference: sale.qr?.reference ?? '', amountMinorUnits: sale.amount.minorUnits },
          sale,
        ),
      ),
    ];
    const captured = running.training?.acquirer?.captured() ?? [];
    await running.stop();
    const report = verifyJournal(journalFiles(journalFolder(dataFolder)).journal);
    const durationMs = Math.round(performance.now() - startedMs);
    note(
      `journal: ${report.events} events, ${report.verified ? 'verified' : 'NOT VERIFIED'}, head ${report.head.hash}`,
    );
    note(`acquirer's own book: ${captured.length} captured`);
    if (json) {
      sayJson({
        sales,
        journal: { events: report.events, head: report.head.hash, verified: report.verified },
        acquirer: { captured },
        durationMs,
      });
    } else {
      for (const sale of sales) say(`receipt: ${sale.receiptPng ?? 'none'}`);
    }
    return report.verified ? exitCodes.ok : exitCodes.found;
  } catch (error) {
    await running.stop();
    complain(`The demo did not get to its end: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodes.found;
  }
}

/** Plays a sale the way a cashier and a customer would, waiting for what the screens show. */
class Story {
  readonly #running: RunningTerminal;
  readonly #note: (text: string) => void;
  readonly #receipts = new Map<string, string>();
  #shown = '';
  #count = 0;

  constructor(running: RunningTerminal, folder: string, note: (text: string) => void) {
    this.#running = running;
    this.#note = note;
    running.onPaper(({ jobId, png }) => {
      const file = path.join(folder, `receipt-${this.#count}.png`);
      writeFileSync(file, png);
      this.#receipts.set(jobId, file);
    });
    running.service.onView(() => this.#tell());
  }

  async sale(
    method: 'card' | 'qr',
    amountMinorUnits: number,
    pay: (sale: SaleView) => Promise<void>,
  ): Promise<DemoSale> {
    this.#count += 1;
    const command: Command = { type: 'startSale', key: `demo-${this.#count}`, amountMinorUnits, method };
    const answer = await this.#running.service.execute(command);
    if (!answer.ok) throw new Error(`the sale was refused: ${answer.detail}`);
    const ready = method === 'card' ? 'presentCard' : 'showQr';
    await pay(await this.#until((sale) => sale.stage === ready));
    const done = await this.#until((sale) => sale.receipt.state === 'printed' || sale.receipt.state === 'failed');
    await this.#running.service.execute({ type: 'closeSale', transactionId: done.id });
    const png = [...this.#receipts].findLast(([jobId]) => jobId.startsWith(done.id))?.[1] ?? null;
    return {
      id: done.id,
      amount: done.amount.minorUnits,
      currency: done.amount.currency,
      method,
      outcome: done.stage,
      stan: done.stan,
      rrn: done.rrn,
      approvalCode: done.approvalCode,
      maskedPan: done.card?.maskedPan ?? null,
      receiptPng: png === null ? null : path.relative(process.cwd(), png) || png,
    };
  }

  /** Repeats a movement of the customer until the terminal takes it (a reader may still be switching on). */
  async untilDone(command: Command, sale: SaleView): Promise<void> {
    const limit = performance.now() + stepLimitMs;
    for (;;) {
      const answer = await this.#running.service.execute(command);
      if (answer.ok) return;
      if (performance.now() > limit) throw new Error(`${command.type} for ${sale.id}: ${answer.detail}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #until(reached: (sale: SaleView) => boolean): Promise<SaleView> {
    const { service } = this.#running;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const { sale } = service.view();
        if (sale === null || !reached(sale)) return;
        clearTimeout(limit);
        end();
        resolve(sale);
      };
      const limit = setTimeout(() => {
        end();
        reject(new Error(`nothing more happened within ${stepLimitMs / 1000} s (${this.#shown})`));
      }, stepLimitMs);
      const end = service.onView(look);
      look();
    });
  }

  #tell(): void {
    const { sale } = this.#running.service.view();
    const now = sale === null ? 'idle' : describe(sale);
    if (now === this.#shown) return;
    this.#shown = now;
    this.#note(now);
  }
}

function describe(sale: SaleView): string {
  const parts: string[] = [`${sale.method} ${sale.amount.minorUnits} ${sale.amount.currency}`, sale.stage];
  parts.push(`money moved: ${sale.moneyMoved}`);
  if (sale.card !== null) parts.push(sale.card.maskedPan);
  if (sale.qr !== null) parts.push(`reference ${sale.qr.reference}`);
  if (sale.approvalCode !== null) parts.push(`approval ${sale.approvalCode}, RRN ${sale.rrn ?? ''}`);
  if (sale.receipt.state !== 'none') parts.push(`receipt ${sale.receipt.state}`);
  return parts.join('  ·  ');
}
