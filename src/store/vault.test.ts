/** Card data goes in and comes out, is nowhere in clear, and is gone when it is removed. */
import {
  cpSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardVaultPort } from '../app/ports.ts';
import { transactionId } from '../core/base/brand.ts';
import { Pan } from '../core/base/pan.ts';
import type { CardSecrets } from '../core/transaction/model.ts';
import { scratch } from './test-kit.ts';
import { eraseVault, inspectVault, openCardVault, type CardVault } from './vault.ts';

const digits = '4761739001010119';
const track2 = Uint8Array.from(Buffer.from('4761739001010119D31122010000000000', 'hex'));
const [first, second] = [transactionId(`S-${'1'.repeat(26)}`), transactionId(`S-${'2'.repeat(26)}`)];

let place: ReturnType<typeof scratch>;
let directory: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'data', 'vault');
});

afterEach(() => {
  place.remove();
});

function mustOpen(): CardVault {
  const opened = openCardVault(directory);
  if (!opened.ok) throw new Error(opened.fault.detail);
  return opened.value;
}

function card(pan = digits, more: Partial<CardSecrets> = {}): CardSecrets {
  const parsed = Pan.parse(pan);
  if (!parsed.ok) throw new Error(parsed.fault.detail);
  return { pan: parsed.value, track2: track2.slice(), expiry: '3112', ...more };
}

/** As text that can be compared. */
function clear(secrets: CardSecrets): unknown {
  const pan = secrets.pan.use((bytes) => Buffer.from(bytes).toString('latin1'));
  return { pan, track2: secrets.track2 && Buffer.from(secrets.track2).toString('hex'), expiry: secrets.expiry };
}

function mustGet(vault: CardVault, id = first): CardSecrets {
  const found = vault.get(id);
  if (!found.ok || found.value === undefined) throw new Error('nothing there');
  return found.value;
}

describe('the vault', () => {
  it('gives back what was put in, also after a restart', () => {
    const pans = fc.constantFrom(digits, '9704000000000018', '5413330089604111', '3569990010095841');
    const secrets = fc.record({
      pan: pans,
      track2: fc.option(fc.uint8Array({ maxLength: 19 }), { nil: undefined }),
      expiry: fc.option(fc.stringMatching(/^\d{4}$/), { nil: undefined }),
    });
    const vault: CardVaultPort = mustOpen();
    fc.assert(
      fc.property(secrets, ({ pan, ...more }) => {
        const given = card(pan, more);
        expect(vault.put(first, given)).toEqual({ ok: true, value: undefined });
        expect(clear(mustGet(mustOpen()))).toEqual(clear(given));
      }),
      { numRuns: 30 },
    );
  });

  it('makes its key with the first card, for the owner only, and keeps it', () => {
    const vault = mustOpen();
    expect(vault.ids()).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    vault.put(second, card());
    vault.put(first, card());
    const key = readFileSync(join(directory, 'vault.key'));
    expect(key).toHaveLength(32);
    expect(vault.ids()).toEqual([first, second]);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    mustOpen().put(first, card());
    expect(readFileSync(join(directory, 'vault.key'))).toEqual(key);
  });

  it('hands out copies: wiping one changes nothing', () => {
    const vault = mustOpen();
    vault.put(first, card());
    const once = mustGet(vault);
    once.pan.wipe();
    once.track2?.fill(0);
    expect(clear(mustGet(vault))).toEqual(clear(card()));
  });

  it('leaves the caller the card it was given', () => {
    const given = card();
    mustOpen().put(first, given);
    expect(clear(given)).toEqual(clear(card()));
  });

  it('holds no clear card data in any file', () => {
    const vault = mustOpen();
    vault.put(first, card());
    vault.put(second, card('9704000000000018'));
    const needles = [digits, '9704000000000018', '3112'].flatMap((text) => [
      Buffer.from(text),
      Buffer.from(text, 'hex'),
    ]);
    needles.push(Buffer.from(track2).subarray(0, 12), Buffer.from(first));
    for (const name of readdirSync(directory)) {
      const content = readFileSync(join(directory, name));
      // Two bytes alone may occur by chance.
      for (const needle of needles.filter(({ length }) => length > 2))
        expect(content.includes(needle), name).toBe(false);
    }
  });
});

describe('removing', () => {
  it('overwrites the bytes before the name goes', () => {
    const vault = mustOpen();
    vault.put(first, card());
    const path = join(directory, `${first}.card`);
    const before = readFileSync(path);
    // A second name for the same bytes shows what became of them.
    const kept = join(place.path, 'kept');
    linkSync(path, kept);
    expect(vault.remove(first).ok).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(vault.ids()).toEqual([]);
    const after = readFileSync(kept);
    expect(after).toHaveLength(before.length);
    for (let at = 0; at + 8 <= before.length; at += 1) expect(after.includes(before.subarray(at, at + 8))).toBe(false);
  });

  it('what is not there is no error, and nothing is found afterwards', () => {
    const vault = mustOpen();
    expect(vault.remove(first)).toEqual({ ok: true, value: undefined });
    vault.put(first, card());
    vault.remove(first);
    expect(vault.remove(first)).toEqual({ ok: true, value: undefined });
    expect(vault.get(first)).toEqual({ ok: true, value: undefined });
  });

  it('a draft that a crash left is erased at the next start', () => {
    mustOpen().put(first, card());
    renameSync(join(directory, `${first}.card`), join(directory, `${first}.card.new`));
    expect(mustOpen().ids()).toEqual([]);
    expect(readdirSync(directory)).toEqual(['vault.key']);
  });

  it('so is the draft of a key, which has sealed nothing', () => {
    mustOpen().put(first, card());
    mustOpen().remove(first);
    renameSync(join(directory, 'vault.key'), join(directory, 'vault.key.new'));
    mustOpen();
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('what is damaged', () => {
  it('a file that somebody else put there is no card', () => {
    const vault = mustOpen();
    vault.put(first, card());
    writeFileSync(join(directory, 'a copy of.card'), 'x');
    expect(vault.ids()).toEqual([first]);
  });

  it('any one bit: a fault, never another card', () => {
    const vault = mustOpen();
    vault.put(first, card());
    const path = join(directory, `${first}.card`);
    const whole = readFileSync(path);
    for (let bit = 0; bit < whole.length * 8; bit += 5) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, flipped);
      expect(vault.get(first)).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
    }
    for (const length of [0, 7, 31, 48, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(vault.get(first)).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
    }
  });

  it('an entry under the id of another payment, or of another vault', () => {
    const vault = mustOpen();
    vault.put(first, card());
    cpSync(join(directory, `${first}.card`), join(directory, `${second}.card`));
    expect(vault.get(second)).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
    expect(vault.get(first).ok).toBe(true);
    writeFileSync(join(directory, 'vault.key'), Buffer.alloc(32, 1));
    expect(mustOpen().get(first)).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
  });

  it('a key that is gone or cut off is not made anew over entries', () => {
    mustOpen().put(first, card());
    const key = join(directory, 'vault.key');
    writeFileSync(key, 'short');
    expect(openCardVault(directory)).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
    rmSync(key);
    expect(openCardVault(directory)).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
    expect(existsSync(key)).toBe(false);
  });

  it('a folder that cannot be written: a fault that names no card data', () => {
    writeFileSync(join(place.path, 'data'), 'a file where the folder should be');
    const opened = openCardVault(directory);
    expect(opened).toMatchObject({ ok: false, fault: { kind: 'unreadable' } });
    rmSync(join(place.path, 'data'));
    const vault = mustOpen();
    writeFileSync(join(place.path, 'data'), 'a file');
    const put = vault.put(first, card());
    expect(put).toMatchObject({ ok: false, fault: { kind: 'writeFailed', retrySafe: true } });
    expect(JSON.stringify(put)).not.toContain('0119');
  });
});

describe('looked at from outside', () => {
  it('counts what is readable, tells what is not, and changes nothing', () => {
    expect(inspectVault(directory)).toEqual({ entries: 0, trouble: undefined });
    const vault = mustOpen();
    vault.put(first, card());
    vault.put(second, card());
    const draft = join(directory, `${first}.card.new`);
    writeFileSync(draft, 'being written');
    expect(inspectVault(directory)).toEqual({ entries: 2, trouble: undefined });
    expect(readFileSync(draft, 'utf8')).toBe('being written');
    const entry = join(directory, `${second}.card`);
    writeFileSync(entry, readFileSync(entry).fill(0, 40));
    expect(inspectVault(directory)).toMatchObject({ entries: 2, trouble: expect.stringContaining('damaged') });
    rmSync(join(directory, 'vault.key'));
    expect(inspectVault(directory)).toMatchObject({ entries: 2, trouble: expect.stringContaining('Restore') });
  });

  it('is erased with its key, overwritten first', () => {
    mustOpen().put(first, card());
    const [name] = readdirSync(directory).filter((each) => each.endsWith('.card'));
    const kept = join(place.path, 'second-name');
    linkSync(join(directory, name ?? ''), kept);
    const before = readFileSync(kept);
    eraseVault(directory);
    expect(existsSync(directory)).toBe(false);
    expect(readFileSync(kept).equals(before)).toBe(false);
    eraseVault(directory);
  });
});
