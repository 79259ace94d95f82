/**
 * Judges files of recorded calls: each case has the name of a function, its arguments and its result or error. A case
 * that the recording does not state fully, or that is no task of a terminal, is skipped with the reason.
 */
import type { Result } from '../../../src/core/base/result.ts';
import { aes } from '../../../src/host/security/aes.ts';
import type { BlockCipher } from '../../../src/host/security/block-cipher.ts';
import {
  formatOptionalBlocks,
  keyBlockVersions,
  parseKeyBlockHeader,
  type KeyBlockHeader,
} from '../../../src/host/security/key-block-header.ts';
import { unwrapKeyBlock, wrapKeyBlock } from '../../../src/host/security/key-block.ts';
import { cbcMac, padForMac, retailMac, type MacPadding } from '../../../src/host/security/mac.ts';
import {
  clearPinBlock,
  decipherPinBlock4,
  encipherPinField4,
  panField4,
  pinField4,
  readClearPinBlock,
  readPinField4,
  type ClearPinBlockFormat,
} from '../../../src/host/security/pin-block-codec.ts';
import { tdes } from '../../../src/host/security/tdes.ts';
import type { VectorVerdict } from '../category.ts';
import { answerOf, expectRefusal, expectText, hexOf, skipped, type Answer } from './crypto-verdict.ts';

interface RecordedCall {
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** `header`: the last one that the calls of the same test have loaded. */
interface Context {
  header: KeyBlockHeader | undefined;
}

/** What our code answers, why the call is not judged, or nothing for a call that only sets up the next one. */
type Judged = Answer | { readonly skip: string } | undefined;
type Arguments = RecordedCall['args'];

function bytes(value: unknown): Buffer {
  const { hex } = (value ?? {}) as { readonly hex?: unknown };
  return Buffer.from(typeof hex === 'string' ? hex : '', 'hex');
}

function text(args: Arguments, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

function padding(method: unknown): MacPadding | undefined {
  return method === 1 || method === 2 || method === 3 ? method : undefined;
}

function length(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function withCipher(
  cipher: Result<BlockCipher, { readonly kind: string }>,
  run: (cipher: BlockCipher) => Buffer | Result<Buffer | string, { readonly kind: string }>,
): Answer {
  return answerOf(() => (cipher.ok ? run(cipher.value) : cipher));
}

function padded(method: MacPadding, args: Arguments): Answer {
  return answerOf(() => padForMac(bytes(args['data']), method, length(args['block_size']) ?? 8));
}

function judgeRetailMac(args: Arguments): Judged {
  const method = padding(args['padding']);
  if (method === undefined) return { refused: 'our type has no such padding' };
  const [first, second] = [bytes(args['key1']), bytes(args['key2'])];
  const halves = [first, second].map((key) => key.subarray(0, 8));
  // The recorded function also takes double length keys; equal halves make them the single keys of X9.19.
  const single = [first, second].every((key, index) =>
    key.equals(Buffer.concat([key.subarray(0, 8), halves[index] ?? key])),
  );
  if (!single) return { skip: 'MAC algorithm 3 over TDES is not X9.19' };
  return answerOf(() => retailMac(Buffer.concat(halves), bytes(args['data']), method, length(args['length'])));
}

function judgeCbcMac(args: Arguments): Judged {
  const method = padding(args['padding']);
  if (method === undefined) return { refused: 'our type has no such padding' };
  return withCipher(tdes(bytes(args['key'])), (cipher) =>
    cbcMac(cipher, bytes(args['data']), method, length(args['length'])),
  );
}

/** Format 3 has random fill digits: ours and the recorded block both have to give the PIN back. */
function encoded(format: ClearPinBlockFormat): (args: Arguments, call: RecordedCall) => Judged {
  return (args, call) => {
    const [pin, pan] = [text(args, 'pin'), text(args, 'pan')];
    return answerOf(() => {
      const ours = clearPinBlock(format, pin, pan);
      if (!ours.ok || format !== 3) return ours;
      const pins = [ours.value, bytes(call.result)].map((block) => readClearPinBlock(format, block, pan));
      return pins.every((each) => each.ok && each.value === pin) ? bytes(call.result) : ours;
    });
  };
}

/** The second half of the field is random. */
function encodedField4(args: Arguments, call: RecordedCall): Judged {
  return answerOf(() => {
    const ours = pinField4(text(args, 'pin'));
    const recorded = bytes(call.result);
    return ours.ok && ours.value.subarray(0, 8).equals(recorded.subarray(0, 8)) ? recorded : ours;
  });
}

function decoded(format: ClearPinBlockFormat): (args: Arguments) => Judged {
  return (args) => answerOf(() => readClearPinBlock(format, bytes(args['pinblock']), text(args, 'pan')));
}

/** The random part makes every block different: ours and the recorded one have to give the PIN back. */
function enciphered(args: Arguments, call: RecordedCall): Judged {
  const [pin, pan] = [text(args, 'pin'), text(args, 'pan')];
  return withCipher(aes(bytes(args['key'])), (cipher) => {
    const field = pinField4(pin);
    const block = field.ok ? encipherPinField4(cipher, field.value, pan) : field;
    if (!block.ok) return block;
    const recorded = bytes(call.result);
    const pins = [block.value, recorded].map((each) => decipherPinBlock4(cipher, each, pan));
    return pins.every((each) => each.ok && each.value === pin) ? recorded : block;
  });
}

function loadHeader(args: Arguments, _call: RecordedCall, context: Context): Judged {
  return answerOf(() => {
    const parsed = parseKeyBlockHeader(text(args, 'header'));
    if (!parsed.ok) return parsed;
    context.header = parsed.value.header;
    return String(parsed.value.length);
  });
}

/** A header given by its attributes. */
function headerOf(attributes: Arguments): string {
  const names = ['version_id', '', 'key_usage', 'algorithm', 'mode_of_use', 'version_num', 'exportability'];
  return `${names.map((name) => (name === '' ? '0000' : text(attributes, name))).join('')}0000`;
}

function initialised(args: Arguments): Judged {
  if (Object.keys(args).length === 0) return undefined;
  return answerOf(() => {
    const parsed = parseKeyBlockHeader(headerOf(args));
    return parsed.ok && parsed.value.length === headerOf(args).length
      ? 'null'
      : { ok: false, fault: { kind: 'header' } };
  });
}

function dumped(args: Arguments, _call: RecordedCall, { header }: Context): Judged {
  if (header === undefined) return { skip: 'the recording does not hold the blocks' };
  const blockSize = args['algo_block_size'] === 16 ? 16 : 8;
  return answerOf(() => {
    const found = formatOptionalBlocks(header.optionalBlocks, blockSize);
    return found.ok ? JSON.stringify([found.value.count, found.value.text]) : found;
  });
}

function constructed(args: Arguments, call: RecordedCall, context: Context): Judged {
  if (typeof args['header'] !== 'string') return undefined;
  const loaded = loadHeader(args, call, context);
  return loaded !== undefined && 'text' in loaded ? { text: 'null' } : loaded;
}

function kbpkOf(args: Arguments): Buffer {
  return bytes(args['kbpk'] ?? (args['self'] as Arguments | undefined)?.['kbpk']);
}

function unwrapped(args: Arguments, call: RecordedCall): Judged {
  const block = text(args, 'key_block');
  if (/not supported/.test(call.error?.message ?? '') && block.charAt(0) in keyBlockVersions) {
    return { skip: 'recorded with this version switched off' };
  }
  return answerOf(() => {
    const found = unwrapKeyBlock(kbpkOf(args), block);
    return found.ok ? found.value.key : found;
  });
}

/** Padding is random: ours has to be as long, with the same header, and both have to give the key back. */
function wrapped(args: Arguments, call: RecordedCall): Judged {
  const recorded = typeof call.result === 'string' ? call.result : '';
  const version = /version (?:ID )?\(?([A-Z])\b/.exec(call.error?.message ?? '')?.[1];
  const parsed = parseKeyBlockHeader(recorded === '' ? `${version ?? '?'}0000P0TE00N0000` : recorded);
  const [kbpk, key] = [kbpkOf(args), bytes(args['key'])];
  return answerOf(() => {
    if (!parsed.ok) return parsed;
    const ours = wrapKeyBlock(kbpk, parsed.value.header, key, length(args['masked_key_len']));
    if (!ours.ok) return ours;
    const opened = [ours.value, recorded].map((block) => unwrapKeyBlock(kbpk, block));
    const same = opened.every((each) => each.ok && each.value.key.equals(key));
    const { length: end } = parsed.value;
    return same && ours.value.length === recorded.length && ours.value.slice(0, end) === recorded.slice(0, end)
      ? recorded
      : ours;
  });
}

function rewrapped(args: Arguments, call: RecordedCall): Judged {
  const found = unwrapped(args, call);
  if (found === undefined || !('text' in found)) return found;
  const expected = Array.isArray(call.result) ? bytes(call.result[1]) : Buffer.alloc(0);
  return { text: found.text === hexOf(expected) ? JSON.stringify(call.result) : found.text };
}

const modes = { encrypt_aes_ecb: 'encryptEcb', decrypt_aes_ecb: 'decryptEcb' } as const;
const chainedModes = { encrypt_aes_cbc: 'encryptCbc', decrypt_aes_cbc: 'decryptCbc' } as const;

function aesEcb(name: keyof typeof modes): (args: Arguments) => Judged {
  return (args) => withCipher(aes(bytes(args['key'])), (cipher) => cipher[modes[name]](bytes(args['data'])));
}

function aesCbc(name: keyof typeof chainedModes): (args: Arguments) => Judged {
  return (args) =>
    withCipher(aes(bytes(args['key'])), (cipher) => cipher[chainedModes[name]](bytes(args['iv']), bytes(args['data'])));
}

const notOurs = (why: string) => (): Judged => ({ skip: why });
const issuerTask = notOurs("not a terminal's task");

const judges: Readonly<Record<string, (args: Arguments, call: RecordedCall, context: Context) => Judged>> = {
  'aes.encrypt_aes_cbc': aesCbc('encrypt_aes_cbc'),
  'aes.decrypt_aes_cbc': aesCbc('decrypt_aes_cbc'),
  'aes.encrypt_aes_ecb': aesEcb('encrypt_aes_ecb'),
  'aes.decrypt_aes_ecb': aesEcb('decrypt_aes_ecb'),
  'des.encrypt_tdes_ecb': (args) =>
    withCipher(tdes(bytes(args['key'])), (cipher) => cipher.encryptEcb(bytes(args['data']))),
  'des.apply_key_variant': notOurs("not a terminal's task: key variants of a host security module"),
  'mac.pad_iso_1': (args) => padded(1, args),
  'mac.pad_iso_2': (args) => padded(2, args),
  'mac.pad_iso_3': (args) => padded(3, args),
  'mac.generate_retail_mac': judgeRetailMac,
  'mac.generate_cbc_mac': judgeCbcMac,
  'pinblock.encode_pinblock_iso_0': encoded(0),
  'pinblock.encode_pinblock_iso_2': encoded(2),
  'pinblock.encode_pinblock_iso_3': encoded(3),
  'pinblock.decode_pinblock_iso_0': decoded(0),
  'pinblock.decode_pinblock_iso_2': decoded(2),
  'pinblock.decode_pinblock_iso_3': decoded(3),
  'pinblock.encode_pin_field_iso_4': encodedField4,
  'pinblock.decode_pin_field_iso_4': (args) => answerOf(() => readPinField4(bytes(args['pin_field']))),
  'pinblock.encode_pan_field_iso_4': (args) => answerOf(() => panField4(text(args, 'pan'))),
  'pinblock.encipher_pinblock_iso_4': enciphered,
  'pinblock.decipher_pinblock_iso_4': (args) =>
    withCipher(aes(bytes(args['key'])), (cipher) =>
      decipherPinBlock4(cipher, bytes(args['pin_block']), text(args, 'pan')),
    ),
  'Header.__init__': initialised,
  'Header.load': loadHeader,
  'Header.dump': notOurs('the recording does not hold the blocks'),
  'Blocks.dump': dumped,
  'KeyBlock.__init__': constructed,
  'KeyBlock.wrap': wrapped,
  'KeyBlock.unwrap': unwrapped,
  'tr31.wrap': wrapped,
  'tr31.unwrap': rewrapped,
  'pin.generate_ibm3624_pin': issuerTask,
  'pin.generate_ibm3624_offset': issuerTask,
  'pin.generate_visa_pvv': issuerTask,
  'cvv.generate_cvv': issuerTask,
};

function resultText(result: unknown): string {
  if (typeof result === 'string') return result;
  const { hex } = (result ?? {}) as { readonly hex?: string };
  return typeof hex === 'string' ? hex : JSON.stringify(result);
}

function judgeCall(name: string, call: RecordedCall, context: Context): VectorVerdict | undefined {
  const judge = Object.hasOwn(judges, call.call) ? judges[call.call] : undefined;
  if (judge === undefined) return skipped(name, `${call.call} is not known`);
  const judged = judge(call.args, call, context);
  if (judged === undefined) return undefined;
  if ('skip' in judged) return skipped(name, judged.skip);
  return call.error === undefined
    ? expectText(name, resultText(call.result), judged)
    : expectRefusal(name, call.error.message, judged);
}

/** `tests`: each with a name (`test`) and its `calls`. */
export function* judgeRecordedCalls(tests: readonly unknown[]): Iterable<VectorVerdict> {
  for (const { test, calls } of tests as readonly {
    readonly test: string;
    readonly calls: readonly RecordedCall[];
  }[]) {
    const context: Context = { header: undefined };
    for (const [index, call] of calls.entries()) {
      const name = `${test.replace(/^.*::/, '').slice(0, 60)} #${index + 1} ${call.call}`;
      const verdict = judgeCall(name, call, context);
      if (verdict !== undefined) yield verdict;
    }
  }
}
