/** Answers to notices for providers that look at the HTTP status, with the body most of them want. */
import type { NoticeOutcome } from '../adapter.ts';
import type { ServiceReply } from '../http-service.ts';

const refusals: Readonly<Record<Exclude<NoticeOutcome, 'kept' | 'later'>, number>> = {
  notFound: 404,
  signature: 401,
  stale: 401,
  malformed: 400,
  otherAccount: 403,
};

export function acknowledgeByStatus(outcome: NoticeOutcome): ServiceReply {
  if (outcome === 'kept') return { status: 200, body: { success: true } };
  if (outcome === 'later') return { status: 503, body: { success: false, error: 'cannot be kept at present' } };
  return { status: refusals[outcome], body: { success: false, error: outcome } };
}
