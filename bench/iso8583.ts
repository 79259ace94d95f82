/**
 * ISO 8583: messages a second, building and parsing, in each way of writing them, and what a peer reaches with the
 * same values in the same run, round about. The message is a contactless sale of 18 elements with ICC data. Building
 * starts from the values and ends with the bytes; parsing ends with every element checked, and once more with every
 * element read as a string or bytes, as `read`.
 *
 *   CHAM_PEERS=folder/node_modules node bench/iso8583.ts [--json]
 */
import { packMessage, parseMessage } from '../src/core/iso8583/codec.ts';
import { resolveDialect, type Dialect } from '../src/core/iso8583/dialect.ts';
import { Iso8583Message } from '../src/core/iso8583/message.ts';
import { loadDialects } from '../src/main/config/dialect-schema.ts';
import { npmPeer, recorded } from './iso8583-peers.ts';
import { print, ratio, summarize, table, timed, type Summary } from './measure.ts';

/** Calls per sample: one call is too short for the clock. */
const batch = 100;
const samples = 400;
const warmUp = 100;

const iccData =
  '9F02060000000450009F03060000000000009F1A020704950500800480005F2A0207049A032611219C01009F37045F17A56F' +
  '820218009F360200019F10200FA501A000F8000000000000000000000F0000000000000000000000000000009F2608FAC3B60382F042D9' +
  '9F2701809F3303E0F8C89F34033F00009F1E04303030318407A0000007271010';

const mti = '0200';
const sale: Readonly<Record<string, string>> = {
  2: '9704000000000018',
  3: '000000',
  4: '000000045000',
  7: '1121101500',
  11: '000106',
  12: '171500',
  13: '1121',
  14: '3112',
  22: '071',
  23: '001',
  25: '00',
  35: '9704000000000018=3112201000000000000',
  37: '632510150002',
  41: 'TERM0002',
  42: 'VN0000000000002',
  49: '704',
  55: iccData,
  60: '000001',
};
const icc = Uint8Array.from(Buffer.from(iccData, 'hex'));

type Fields = readonly (readonly [element: number, value: string | Uint8Array])[];

/** The same sale in the words of each version. */
const messages: Readonly<Record<string, readonly [mti: string, fields: Fields]>> = {
  'iso87-ascii': [mti, withThese({})],
  'iso87-ascii-binary-bitmap': [mti, withThese({})],
  'iso87-binary': [mti, withThese({ 55: icc })],
  'iso2003-binary': [
    '2200',
    withThese({ 12: '20261121101500', 13: '261121', 22: new Uint8Array(16), 49: icc, 55: icc }),
  ],
};

function withThese(changes: Readonly<Record<string, string | Uint8Array>>): Fields {
  return Object.entries({ ...sale, ...changes }).map(([element, value]) => [Number(element), value]);
}

/** One thing that is measured, and the times it took, in microseconds. */
interface Task {
  readonly who: string;
  readonly what: 'build' | 'parse' | 'read';
  readonly bytes: number;
  readonly work: () => void;
  readonly times: number[];
}

function tasksOf(dialect: Dialect, type: string, fields: Fields): readonly Task[] {
  const build = (): Uint8Array => {
    const packed = packMessage(dialect, new Iso8583Message(type, fields));
    if (!packed.ok) throw new Error(packed.fault.detail);
    return packed.value;
  };
  const wire = build();
  const parse = (): Iso8583Message => {
    const parsed = parseMessage(dialect, wire);
    if (!parsed.ok) throw new Error(parsed.fault.detail);
    return parsed.value;
  };
  let length = 0;
  const read = (): void => {
    parse().forEach((_element, value) => {
      length += value.length;
      return true;
    });
  };
  const common = { who: dialect.id, bytes: wire.length };
  return [
    { ...common, what: 'parse', work: parse, times: [] },
    { ...common, what: 'read', work: read, times: [] },
    { ...common, what: 'build', work: build, times: [] },
  ];
}

function peerTasks(): readonly Task[] {
  const peer = npmPeer({ 0: mti, ...sale });
  if (peer === undefined) return [];
  const wire = peer.build();
  const common = { who: peer.name, bytes: wire.length };
  return [
    { ...common, what: 'read', work: () => peer.parse(wire), times: [] },
    { ...common, what: 'build', work: () => peer.build(), times: [] },
  ];
}

const descriptions = loadDialects();
if (!descriptions.ok) throw new Error(`${descriptions.fault.file} cannot be used`);
const ours = Object.entries(messages).flatMap(([id, [type, fields]]) => {
  const dialect = resolveDialect(descriptions.value, id);
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return tasksOf(dialect.value, type, fields);
});
const theirs = peerTasks();
for (let round = 0; round < warmUp + samples; round += 1) {
  for (const { work, times } of [...ours, ...theirs]) {
    timed(times, () => {
      for (let i = 0; i < batch; i += 1) work();
    });
  }
}

interface Row extends Summary {
  readonly who: string;
  readonly what: Task['what'];
  readonly bytes: number;
  readonly perSecond: number;
}

const rows: readonly Row[] = [...ours, ...theirs].map(({ who, what, bytes, times }) => {
  const summary = summarize(times.slice(warmUp).map((us) => us / batch));
  return { who, what, bytes, ...summary, perSecond: Math.round(1e6 / summary.p50) };
});

function perSecond(dialect: string, what: Task['what']): number {
  return rows.find((row) => row.who === dialect && row.what === what)?.perSecond ?? Number.NaN;
}

interface Comparison {
  readonly peer: string;
  /** A figure of another run, even of another machine, says little more than the order of magnitude. */
  readonly when: 'same run' | 'recorded, other run';
  readonly dialect: string;
  readonly read: number;
  readonly parse: number;
  readonly build: number;
}

/** How many times as fast we are. Peers' parsing makes every value, so `read` is the like of it. */
function compare(
  { peer, when, dialect }: Pick<Comparison, 'peer' | 'when' | 'dialect'>,
  { parsed, built }: { readonly parsed: number; readonly built: number },
): Comparison {
  return {
    peer,
    when,
    dialect,
    read: ratio(perSecond(dialect, 'read'), parsed),
    parse: ratio(perSecond(dialect, 'parse'), parsed),
    build: ratio(perSecond(dialect, 'build'), built),
  };
}

const [installed] = theirs;
const comparisons: readonly Comparison[] = [
  ...(installed === undefined
    ? []
    : [
        compare(
          { peer: installed.who, when: 'same run', dialect: 'iso87-ascii' },
          { parsed: perSecond(installed.who, 'read'), built: perSecond(installed.who, 'build') },
        ),
      ]),
  ...recorded
    .filter(({ peer }) => peer !== installed?.who)
    .map(({ peer, wire, parsedPerSecond, builtPerSecond }) =>
      compare(
        { peer, when: 'recorded, other run', dialect: `iso87-${wire}` },
        { parsed: parsedPerSecond, built: builtPerSecond },
      ),
    ),
];

const us = (value: number): string => value.toFixed(2);
const notMeasured = installed === undefined ? '\nNo peer measured: CHAM_PEERS names no folder with iso_8583.' : '';
print(
  { bench: 'iso8583', batch, samples, rows, comparisons },
  `ISO 8583, a sale of 18 elements, microseconds a message, ${samples} samples of ${batch}\n${table(
    ['', 'what', 'bytes', 'p50', 'p99', 'messages/s'],
    rows.map(({ who, what, bytes, p50, p99, perSecond }) => [who, what, bytes, us(p50), us(p99), perSecond]),
  )}\n\nTimes as fast as\n${table(
    ['', 'when', 'dialect', 'read', 'parse', 'build'],
    comparisons.map(({ peer, when, dialect, read, parse, build }) => [peer, when, dialect, read, parse, build]),
  )}${notMeasured}`,
);
