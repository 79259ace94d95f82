/**
 * Commands of issuer scripts, each under a MAC of the issuer: block and unblock, PIN, PUT DATA. EMV 4.4 Book 3 §6.5
 * and §10.10, Book 2 §9. What they do to the card is told, not done here.
 */
import { equalBytes, toHex } from '../../../src/core/base/bytes.ts';
import type { Command, status } from './command.ts';
import { commandMac, newPinOf, type ScriptSession } from './crypto/secure-messaging.ts';
import type { OfflinePin } from './offline-pin.ts';
import type { Personalised } from './personalisation.ts';
import type { ApplicationProfile } from './profiles.ts';

const macLength = 8;

/** CLA and INS: 8C and 84 are the same command with and without the header under the MAC; here it always is. */
const scriptInstructions: Readonly<Record<number, ScriptKind>> = {
  0x841e: 'applicationBlock',
  0x8c1e: 'applicationBlock',
  0x8418: 'applicationUnblock',
  0x8c18: 'applicationUnblock',
  0x8416: 'cardBlock',
  0x8c16: 'cardBlock',
  0x8424: 'pinChange',
  0x8c24: 'pinChange',
  0x04da: 'putData',
};

type ScriptKind = 'applicationBlock' | 'applicationUnblock' | 'cardBlock' | 'pinChange' | 'putData';

export type ScriptResult =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly status: keyof typeof status }
  | {
      readonly kind: 'done';
      readonly blocks?: { readonly what: 'application' | 'card'; readonly blocked: boolean };
      readonly stores?: { readonly tag: string; readonly value: Uint8Array };
    };

export interface ScriptTarget {
  readonly profile: ApplicationProfile;
  readonly data: Personalised;
  readonly pin: OfflinePin | undefined;
}

export function executeScript(card: ScriptTarget, command: Command, session: ScriptSession): ScriptResult {
  const kind = scriptInstructions[(command.cla << 8) | command.ins];
  if (kind === undefined) return { kind: 'unknown' };
  const { cla, ins, p1, p2, data } = command;
  if (data.length < macLength) return { kind: 'failed', status: 'wrongLength' };
  const header = Uint8Array.of(cla, ins, p1, p2, data.length);
  const content = data.subarray(0, -macLength);
  const mac = commandMac(card.data.recipe, card.data.keys, session, header, content);
  if (!equalBytes(mac, data.subarray(-macLength))) return { kind: 'failed', status: 'wrongMac' };
  if (card.profile.scriptsFail === true) return { kind: 'failed', status: 'wrongData' };
  if (kind === 'pinChange') return changePin(card, p2, content, session);
  if (kind === 'putData') {
    const tag = toHex(p1 === 0 ? Uint8Array.of(p2) : Uint8Array.of(p1, p2));
    return { kind: 'done', stores: { tag, value: content } };
  }
  return { kind: 'done', blocks: blocksOf[kind] };
}

const blocksOf = {
  applicationBlock: { what: 'application', blocked: true },
  applicationUnblock: { what: 'application', blocked: false },
  cardBlock: { what: 'card', blocked: true },
} as const;

/** Book 3 §6.5.10: P2 is 00 for unblocking only, 01 for a PIN under the old one, 02 for a new PIN by itself. */
function changePin({ pin, data }: ScriptTarget, p2: number, content: Uint8Array, session: ScriptSession): ScriptResult {
  if (pin === undefined) return { kind: 'failed', status: 'conditionsNotSatisfied' };
  if (p2 > 2) return { kind: 'failed', status: 'wrongParameters' };
  if (p2 === 0) {
    if (content.length > 0) return { kind: 'failed', status: 'wrongLength' };
    pin.unblock();
    return { kind: 'done' };
  }
  const digits = newPinOf(data.recipe, data.keys, session, content, p2 === 1 ? pin.digits : undefined);
  if (digits === undefined) return { kind: 'failed', status: 'wrongData' };
  pin.change(digits);
  return { kind: 'done' };
}
