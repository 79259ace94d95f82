/**
 * The same card sale, whole, through real hardware paths: the real terminal, a card behind pcscd read through
 * libpcsclite, the acquirer over TCP, and the receipt over a real serial line (pty) and over TCP as on port 9100.
 * Where the lab cannot run, the test says why; in CI (CI=true) that is a failure.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/contract/view.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { journalFiles } from '../../src/store/files.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { PcscLab } from './lab.ts';
import { serialRig, tcpRig, type PrinterRig } from './printer-rig.ts';

const missing = PcscLab.missing();
const inCi = process.env['CI'] === 'true';

let folder = '';
let lab: PcscLab;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-lab-sale-'));
  if (missing !== undefined) return;
  lab = await PcscLab.start();
});
afterAll(async () => {
  if (missing === undefined) await lab.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function terminalWith(name: string, printer: PrinterRig): Promise<RunningTerminal> {
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as object;
  const devices = {
    cardReader: { driver: 'pcsc-reader', name: 'reader', settings: { interface: 'contactless' } },
    receiptPrinter: {
      driver: 'escpos-printer',
      name: 'printer',
      settings: { transport: printer.transport, profile: 'generic-80mm' },
    },
  };
  const configFile = path.join(folder, `${name}.json`);
  writeFileSync(configFile, JSON.stringify({ ...embedded, devices }));
  const started = await startTerminal({
    configFile,
    dataFolder: path.join(folder, name),
    clock: systemClock,
    random: systemRandom,
    log: { write: () => {} },
  });
  if (!started.ok) throw new Error(started.fault.detail);
  return started.value;
}

function until(terminal: RunningTerminal, reached: (sale: SaleView) => boolean): Promise<SaleView> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { sale } = terminal.service.view();
      if (sale === null || !reached(sale)) return;
      clearTimeout(limit);
      end();
      resolve(sale);
    };
    const limit = setTimeout(() => {
      end();
      reject(new Error(`the sale stayed at ${JSON.stringify(terminal.service.view().sale)}`));
    }, 15_000);
    const end = terminal.service.onView(look);
    look();
  });
}

describe('a whole card sale through real hardware paths', () => {
  it.runIf(missing !== undefined)(`the lab can run here (${missing ?? ''})`, ({ skip }) => {
    if (inCi) expect.fail(missing);
    skip(missing);
  });

  it.runIf(missing === undefined).each([
    ['serial', 'napas-debit', '970400******0018', serialRig],
    ['tcp', 'visa-credit', '476173******0119', tcpRig],
  ] as const)('receipt over %s, card %s', async (name, card, maskedPan, openRig) => {
    const printer = await openRig(576);
    const terminal = await terminalWith(name, printer);
    try {
      const command = { type: 'startSale', key: name, amountMinorUnits: 45_000, method: 'card' } as const;
      expect((await terminal.service.execute(command)).ok).toBe(true);
      await until(terminal, ({ stage }) => stage === 'presentCard');
      await lab.insert(card);
      const sale = await until(terminal, ({ receipt }) => receipt.state === 'printed' || receipt.state === 'failed');
      expect(sale).toMatchObject({
        stage: 'approved',
        moneyMoved: 'yes',
        card: { maskedPan },
        receipt: { state: 'printed', copies: 1 },
      });
      await lab.remove();
      expect(printer.papers).toHaveLength(1);
      expect(terminal.training?.acquirer?.captured()).toMatchObject([
        { stan: sale.stan, rrn: sale.rrn, approvalCode: sale.approvalCode, maskedPan, reversed: false },
      ]);
    } finally {
      await terminal.stop();
      await printer.stop();
    }
    expect(verifyJournal(journalFiles(journalFolder(path.join(folder, name))).journal)).toMatchObject({
      verified: true,
    });
  });
});
