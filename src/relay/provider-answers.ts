/**
 * What each provider wants to hear, so that it counts a webhook as received and does not repeat it, and what makes it
 * repeat. `taken` says no more than that the relay has stored the notice; whether money has arrived is judged by the
 * terminal. Sources and confidence: docs of the providers as of November 2026; where one says nothing about the body, a
 * success status with a plain body is sent.
 */
export const providers = [
  'payos',
  'sepay',
  'casso',
  'vietqr-vn',
  'momo',
  'zalopay',
  'vnpay',
  'training',
  'other',
] as const;

export type Provider = (typeof providers)[number];

export interface Answer {
  readonly status: number;
  /** Left out: no body at all. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface ProviderManners {
  readonly methods: readonly string[];
  readonly taken: Answer;
  /** What goes with a 503. */
  readonly busy?: Readonly<Record<string, unknown>>;
}

const success: Answer = { status: 200, body: { success: true } };
const received: Answer = { status: 200, body: { received: true } };
const post = ['POST'];

export const manners: Readonly<Record<Provider, ProviderManners>> = {
  payos: { methods: post, taken: success },
  // Asks for a 200 with exactly this body; up to seven repeats in about half an hour.
  sepay: { methods: post, taken: success },
  casso: { methods: post, taken: success },
  'vietqr-vn': {
    methods: post,
    taken: {
      status: 200,
      body: { error: false, errorReason: '000', toastMessage: '', object: { reftransactionid: '' } },
    },
    busy: { error: true, errorReason: 'E05', toastMessage: 'try again', object: null },
  },
  // Within 15 seconds.
  momo: { methods: post, taken: { status: 204 } },
  // 0: send again, at most three times.
  zalopay: {
    methods: post,
    taken: { status: 200, body: { return_code: 1, return_message: 'success' } },
    busy: { return_code: 0, return_message: 'try again' },
  },
  // The notice is a GET, all of it in the query.
  vnpay: {
    methods: ['GET', 'POST'],
    taken: { status: 200, body: { RspCode: '00', Message: 'Confirm Success' } },
    busy: { RspCode: '99', Message: 'try again' },
  },
  training: { methods: post, taken: received },
  other: { methods: ['POST', 'GET', 'PUT'], taken: received },
};
