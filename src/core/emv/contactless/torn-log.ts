/**
 * The torn-transaction log of Kernel 2: a card that left between GENERATE AC and its answer is asked for that answer when
 * it is back (RECOVER AC). EMV Contactless Book C-2 §3.7, S9.11, S456.43, S10 and S11; Annex A.1 "Torn Record".
 *
 * One condition more than in the Book: amount, currency and Transaction Type have to be those of this sale. The Book
 * would hand over the answer to the earlier amount; here the host is asked for what the screen shows, and a card that
 * comes back for another sale simply gets another GENERATE AC.
 */
import { maxCdolLength } from '../apdu.ts';
import { assert } from '../../base/assert.ts';
import { equalBytes, toHex } from '../../base/bytes.ts';
import { buildDol, parseDol, dolLength } from '../../tlv/dol.ts';
import { tvrPlaces, type TvrFlag } from '../flags.ts';
import type { TornRecord } from '../torn-record.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { RequestedCryptogram } from '../book3/action-analysis.ts';
import type { AskedFor } from './emv-mode.ts';
import type { Kernel2Config } from './kernel-2-config.ts';

/** Objects of the terminal that the answer of the card was about. */
const kept = '9F02 9F03 9F1E 9F34 9F33 9F1A 9F35 95 5F2A 9A 9F21 9C 9F37'.split(' ');
/** CDOL1, DRDOL and PDOL Related Data; Reference Control Parameter (Book C-2 Annex A.1). */
const cdolData = 'DF8107';
const drdolData = 'DF8113';
const pdolData = 'DF8111';
const referenceControl = 'DF8114';
/** What has to be the same in this sale. */
const sameSale = ['9F02', '9F03', '5F2A', '9C'];

export class TornLog {
  #records: readonly TornRecord[];
  #changed = false;
  readonly #config: Kernel2Config;

  /** Records that are too old are left out (Book C-2 §3.7, CLEAN). */
  constructor(records: readonly TornRecord[], config: Kernel2Config, nowMs: number) {
    this.#config = config;
    const young = records.filter(({ tornAtMs }) => nowMs - tornAtMs <= config.tornLifetimeMs);
    this.#records = young;
    this.#changed = young.length !== records.length;
  }

  /** Undefined while it is what it was. */
  get changed(): readonly TornRecord[] | undefined {
    return this.#changed ? this.#records : undefined;
  }

  /** Recovery needs a card that knows it (DRDOL, 9F51) and a log that holds something (DF811D). */
  supportedBy(data: TransactionData): boolean {
    return this.#config.tornRecords > 0 && data.card.has('9F51');
  }

  /** `type` is what this sale would ask for: an approval that it would not ask for is not recovered either. */
  find(data: TransactionData, type: RequestedCryptogram): TornRecord | undefined {
    const account = accountOf(data);
    return this.#records.find(
      (record) =>
        record.account === account &&
        (type === 'tc' || askedType(record) !== 'tc') &&
        sameSale.every((tag) => equalBytes(record.objects.get(tag) ?? none, data.terminal.get(tag) ?? none)),
    );
  }

  remove(record: TornRecord): void {
    this.#records = this.#records.filter((other) => other !== record);
    this.#changed = true;
  }

  /** The oldest makes room. A DRDOL that cannot be read is asked for nothing. */
  add(data: TransactionData, asked: AskedFor, tornAtMs: number): void {
    assert(this.#config.tornRecords > 0, 'torn log: there is room for a record');
    const drdol = parseDol(data.card.get('9F51') ?? none);
    const objects = new Map(kept.map((tag) => [tag, (data.get(tag) ?? none).slice()]));
    objects.set(cdolData, asked.cdolValue.slice());
    objects.set(pdolData, data.pdolValue.slice());
    const fits = drdol.ok && dolLength(drdol.value) <= maxCdolLength;
    objects.set(drdolData, fits ? buildDol(drdol.value, data) : new Uint8Array(0));
    objects.set(referenceControl, Uint8Array.of(referenceControlParameter(asked)));
    const record = { account: accountOf(data), tornAtMs, objects };
    this.#records = [...this.#records, record].slice(-this.#config.tornRecords);
    this.#changed = true;
  }
}

const none = new Uint8Array(0);

function accountOf({ card }: TransactionData): string {
  return `${toHex(card.get('5A') ?? none)}/${toHex(card.get('5F34') ?? none)}`;
}

/** P1 of GENERATE AC: bits 8–7 the cryptogram, bit 5 CDA (Book 3 §6.5.5.2). */
function referenceControlParameter({ type, cda }: Pick<AskedFor, 'type' | 'cda'>): number {
  return p1[type] | (cda ? 0x10 : 0);
}

const p1: Readonly<Record<RequestedCryptogram, number>> = { aac: 0x00, tc: 0x40, arqc: 0x80 };

function askedType({ objects }: Pick<TornRecord, 'objects'>): RequestedCryptogram {
  const parameter = objects.get(referenceControl)?.[0] ?? 0;
  return (['aac', 'tc', 'arqc'] as const).find((each) => p1[each] === (parameter & 0xc0)) ?? 'aac';
}

/** Data of RECOVER AC. */
export function recoveryData(record: TornRecord): Uint8Array {
  return record.objects.get(drdolData) ?? none;
}

/** S10.10: the transaction goes on with the data of the torn one. Says what had been asked for. */
export function restore(data: TransactionData, { objects }: TornRecord): AskedFor {
  for (const tag of kept) {
    const value = objects.get(tag);
    if (value !== undefined && tag !== '95') data.terminal.set(tag, value.slice());
  }
  const tvr = objects.get('95') ?? none;
  assert(tvr.length === 5, 'torn log: a TVR is five bytes');
  for (const name of Object.keys(tvrPlaces) as TvrFlag[]) {
    const [byte, bit] = tvrPlaces[name];
    if (((tvr[byte - 1] ?? 0) & (1 << (bit - 1))) === 0) data.tvr.clear(name);
    else data.tvr.set(name);
  }
  data.pdolValue = (objects.get(pdolData) ?? none).slice();
  const parameter = objects.get(referenceControl)?.[0] ?? 0;
  return {
    type: askedType({ objects }),
    cda: (parameter & 0x10) !== 0,
    cdolValue: (objects.get(cdolData) ?? none).slice(),
  };
}
