/** Contactless cards for tests, written down as the R-APDUs they answer, and a sale that runs on them. */
import { concat, hex, latin1, toHex } from '../../base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../../tlv/ber-tlv.ts';
import type { CardAnswer } from '../card-channel.ts';
import type { KernelResult } from '../kernel-result.ts';
import type { SaleInput } from '../terminal-data.ts';
import { contactlessSale } from './entry-point.ts';

/** Answers hex with hex, or `removed` or `noAnswer`. */
export type Card = (command: string) => string;

export interface Run {
  readonly result: KernelResult;
  readonly commands: readonly string[];
}

/** The answers are handed over as fresh bytes. */
export function runSale(card: Card, input: SaleInput): Run {
  const commands: string[] = [];
  const sale = contactlessSale(input);
  let turn = sale.next();
  while (turn.done !== true) {
    const command = toHex(turn.value);
    commands.push(command);
    turn = sale.next(answerOf(card(command)));
  }
  return { result: turn.value, commands };
}

function answerOf(answer: string): CardAnswer {
  return answer === 'removed' || answer === 'noAnswer' ? answer : hex(answer);
}

/** By the beginning of a command; the first key that fits answers. */
export type Answers = Readonly<Record<string, string | ((command: string) => string)>>;

export function scripted(answers: Answers): Card {
  return (command) => {
    const [, answer = '6D00'] = Object.entries(answers).find(([prefix]) => command.startsWith(prefix)) ?? [];
    return typeof answer === 'string' ? answer : answer(command);
  };
}

export const p = (tag: string, value: string | Uint8Array): Tlv =>
  primitive(tag, typeof value === 'string' ? hex(value) : value);
export const text = (tag: string, value: string): Tlv => primitive(tag, latin1(value));
export const success = (...objects: readonly Tlv[]): string => `${toHex(encodeTlv(objects))}9000`;
export const format2 = (...objects: readonly Tlv[]): string => success(constructed('77', objects));
export const record = (...objects: readonly Tlv[]): string => success(constructed('70', objects));

export function directory(...entries: readonly (readonly Tlv[])[]): string {
  const templates = entries.map((entry) => constructed('61', entry));
  return success(constructed('6F', [constructed('A5', [constructed('BF0C', templates)])]));
}

export function fci(aid: string, ...proprietary: readonly Tlv[]): string {
  return success(constructed('6F', [p('84', aid), constructed('A5', proprietary)]));
}

export const selectPpse = '00A404000E325041592E5359532E444446303100';
export const select = (aid: string): string => `00A40400${toHex(Uint8Array.of(aid.length / 2))}${aid}`;

/** The contents of records, as they are signed. */
export const contents = (...objects: readonly Tlv[]): Uint8Array => concat(encodeTlv(objects));

/** Data of a case 4 command. */
export const dataOf = (command: string): Uint8Array => hex(command.slice(10, -2));

/** One field of `data`, by bytes. */
export const slice = (data: Uint8Array, from: number, length: number): string =>
  toHex(data.subarray(from, from + length));
