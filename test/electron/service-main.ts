/**
 * Stands where src/main/electron/service.ts does: shows one view and answers commands, without a terminal behind.
 */
import { randomUUID } from 'node:crypto';
import { err, ok } from '../../src/core/base/result.ts';
import type { TerminalService } from '../../src/main/session.ts';
import { serveShell } from '../../src/main/electron/service-port.ts';
import { fixtureView } from '../fixture-view.ts';

/** `id` tells one start of the service from the next. Closing the sale named `crash` ends the process. */
function fixtureService(): TerminalService {
  const id = randomUUID();
  return {
    view: () => {
      const view = fixtureView();
      return { ...view, terminal: { ...view.terminal, id } };
    },
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
