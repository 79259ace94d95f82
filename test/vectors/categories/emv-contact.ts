/**
 * Judges contact transactions: application selection, GET PROCESSING OPTIONS, records, and APDU exchange with cards that
 * answer in pieces. Each case is a card that answers in its recorded order and allows no other question.
 */
import { hex, parseHex, toHex } from '../../../src/core/base/bytes.ts';
import { CardChannel, type CardAnswer } from '../../../src/core/emv/card-channel.ts';
import type { TerminalApplication } from '../../../src/core/emv/configuration.ts';
import { contactSale } from '../../../src/core/emv/contact/kernel.ts';
import type { ContactAnswer, ContactEnd, ContactRequest } from '../../../src/core/emv/contact/requests.ts';
import { initiateApplication, readFci } from '../../../src/core/emv/initiate.ts';
import { parseAtr } from '../../../src/core/emv/atr.ts';
import { contactApplication, saleInputWith, terminalForTests } from '../../../src/core/emv/test-kit.ts';
import { TransactionData } from '../../../src/core/emv/transaction-data.ts';
import { transmitT0 } from '../../../src/core/emv/t0.ts';
import type { VectorVerdict } from '../category.ts';

export interface Exchange {
  readonly c: string | null;
  readonly r: string;
}

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

/** How far a sale came: the C-APDU beyond the recording, another request, or the end. */
type Stop = { readonly beyond: string } | { readonly request: ContactRequest } | { readonly end: ContactEnd };

interface Play {
  /** C-APDUs sent, up to and without the one beyond. */
  readonly commands: readonly string[];
  readonly stop: Stop;
}

/** Answers in order whatever is asked; `afterwards` answers what comes after the recording. */
function play(sale: Generator<ContactRequest, ContactEnd, ContactAnswer>, answers: readonly string[]): Play {
  const commands: string[] = [];
  let turn = sale.next();
  while (turn.done !== true) {
    if (turn.value.kind !== 'exchange') return { commands, stop: { request: turn.value } };
    const command = toHex(turn.value.command);
    const answer = answers[commands.length];
    if (answer === undefined) return { commands, stop: { beyond: command } };
    commands.push(command);
    turn = sale.next({ kind: 'response', answer: hex(answer) });
  }
  return { commands, stop: { end: turn.value } };
}

interface CandidateFile {
  readonly supported_aids: readonly { readonly aid: string; readonly asi: TerminalApplication['selection'] }[];
  readonly cases: readonly {
    readonly name: string;
    readonly exchanges: readonly { readonly c: string; readonly r: string }[];
    readonly expected_outcome: string;
  }[];
}

export function judgeCandidates({ supported_aids: aids, cases }: CandidateFile): VectorVerdict[] {
  const applications = aids.map(({ aid, asi }) => ({ ...contactApplication(aid, aid), selection: asi }));
  const input = saleInputWith({ terminal: { ...terminalForTests, applications } });
  return cases.map(({ name, exchanges, expected_outcome: outcome }) => {
    const { commands, stop } = play(
      contactSale(input),
      exchanges.map(({ r }) => r),
    );
    const expected = [...exchanges.map(({ c }) => c), outcome].join(' ');
    return verdict(name, expected, [...commands, listed(stop, outcome)].join(' '));
  });
}

/** What became of the candidate list, in the words of the peer. */
function listed(stop: Stop, outcome: string): string {
  if ('end' in stop) {
    const { kind } = stop.end;
    const reason =
      kind === 'outcome' && stop.end.result.outcome.kind === 'endApplication' && stop.end.result.outcome.reason;
    return reason === 'applicationBlocked'
      ? 'CARD_BLOCKED'
      : reason === 'noSupportedApplication'
        ? 'NOT_ACCEPTED'
        : kind;
  }
  // Several are for the cardholder to choose from, and a single one only when it wants to be confirmed.
  const asked = 'request' in stop && stop.request.kind === 'chooseApplication' ? stop.request.labels.length : 0;
  if (outcome.includes('confirmation')) return asked === 1 ? outcome : 'no confirmation was asked for';
  const selects = 'beyond' in stop && stop.beyond.startsWith('00A40400');
  return outcome.startsWith('OK') && (selects || asked > 1) ? outcome : 'candidates found';
}

interface Source {
  readonly tag: string;
  readonly value: string;
}

interface GpoFile {
  readonly transaction_params: readonly Source[];
  readonly terminal_config: readonly Source[];
  readonly cases: readonly {
    readonly name: string;
    readonly fci: string;
    readonly exchanges: readonly { readonly c: string; readonly r: string }[];
    readonly expected_outcome: string;
    readonly aip: string | null;
    readonly afl: string | null;
  }[];
}

export function judgeGpo({ transaction_params: sale, terminal_config: terminal, cases }: GpoFile): VectorVerdict[] {
  const objects = new Map([...terminal, ...sale].map(({ tag, value }) => [tag, hex(value)]));
  return cases.map(({ name, fci, exchanges, expected_outcome: outcome, aip, afl }) => {
    const data = new TransactionData(objects);
    const known = readFci(data, hex(fci));
    const steps = initiateApplication(new CardChannel('contact'), data);
    const commands: string[] = [];
    let turn = steps.next();
    while (turn.done !== true) {
      const answer = exchanges[commands.length]?.r;
      commands.push(toHex(turn.value));
      turn = steps.next(answer === undefined ? 'removed' : hex(answer));
    }
    const kinds: Readonly<Record<string, string>> = { selectNext: 'GPO_NOT_ACCEPTED', cardDataError: 'CARD_ERROR' };
    const ended = !known.ok ? known.fault : turn.value.ok ? undefined : turn.value.fault;
    const found = ended === undefined ? 'OK' : (kinds[ended.kind] ?? ended.kind);
    const told = ['82', '94'].map((tag) => toHex(data.card.get(tag) ?? new Uint8Array(0)));
    const expected = [...exchanges.map(({ c }) => c), outcome.split(/[ ;]/)[0], aip ?? '', afl ?? ''];
    return verdict(name, expected.join(' '), [...commands, found, ...told].join(' '));
  });
}

interface RecordsFile {
  readonly cases: readonly {
    readonly name: string;
    readonly afl: string;
    readonly exchanges: readonly { readonly c: string; readonly r: string }[];
    readonly expected_outcome: string;
  }[];
}

/** A whole sale with a card that has no PDOL and no functions; the records are the recorded ones. */
export function judgeRecords({ cases }: RecordsFile): VectorVerdict[] {
  const aid = 'A0000000031010';
  const fci = `6F0984${toHex(Uint8Array.of(aid.length / 2))}${aid}9000`;
  const terminal = { ...terminalForTests, applications: [contactApplication(aid, 'TEST')] };
  return cases.map(({ name, afl, exchanges, expected_outcome: outcome }) => {
    const options = `80${toHex(Uint8Array.of(2 + afl.length / 2))}0000${afl}9000`;
    const before = ['6A82', fci, fci, options];
    const { commands, stop } = play(contactSale(saleInputWith({ terminal })), [
      ...before,
      ...exchanges.map(({ r }) => r),
    ]);
    const goesOn = 'beyond' in stop && stop.beyond.startsWith('80AE');
    const refused =
      'end' in stop &&
      stop.end.kind === 'outcome' &&
      stop.end.result.outcome.kind === 'endApplication' &&
      stop.end.result.outcome.reason === 'cardDataError';
    const expected = [...exchanges.map(({ c }) => c), outcome === 'OK' ? 'goes on' : 'ends with an error of the card'];
    const found = goesOn ? 'goes on' : refused ? 'ends with an error of the card' : JSON.stringify(stop);
    return verdict(name, expected.join(' '), [...commands.slice(before.length), found].join(' '));
  });
}

interface ApduFile {
  readonly cases: readonly {
    readonly name: string;
    readonly exchanges: readonly { readonly c: string; readonly r: string }[];
    readonly application_data: string;
  }[];
}

/** The first command is the application's; what follows is the channel's. */
export function judgeApdus({ cases }: ApduFile): VectorVerdict[] {
  return cases.map(({ name, exchanges, application_data: expected }) => {
    const steps = new CardChannel('contact').exchange(hex(exchanges[0]?.c ?? ''));
    const commands: string[] = [];
    let turn = steps.next();
    while (turn.done !== true) {
      const answer: CardAnswer = parseHex(exchanges[commands.length]?.r ?? '') ?? 'noAnswer';
      commands.push(toHex(turn.value));
      turn = steps.next(answer);
    }
    const { data, sw = 0 } = turn.value ?? {};
    const status = toHex(Uint8Array.of(sw >> 8, sw & 0xff));
    // The peer writes the data where there are any, and the status word where there are none.
    const found = data !== undefined && data.length > 0 ? toHex(data) : status;
    const asked = exchanges.map(({ c }) => c).join(' ');
    return verdict(name, `${asked}: ${expected}`, `${commands.join(' ')}: ${found}`);
  });
}

/** By the names of the cases: which protocol, and whether EMV takes it at all. */
export function judgeAtrs({ cases }: { readonly cases: readonly { name: string; atr: string }[] }): VectorVerdict[] {
  return cases.map(({ name, atr }) => {
    const parsed = parseAtr(hex(atr));
    const emv = parsed.ok && parsed.value.notEmv.length === 0;
    const found = parsed.ok ? `T=${parsed.value.protocols[0] ?? '?'}${emv ? '' : ', not EMV'}` : parsed.fault.detail;
    const wanted = /_t([01])_/.exec(name)?.[1];
    return verdict(
      name,
      wanted === undefined ? 'not EMV' : `T=${wanted}`,
      wanted === undefined && !emv ? 'not EMV' : found,
    );
  });
}

/** The line of a T=0 card: as above, with procedure bytes. */
export function judgeTpdus({ cases }: ApduFile): VectorVerdict[] {
  return cases.map(({ name, exchanges, application_data: expected }) => {
    const steps = transmitT0(hex(commandOf(exchanges)));
    const sent: string[] = [];
    let turn = steps.next();
    while (turn.done !== true) {
      const answer = exchanges[sent.length]?.r;
      sent.push(toHex(turn.value));
      turn = steps.next(answer === undefined ? undefined : parseHex(answer));
    }
    const response = turn.value;
    const found = response === undefined ? 'none' : toHex(response.length > 2 ? response.subarray(0, -2) : response);
    const asked = exchanges.map(({ c }) => c).join(' ');
    return verdict(name, `${asked}: ${expected}`, `${sent.join(' ')}: ${found}`);
  });
}

/** The C-APDU that the recorded line belongs to: header, data that followed a procedure byte, and Le where some came. */
function commandOf(exchanges: readonly Exchange[]): string {
  const [first, second] = exchanges.map(({ c }) => c ?? '');
  const header = first ?? '';
  const data = exchanges[0]?.r.length === 2 ? (second ?? '') : '';
  if (data === '')
    return header.endsWith('00') && exchanges.length === 1 && !header.startsWith('00B2') ? header.slice(0, 8) : header;
  return header + data + (header.startsWith('00A4') ? '00' : '');
}
