/**
 * What the training acquirer can be told to do wrong, the way real hosts and networks do. Nothing in it is left to
 * chance: the same instructions and the same messages give the same trouble.
 */
import type { MessageKind } from './acquirer-rules.ts';

export interface Misbehaviour {
  /** For these messages only; otherwise for all but network management. */
  readonly on?: MessageKind | readonly MessageKind[];
  /** For this terminal only (DE 41). */
  readonly terminalId?: string;
  /** For the next such message only, instead of until cleared. */
  readonly once?: boolean;
  /** The message is lost before the host looks at it, or its reply is lost after the book is written. */
  readonly dropReply?: 'beforeCommit' | 'afterCommit';
  /** The reply comes later, if its connection is still there. */
  readonly replyDelayMs?: number;
  /** The reply comes later, on the newest connection of its terminal if the one it was asked on is gone. */
  readonly lateReplyMs?: number;
  /** The reply is held back until the next reply to such a terminal's money message has been sent. */
  readonly reorderReply?: boolean;
  /** The reply is sent twice. */
  readonly duplicateReply?: boolean;
  /** The reply is framed soundly but is no ISO 8583 message. */
  readonly corruptReply?: boolean;
  /** The reply carries a MAC that is not its own; without MACs it is sent as it is. */
  readonly corruptMac?: boolean;
  /** The connection is closed after the message was dealt with, reply or not; before, with `dropReply`. */
  readonly closeAfter?: boolean;
  /**
   * DE 39 of the reply. A request for an authorisation is decided so, and remembered; of anything else, and of 91 and
   * 96, nothing is booked.
   */
  readonly responseCode?: string;
  /** Half of a sale or pre-authorisation is approved. */
  readonly partialApproval?: boolean;
  /** The host's totals of a batch lack its last entry, or count a sale of 10.000 minor units that nobody made. */
  readonly totals?: 'forgetEntry' | 'phantomEntry';
}

/** True when the instruction is meant for this message. */
export function applies(misbehaviour: Misbehaviour, kind: MessageKind | undefined, terminalId: string): boolean {
  if (misbehaviour.terminalId !== undefined && misbehaviour.terminalId !== terminalId) return false;
  if (misbehaviour.on === undefined) return kind !== 'network';
  return kind !== undefined && [misbehaviour.on].flat().includes(kind);
}
