/**
 * The training acquirer's line: MACs and working keys, what it can be told to do wrong with which message, and the
 * cut-over that it announces. Over a socket, in plain ISO 8583.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { assert } from '../../src/core/base/assert.ts';
import type { Random } from '../../src/core/base/ports.ts';
import { packMessage } from '../../src/core/iso8583/codec.ts';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import type { Iso8583Message } from '../../src/core/iso8583/message.ts';
import { dukptMacKeys } from '../../src/host/security/dukpt-mac.ts';
import { packWithMac, type MacAlgorithm } from '../../src/host/security/message-mac.ts';
import { importWorkingKey } from '../../src/host/security/working-key.ts';
import type { MacOptions } from '../../src/host/training/acquirer-keys.ts';
import type { TrainingAcquirer, TrainingAcquirerOptions } from '../../src/host/training/acquirer.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import {
  cardRequest,
  followUp,
  originalOf,
  pans,
  RawTerminal,
  reconciliation,
  refundRequest,
  reversalOf,
  startHost,
  written,
  type Elements,
} from './raw-terminal.ts';

let host: TrainingAcquirer;
let port: number;
const terminals: RawTerminal[] = [];

async function start(options: Partial<TrainingAcquirerOptions> = {}): Promise<RawTerminal> {
  ({ host, port } = await startHost(options));
  return connect();
}

async function connect(): Promise<RawTerminal> {
  const terminal = await RawTerminal.connected(port);
  terminals.push(terminal);
  return terminal;
}

afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.close();
  await host.stop();
});

const network = { 7: '1121031500', 11: '000900', 41: 'TERM0001', 42: 'VN0000000000001' } as const;

function states(): string[] {
  return host.statement('TERM0001').map(({ operation, state }) => `${operation} ${state}`);
}

/** A different key each time, the same in each run. */
function counting(): Random {
  let next = 0;
  return { bytes: (length) => Uint8Array.from({ length }, () => (next += 1) & 0xff) };
}

describe('MACs', () => {
  const keyEncryptionKey = Buffer.from('0123456789ABCDEF'.repeat(2), 'hex');

  function session(algorithm: MacAlgorithm): MacOptions {
    return { kind: 'session', algorithm, keyEncryptionKey, random: counting() };
  }

  async function fetchKey(terminal: RawTerminal, algorithm: MacAlgorithm): Promise<void> {
    const reply = await terminal.ask('0800', { ...network, 70: '161' });
    expect(reply?.text(39)).toBe('00');
    const imported = importWorkingKey(keyEncryptionKey, algorithm, reply?.text(62)?.trimEnd() ?? '');
    assert(imported.ok, imported.ok ? '' : imported.fault.detail);
    terminal.key = imported.value.key;
  }

  it.each(['x9.19', 'aes-cmac'] as const)('are asked for and given with a working key (%s)', async (algorithm) => {
    const terminal = await start({ macs: session(algorithm) });
    expect(await terminal.code('0200', cardRequest({ stan: 1, amount: 45_000 }))).toBe('88');
    await fetchKey(terminal, algorithm);
    const sale = await terminal.ask('0200', cardRequest({ stan: 2, amount: 45_000 }));
    expect([sale?.mti, sale?.text(39)]).toEqual(['0210', '00']);
    const undone = await terminal.ask('0400', reversalOf('0200', cardRequest({ stan: 2, amount: 45_000 })));
    expect([undone?.mti, undone?.text(39)]).toEqual(['0410', '00']);
    const nothing = [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ] as const;
    const closed = await terminal.ask('0500', reconciliation(3, nothing));
    expect([closed?.mti, closed?.text(39), closed?.has(128)]).toEqual(['0510', '00', true]);
    expect(states()).toEqual(['sale reversed']);
  });

  it('that are missing or wrong are answered 88 with a right one, and nothing is booked', async () => {
    const terminal = await start({ macs: session('x9.19') });
    await fetchKey(terminal, 'x9.19');
    const { key } = terminal;
    assert(key !== undefined, 'there is a key');
    const request = cardRequest({ stan: 1, amount: 45_000 });
    const bare = packMessage(iso87Ascii, written('0200', request));
    const forged = packWithMac(iso87Ascii, written('0200', request), {
      ...key,
      key: Buffer.from(key.key).fill(7, 0, 4),
    });
    const changed = packWithMac(iso87Ascii, written('0200', request), key);
    assert(bare.ok && forged.ok && changed.ok, 'they can be written');
    const amountAt = Buffer.from(changed.value).indexOf('000000045000');
    changed.value.set(Buffer.from('000000046000'), amountAt);
    for (const { value } of [bare, forged, changed]) {
      terminal.sendBytes(value);
      const reply = await terminal.next();
      expect([reply?.mti, reply?.text(39)]).toEqual(['0210', '88']);
    }
    expect(states()).toEqual([]);
    expect(await terminal.code('0800', { ...network, 70: '301' })).toBe('00');
  });

  it('are of the connection, and of its newest key', async () => {
    const terminal = await start({ macs: session('aes-cmac') });
    await fetchKey(terminal, 'aes-cmac');
    const { key } = terminal;
    await fetchKey(terminal, 'aes-cmac');
    expect((await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_000 })))?.text(39)).toBe('00');
    const other = await connect();
    other.key = terminal.key;
    other.send('0200', cardRequest({ stan: 2, amount: 45_000 }));
    expect((await other.next())?.mti).toBe('0000');
    terminal.key = key;
    terminal.send('0200', cardRequest({ stan: 3, amount: 45_000 }));
    expect((await terminal.next())?.mti).toBe('0000');
    expect(states()).toEqual(['sale booked']);
  });

  it('can be made wrong in a reply, after the book is written', async () => {
    const terminal = await start({ macs: session('x9.19') });
    await fetchKey(terminal, 'x9.19');
    host.behave({ corruptMac: true, once: true });
    const request = cardRequest({ stan: 1, amount: 45_000 });
    expect((await terminal.ask('0200', request))?.mti).toBe('0000');
    expect(states()).toEqual(['sale booked']);
    expect(await terminal.code('0201', request)).toBe('00');
  });

  it('come by DUKPT with the key serial number in DE 63', async () => {
    const initialKey = Buffer.alloc(16, 'ChamTest');
    const terminal = await start({ macs: { kind: 'dukpt-tdes', algorithm: 'x9.19', initialKey } });
    for (const counter of [1, 2]) {
      const ksn = Buffer.from(`FFFF9876543210E0000${counter}`, 'hex');
      const keys = dukptMacKeys('dukpt-tdes', 'x9.19', initialKey, ksn);
      assert(keys.ok, keys.ok ? '' : keys.fault.detail);
      const request = { ...cardRequest({ stan: counter, amount: 45_000 }), 63: ksn.toString('hex').toUpperCase() };
      const packed = packWithMac(iso87Ascii, written('0200', request), keys.value.request);
      assert(packed.ok, 'it can be written');
      terminal.key = keys.value.response;
      terminal.sendBytes(packed.value);
      expect((await terminal.next())?.text(39)).toBe('00');
    }
    terminal.key = undefined;
    for (const ksn of [undefined, 'no hex', 'FF'.repeat(10), 'FFFF9876543210E00001']) {
      expect(await terminal.code('0200', { ...cardRequest({ stan: 9, amount: 45_000 }), 63: ksn })).toBe('88');
    }
    expect(await terminal.code('0800', { ...network, 70: '161' })).toBe('96');
    expect(states()).toEqual(['sale booked', 'sale booked']);
  });

  it('are not spoken of by a host without keys', async () => {
    const terminal = await start();
    expect(await terminal.code('0800', { ...network, 70: '161' })).toBe('12');
  });
});

describe('misbehaviour', () => {
  const request = cardRequest({ stan: 1, amount: 45_000 });
  const other = cardRequest({ stan: 2, amount: 45_000 });

  it('sends a reply twice', async () => {
    const terminal = await start();
    host.behave({ duplicateReply: true, once: true });
    const first = await terminal.ask('0200', request);
    expect((await terminal.next())?.describe()).toBe(first?.describe());
    expect(states()).toEqual(['sale booked']);
  });

  it('holds a reply back until the next one, not for an echo', async () => {
    const terminal = await start();
    host.behave({ reorderReply: true, once: true });
    terminal.send('0200', request);
    expect((await terminal.ask('0800', { ...network, 70: '301' }))?.mti).toBe('0810');
    expect((await terminal.ask('0200', other))?.text(11)).toBe('000002');
    expect((await terminal.next())?.text(11)).toBe('000001');
    expect(states()).toEqual(['sale booked', 'sale booked']);
  });

  it('sends a reply late, on the connection that the terminal then has', async () => {
    const terminal = await start();
    host.behave({ lateReplyMs: 150, once: true });
    terminal.send('0200', request);
    await expect.poll(states).toEqual(['sale booked']);
    terminal.close();
    const stranger = await connect();
    await stranger.ask('0800', { ...network, 41: 'TERM0002', 70: '001' });
    const again = await connect();
    expect(await again.code('0800', { ...network, 70: '001' })).toBe('00');
    const late = await again.next();
    expect([late?.mti, late?.text(11), late?.text(39)]).toEqual(['0210', '000001', '00']);
  });

  it('loses a delayed reply with its connection', async () => {
    const terminal = await start();
    host.behave({ replyDelayMs: 50, once: true });
    terminal.send('0200', request);
    await expect.poll(states).toEqual(['sale booked']);
    terminal.close();
    const again = await connect();
    expect(await again.code('0800', { ...network, 70: '001' })).toBe('00');
    host.behave({ replyDelayMs: 100, once: true });
    expect((await again.ask('0200', other))?.text(11)).toBe('000002');
  });

  it('garbles a reply, or closes before or after it', async () => {
    const terminal = await start();
    host.behave({ corruptReply: true, once: true });
    expect((await terminal.ask('0200', request))?.mti).toBe('0000');
    host.behave({ closeAfter: true, once: true });
    expect((await terminal.ask('0201', request))?.text(39)).toBe('00');
    expect(await terminal.next()).toBeUndefined();
    const again = await connect();
    host.behave({ dropReply: 'beforeCommit', closeAfter: true, once: true });
    expect(await again.ask('0200', other)).toBeUndefined();
    expect(states()).toEqual(['sale booked']);
  });

  it('concerns the messages and the terminal that it is for, the first that fits', async () => {
    const terminal = await start();
    host.behave(
      { on: 'refund', responseCode: '57' },
      { on: ['sale', 'preAuthorization'], terminalId: 'TERM0002', responseCode: '58' },
      { on: 'network', responseCode: '59', once: true },
    );
    expect(await terminal.code('0200', request)).toBe('00');
    expect(await terminal.code('0200', refundRequest({ stan: 3, amount: 1_000 }))).toBe('57');
    expect(await terminal.code('0200', { ...other, 41: 'TERM0002' })).toBe('58');
    expect(await terminal.code('0100', { ...other, 11: '000003', 41: 'TERM0002' })).toBe('58');
    expect(await terminal.code('0800', { ...network, 70: '301' })).toBe('59');
    expect(await terminal.code('0800', { ...network, 70: '301' })).toBe('00');
    host.behave();
    expect(await terminal.code('0200', refundRequest({ stan: 4, amount: 1_000 }))).toBe('00');
  });

  it('remembers a decline that it was told to make', async () => {
    const terminal = await start();
    host.behave({ responseCode: '61', once: true });
    expect(await terminal.code('0200', request)).toBe('61');
    expect(await terminal.code('0201', request)).toBe('61');
    expect(states()).toEqual([]);
  });

  it('approves in part what can be, down to one minor unit', async () => {
    const terminal = await start();
    host.behave({ partialApproval: true });
    const part = await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_001 }));
    expect([part?.text(39), part?.text(4)]).toEqual(['10', '000000022500']);
    expect(await terminal.code('0200', cardRequest({ stan: 2, amount: 1 }))).toBe('00');
    expect(await terminal.code('0200', refundRequest({ stan: 3, amount: 45_000 }))).toBe('00');
  });

  it('answers what goes on with something as told, without doing it', async () => {
    const terminal = await start();
    const sale = originalOf('0200', await terminal.ask('0200', request));
    const held = originalOf('0100', await terminal.ask('0100', cardRequest({ stan: 3, amount: 45_000 })));
    const asked: readonly (readonly [Misbehaviour['on'], string, Elements])[] = [
      ['void', '0200', followUp({ stan: 4, amount: 45_000 }, sale, '020000')],
      ['completion', '0220', followUp({ stan: 5, amount: 45_000 }, held, '000000', '06')],
      ['chipApproved', '0220', { ...cardRequest({ stan: 6, amount: 45_000 }), 39: 'Y1' }],
      ['reversal', '0400', reversalOf('0200', request)],
      ['upload', '0320', { ...followUp({ stan: 7, amount: 45_000 }, sale), 22: '072' }],
      [
        'reconciliation',
        '0500',
        reconciliation(8, [
          [0, 0],
          [0, 0],
          [1, 45_000],
          [0, 0],
        ]),
      ],
    ];
    for (const [on, mti, elements] of asked) {
      assert(on !== undefined, 'it is for one kind of message');
      host.behave({ on, responseCode: '91' });
      expect(await terminal.code(mti, elements)).toBe('91');
    }
    expect(states()).toEqual(['sale booked', 'preAuthorization held']);
    host.behave();
    for (const [, mti, elements] of asked) {
      const code = await terminal.code(`${mti.slice(0, 3)}1`, elements);
      expect(code).toBe(mti === '0500' ? '95' : '00');
    }
  });
});

describe('cut-over', () => {
  it('is announced to every terminal that has spoken, on its connection', async () => {
    const terminal = await start();
    const second = await connect();
    await connect();
    await terminal.ask('0800', { ...network, 70: '001' });
    await second.ask('0800', { ...network, 41: 'TERM0002', 70: '001' });
    expect(host.announceCutOver()).toBe(2);
    const told: (Iso8583Message | undefined)[] = [await terminal.next(), await second.next()];
    expect(told.map((message) => [message?.mti, message?.text(70), message?.text(41)?.trimEnd()])).toEqual([
      ['0800', '201', 'TERM0001'],
      ['0800', '201', 'TERM0002'],
    ]);
    terminal.send('0810', { 7: told[0]?.text(7), 11: told[0]?.text(11), 39: '00', 41: 'TERM0001', 70: '201' });
    expect(await terminal.code('0200', cardRequest({ stan: 1, amount: 45_000 }, pans.visa))).toBe('00');
    terminal.close();
    await expect.poll(() => host.announceCutOver()).toBe(1);
  });
});
