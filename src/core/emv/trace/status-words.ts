/** What status words say in answer to the commands of a payment application: Book 1 §11, Book 3 §6.3.5 and §6.5. */
import { instruction } from './card-memory.ts';

const general: Readonly<Record<number, string>> = {
  0x9000: 'success',
  0x6200: 'warning, no information given',
  0x6281: 'part of the data may be damaged',
  0x6282: 'end of the record reached',
  0x6283: 'the selected file or application is blocked',
  0x6285: 'the selected file is in termination state',
  0x6300: 'authentication failed',
  0x6400: 'not done, nothing has changed',
  0x6581: 'memory failure',
  0x6700: 'wrong length',
  0x6882: 'secure messaging is not supported',
  0x6900: 'command not allowed',
  0x6982: 'security status not satisfied',
  0x6983: 'authentication method blocked',
  0x6984: 'referenced data invalidated',
  0x6985: 'conditions of use not satisfied',
  0x6986: 'command not allowed',
  0x6987: 'secure messaging object missing',
  0x6988: 'secure messaging object wrong',
  0x6a80: 'wrong data',
  0x6a81: 'function not supported (or the card is blocked)',
  0x6a82: 'no such file or application',
  0x6a83: 'no such record',
  0x6a84: 'not enough memory',
  0x6a86: 'wrong P1 or P2',
  0x6a88: 'no such data',
  0x6b00: 'wrong P1 or P2',
  0x6d00: 'instruction not supported',
  0x6e00: 'class not supported',
  0x6f00: 'no precise diagnosis',
};

/** Where the command makes the meaning clearer. */
const special: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [instruction.getProcessingOptions]: {
    0x6984: 'use another interface (Book C-3)',
    0x6985: 'conditions of use not satisfied: the terminal takes the next application',
    0x6986: 'see phone: the cardholder verifies on the device and taps again (Book C-3)',
  },
  [instruction.verify]: {
    0x6983: 'PIN blocked: no tries left',
    0x6984: 'PIN blocked: no tries left',
  },
  [instruction.externalAuthenticate]: {
    0x6300: 'issuer authentication failed',
    0x6985: 'already done once in this transaction',
  },
  [instruction.select]: { 0x6a81: 'the card is blocked, or SELECT is not supported' },
};

export function statusMeaning(ins: number, sw: number): string {
  const known = special[ins]?.[sw] ?? general[sw];
  if (known !== undefined) return known;
  const sw1 = sw >> 8;
  const low = sw & 0xff;
  if (ins === instruction.verify && (sw & 0xfff0) === 0x63c0) return `wrong PIN, ${low & 0x0f} tries left`;
  if ((sw & 0xfff0) === 0x63c0) return `failed, counter ${low & 0x0f}`;
  if (sw1 === 0x61) return `${low === 0 ? 256 : low} more bytes (GET RESPONSE)`;
  if (sw1 === 0x6c) return `wrong Le; ${low === 0 ? 256 : low} bytes are there`;
  if (sw1 === 0x90 || sw1 === 0x91) return 'not a status of EMV';
  if (sw1 === 0x62 || sw1 === 0x63) return 'warning';
  return sw1 >= 0x64 && sw1 <= 0x6f ? 'error' : 'not a status word';
}
