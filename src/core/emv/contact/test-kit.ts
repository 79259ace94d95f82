/** A contact sale against a card written down as APDUs, for tests: given answers, when everything runs, what came. */
import { hex, latin1, toHex } from '../../base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../../tlv/ber-tlv.ts';
import type { CardAnswer } from '../card-channel.ts';
import { contactApplication, saleInputWith, terminalForTests } from '../test-kit.ts';
import type { SaleInput } from '../terminal-data.ts';
import { contactSale } from './kernel.ts';
import type { CardCompletion, ContactAnswer, ContactEnd, ContactRequest, HostAnswer, PinResult } from './requests.ts';

export const pan = '9704000000000018';
export const aid = 'A0000007271010';
export const selectPse = '00A404000E315041592E5359532E444446303100';

export const ok = (...objects: readonly Tlv[]): string => `${toHex(encodeTlv(objects))}9000`;
export const p = (tag: string, value: string): Tlv => primitive(tag, hex(value));
export const text = (tag: string, value: string): Tlv => primitive(tag, latin1(value));
export const select = (name: string): string => `00A40400${toHex(Uint8Array.of(name.length / 2))}${name}00`;
export const selectNext = (name: string): string => `00A40402${toHex(Uint8Array.of(name.length / 2))}${name}00`;
export const fci = (name: string, ...proprietary: readonly Tlv[]): string =>
  ok(constructed('6F', [p('84', name), constructed('A5', proprietary)]));
export const pse = (...proprietary: readonly Tlv[]): string =>
  ok(constructed('6F', [text('84', '1PAY.SYS.DDF01'), constructed('A5', [p('88', '01'), ...proprietary])]));
export const directoryRecord = (...entries: readonly (readonly Tlv[])[]): string =>
  ok(
    constructed(
      '70',
      entries.map((entry) => constructed('61', entry)),
    ),
  );
/** AIP and AFL in format 1; by default one record that is not signed. */
export const options = (aip: string, afl = '08010100'): string => ok(p('80', aip + afl));
/** CID, ATC, cryptogram, issuer data. */
export const cryptogram = (cid: string, value = '1122334455667788'): string =>
  ok(p('80', `${cid}0007${value}06011203A00000`));

const cdol1 = '9F02069F030695059F37049F3403';
export const records: readonly Tlv[] = [
  p('57', `${pan}D3112201000F`),
  p('5A', pan),
  p('5F24', '311231'),
  p('5F34', '01'),
  p('8C', cdol1),
  p('8D', '8A0291089505'),
];

/** A card that goes online and is content with whatever it is told: the tests change one answer each. */
export const good: Readonly<Record<string, string>> = {
  [selectPse]: pse(),
  '00B2010C': directoryRecord([p('4F', aid), text('50', 'NAPAS DEBIT'), p('87', '01')]),
  '00B2020C': '6A83',
  [select(aid)]: fci(aid, text('50', 'NAPAS DEBIT')),
  '80A8': options('0400', '10010100'),
  '00B20114': ok(constructed('70', records)),
  '80AE80': cryptogram('80'),
  '80AE40': cryptogram('40'),
  '80AE00': cryptogram('00'),
  '0082': '9000',
};

/** A card by command prefix; the first key that fits answers. */
export function scripted(changes: Readonly<Record<string, string>> = {}): (command: string) => string {
  const answers = Object.entries({
    ...changes,
    ...Object.fromEntries(Object.entries(good).filter(([key]) => !(key in changes))),
  });
  return (command) => answers.find(([prefix]) => command.startsWith(prefix))?.[1] ?? '6D00';
}

export interface Surroundings {
  /** Hex, or `removed` or `noAnswer`. */
  readonly card?: (command: string) => string;
  readonly input?: SaleInput;
  readonly host?: HostAnswer;
  readonly pin?: PinResult;
  readonly choice?: number | 'cancelled';
}

export interface Run {
  readonly end: ContactEnd;
  readonly commands: readonly string[];
  readonly requests: readonly ContactRequest[];
  /** R-APDUs as they were handed over. */
  readonly answers: readonly Uint8Array[];
}

export const contactInput = saleInputWith({
  terminal: {
    ...terminalForTests,
    terminalType: '22',
    applications: [
      contactApplication(aid, 'NAPAS', { tac: { denial: '0000000000', online: 'FFFFFFFFFF', default: '0000000000' } }),
    ],
  },
});

export const approvedByHost: HostAnswer = { kind: 'answered', responseCode: '00', iccData: undefined };

/** Runs a sale to its end; R-APDUs are handed over as fresh bytes. */
export function run(surroundings: Surroundings = {}): Run {
  const { card = scripted(), input = contactInput, host = approvedByHost, choice = 0 } = surroundings;
  const { pin = { kind: 'unavailable' } } = surroundings;
  const commands: string[] = [];
  const requests: ContactRequest[] = [];
  const answers: Uint8Array[] = [];
  const respond = (command: string): CardAnswer => {
    const answer = card(command);
    if (answer === 'removed' || answer === 'noAnswer') return answer;
    const bytes = hex(answer);
    answers.push(bytes);
    return bytes;
  };
  const reply = (request: ContactRequest): ContactAnswer => {
    switch (request.kind) {
      case 'exchange':
        commands.push(toHex(request.command));
        return { kind: 'response', answer: respond(toHex(request.command)) };
      case 'chooseApplication':
        return { kind: 'application', index: choice };
      case 'enterPin':
        return { kind: 'pin', result: pin };
      case 'goOnline':
        return { kind: 'host', answer: host };
      default:
        return request;
    }
  };
  const sale = contactSale(input);
  let turn = sale.next();
  while (turn.done !== true) {
    if (turn.value.kind !== 'exchange') requests.push(turn.value);
    turn = sale.next(reply(turn.value));
  }
  return { end: turn.value, commands, requests, answers };
}

/** Of a sale that has to have gone online. */
export function completionOf({ end }: Run): CardCompletion {
  if (end.kind !== 'completed') throw new Error(`ended before going online: ${JSON.stringify(end)}`);
  return end.completion;
}
