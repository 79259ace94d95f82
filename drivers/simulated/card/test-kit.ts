/**
 * The simplest terminal that can speak with a card, for the tests of cards: it sends what it is told to and collects
 * what it hears, decides nothing, and checks signatures with node:crypto instead of the product's own code.
 */
import { constants, createHash, createPublicKey, publicDecrypt } from 'node:crypto';
import { assert } from '../../../src/core/base/assert.ts';
import { concat, hex, toHex } from '../../../src/core/base/bytes.ts';
import { findTlv, parseTlv, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { buildDol, parseDol } from '../../../src/core/tlv/dol.ts';
import { defaultCardFile, loadCardProfiles, type EmvCardProfile } from './profiles.ts';

/** A card of the product's own file. */
export function demoCard(id: string): EmvCardProfile {
  const loaded = loadCardProfiles(defaultCardFile);
  const found = 'problems' in loaded ? undefined : loaded.find((each) => each.id === id);
  assert(found?.kind === 'emv', `there is a card ${id}`);
  return found;
}

export interface Heard {
  readonly sw: string;
  readonly data: Uint8Array;
  readonly objects: readonly Tlv[];
}

export const commands = {
  aac: 0x00,
  tc: 0x40,
  arqc: 0x80,
  withCda: 0x10,
} as const;

export class TestTerminal {
  readonly #process: (command: Uint8Array) => Uint8Array;
  /** Data objects of terminal and card, by tag. */
  readonly objects: Map<string, Uint8Array>;
  /** PDOL and CDOL values in their order, for CDA. */
  sent = new Uint8Array(0);
  signedRecords = new Uint8Array(0);

  constructor(card: { process(command: Uint8Array): Uint8Array }, changes: Readonly<Record<string, string>> = {}) {
    this.#process = (command) => card.process(command);
    const usual = {
      '9F02': '000000045000',
      '9F03': '000000000000',
      '9F1A': '0704',
      '95': '8000000000',
      '5F2A': '0704',
      '9A': '261122',
      '9C': '00',
      '9F37': '01020304',
      '9F66': '21008000',
      '9F35': '22',
      '9F34': '1F0000',
      '8A': '3030',
    };
    this.objects = new Map(Object.entries({ ...usual, ...changes }).map(([tag, value]) => [tag, hex(value)]));
  }

  send(command: string, data: Uint8Array = new Uint8Array(0)): Heard {
    const body = data.length === 0 ? hex(command) : concat(hex(command), Uint8Array.of(data.length), data);
    const answer = this.#process(concat(body, Uint8Array.of(0)));
    const parsed = parseTlv(answer.subarray(0, -2));
    return {
      sw: toHex(answer.subarray(-2)),
      data: answer.subarray(0, -2),
      objects: parsed.ok ? parsed.value : [],
    };
  }

  /** Everything in a template is taken over. */
  #learn(objects: readonly Tlv[]): void {
    for (const { tag, value, children } of objects) {
      if (children.length > 0) this.#learn(children);
      else this.objects.set(tag, value);
    }
  }

  get(tag: string): Uint8Array {
    return this.objects.get(tag) ?? new Uint8Array(0);
  }

  text(tag: string): string {
    return toHex(this.get(tag));
  }

  #dol(tag: string): Uint8Array<ArrayBuffer> {
    const parsed = parseDol(this.get(tag));
    assert(parsed.ok, `${tag} is a list of data objects`);
    const values = buildDol(parsed.value, this.objects);
    this.sent = concat(this.sent, values);
    return values;
  }

  select(aid: string): Heard {
    const heard = this.send('00A40400', hex(aid));
    this.#learn(heard.objects);
    return heard;
  }

  processingOptions(): Heard {
    const values = this.#dol('9F38');
    const heard = this.send('80A80000', concat(Uint8Array.of(0x83, values.length), values));
    const [only] = heard.objects;
    if (only?.tag === '80') {
      this.objects.set('82', only.value.subarray(0, 2));
      this.objects.set('94', only.value.subarray(2));
    } else this.#learn(heard.objects);
    return heard;
  }

  /** Book 3 §10.2 and §10.3: all records of the AFL; the signed ones are kept as they are authenticated. */
  readRecords(): void {
    const afl = this.get('94');
    for (let at = 0; at < afl.length; at += 4) {
      const [file = 0, first = 0, last = 0, signed = 0] = afl.subarray(at, at + 4);
      for (let record = first; record <= last; record += 1) {
        const heard = this.send(`00B2${toHex(Uint8Array.of(record, file | 4))}`);
        assert(heard.sw === '9000', `record ${record} of file ${file >> 3} can be read`);
        if (record - first < signed) {
          this.signedRecords = concat(this.signedRecords, heard.objects[0]?.value ?? new Uint8Array(0));
        }
        this.#learn(heard.objects);
      }
    }
  }

  begin(aid: string): void {
    assert(this.select(aid).sw === '9000', 'the application can be selected');
    assert(this.processingOptions().sw === '9000', 'the card accepts the transaction');
    this.readRecords();
  }

  generateAc(p1: number, cdol: '8C' | '8D' = '8C'): Heard {
    const heard = this.send(`80AE${toHex(Uint8Array.of(p1, 0))}`, this.#dol(cdol));
    const [only] = heard.objects;
    if (only?.tag === '80') {
      const places = { '9F27': [0, 1], '9F36': [1, 3], '9F26': [3, 11], '9F10': [11, undefined] } as const;
      for (const [tag, [from, to]] of Object.entries(places)) this.objects.set(tag, only.value.subarray(from, to));
    } else this.#learn(heard.objects);
    return heard;
  }

  /** DE 55 as a terminal would send it. */
  iccData(): string {
    const tags = '9F26 9F27 9F10 9F37 9F36 95 9A 9C 9F02 5F2A 82 9F1A 9F03 84'.split(' ');
    return tags
      .map((tag) => [tag, this.get(tag)] as const)
      .map(([tag, value]) => tag + toHex(Uint8Array.of(value.length)) + toHex(value))
      .join('');
  }
}

/** s^e mod n, by OpenSSL. */
export function recover(modulus: Uint8Array, exponent: Uint8Array, signature: Uint8Array): Uint8Array {
  const jwk = { kty: 'RSA', n: base64(modulus), e: base64(exponent) };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return Uint8Array.from(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Book 2 Annex A2.1.3: header, trailer and hash; the recovered bytes between header and hash, else undefined. */
export function opened(recovered: Uint8Array, more: Uint8Array): Uint8Array | undefined {
  const content = recovered.subarray(1, -21);
  const hash = createHash('sha1').update(concat(content, more)).digest('hex').toUpperCase();
  const sound = recovered[0] === 0x6a && recovered.at(-1) === 0xbc && hash === toHex(recovered.subarray(-21, -1));
  return sound ? content : undefined;
}

export function object(heard: Heard, tag: string): string {
  return toHex(findTlv(heard.objects, tag)?.value ?? new Uint8Array(0));
}
