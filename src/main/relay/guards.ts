/**
 * Which providers' notices a relay can check itself when its operator gives it the provider's notice secret. The others
 * are handed on unchecked: the terminal checks all of them in any case.
 */
import { signatureProblem } from '../../host/qr/notice-signature.ts';
import type { NoticeGuards } from '../../relay/hooks.ts';

export const noticeGuards: NoticeGuards = {
  training: {
    problem: ({ body, headers }, secret, receivedAt) => signatureProblem(secret, body, headers, receivedAt),
  },
};
