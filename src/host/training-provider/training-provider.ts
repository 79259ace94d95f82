/**
 * The training provider: a bank and its QR service in one, over real HTTP on loopback, with a book of its own.
 * No real money can move. The control strip pays; tests make it misbehave as providers in the field do.
 */
import { assert } from '../../core/base/assert.ts';
import { toHex } from '../../core/base/bytes.ts';
import { money, sameMoney } from '../../core/base/money.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { findReference } from '../../core/qr/matcher.ts';
import { parseMpm } from '../../core/qr/mpm.ts';
import { normaliseMemo } from '../../core/qr/reference.ts';
import { readVietQr } from '../../core/qr/vietqr.ts';
import type { Transfer } from '../../core/transaction/model.ts';
import type { HttpCaller } from '../qr/http-call.ts';
import {
  listenTcp,
  type Listen,
  type ListenFault,
  type Listening,
  type ServiceReply,
  type ServiceRequest,
} from '../qr/http-service.ts';
import { requestContent, signatureHeaders, signatureProblem } from '../qr/notice-signature.ts';
import {
  fromTransfer,
  maskCardNumbers,
  parseMessage,
  paymentRequestMessage,
  paymentRequestsPath,
  refundsPath,
  toTransfer,
  transfersPath,
  type PaymentRequestMessage,
  type RefundMessage,
  type TransferMessage,
} from '../qr/provider-messages.ts';
import { Ledger, type LedgerFault } from './ledger.ts';
import { NoticeSender } from './notice-sender.ts';
import { RefundDesk, refundsInOrder, type RefundMisbehaviour } from './refund-desk.ts';

export interface TrainingQrProviderOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Shared with the terminal. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Keeps the book over restarts; without it the book is in memory only. */
  readonly ledgerFile?: string;
  /** How it is reached and how it sends notices; left out: by TCP. */
  readonly listen?: Listen;
  readonly call?: HttpCaller;
}

/** What can go wrong on the way from a payer to the terminal, and back; all off at first. */
export interface Misbehaviour extends RefundMisbehaviour {
  /** Sends the notice once more after it was acknowledged. */
  readonly deliverTwice: boolean;
  /** Sends the notice only after this pause. */
  readonly noticeDelayMs: number;
  /** Signs with another secret. */
  readonly badSignature: boolean;
  /** Never sends a notice; a query still finds the transfer. */
  readonly dropNotices: boolean;
  /** Added to the amount that arrives. */
  readonly amountErrorMinorUnits: number;
  /** The money arrives on another account. */
  readonly wrongAccount: boolean;
}

const wellBehaved: Misbehaviour = {
  deliverTwice: false,
  noticeDelayMs: 0,
  badSignature: false,
  dropNotices: false,
  amountErrorMinorUnits: 0,
  wrongAccount: false,
  ...refundsInOrder,
};

export interface Payment {
  readonly reference: string;
  readonly amountMinorUnits: number;
  /** What the payer typed instead of the memo that the code proposes. */
  readonly memo?: string;
}

/** By a code that says neither amount nor reference. */
export interface StaticPayment {
  readonly payload: string;
  readonly amountMinorUnits: number;
  readonly memo?: string;
}

export type PayFault = Fault<'unknownReference' | 'badAmount'> | LedgerFault;

const maxBodyBytes = 16 * 1024;

interface Open {
  readonly ledger: Ledger;
  readonly sender: NoticeSender;
}

export class TrainingQrProvider {
  readonly #options: TrainingQrProviderOptions;
  readonly #service: Listening;
  readonly #refunds: RefundDesk;
  #misbehaviour = wellBehaved;
  readonly #cancelled: string[] = [];
  #open: Open | undefined;

  constructor(options: TrainingQrProviderOptions) {
    this.#options = options;
    const { host, port, clock, listen = listenTcp } = options;
    this.#refunds = new RefundDesk(clock);
    this.#service = listen({ host, port, maxBodyBytes, handle: (request) => this.#handle(request) });
  }

  /** Reads the book, listens, and goes on sending what was not acknowledged. */
  async start(): Promise<Result<void, ListenFault | LedgerFault>> {
    assert(this.#open === undefined, 'training provider: started twice');
    const { clock, log, ledgerFile, call } = this.#options;
    const opened = Ledger.open(ledgerFile);
    if (!opened.ok) return opened;
    const ledger = opened.value;
    const sender = new NoticeSender({ clock, log, ...(call === undefined ? {} : { call }) });
    this.#open = { ledger, sender };
    const listening = await this.#service.start();
    if (!listening.ok) {
      this.#open = undefined;
      return listening;
    }
    for (const notice of ledger.unacknowledged()) this.#notify(notice);
    return ok(undefined);
  }

  /** Ends connections and cancels notices under way. The book stays. */
  async stop(): Promise<void> {
    await this.#open?.sender.stop();
    await this.#service.stop();
    this.#open = undefined;
  }

  /** Where the terminal's link finds the provider; known while it is started. */
  get apiBase(): string {
    return this.#service.origin;
  }

  /** What has arrived, oldest first: the bank's book, to be compared with the terminal's. */
  transfers(): readonly Transfer[] {
    return this.#book().ledger.transfers().map(toTransfer);
  }

  /** What has been given back, oldest first. */
  refunds(): readonly RefundMessage[] {
    return this.#book().ledger.refunds();
  }

  /** Codes that the terminal has given up, in the order in which it said so. */
  cancelled(): readonly string[] {
    return this.#cancelled;
  }

  /** Switches given here change, others stay. */
  misbehave(switches: Partial<Misbehaviour>): void {
    this.#misbehaviour = { ...this.#misbehaviour, ...switches };
  }

  /**
   * The payer scans the code registered for `reference`, types an amount and confirms. The transfer is in the
   * book when this returns; the notice follows. A code stays payable after it expired, as it does in life.
   */
  pay({ reference, amountMinorUnits, memo }: Payment): Result<Transfer, PayFault> {
    const request = this.#book().ledger.request(reference);
    if (request === undefined) return err(fault('unknownReference', `no code registered for ${reference}`, true));
    const code = scan(request);
    if (!code.ok) return err(fault('unknownReference', code.problem, true));
    const { bankBin, account } = code;
    return this.#receive({ bankBin, account, memo: memo ?? code.memo }, amountMinorUnits);
  }

  /** The payer scans the shop's static code and types the amount; the memo, too, if anything. */
  payCode({ payload, amountMinorUnits, memo = 'chuyen tien' }: StaticPayment): Result<Transfer, PayFault> {
    const code = readVietQr(parseMpm(payload));
    if (!code.ok) return err(fault('unknownReference', code.fault.detail, true));
    const { bankBin, account } = code.value;
    return this.#receive({ bankBin, account, memo }, amountMinorUnits);
  }

  #receive(
    code: { readonly bankBin: string; readonly account: string; readonly memo: string },
    amountMinorUnits: number,
  ): Result<Transfer, PayFault> {
    const { clock, random } = this.#options;
    const { amountErrorMinorUnits, wrongAccount, dropNotices } = this.#misbehaviour;
    const { ledger } = this.#book();
    const arriving = amountMinorUnits + amountErrorMinorUnits;
    if (!Number.isSafeInteger(arriving) || arriving < 1 || arriving > 999_999_999_999) {
      return err(fault('badAmount', `${arriving} is not an amount that can be transferred`, true));
    }
    const [a = 0, b = 0, c = 0, ...rest] = random.bytes(9);
    const payerAccount = `******${String((a * 256 + b) % 10_000).padStart(4, '0')}`;
    const account = wrongAccount ? otherAccount(code.account) : code.account;
    const words = maskCardNumbers(normaliseMemo(code.memo)).slice(0, 400);
    const transfer: Transfer = {
      providerTransactionId: `FT${toHex(Uint8Array.from(rest))}`,
      bankBin: code.bankBin,
      account,
      amount: money(arriving, 'VND'),
      // What banks make of a memo: their own words around it, capitals, no accents and no punctuation.
      memo: `TRAINBANK.${c}.${words}.CT tu ${payerAccount} toi ${account}`,
      paidAt: clock.now(),
      payer: payerAccount,
    };
    const notice = fromTransfer(transfer, payerAccount);
    const booked = ledger.append({ type: 'received', transfer: notice });
    if (!booked.ok) return booked;
    if (!dropNotices) this.#notify(notice);
    return ok(transfer);
  }

  #notify(notice: TransferMessage, again = false): void {
    const { ledger, sender } = this.#book();
    const { secret, clock, log } = this.#options;
    const { providerTransactionId } = notice;
    sender.send({
      id: providerTransactionId,
      waitMs: this.#misbehaviour.noticeDelayMs,
      attempt: async (post) => {
        const url = ledger.noticeUrl;
        if (url === undefined) return false;
        const body = JSON.stringify(notice);
        const key = this.#misbehaviour.badSignature ? new Uint8Array(secret.length) : secret;
        const headers = { 'content-type': 'application/json', ...signatureHeaders(key, body, clock.now()) };
        const reply = await post({ method: 'POST', url, headers, body });
        return reply?.status === 200;
      },
      acknowledged: () => {
        if (again) return;
        const noted = ledger.append({ type: 'acknowledged', providerTransactionId });
        // The terminal knows; at worst it is told again after a restart.
        if (!noted.ok) log.write('warning', 'training bank: book', { problem: noted.fault.detail });
        if (this.#misbehaviour.deliverTwice) this.#notify(notice, true);
      },
    });
  }

  #handle(request: ServiceRequest): ServiceReply | Promise<ServiceReply> {
    const { secret, clock } = this.#options;
    const { method, target, headers } = request;
    const body = request.body.toString('utf8');
    const problem = signatureProblem(secret, requestContent(method, target, body), headers, clock.now());
    if (problem !== undefined) return refused(401, `signature ${problem}`);
    const [path, query] = target.split('?');
    if (path === paymentRequestsPath && method === 'POST') return this.#register(body);
    const params = new URLSearchParams(query);
    if (path === transfersPath && method === 'GET') {
      const id = params.get('id');
      return id === null ? this.#list(params.get('reference') ?? '') : this.#one(id);
    }
    const [, cancelled] = /^\/v1\/payment-requests\/([A-Z0-9]{1,25})\/cancel$/.exec(path ?? '') ?? [];
    if (cancelled !== undefined && method === 'POST') return this.#cancel(cancelled);
    const { ledger } = this.#book();
    if (path === refundsPath && method === 'POST') return this.#refunds.give(ledger, body, this.#misbehaviour);
    const [, asked] = /^\/v1\/refunds\/([A-Z0-9]{1,20})$/.exec(path ?? '') ?? [];
    if (asked !== undefined && method === 'GET') return this.#refunds.state(ledger, asked, this.#misbehaviour);
    return refused(404, 'no such resource');
  }

  #register(body: string): ServiceReply {
    const { ledger } = this.#book();
    const parsed = parseMessage(paymentRequestMessage, body);
    if (!parsed.ok) return refused(400, parsed.problem);
    const request = parsed.message;
    const { reference, payload, noticeUrl } = request;
    if (!isLoopback(noticeUrl)) return refused(400, 'the training provider calls this machine only');
    const code = scan(request);
    if (!code.ok) return refused(400, code.problem);
    const known = ledger.request(reference);
    if (known !== undefined && known.payload !== payload) {
      return refused(409, 'this reference is registered with another code');
    }
    const booked = ledger.append({ type: 'registered', request });
    return booked.ok ? { status: 200, body: { reference } } : refused(503, booked.fault.detail);
  }

  /** As a bank searches: by what the memo carries. Nothing found is an answer too. */
  #list(reference: string): ServiceReply {
    const found = this.#book()
      .ledger.transfers()
      .filter(({ memo }) => findReference(memo, [reference]) !== undefined);
    return { status: 200, body: { transfers: found.slice(-100) } };
  }

  #one(id: string): ServiceReply {
    const found = this.#book()
      .ledger.transfers()
      .filter(({ providerTransactionId }) => providerTransactionId === id);
    return { status: 200, body: { transfers: found } };
  }

  /** A code stays payable, as in life: this only says that nobody waits for it. */
  #cancel(reference: string): ServiceReply {
    const { ledger } = this.#book();
    if (ledger.request(reference) === undefined) return { status: 200, body: { state: 'unknown' } };
    this.#cancelled.push(reference);
    const paid = ledger.transfers().some(({ memo }) => findReference(memo, [reference]) !== undefined);
    return { status: 200, body: { state: paid ? 'paid' : 'cancelled' } };
  }

  #book(): Open {
    assert(this.#open !== undefined, 'training provider: not started');
    return this.#open;
  }
}

function refused(status: number, error: string): ServiceReply {
  return { status, body: { error } };
}

type Scanned =
  | { readonly ok: true; readonly bankBin: string; readonly account: string; readonly memo: string }
  | { readonly ok: false; readonly problem: string };

/** What the payer's bank reads in the code; it has to say the same as the request that registered it. */
function scan({ payload, reference, amountMinorUnits, currency }: PaymentRequestMessage): Scanned {
  const code = readVietQr(parseMpm(payload));
  if (!code.ok) return { ok: false, problem: `payload: ${code.fault.detail}` };
  const { bankBin, account, amount, purpose = '' } = code.value;
  if (findReference(purpose, [reference]) === undefined) return { ok: false, problem: 'payload: another reference' };
  if (amount === undefined || !sameMoney(amount, money(amountMinorUnits, currency))) {
    return { ok: false, problem: 'payload: another amount' };
  }
  return { ok: true, bankBin, account, memo: purpose };
}

function otherAccount(account: string): string {
  return account.slice(0, -1) + (account.endsWith('X') ? 'Y' : 'X');
}

function isLoopback(url: string): boolean {
  return /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(url).hostname);
}
