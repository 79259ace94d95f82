/**
 * Stands where src/main/electron/service.ts does: shows one view and answers commands, without a terminal behind.
 */
import { randomUUID } from 'node:crypto';
import { err, ok } from '../../src/core/base/result.ts';
import type { TerminalView } from '../../src/contract/view.ts';
import type { TerminalService } from '../../src/main/session.ts';
import { serveShell } from '../../src/main/electron/service-port.ts';

function fixtureView(id: string): TerminalView {
  return {
    version: 1,
    now: 1_700_000_000_000,
    terminal: {
      id,
      merchantName: 'Quán Chạm',
      currency: 'VND',
      currencyExponent: 0,
      maxAmountMinorUnits: 50_000_000,
      defaultLanguage: 'vi',
      timeZone: 'Asia/Ho_Chi_Minh',
      training: true,
      softwareVersion: '0.0.0',
    },
    state: 'ready',
    haltReason: null,
    sale: null,
    background: [],
    worklist: [],
    recent: [],
    devices: [],
    acquirerLink: 'up',
    journal: { sequence: 0, hash: '' },
    simulator: null,
  };
}

/** `id` tells one start of the service from the next. Closing the sale named `crash` ends the process. */
function fixtureService(): TerminalService {
  const id = randomUUID();
  return {
    view: () => fixtureView(id),
    async execute(command) {
      if (command.type === 'closeSale' && command.transactionId === 'crash') process.exit(7);
      return { ok: true, transactionId: command.type === 'startSale' ? command.key : null };
    },
    onView: () => () => {},
    onPaper: () => () => {},
  };
}

await serveShell(process.parentPort, async () => {
  const refusal = process.env['FIXTURE_REFUSAL'];
  if (refusal === 'crash') process.exit(7);
  if (refusal !== undefined) return err({ detail: refusal });
  return ok({
    simulated: true,
    service: fixtureService(),
    async stop() {
      process.stdout.write('fixture service stopped\n');
    },
  });
});
