/**
 * T=0: one C-APDU as the bytes that go over the line of a contact card, for readers that leave this to the terminal
 * (PC/SC readers do it themselves). EMV 4.4 Book 1 §9.2.2 and §9.3.1; ISO/IEC 7816-3 §10.3 and §12.2.
 *
 * Sans-IO: a generator that yields what to send and is given what came back, procedure byte and status included.
 */
import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';

const headerLength = 5;
/** A card that keeps the line busy is not waited for longer than this: 256 data bytes, each asked for alone, and more. */
const maxTurns = 600;

/** What one header has come to. */
interface Turn {
  readonly data: Uint8Array;
  readonly sw: number;
}

/**
 * The whole R-APDU: what all responses held, and the last status word. Undefined when the card breaks the protocol, or
 * `undefined` is handed in for an answer that did not come.
 */
export function* transmitT0(
  command: Uint8Array,
): Generator<Uint8Array, Uint8Array<ArrayBuffer> | undefined, Uint8Array | undefined> {
  const lc = command.length > headerLength ? (command[4] ?? 0) : 0;
  const body = command.subarray(headerLength, headerLength + lc);
  const answersWithData = command.length === headerLength || command.length === headerLength + 1 + lc;
  const parts: Uint8Array[] = [];
  const budget = { turns: maxTurns };
  let warning: number | undefined;
  let turn = yield* oneHeader(headerOf(command), body, budget);
  while (turn !== undefined) {
    parts.push(turn.data);
    const sw1 = turn.sw >> 8;
    const sw2 = turn.sw & 0xff;
    if (sw1 === 0x6c && answersWithData) {
      // Wrong expected length: the same header again (case 2), or GET RESPONSE again (case 4).
      const header = warning === undefined && body.length === 0 ? headerOf(command) : getResponse(sw2);
      turn = yield* oneHeader(withP3(header, sw2), new Uint8Array(0), budget);
    } else if (sw1 === 0x61) {
      turn = yield* oneHeader(getResponse(sw2), new Uint8Array(0), budget);
    } else if ((sw1 === 0x62 || sw1 === 0x63) && body.length > 0 && answersWithData && parts.length === 1) {
      // A warning to a case 4 command: its data are fetched with a length that the card corrects (Book 1 §9.3.1.2).
      warning = turn.sw;
      turn = yield* oneHeader(getResponse(0), new Uint8Array(0), budget);
    } else {
      const sw = warning ?? turn.sw;
      return concat(...parts, Uint8Array.of(sw >> 8, sw & 0xff));
    }
  }
  return undefined;
}

/** CLA INS P1 P2 P3; a case 1 command has no P3, which goes over the line as 00. */
function headerOf(command: Uint8Array): Uint8Array {
  assert(command.length >= 4, 'T=0: a command has a header');
  const header = new Uint8Array(headerLength);
  header.set(command.subarray(0, headerLength));
  return header;
}

function withP3(header: Uint8Array, p3: number): Uint8Array {
  assert(header.length === headerLength && p3 <= 0xff, 'T=0: a header has five bytes');
  return concat(header.subarray(0, 4), Uint8Array.of(p3));
}

function getResponse(length: number): Uint8Array {
  return Uint8Array.of(0x00, 0xc0, 0x00, 0x00, length);
}

/** Sends a header, and its data when the card's procedure byte asks for them, until SW1-SW2. */
function* oneHeader(
  header: Uint8Array,
  body: Uint8Array,
  budget: { turns: number },
): Generator<Uint8Array, Turn | undefined, Uint8Array | undefined> {
  const instruction = header[1] ?? 0;
  const received: number[] = [];
  let sent = 0;
  let came = yield header;
  for (;;) {
    budget.turns -= 1;
    if (came === undefined || budget.turns === 0) return undefined;
    // 60 asks for more time and says nothing else.
    const bytes = came[0] === 0x60 && came.length > 1 ? came.subarray(1) : came;
    const [first, second] = bytes;
    if (first === undefined) return undefined;
    if (first === 0x60) {
      came = yield new Uint8Array(0);
    } else if (first >> 4 === 6 || first >> 4 === 9) {
      if (second === undefined) return undefined;
      return { data: Uint8Array.from(received), sw: (first << 8) | second };
    } else if (sent < body.length && (first === instruction || first === (instruction ^ 0xff))) {
      // INS: all that is left; its complement: one byte.
      const next = first === instruction ? body.subarray(sent) : body.subarray(sent, sent + 1);
      sent += next.length;
      assert(next.length > 0 && sent <= body.length, 'T=0: no more is sent than the command has');
      came = yield next;
    } else if (first === instruction || first === (instruction ^ 0xff)) {
      const data = first === instruction ? bytes.subarray(1, Math.max(1, bytes.length - 2)) : bytes.subarray(1, 2);
      received.push(...data);
      const rest = bytes.subarray(1 + data.length);
      came = rest.length > 0 ? rest : yield new Uint8Array(0);
    } else {
      return undefined;
    }
  }
}
