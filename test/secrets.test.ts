/**
 * Card data stays where it belongs: after sales with every simulated card, at the most talkative log level, no
 * file, log line or frame of the terminal holds a PAN or track data, in digits or in hex. And the scanner sees.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedConfigFile } from '../src/main/config/load.ts';
import { scrub } from '../src/main/log.ts';
import { TerminalChild } from './terminal-child.ts';

const root = path.resolve(import.meta.dirname, '..');
const { cards } = JSON.parse(readFileSync(path.join(root, 'config/simulated/cards.json'), 'utf8')) as {
  readonly cards: readonly { readonly pan?: string }[];
};
const pans = [...new Set(cards.flatMap(({ pan }) => pan ?? []))];

/** Ways in which a PAN could lie somewhere: digits in any character coding, or packed as on the card. */
function traces(pan: string): readonly Buffer[] {
  return [
    Buffer.from(pan),
    Buffer.from(pan, 'utf16le'),
    Buffer.from(pan, 'hex'),
    Buffer.from(Buffer.from(pan).toString('hex')),
  ];
}

function found(bytes: Buffer): readonly string[] {
  return pans.filter((pan) => traces(pan).some((trace) => bytes.includes(trace)));
}

let folder = '';
let terminal: TerminalChild;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-secrets-'));
  terminal = await TerminalChild.start(embeddedConfigFile, folder, '--log-level', 'debug');
  const shown = terminal.view.simulator?.cards ?? [];
  for (const [index, { id }] of shown.entries()) {
    await terminal.command({ type: 'startSale', key: `s-${index}`, amountMinorUnits: 10_100 + index, method: 'card' });
    await terminal.stage('presentCard');
    await terminal.insist({ type: 'simTapCard', card: id });
    const { sale } = await terminal.until(
      (view) =>
        view.cardPrompt?.kind === 'chooseApplication' ||
        view.sale?.reason?.startsWith('tryAgain') === true ||
        view.sale?.actions.includes('close') === true,
    );
    const prompt = terminal.view.cardPrompt;
    if (prompt?.kind === 'chooseApplication') {
      await terminal.command({ type: 'chooseApplication', prompt: prompt.id, index: 0 });
      await terminal.until((view) => view.sale?.actions.includes('close') === true);
      continue;
    }
    if (sale?.actions.includes('cancel')) await terminal.command({ type: 'cancelSale', transactionId: sale.id });
    await terminal.until((view) => view.sale?.actions.includes('close') === true);
  }
});

afterAll(async () => {
  await terminal.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('card data', () => {
  it('was really used: every card was tapped, and masked forms are there', () => {
    const stages = terminal.frames.join('\n');
    expect(pans.length).toBeGreaterThanOrEqual(4);
    expect(stages).toContain('970400******0018');
    expect(stages).toContain('356999******5841');
    expect(terminal.log()).toContain('AuthorizationRequested');
  });

  it('is in no file of the terminal, journal and ledgers included', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const entry of files) {
      const file = path.join(entry.parentPath, entry.name);
      expect(found(readFileSync(file)), file).toEqual([]);
    }
  });

  it('is in no log line and in no frame to a screen', () => {
    expect(found(Buffer.from(terminal.log()))).toEqual([]);
    expect(found(Buffer.from(terminal.frames.join('\n')))).toEqual([]);
  });

  it('would be seen, and would be masked by the log', () => {
    for (const pan of pans) {
      for (const trace of traces(pan)) expect(found(Buffer.concat([Buffer.from('x'), trace]))).toEqual([pan]);
      expect(found(Buffer.from(scrub(`card ${pan}=31122010000 was read`)))).toEqual([]);
    }
  });
});
