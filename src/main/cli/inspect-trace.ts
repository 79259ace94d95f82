/**
 * `cham inspect trace`: a recorded card session as a story, which step, what was asked and answered, which decision on
 * which bits. Reads what the terminal records and the logs of other programs; says nothing that is not in the trace.
 */
import { readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fromLatin1, toHex } from '../../core/base/bytes.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { tellStory, type TraceStep } from '../../core/emv/trace/story.ts';
import { parseTrace, type TraceRemark } from '../../core/emv/trace/trace-text.ts';
import { findTlv } from '../../core/tlv/ber-tlv.ts';
import { scrub } from '../log.ts';
import { objectLines, shownObjects, type ShownObject } from './emv-objects.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Tells a recorded card session step by step.

Usage: npm run cham -- inspect trace FILE [--clear] [--json]
       npm run cham -- inspect trace --batch

  FILE      the trace, or - for standard input: "=> hex" is a command and "<= hex" the answer, # begins a comment;
            also ->, >>, >, C-APDU:, TX: and their opposites, as other programs write them
  --clear   do not mask card data that the trace may still hold
  --json    { "remarks": [{ "key", "value" }], "application", "label", "decision", "elapsedMs", "steps": [{ "step",
            "title", "line", "exchanges": [{ "line", "command", "response", "elapsedMs" }], "sw", "status", "asked",
            "answered", "says" }] }. "asked" and "answered" are objects as in "inspect emv --json"; what is not
            known is null. EVERY VALUE IN CLEAR, as it stands in the trace
  --batch   one file name a line on standard input, one JSON document a line on standard output, as with --json; what
            cannot be read gives { "error": { "line", "reason" } } and the batch goes on

"step" is one of ppse, pse, selection, processingOptions, readRecord, getData, internalAuthenticate, getChallenge, verify,
firstGenerateAc, secondGenerateAc, externalAuthenticate, cryptographicChecksum, script, other.

A trace that cannot be read ends with exit code 2, the line and the reason.

Example
  npm run cham -- inspect trace /var/lib/cham/traces/20261231-090507-000123.trace`;

/** As printed with --json. */
interface StoryDocument {
  readonly remarks: readonly TraceRemark[];
  /** AID of the application selected last. */
  readonly application: string | null;
  readonly label: string | null;
  /** The last cryptogram of the card. */
  readonly decision: 'AAC' | 'TC' | 'ARQC' | null;
  /** Of all exchanges that have a time. */
  readonly elapsedMs: number | null;
  readonly steps: readonly StepDocument[];
}

interface StepDocument {
  readonly step: TraceStep['kind'];
  readonly title: string;
  readonly line: number;
  readonly exchanges: readonly {
    readonly line: number;
    readonly command: string;
    readonly response: string | null;
    readonly elapsedMs: number | null;
  }[];
  readonly sw: string | null;
  readonly status: string;
  readonly asked: readonly ShownObject[];
  readonly answered: readonly ShownObject[];
  readonly says: readonly string[];
}

interface Unreadable {
  /** 0: the file itself. */
  readonly line: number;
  readonly reason: string;
}

/** A session has at most a few hundred exchanges of a few hundred bytes. */
const largestTrace = 4 * 1024 * 1024;

/** `args` are those after `inspect trace`. */
export async function inspectTrace(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      clear: { type: 'boolean', default: false },
      batch: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  if (values.batch) {
    if (positionals.length > 0) return wrong('--batch reads standard input; found a file on the command line too');
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      const story = line.trim() === '' ? err({ line: 0, reason: 'no file name' }) : read(line.trim());
      say(JSON.stringify(story.ok ? story.value : { error: story.fault }));
    }
    return exitCodes.ok;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) return wrong(`found ${positionals.length} files; expected one`);
  const story = read(file);
  if (!story.ok) {
    const { line, reason } = story.fault;
    if (values.json) sayJson({ error: { line, reason } });
    complain(line === 0 ? `${file}: ${reason}` : `${file}, line ${line}: ${reason}`);
    return exitCodes.usage;
  }
  if (values.json) sayJson(story.value);
  else for (const line of storyLines(story.value, values.clear)) say(line);
  return exitCodes.ok;
}

function wrong(reason: string): ExitCode {
  complain(`inspect trace: ${reason}\n\n${help}`);
  return exitCodes.usage;
}

function read(file: string): Result<StoryDocument, Unreadable> {
  let text: string;
  try {
    const size = file === '-' ? 0 : statSync(file).size;
    if (size > largestTrace) return err({ line: 0, reason: `larger than ${largestTrace} bytes` });
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'not readable';
    return err({ line: 0, reason: code === 'ENOENT' ? 'no such file' : `not readable (${code})` });
  }
  const trace = parseTrace(text);
  if (!trace.ok) return err({ line: trace.fault.line, reason: trace.fault.reason });
  const steps = tellStory(trace.value);
  const timed = trace.value.exchanges.flatMap(({ elapsedMs }) => elapsedMs ?? []);
  return ok({
    remarks: trace.value.remarks,
    ...selected(steps),
    decision: decision(steps),
    elapsedMs: timed.length === 0 ? null : Number(timed.reduce((sum, ms) => sum + ms, 0).toFixed(1)),
    steps: steps.map(stepDocument),
  });
}

function selected(steps: readonly TraceStep[]): Pick<StoryDocument, 'application' | 'label'> {
  const last = steps.findLast(({ kind, status }) => kind === 'selection' && status?.sw === 0x9000);
  const name = findTlv(last?.answered ?? [], '84')?.value;
  const label = findTlv(last?.answered ?? [], '50')?.value;
  return {
    application: name === undefined ? null : toHex(name),
    label: label === undefined ? null : fromLatin1(label),
  };
}

function decision(steps: readonly TraceStep[]): StoryDocument['decision'] {
  const cid = steps.flatMap(({ answered }) => findTlv(answered, '9F27')?.value[0] ?? []).at(-1);
  if (cid === undefined) return null;
  return (
    (
      [
        [0x00, 'AAC'],
        [0x40, 'TC'],
        [0x80, 'ARQC'],
      ] as const
    ).find(([kind]) => kind === (cid & 0xc0))?.[1] ?? null
  );
}

function stepDocument({ kind, title, exchanges, status, asked, answered, says }: TraceStep): StepDocument {
  const [first] = exchanges;
  return {
    step: kind,
    title,
    line: first?.line ?? 0,
    exchanges: exchanges.map(({ line, command, response, elapsedMs }) => ({
      line,
      command: toHex(command),
      response: response === undefined ? null : toHex(response),
      elapsedMs: elapsedMs ?? null,
    })),
    sw: status === undefined ? null : status.sw.toString(16).toUpperCase().padStart(4, '0'),
    status: status?.meaning ?? exchanges.at(-1)?.unanswered ?? 'no answer',
    asked: shownObjects(asked),
    answered: shownObjects(answered),
    says,
  };
}

function storyLines({ remarks, steps, ...about }: StoryDocument, clear: boolean): string[] {
  const quoted = (text: string): string => (clear ? text : scrub(text));
  const { application, label, decision: last, elapsedMs } = about;
  const summary = [
    application === null
      ? 'no application selected'
      : `application ${application}${label === null ? '' : ` "${label}"`}`,
    `last decision of the card: ${last ?? 'none'}`,
    `${steps.length} steps`,
    ...(elapsedMs === null ? [] : [`${elapsedMs.toFixed(1)} ms with the card`]),
  ];
  return [
    summary.join(' · '),
    ...remarks.map(({ key, value }) => `${key}: ${quoted(value)}`),
    ...steps.flatMap((step, index) => ['', ...stepLines(step, index + 1, clear)]),
  ];
}

function stepLines(step: StepDocument, number: number, clear: boolean): string[] {
  const { title, exchanges, sw, status, asked, answered, says } = step;
  const ms = exchanges.flatMap(({ elapsedMs }) => elapsedMs ?? []).reduce((sum, each) => sum + each, 0);
  const indented = (objects: readonly ShownObject[], heading: string): string[] =>
    objects.length === 0 ? [] : [`    ${heading}`, ...objectLines(objects, clear, 3)];
  return [
    `${number}. ${title}`,
    `    ${sw === null ? '' : `${sw} `}${status}${ms > 0 ? `, ${ms.toFixed(1)} ms` : ''}`,
    ...says.map((line) => `    * ${line}`),
    ...indented(asked, 'asked'),
    ...indented(answered, 'answered'),
  ];
}
