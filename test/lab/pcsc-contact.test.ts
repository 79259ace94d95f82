/**
 * The inserted card through real hardware paths: contact kernel → driver → libpcsclite → pcscd → vpcd → simulated card,
 * with a bank that checks cryptograms and sends scripts, and a PIN that goes to the card. Where the lab cannot run,
 * these tests say why; in CI (CI=true) that is a failure.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DriverHost } from '../../drivers/driver.ts';
import { pcscReader } from '../../drivers/pcsc-reader/pcsc-reader.ts';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { trainingCaKeys } from '../../drivers/simulated/card/keys/training-keys.ts';
import type { EmvCardProfile } from '../../drivers/simulated/card/profiles.ts';
import { demoCard } from '../../drivers/simulated/card/test-kit.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import { fromLatin1, hex, latin1, toHex } from '../../src/core/base/bytes.ts';
import { money } from '../../src/core/base/money.ts';
import type { TerminalApplication } from '../../src/core/emv/configuration.ts';
import { contactSale } from '../../src/core/emv/contact/kernel.ts';
import type {
  ContactAnswer,
  ContactEnd,
  ContactRequest,
  HostAnswer,
  PinRequest,
  PinResult,
} from '../../src/core/emv/contact/requests.ts';
import { saleInputWith, terminalForTests } from '../../src/core/emv/test-kit.ts';
import { PcscLab } from './lab.ts';

const missing = PcscLab.missing();
const inCi = process.env['CI'] === 'true';
const soon = { signal: new AbortController().signal, timeoutMs: 5000 };

const host: DriverHost = {
  clock: {
    now: () => epochMs(Date.now()),
    monotonicMs: () => performance.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  },
  random: { bytes: (length) => new Uint8Array(length) },
  log: { write: () => undefined },
};

function application(aid: string, name: string): TerminalApplication {
  return {
    aid,
    name,
    selection: 'partial',
    contact: {
      version: '0001',
      tac: { denial: '0000000000', online: 'FC50BCF800', default: 'FC50BCA000' },
      floorLimit: 0,
      randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 },
    },
  };
}

const input = saleInputWith({
  amount: money(450_000, 'VND'),
  terminal: {
    ...terminalForTests,
    terminalType: '22',
    terminalCapabilities: 'E0F8C8',
    applications: [application('A0000007271010', 'NAPAS'), application('A0000000031010', 'VISA')],
    caPublicKeys: trainingCaKeys(),
  },
});

/** A pad that sends a plain PIN itself; an enciphered one it cannot do. */
async function pinPad(connection: CardConnection, pin: PinRequest, digits: string): Promise<PinResult> {
  if (pin.manner !== 'offlinePlaintext') return { kind: 'unavailable' };
  const block = hex(`2${digits.length}${digits.padEnd(14, 'F')}`);
  const verified = await connection.exchange(Uint8Array.of(0x00, 0x20, 0x00, 0x80, 0x08, ...block), soon);
  if (!verified.ok) return { kind: 'unavailable' };
  const [high = 0, low = 0] = verified.value;
  return { kind: 'verified', sw: (high << 8) | low };
}

function bank(profile: EmvCardProfile, pan: string, iccData: string): HostAnswer {
  const issuer = new SimulatedIssuer([profile]);
  const card = [latin1(pan), profile.panSequenceNumber, iccData] as const;
  expect(issuer.verifyCryptogram(...card)).toBe('valid');
  const authentication = issuer.issuerAuthenticationData(...card, true) ?? '';
  const length = toHex(Uint8Array.of(authentication.length / 2));
  return {
    kind: 'answered',
    responseCode: '00',
    iccData: `91${length}${authentication}${issuer.issuerScripts(...card)}`,
  };
}

interface Sale {
  readonly end: ContactEnd;
  readonly pins: readonly string[];
}

async function over(connection: CardConnection, profile: EmvCardProfile, digits: string): Promise<Sale> {
  const pins: string[] = [];
  const answerTo = async (request: ContactRequest): Promise<ContactAnswer> => {
    if (request.kind === 'exchange') {
      const reply = await connection.exchange(request.command, soon);
      return { kind: 'response', answer: reply.ok ? reply.value : 'removed' };
    }
    if (request.kind === 'chooseApplication') return { kind: 'application', index: 0 };
    if (request.kind === 'enterPin') {
      pins.push(request.pin.manner);
      return { kind: 'pin', result: await pinPad(connection, request.pin, digits) };
    }
    const pan = request.secrets.pan.use(fromLatin1);
    return { kind: 'host', answer: bank(profile, pan, request.card.iccData) };
  };
  const sale = contactSale(input);
  let turn = sale.next();
  while (turn.done !== true) turn = sale.next(await answerTo(turn.value));
  return { end: turn.value, pins };
}

if (missing !== undefined) {
  it.skipIf(!inCi)(`the PC/SC lab cannot run here: ${missing}`, () => {
    expect.fail(missing);
  });
}

describe.skipIf(missing !== undefined)('an inserted card behind pcscd', () => {
  let lab: PcscLab;
  let reader: CardReader;

  beforeAll(async () => {
    lab = await PcscLab.start();
  });
  afterAll(async () => {
    await lab.stop();
  });
  beforeEach(async () => {
    const created = pcscReader.create('reader', { reader: 'Lab reader 00 00' }, host);
    if (!created.ok) throw new Error(JSON.stringify(created.fault));
    reader = created.value;
    expect(await reader.open(soon)).toEqual({ ok: true, value: undefined });
  });
  afterEach(async () => {
    await lab.remove();
    await reader.close();
  });

  const pay = async (
    id: string,
    changes: Partial<EmvCardProfile> = {},
    digits = '1234',
  ): Promise<Sale & { readonly atr: string; readonly interface: string }> => {
    const waiting = reader.waitForCard(soon);
    await lab.insert(id, changes);
    const waited = await waiting;
    if (!waited.ok) throw new Error(waited.fault.detail);
    const connection = waited.value;
    const sale = await over(connection, { ...demoCard(id), ...changes }, digits);
    await connection.disconnect();
    return { ...sale, atr: toHex(connection.atr), interface: connection.interface };
  };

  /** Plaintext PIN, verified by the card. */
  const plainPin = { cvmList: '00000000000000000103' } as const;

  it.each(['napas-insert', 'visa-insert'])('%s: PIN, bank and card approve', async (id) => {
    const sale = await pay(id, plainPin);
    expect([sale.interface, sale.atr]).toEqual(['contact', '3B6400004348414D']);
    expect(sale.pins).toEqual(['offlinePlaintext']);
    expect(sale.end).toMatchObject({ kind: 'completed', completion: { decision: 'approved' } });
  });

  it('a wrong PIN is asked for again until the tries are used up', async () => {
    const sale = await pay('napas-insert', plainPin, '9999');
    expect(sale.pins).toEqual(['offlinePlaintext', 'offlinePlaintext', 'offlinePlaintext']);
    // TVR byte 3: cardholder verification failed, PIN try limit exceeded. The bank was asked, and took it all the same.
    const iccData = sale.end.kind === 'completed' ? sale.end.completion.card?.iccData : undefined;
    expect(iccData).toMatch(/9505.{4}A0/);
  });

  it('scripts of the bank reach the card', async () => {
    const scripts = [{ template: '71' as const, commands: [{ kind: 'pinUnblock' as const }] }];
    const sale = await pay('visa-insert', { issuer: { scripts } });
    expect(sale.end).toMatchObject({ completion: { decision: 'approved', scriptResults: '2000000001' } });
  });

  it('a blocked application is told as such', async () => {
    const sale = await pay('napas-insert', { blocked: true });
    expect(sale.end).toMatchObject({ result: { outcome: { kind: 'endApplication', reason: 'applicationBlocked' } } });
  });
});
