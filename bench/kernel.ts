/**
 * Kernels: the terminal's own share of a whole tap or insertion, everything outside `exchange`, with the simulated
 * cards in process: TLV, data object lists, RSA chains, decisions, DE 55. The card's own RSA is inside `exchange` and not
 * counted. Limit: 500 ms card-in-field, the usual guidance for contactless; aim: 3 ms at p99.
 */
import { SimulatedIssuer } from '../drivers/simulated/card/issuer.ts';
import { simulatedCard } from '../drivers/simulated/card/simulated-card.ts';
import { defaultCardFile, loadCardProfiles, type CardProfile } from '../drivers/simulated/card/profiles.ts';
import { trainingCaKeys } from '../drivers/simulated/card/keys/training-keys.ts';
import { unreachable } from '../src/core/base/assert.ts';
import { hex, toHex } from '../src/core/base/bytes.ts';
import { money } from '../src/core/base/money.ts';
import { contactSale } from '../src/core/emv/contact/kernel.ts';
import type { ContactAnswer, ContactRequest } from '../src/core/emv/contact/requests.ts';
import { contactlessSale } from '../src/core/emv/contactless/entry-point.ts';
import type { SaleInput } from '../src/core/emv/terminal-data.ts';
import { encodeTlv, primitive } from '../src/core/tlv/ber-tlv.ts';
import { loadEmvData } from '../src/main/config/emv-data.ts';
import { print, summarize, table } from './measure.ts';

const limitMs = 500;
const aimMs = 3;
const warmUp = 100;
const rounds = 1000;

const loaded = loadEmvData({ trainingKeys: trainingCaKeys(), withoutPinPad: true });
if (!loaded.ok) throw new Error('the built-in EMV data cannot be read');
const { emv } = loaded.value;
const profiles = loadCardProfiles(defaultCardFile);
if ('problems' in profiles) throw new Error('the simulated cards cannot be read');

const issuer = new SimulatedIssuer(profiles);

function profile(id: string): CardProfile {
  const found = 'problems' in profiles ? undefined : profiles.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no card ${id}`);
  return found;
}

function input(round: number): SaleInput {
  return {
    amount: money(45_000, 'VND'),
    transactionType: '00',
    at: { year: '2026', month: '11', day: '22', hour: '09', minute: '05', second: '07' },
    unpredictableNumber: Uint8Array.of(round >> 8, round & 0xff, 0xca, 0xfe),
    transactionCounter: 1 + (round % 99_999_998),
    terminal: emv,
    randomNumber: 50,
    recentAmount: () => 0,
    onExceptionFile: () => false,
    merchantForcedOnline: false,
    nowMs: 0,
    tornLog: [],
  };
}

/** One session: time in the kernel, exchanges, and how it ended. */
interface Session {
  readonly ownMs: number;
  readonly exchanges: number;
  readonly end: string;
}

/** Drives a kernel; only the time inside it counts. */
function drive<Request, End, Answer>(
  kernel: Generator<Request, End, Answer>,
  answer: (request: Request) => Answer,
  endOf: (end: End) => string,
): Session {
  let exchanges = 0;
  let started = performance.now();
  let turn = kernel.next();
  let ownMs = performance.now() - started;
  while (turn.done !== true) {
    const given = answer(turn.value);
    exchanges += 1;
    started = performance.now();
    turn = kernel.next(given);
    ownMs += performance.now() - started;
  }
  return { ownMs, exchanges, end: endOf(turn.value) };
}

type Flow = (round: number) => Session;

function tap(id: string): Flow {
  return (round) => {
    const card = simulatedCard(profile(id));
    card.enter();
    return drive(
      contactlessSale(input(round)),
      (command) => {
        const answer = card.exchange(command);
        return answer.ok ? answer.value : 'noAnswer';
      },
      ({ outcome }) => outcome.kind,
    );
  };
}

function insertion(id: string): Flow {
  return (round) => {
    const card = simulatedCard(profile(id));
    card.enter();
    const answer = (request: ContactRequest): ContactAnswer => {
      switch (request.kind) {
        case 'exchange': {
          const response = card.exchange(request.command);
          return { kind: 'response', answer: response.ok ? response.value : 'noAnswer' };
        }
        case 'chooseApplication':
          return { kind: 'application', index: 0 };
        case 'enterPin':
          return { kind: 'pin', result: { kind: 'bypassed' } };
        case 'goOnline': {
          const { card: read, secrets } = request;
          const sequence = read.panSequenceNumber ?? '00';
          const arpc = secrets.pan.use((pan) =>
            issuer.issuerAuthenticationData(pan, sequence, read.iccData, true, '00'),
          );
          if (arpc === undefined) throw new Error('the bank does not know its card');
          const iccData = toHex(encodeTlv([primitive('91', hex(arpc))]));
          return { kind: 'host', answer: { kind: 'answered', responseCode: '00', iccData } };
        }
        default:
          return unreachable(request, 'bench');
      }
    };
    return drive(contactSale(input(round)), answer, (end) =>
      end.kind === 'completed' ? end.completion.decision : end.result.outcome.kind,
    );
  };
}

const flows: readonly (readonly [what: string, flow: Flow])[] = [
  ['tap, Kernel 2 with CDA', tap('mastercard-credit')],
  ['tap, Kernel 3', tap('visa-credit')],
  ['tap, PURE family', tap('napas-debit')],
  ['insertion with CDA, both GENERATE ACs', insertion('visa-insert')],
];

const rows = flows.map(([what, flow]) => {
  const sessions: Session[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const session = flow(round);
    if (round >= warmUp) sessions.push(session);
  }
  const { p50, p99 } = summarize(sessions.map(({ ownMs }) => ownMs));
  const [first] = sessions;
  return { what, p50, p99, shareOfLimit: p99 / limitMs, exchanges: first?.exchanges ?? 0, end: first?.end ?? '' };
});

const cells = rows.map(({ what, p50, p99, shareOfLimit, exchanges, end }) => [
  what,
  p50.toFixed(2),
  p99.toFixed(2),
  `${(shareOfLimit * 100).toFixed(2)} %`,
  exchanges,
  end,
]);
print(
  { bench: 'kernel', unit: 'ms', limitMs, aimMs, rounds, rows },
  `Kernels, the terminal's own ms a session, ${rounds} sessions (limit: ${limitMs} ms card in field; aim: ${aimMs} ms p99)\n` +
    table(['', 'p50', 'p99', 'p99 of limit', 'exchanges', 'ends as'], cells),
);
