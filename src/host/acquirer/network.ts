/** Network management (08xx): sign-on and sign-off, echo test, working key, and the host's cut-over. */
import type { EpochMs } from '../../core/base/brand.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { acceptor, localTime, optional, trace, type TerminalIdentity } from './profile.ts';

/** DE 70. */
export const managementCodes = {
  signOn: '001',
  signOff: '002',
  workingKey: '161',
  cutOver: '201',
  echoTest: '301',
} as const;

type TerminalCode = Exclude<(typeof managementCodes)[keyof typeof managementCodes], '201'>;

/** DE 62 of the 0810 to a working-key request: a TR-31 key block. */
export const keyBlockElement = 62;

/** 0800 with DE 70. */
export function networkManagement(
  terminal: TerminalIdentity,
  code: TerminalCode,
  stan: number,
  now: EpochMs,
): Iso8583Message {
  return new Iso8583Message('0800', [
    ...trace(stan, now),
    ...localTime(now, terminal),
    ...acceptor(terminal),
    [70, code],
  ]);
}

/** 0810 to the host's own 0800 or 0801 with DE 70 = 201; undefined when the message is none, or not for this terminal. */
export function cutOverReply(terminal: TerminalIdentity, message: Iso8583Message): Iso8583Message | undefined {
  if (!/^080[01]$/.test(message.mti) || message.text(70) !== managementCodes.cutOver) return undefined;
  if ((message.text(41) ?? terminal.terminalId).trimEnd() !== terminal.terminalId) return undefined;
  const repeated = [7, 11, 12, 13, 70].flatMap((element) => optional(element, message.text(element)));
  return new Iso8583Message('0810', [...repeated, ...acceptor(terminal), [39, '00']]);
}
