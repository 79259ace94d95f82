/**
 * The transitions table of a closing batch: every phase × every input has exactly one cell, which the compiler proves
 * (a missing cell does not type-check).
 */
import {
  confirmationReply,
  reconciliationReply,
  reconciliationUnanswered,
  released,
  repeat,
  retryTimer,
  uploadReply,
  uploadUnanswered,
  type Row,
} from './batch-steps.ts';
import type { ClosingPhase } from './model.ts';

const left = { ignore: 'the batch has left that step' } as const;
const notAsked = { ignore: 'the host has not been asked yet' } as const;
const underWay = { ignore: 'the batch is on its way already' } as const;

export const batchTransitions: Readonly<Record<ClosingPhase, Row>> = {
  waiting: {
    ReconciliationReply: notAsked,
    ReconciliationUnanswered: notAsked,
    UploadReply: notAsked,
    UploadUnanswered: notAsked,
    BatchTimerFired: { run: released },
    BatchInterrupted: { run: released },
    BatchReleased: { run: released },
  },
  reconciling: {
    ReconciliationReply: { run: reconciliationReply },
    ReconciliationUnanswered: { run: reconciliationUnanswered },
    UploadReply: notAsked,
    UploadUnanswered: notAsked,
    BatchTimerFired: { run: retryTimer },
    BatchInterrupted: { run: repeat },
    BatchReleased: underWay,
  },
  uploading: {
    ReconciliationReply: left,
    ReconciliationUnanswered: left,
    UploadReply: { run: uploadReply },
    UploadUnanswered: { run: uploadUnanswered },
    BatchTimerFired: { run: retryTimer },
    BatchInterrupted: { run: repeat },
    BatchReleased: underWay,
  },
  confirming: {
    ReconciliationReply: { run: confirmationReply },
    ReconciliationUnanswered: { run: reconciliationUnanswered },
    UploadReply: left,
    UploadUnanswered: left,
    BatchTimerFired: { run: retryTimer },
    BatchInterrupted: { run: repeat },
    BatchReleased: underWay,
  },
};
