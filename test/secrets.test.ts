/**
 * Card data stays where it belongs: after sales with every simulated card and code, at the most talkative log level, no
 * file, log line or frame of the terminal holds a PAN or track data, in digits or in hex, nor the text of a code. And the
 * search sees.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCardFile, loadCardProfiles } from '../drivers/simulated/card/profiles.ts';
import { phoneCode } from '../drivers/simulated/card/phone-code.ts';
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

/** Codes of phones as a screen sends them: a good one, one that is refused, and one that nobody asked for. */
const codes = (['forged', 'noCryptogram', undefined] as const).map((fault, index) => {
  const profiles = loadCardProfiles(defaultCardFile);
  const card = 'problems' in profiles ? undefined : profiles.find(({ id }) => id === 'visa-credit');
  if (card?.kind !== 'emv') throw new Error('no card');
  const unpredictableNumber = Uint8Array.of(9, 9, 9, index);
  return phoneCode(card, { atc: 9 + index, unpredictableNumber, layout: 'application', ...(fault && { fault }) });
});
/** The part of a code in which its track 2 stands, and the text of what is decoded: a piece of it is as bad as the whole. */
const pieces = codes.flatMap((code) => [code, code.slice(40, 72), Buffer.from(code, 'base64').toString('hex')]);

function found(bytes: Buffer): readonly string[] {
  const inPieces = pieces.filter((piece) => bytes.includes(piece));
  return [...pans.filter((pan) => traces(pan).some((trace) => bytes.includes(trace))), ...inPieces];
}

async function paysByCode(key: string, present: (id: string) => Promise<void>): Promise<void> {
  await terminal.command({ type: 'startSale', key, amountMinorUnits: 45_000, method: 'card', presentment: 'code' });
  const { sale } = await terminal.stage('presentCard');
  const id = sale?.id ?? '';
  await present(id);
  const after = await terminal.until(
    (view) => view.sale?.reason?.startsWith('tryAgain') === true || view.sale?.actions.includes('close') === true,
  );
  if (after.sale?.actions.includes('cancel')) await terminal.command({ type: 'cancelSale', transactionId: id });
  await terminal.until((view) => view.sale?.actions.includes('close') === true);
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
  for (const [index, code] of codes.entries()) {
    await paysByCode(`c-${index}`, async (id) => {
      await terminal.command({ type: 'presentCode', transactionId: id, code });
    });
    // Nobody asks for it any more.
    await terminal.command({ type: 'presentCode', transactionId: terminal.view.sale?.id ?? '', code });
  }
  await paysByCode('scanned', () => terminal.insist({ type: 'simShowCode', code: 'napas-phone' }));
  await terminal.command({ type: 'simShowCode', code: 'napas-phone' });
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
    expect(stages).toContain('"interface":"code"');
    expect(stages).toContain('tryAgain.codeNoCryptogram');
    expect(stages).toContain('"unasked":{"number":1,');
    expect(terminal.log()).toContain('code refused');
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
    for (const piece of pieces) expect(found(Buffer.from(`x${piece}x`))).toContain(piece);
  });
});
