/**
 * Simulated PIN pad: a cardholder who types the right PIN, a wrong one, or none, as the control strip says. The only
 * place of the terminal where a PIN exists, and it is a training PIN: it is wiped once the pad has used it.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import type { PinEntry, PinPad } from '../../devices/pin-pad.ts';
import { concat, hex } from '../../src/core/base/bytes.ts';
import type { Pan } from '../../src/core/base/pan.ts';
import { ok, type Result } from '../../src/core/base/result.ts';
import type { PinResult } from '../../src/core/emv/contact/requests.ts';
import { parseExponent, recover } from '../../src/core/emv/oda/rsa.ts';
import type { DriverHost, DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import { within } from '../within.ts';

const pinDigits = z.string().regex(/^\d{4,12}$/, '4 to 12 digits');

const settingsSchema = z.strictObject({
  /** That of the simulated cards. */
  pin: pinDigits.default('1234'),
  /** What the cardholder does at the start; the control strip changes it. */
  does: z.enum(['right', 'wrong', 'bypass', 'cancel']).default('right'),
  /** How long the cardholder takes. */
  typingMs: z.int().min(0).max(60_000).default(800),
  /** Double-length TDES key of the training pad, for online PINs. */
  pinKey: z
    .string()
    .regex(/^[0-9A-F]{32}$/, '16 bytes in upper-case hex')
    .default('0123456789ABCDEFFEDCBA9876543210'),
});

type Settings = z.infer<typeof settingsSchema>;

/** Limit of VERIFY, the RSA of the card included. */
const verifyTimeoutMs = 10_000;

export class SimulatedPinPad implements PinPad {
  readonly role = 'pinPad';
  readonly description = 'Simulated PIN pad';
  readonly name: string;
  readonly #settings: Settings;
  readonly #host: DriverHost;
  #open = false;
  /** What the cardholder does from now on. */
  does: Settings['does'];

  constructor(name: string, settings: Settings, host: DriverHost) {
    this.name = name;
    this.#settings = settings;
    this.#host = host;
    this.does = settings.does;
  }

  async open(): Promise<Result<void, never>> {
    this.#open = true;
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  async checkHealth(): Promise<DeviceHealth> {
    return this.#open
      ? { state: 'ready', detail: 'simulated PIN pad' }
      : { state: 'offline', detail: 'the PIN pad is closed' };
  }

  /** Nothing happens to a simulated pad by itself. */
  onHealth(): () => void {
    return () => undefined;
  }

  async enterPin(entry: PinEntry, options: DeviceOptions): Promise<PinResult> {
    if (!this.#open) return { kind: 'unavailable' };
    const { clock } = this.#host;
    const typed = await within<void>(clock, options, 'nobody typed a PIN', (settle) =>
      clock.after(this.#settings.typingMs, () => settle(ok(undefined))),
    );
    if (!typed.ok || this.does === 'cancel') return { kind: 'cancelled' };
    if (this.does === 'bypass') return { kind: 'bypassed' };
    const pin = Uint8Array.from(this.#settings.pin, Number);
    if (this.does === 'wrong') pin[0] = ((pin[0] ?? 0) + 1) % 10;
    try {
      return entry.pin.manner === 'online' ? this.#online(pin, entry.pin.pan) : await verify(pin, entry, options);
    } finally {
      pin.fill(0);
    }
  }

  /** ISO 9564-1 format 0, which needs the PAN; under TDES in one block. */
  #online(pin: Uint8Array, pan: Pan | undefined): PinResult {
    if (pan === undefined) return { kind: 'unavailable' };
    const block = pinField(0x00, pin);
    pan.use((digits) => {
      // The twelve rightmost digits but the check digit, in bytes 3 to 8.
      const twelve = digits.subarray(-13, -1);
      twelve.forEach((digit, n) => {
        const at = 2 + ((12 - twelve.length + n) >> 1);
        const nibble = (digit & 0x0f) << ((12 - twelve.length + n) % 2 === 0 ? 4 : 0);
        block[at] = (block[at] ?? 0) ^ nibble;
      });
    });
    const key = hex(this.#settings.pinKey);
    const cipher = createCipheriv('des-ede3', concat(key, key.subarray(0, 8)), null).setAutoPadding(false);
    const pinBlock = Uint8Array.from(cipher.update(block));
    block.fill(0);
    return { kind: 'pinBlock', pinBlock };
  }
}

/** Control nibble and length, the PIN, filler F: eight bytes (ISO 9564-1 formats 0 and 2; EMV 4.4 Book 3 Table 25). */
function pinField(control: number, pin: Uint8Array): Uint8Array {
  const block = new Uint8Array(8).fill(0xff);
  block[0] = control | pin.length;
  pin.forEach((digit, n) => {
    const at = 1 + (n >> 1);
    const before = block[at] ?? 0xff;
    block[at] = n % 2 === 0 ? (digit << 4) | (before & 0x0f) : (before & 0xf0) | digit;
  });
  return block;
}

/** VERIFY (Book 3 §6.5.12) with the PIN as it is (P2 = 80), or enciphered for the card (P2 = 88, Book 2 §7.2). */
async function verify(
  pin: Uint8Array,
  { pin: request, toCard }: PinEntry,
  { signal }: DeviceOptions,
): Promise<PinResult> {
  const block = pinField(0x20, pin);
  const enciphered = request.manner === 'offlineEnciphered';
  const data = enciphered ? encipher(block, request) : block;
  if (data === undefined) return { kind: 'unavailable' };
  const command = concat(Uint8Array.of(0x00, 0x20, 0x00, enciphered ? 0x88 : 0x80, data.length), data);
  const answer = await toCard(command, { signal, timeoutMs: verifyTimeoutMs });
  for (const bytes of [block, data, command]) bytes.fill(0);
  if (!answer.ok) return { kind: 'unavailable' };
  const [sw1, sw2] = answer.value.subarray(-2);
  return sw1 === undefined || sw2 === undefined ? { kind: 'unavailable' } : { kind: 'verified', sw: (sw1 << 8) | sw2 };
}

interface CardKey {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  readonly challenge: Uint8Array;
}

/** Header 7F, PIN block, ICC Unpredictable Number, random padding up to the length of the key (Book 2 §7.2). Undefined: no key of EMV's. */
function encipher(block: Uint8Array, { modulus, exponent, challenge }: CardKey): Uint8Array | undefined {
  const power = parseExponent(exponent);
  if (power === undefined || modulus.length < 17) return undefined;
  const padding = new Uint8Array(randomBytes(modulus.length - 17));
  const plain = concat(Uint8Array.of(0x7f), block, challenge, padding);
  const data = recover(plain, modulus, power);
  plain.fill(0);
  return data;
}

export const simulatedPinPad: DriverModule<SimulatedPinPad> = {
  id: 'simulated-pin-pad',
  role: 'pinPad',
  summary: 'PIN pad without hardware; the control strip says what the cardholder types',
  create(name, settings, host) {
    const parsed = parseSettings(settingsSchema, settings);
    return parsed.ok ? ok(new SimulatedPinPad(name, parsed.value, host)) : parsed;
  },
};
