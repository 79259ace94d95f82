/**
 * ESC/POS parser: chunk-proof, crash-proof, and in agreement with a peer on streams from another encoder.
 * Peer data: escpos-php output and its command lists by escpos-tools, read from CHAM_VECTORS when present.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, hex, latin1 } from '../../../src/core/base/bytes.ts';
import { CommandParser, largestCommand, type EscPosCommand } from './command-parser.ts';

function parse(...chunks: readonly Uint8Array[]): readonly EscPosCommand[] {
  const parser = new CommandParser();
  const commands: EscPosCommand[] = [];
  for (const chunk of chunks) {
    parser.feed(chunk);
    for (let command = parser.next(); command !== undefined; command = parser.next()) commands.push(command);
  }
  return commands;
}

/** Adjacent pieces of text joined: where they were cut is not part of the meaning. */
function joined(commands: readonly EscPosCommand[]): readonly EscPosCommand[] {
  const result: EscPosCommand[] = [];
  for (const command of commands) {
    const last = result.at(-1);
    if (command.kind === 'text' && last?.kind === 'text') {
      result[result.length - 1] = { kind: 'text', bytes: concat(last.bytes, command.bytes) };
    } else result.push(command);
  }
  return result;
}

describe('command parser', () => {
  it('cuts a stream into commands with their parameters', () => {
    const stream = concat(hex('1B40'), latin1('Hi'), hex('0A 1D7630 00 0100 0200 AA55 1D564203 1D7201 1004 01'));
    expect(parse(stream)).toEqual([
      { kind: 'command', name: 'ESC @', parameters: hex('') },
      { kind: 'text', bytes: latin1('Hi') },
      { kind: 'command', name: 'LF', parameters: hex('') },
      { kind: 'command', name: 'GS v', parameters: hex('00 0100 0200 AA55') },
      { kind: 'command', name: 'GS V', parameters: hex('4203') },
      { kind: 'command', name: 'GS r', parameters: hex('01') },
      { kind: 'command', name: 'DLE EOT', parameters: hex('01') },
    ]);
  });

  it('reports what it does not know instead of guessing', () => {
    expect(parse(hex('1B7F 07'))).toEqual([
      { kind: 'unknown', bytes: hex('1B7F') },
      { kind: 'unknown', bytes: hex('07') },
    ]);
  });

  it('drops an oversized command as it arrives and goes on behind it', () => {
    const data = new Uint8Array(72 * 8000);
    expect(data.length).toBeGreaterThan(largestCommand);
    const stream = [hex('1D7630 00 4800 401F'), data.subarray(0, 1000), data.subarray(1000), hex('1D7201')];
    expect(parse(...stream)).toEqual([
      { kind: 'tooLarge', name: 'GS v', length: data.length + 5 },
      { kind: 'command', name: 'GS r', parameters: hex('01') },
    ]);
  });

  it('any bytes in any chunks give the same commands and keep every byte', () => {
    const lead = fc.constantFrom(0x1b, 0x1d, 0x1c, 0x10, 0x0a, 0x04, 0x76, 0x30, 0x56, 0x72, 0x40, 0x01, 0x00);
    const bytes = fc.array(fc.oneof(lead, fc.nat(255)), { maxLength: 300 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(300), { maxLength: 10 }), (stream, cuts) => {
        const edges = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length].sort((a, b) => a - b);
        const chunks = edges.slice(1).map((edge, index) => stream.subarray(edges[index] ?? 0, edge));
        expect(joined(parse(...chunks))).toEqual(joined(parse(stream)));
      }),
    );
  });
});

const vectors = path.join(
  process.env['CHAM_VECTORS'] ?? path.resolve(import.meta.dirname, '../../../../shared/vectors'),
  'receipt/escpos-php',
);

/** The peer's names for the commands that occur in its files. */
const peerNames: Readonly<Record<string, string>> = {
  LF: 'LineFeedCmd',
  'ESC !': 'SelectPrintModeCmd',
  'ESC @': 'InitializeCmd',
  'ESC E': 'EnableEmphasisCmd',
  'ESC a': 'SelectJustificationCmd',
  'ESC d': 'PrintAndFeedLinesCmd',
  'ESC p': 'PulseCmd',
  'ESC t': 'SelectCodeTableCmd',
  'GS ( L': 'GraphicsDataCmd',
  'GS ( k': 'Code2DDataCmd',
  'GS H': 'SelectHriPrintPosCmd',
  'GS V': 'FeedAndCutCmd',
  'GS h': 'SetBarcodeHeightCmd',
  'GS k': 'PrintBarcodeCmd',
  'GS v': 'PrintRasterBitImageCmd',
  'GS w': 'SetBarcodeWidthCmd',
};

describe.skipIf(!existsSync(vectors))(`streams of escpos-php (${vectors})`, () => {
  const files = existsSync(vectors) ? readdirSync(vectors).filter((file) => file.endsWith('.bin')) : [];

  it.each(files)('%s', (file) => {
    const commands = parse(readFileSync(path.join(vectors, file)));
    expect(commands.filter(({ kind }) => kind === 'unknown' || kind === 'tooLarge')).toEqual([]);
    const names = joined(commands).map((command) => {
      if (command.kind === 'text') return 'TextCmd';
      if (command.kind !== 'command') return command.kind;
      const family = command.name === 'GS (' ? ` ${fromLatin1(command.parameters.subarray(0, 1))}` : '';
      return peerNames[command.name + family] ?? command.name;
    });
    const peer = JSON.parse(readFileSync(path.join(vectors, `${file}.commands.json`), 'utf8')) as readonly string[];
    // The peer gives up on some files and lists nothing; there, only the end of our list can be checked.
    if (peer.length > 0) expect(names).toEqual(peer);
    else expect(names.slice(-1)).toEqual(['FeedAndCutCmd']);
  });
});
