/**
 * A card session as text, one exchange in two lines, for people and for replay:
 *
 *     # interface: contactless
 *     => 00A404000E325041592E5359532E444446303100
 *     <= 6F2B840E…9000
 *     # 12.4 ms
 *
 * Comments begin with `#`. Before the first exchange, and after the last, a comment `key: value` says something of the
 * session; `# … ms` is the time of the exchange above it; `# => hex (reason)` is a command that got no answer. Logs of
 * other programs are read too: `->`, `>>`, `>`, `C-APDU:`, `TX:` and the like.
 */
import { assert } from '../../base/assert.ts';
import { parseHex, toHex } from '../../base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../../base/result.ts';

export interface TraceExchange {
  readonly command: Uint8Array;
  /** The whole R-APDU; undefined when the card was gone or silent. */
  readonly response: Uint8Array | undefined;
  /** Why there is no answer, when the trace says it. */
  readonly unanswered?: string;
  readonly elapsedMs?: number;
  /** Of the command, from 1. */
  readonly line: number;
}

/** What a comment says of the session, e.g. `outcome`. */
export interface TraceRemark {
  readonly key: string;
  readonly value: string;
}

export interface CardTrace {
  readonly remarks: readonly TraceRemark[];
  readonly exchanges: readonly TraceExchange[];
}

export interface TraceTextFault extends Fault<'traceMalformed'> {
  /** From 1. */
  readonly line: number;
  /** `detail` without the line. */
  readonly reason: string;
}

const commandMark = /^(?:=>|->|>>?|c-?apdu|command|tx|send|sent)\s*:?\s*/i;
const responseMark = /^(?:<=|<-|<<?|r-?apdu|response|rx|recv|received)\s*:?\s*/i;
/** Time stamps or counters in front, as many programs write them. */
const prefix = /^(?:\[[^\]]*\]|\d{2}:\d{2}:\d{2}[.,\d]*)\s*/;
const timing = /^#\s*([\d.]+)\s*ms\s*$/;
const unanswered = /^#\s*=>\s*([0-9a-f\s]+?)\s*(?:\(([^)]*)\))?$/i;
const remark = /^#\s*([A-Za-z0-9][\w -]{0,39}):\s*(.*)$/;
/** Book 1 §9.4: an extended length needs no EMV card. Header, Lc, 255 bytes, Le. */
const longestCommand = 261;

export function parseTrace(text: string): Result<CardTrace, TraceTextFault> {
  const remarks: TraceRemark[] = [];
  const exchanges: TraceExchange[] = [];
  let open: { readonly command: Uint8Array; readonly line: number } | undefined;
  for (const [index, raw] of text.split(/\r\n?|\n/).entries()) {
    const line = index + 1;
    const content = raw.replace(/^\ufeff/, '').trim();
    if (content === '') continue;
    if (/^(?:#|\/\/|;)/.test(content)) {
      comment(content, line, exchanges, remarks);
      continue;
    }
    const said = content.replace(prefix, '');
    if (commandMark.test(said)) {
      const command = bytesAfter(said, commandMark);
      if (command === undefined) return broken(line, 'expected a command in hexadecimal');
      if (command.length < 4) return broken(line, 'a command has at least four bytes');
      if (command.length > longestCommand) return broken(line, `a command has at most ${longestCommand} bytes`);
      if (open !== undefined) return broken(open.line, 'a command without an answer');
      open = { command, line };
      continue;
    }
    if (!responseMark.test(said)) return broken(line, 'expected "=> hex" (command) or "<= hex" (answer)');
    const response = bytesAfter(said, responseMark);
    if (response === undefined) return broken(line, 'expected an answer in hexadecimal');
    if (open === undefined) return broken(line, 'an answer without a command');
    if (response.length < 2) return broken(line, 'an answer ends with two status bytes');
    exchanges.push({ ...open, response });
    open = undefined;
  }
  if (open !== undefined) exchanges.push({ ...open, response: undefined });
  if (exchanges.length === 0) return broken(1, 'no exchange; expected lines "=> hex" and "<= hex"');
  assert(
    exchanges.every(({ command }) => command.length >= 4),
    'trace: a command has a header',
  );
  return ok({ remarks, exchanges });
}

function comment(content: string, line: number, exchanges: TraceExchange[], remarks: TraceRemark[]): void {
  const [, ms] = timing.exec(content) ?? [];
  const last = exchanges.at(-1);
  if (ms !== undefined) {
    if (last !== undefined && Number.isFinite(Number(ms))) {
      exchanges.splice(-1, 1, { ...last, elapsedMs: Number(ms) });
    }
    return;
  }
  const [, sent, why] = unanswered.exec(content) ?? [];
  const command = sent === undefined ? undefined : parseHex(sent);
  if (command !== undefined && command.length >= 4) {
    exchanges.push({ command, response: undefined, line, ...(why === undefined ? {} : { unanswered: why }) });
    return;
  }
  const [, key, value] = remark.exec(content) ?? [];
  if (key !== undefined && value !== undefined) remarks.push({ key, value });
}

/** Brackets around the status word and dots or colons between bytes are other programs' ornaments. */
function bytesAfter(line: string, mark: RegExp): Uint8Array | undefined {
  const bytes = parseHex(line.replace(mark, '').replaceAll(/[[\]:.]/g, ' '));
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}

function broken(line: number, reason: string): Result<never, TraceTextFault> {
  assert(line >= 1, 'trace: lines count from 1');
  return err({ ...fault('traceMalformed', `line ${line}: ${reason}`, false), line, reason });
}

export function writeTrace({ remarks, exchanges }: CardTrace, closing: readonly TraceRemark[] = []): string {
  const said = ({ key, value }: TraceRemark): string => `# ${key}: ${value}`.replaceAll(/[\r\n]+/g, ' ');
  const lines = exchanges.flatMap(({ command, response, unanswered: why, elapsedMs }) => [
    ...(response === undefined
      ? [`# => ${toHex(command)} (${why ?? 'no answer'})`]
      : [`=> ${toHex(command)}`, `<= ${toHex(response)}`]),
    ...(elapsedMs === undefined ? [] : [`# ${elapsedMs.toFixed(1)} ms`]),
  ]);
  return `${[...remarks.map(said), ...lines, ...closing.map(said)].join('\n')}\n`;
}
