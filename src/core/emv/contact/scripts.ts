/**
 * Issuer scripts: commands of the issuer for its card, before (71) or after (72) the final GENERATE AC. EMV 4.4 Book 3
 * §10.10; results as in Book 4 Annex A5. Scripts longer than the 128 bytes that a terminal has to take are run as well.
 */
import { assert } from '../../base/assert.ts';
import { concat } from '../../base/bytes.ts';
import { parseTlv } from '../../tlv/ber-tlv.ts';
import type { CardAnswer, CardChannel } from '../card-channel.ts';

export interface ScriptsRun {
  /** Five bytes a script: result and number of the command that failed, then the script's identifier. */
  readonly results: Uint8Array;
  /** A script could not be read, or one of its commands was refused. */
  readonly failed: boolean;
}

interface Script {
  /** Issuer Script Identifier (9F18), zeros when there is none. */
  readonly identifier: Uint8Array;
  /** Undefined: the script is malformed, and none of it is sent. */
  readonly commands: readonly Uint8Array[] | undefined;
}

/** Left nibble of byte 1 of a result. */
const notPerformed = 0x00;
const failedAt = 0x10;
const successful = 0x20;
/** Right nibble: the number of the command that failed, from 1; fifteenth and later are all F. */
const lastNumber = 0x0f;

const shortestCommand = 4;

/** Every script in its order; an error ends one script, and the next one is begun all the same. */
export function* runScripts(
  channel: CardChannel,
  scripts: readonly Uint8Array[],
): Generator<Uint8Array, ScriptsRun, CardAnswer> {
  const results: Uint8Array[] = [];
  let failed = false;
  for (const script of scripts.map(parseScript)) {
    const result = yield* runScript(channel, script);
    failed ||= result !== successful;
    results.push(concat(Uint8Array.of(result), script.identifier));
  }
  assert(results.length === scripts.length, 'scripts: each has its result');
  return { results: concat(...results), failed };
}

/** A warning (62xx, 63xx) is no error; any other status is, and so is a card that does not answer. */
function* runScript(channel: CardChannel, { commands }: Script): Generator<Uint8Array, number, CardAnswer> {
  if (commands === undefined || channel.failure !== undefined) return notPerformed;
  for (const [index, command] of commands.entries()) {
    const response = yield* channel.exchange(command);
    const sw1 = (response?.sw ?? 0) >> 8;
    if (sw1 !== 0x90 && sw1 !== 0x62 && sw1 !== 0x63) return failedAt | Math.min(index + 1, lastNumber);
  }
  return successful;
}

function parseScript(template: Uint8Array): Script {
  const parsed = parseTlv(template);
  const identifier = new Uint8Array(4);
  if (!parsed.ok) return { identifier, commands: undefined };
  const given = parsed.value.find(({ tag }) => tag === '9F18')?.value;
  if (given?.length === 4) identifier.set(given);
  const commands = parsed.value.filter(({ tag }) => tag === '86').map(({ value }) => value);
  const usable = commands.length > 0 && commands.every(({ length }) => length >= shortestCommand);
  return { identifier, commands: usable ? commands : undefined };
}
