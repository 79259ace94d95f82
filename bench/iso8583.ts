/**
 * ISO 8583: messages a second, parsing and building, in each way of writing them. The messages are a contactless sale
 * with ICC data, its approval and a sign-on; parsing reads every element, as whoever asks for a message does.
 * No peer runs in the same process: what others reach was measured elsewhere, so no ratio is given.
 *
 *   node bench/iso8583.ts [--json]
 */
import { packMessage, parseMessage } from '../src/core/iso8583/codec.ts';
import { resolveDialect, type Dialect } from '../src/core/iso8583/dialect.ts';
import { Iso8583Message } from '../src/core/iso8583/message.ts';
import { loadDialects } from '../src/main/config/dialect-schema.ts';
import { print, summarize, table, timed, type Summary } from './measure.ts';

/** Calls per sample: one call is too short for the clock. */
const batch = 200;
const samples = 400;
const warmUp = 100;

const iccData =
  '9F02060000000045009F03060000000000009F1A020704950580000480005F2A0207049A031612319C01009F37045F17A56F' +
  '820218009F360200019F10200FA501A000F8000000000000000000000F0000000000000000000000000000009F2608FAC3B60382F042D9' +
  '9F2701809F34030203008407A0000007271010';

type Fields = Record<number, string | Uint8Array>;

const sale: Fields = {
  3: '000000',
  4: '000000045000',
  7: '1121101500',
  11: '000106',
  35: '9704000000000018=31122010000000000000',
  37: '632510150002',
  41: 'TERM0002',
  42: 'VN0000000000002',
  60: '000001',
};
const approval: Fields = { 3: '000000', 4: '000000045000', 7: '1121101500', 11: '000106', 41: 'TERM0002' };
const signOn: Fields = { 7: '1121101500', 11: '000100', 42: 'VN0000000000001' };

/** The same messages in the words of each version. */
const messages: Readonly<Record<string, readonly (readonly [mti: string, fields: Fields])[]>> = {
  'iso87-ascii': [
    ['0200', { ...sale, 22: '071', 25: '00', 49: '704', 55: iccData }],
    ['0210', { ...approval, 37: '632510150002', 38: 'A1B2C3', 39: '00', 55: '910A50FC62050382000030308A023030' }],
    ['0800', { ...signOn, 70: '001' }],
  ],
  'iso87-binary': [
    ['0200', { ...sale, 22: '071', 25: '00', 49: '704', 55: octets(iccData) }],
    ['0210', { ...approval, 37: '632510150002', 38: 'A1B2C3', 39: '00', 55: octets('910A50FC620503820000') }],
    ['0800', { ...signOn, 70: '001' }],
  ],
  'iso2003-binary': [
    ['2200', { ...sale, 12: '20261121101500', 22: new Uint8Array(16), 24: '200', 55: octets(iccData) }],
    ['2210', { ...approval, 38: 'A1B2C3', 39: '0000', 55: octets('910A50FC620503820000') }],
    ['2800', { ...signOn, 24: '801' }],
  ],
};

function octets(hexText: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hexText, 'hex'));
}

interface Outcome {
  readonly dialect: string;
  readonly bytes: number;
  readonly parse: Summary;
  readonly build: Summary;
  readonly parsedPerSecond: number;
  readonly builtPerSecond: number;
}

function measure(dialect: Dialect, built: readonly Iso8583Message[]): Outcome {
  const wire = built.map((message) => {
    const packed = packMessage(dialect, message);
    if (!packed.ok) throw new Error(packed.fault.detail);
    return packed.value;
  });
  let read = 0;
  const parse = (bytes: Uint8Array): void => {
    const parsed = parseMessage(dialect, bytes);
    if (!parsed.ok) throw new Error(parsed.fault.detail);
    parsed.value.forEach((_element, value) => (read += value.length) > 0);
  };
  const build = (message: Iso8583Message): void => {
    if (!packMessage(dialect, message).ok) throw new Error('not built');
  };
  const [parses, builds]: [number[], number[]] = [[], []];
  for (let round = 0; round < warmUp + samples; round += 1) {
    timed(parses, () => each(wire, parse));
    timed(builds, () => each(built, build));
  }
  const [parseTimes, buildTimes] = [perMessage(parses), perMessage(builds)];
  return {
    dialect: dialect.id,
    bytes: Math.round(wire.reduce((sum, { length }) => sum + length, 0) / wire.length),
    parse: parseTimes,
    build: buildTimes,
    parsedPerSecond: Math.round(1e6 / parseTimes.p50),
    builtPerSecond: Math.round(1e6 / buildTimes.p50),
  };
}

function perMessage(all: readonly number[]): Summary {
  return summarize(all.slice(warmUp).map((us) => us / batch));
}

function each<T>(items: readonly T[], work: (item: T) => void): void {
  for (let i = 0; i < batch; i += 1) {
    const item = items[i % items.length];
    if (item !== undefined) work(item);
  }
}

const descriptions = loadDialects();
if (!descriptions.ok) throw new Error(`${descriptions.fault.file} cannot be used`);
const outcomes = Object.entries(messages).map(([id, all]) => {
  const dialect = resolveDialect(descriptions.value, id);
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  const built = all.map(
    ([mti, fields]) =>
      new Iso8583Message(
        mti,
        Object.entries(fields).map(([element, value]) => [Number(element), value]),
      ),
  );
  return measure(dialect.value, built);
});

const us = (value: number): string => value.toFixed(2);
print(
  { bench: 'iso8583', batch, samples, outcomes },
  `ISO 8583, microseconds a message (every element read), ${samples} samples of ${batch}\n${table(
    ['dialect', 'bytes', 'parse p50', 'p99', 'messages/s', 'build p50', 'p99', 'messages/s'],
    outcomes.map(({ dialect, bytes, parse, build, parsedPerSecond, builtPerSecond }) => [
      dialect,
      bytes,
      us(parse.p50),
      us(parse.p99),
      parsedPerSecond,
      us(build.p50),
      us(build.p99),
      builtPerSecond,
    ]),
  )}`,
);
