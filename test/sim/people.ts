/** Draws the next move from the seed: what a busy shop does, with more bad luck than any shop has. */
import type { SaleStage, TerminalView } from '../../src/contract/view.ts';
import type { MessageKind } from '../../src/host/training/acquirer-rules.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { refundsInOrder } from '../../src/host/training-provider/refund-desk.ts';
import type { Chance } from './chance.ts';
import type { Act, Event, Move } from './moves.ts';
import { fairWeather } from './network.ts';

/** Cards that are held to the field, and those that are put into the slot; the good ones more often. */
const cards = [
  'napas-debit',
  'napas-debit',
  'visa-credit',
  'mastercard-credit',
  'visa-insert',
  'napas-insert',
  'mastercard-insert',
  'visa-offline',
  'napas-insert-declines',
  'jcb-credit',
  'napas-removed',
  'napas-declines',
  'visa-blocked',
] as const;

/** What phones show to the scanner; the good ones more often. */
const codes = [
  'napas-phone',
  'napas-phone',
  'visa-phone-code',
  'jcb-empty',
  'forged',
  'no-cryptogram',
  'broken',
] as const;

/** `any`: whatever moves money. */
const kinds: readonly (MessageKind | 'any')[] = ['any', 'any', 'sale', 'reversal', 'void', 'completion'];

/** Stages in which people can only wait. */
const busy: readonly SaleStage[] = ['authorising', 'completingCard', 'preparingQr', 'storing'];

const wait: Act = { event: { type: 'wait' } };
const cancel: Act = { touch: { type: 'press', action: 'cancel' } };

export class People {
  readonly #chance: Chance;
  #keys = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** `view`: what the screens show; undefined while the terminal is off. */
  next(view: TerminalView | undefined): Move {
    const chance = this.#chance;
    const act = chance.percent(14) || view === undefined ? { event: this.#badLuck() } : this.#person(view);
    return { act, thenMs: this.#pause(act) };
  }

  #pause(act: Act): number {
    const chance = this.#chance;
    if ('touch' in act && (act.touch.type === 'card' || act.touch.type === 'code')) return chance.between(0, 4000);
    switch (chance.weighed({ none: 20, moment: 45, while: 30, long: 3, longer: 0.4 })) {
      case 'none':
        return 0;
      case 'moment':
        return chance.between(1, 600);
      case 'while':
        return chance.between(600, 12_000);
      case 'long':
        return chance.between(12_000, 120_000);
      case 'longer':
      default:
        return chance.between(120_000, 400_000);
    }
  }

  #key(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  #amount(): number {
    return this.#chance.between(1, 400) * 1000;
  }

  #person({ sale, cardPrompt }: TerminalView): Act {
    const chance = this.#chance;
    const asked = cardPrompt?.kind;
    if (asked === 'chooseApplication' && chance.percent(90)) {
      return { touch: { type: 'choose', index: chance.between(0, 1) } };
    }
    if (asked === 'removeCard' && chance.percent(70)) return { touch: { type: 'takeCard' } };
    if (asked === 'leaveCard' && chance.percent(6)) return { touch: { type: 'takeCard' } };
    const stage = sale?.stage;
    if (stage === 'presentCard') {
      if (chance.percent(12)) return cancel;
      if (!chance.percent(92)) return wait;
      if (sale?.presentment === 'code') return { touch: { type: 'code', code: chance.of(codes) } };
      return { touch: { type: 'card', card: chance.of(cards) } };
    }
    if (stage === 'showQr' || stage === 'checkingPayment') return this.#payer();
    if (stage === 'partlyApproved') {
      return chance.percent(60) ? { touch: { type: 'press', action: 'acceptPartial' } } : cancel;
    }
    if (stage === 'takeCash') return chance.percent(80) ? { touch: { type: 'press', action: 'tenderCash' } } : cancel;
    if (stage !== undefined && busy.includes(stage)) return chance.percent(10) ? cancel : wait;
    if (stage !== undefined && chance.percent(25)) {
      return { touch: { type: 'press', action: chance.of(['close', 'close', 'reprint', 'void'] as const) } };
    }
    return this.#begin();
  }

  #payer(): Act {
    const chance = this.#chance;
    switch (chance.weighed({ pay: 60, wrong: 10, cancel: 18, aside: 10, byHand: 4, wait: 12 })) {
      case 'pay':
        return { event: { type: 'pay', which: 0, difference: 0 } };
      case 'wrong':
        return { event: { type: 'pay', which: 0, difference: chance.of([-1000, 1000, -1, 50_000]) } };
      case 'cancel':
        return cancel;
      case 'aside':
        return { touch: { type: 'press', action: 'setAside' } };
      case 'byHand':
        return { money: { type: 'confirmByHand' } };
      case 'wait':
      default:
        return wait;
    }
  }

  #begin(): Act {
    const chance = this.#chance;
    const which = chance.between(0, 5);
    const share = chance.of([100, 100, 50, 30]);
    switch (
      chance.weighed({
        card: 44,
        code: 6,
        qr: 14,
        cash: 4,
        hold: 6,
        refund: 6,
        void: 7,
        complete: 5,
        increment: 3,
        reprint: 1,
        latePay: 2,
        giveBack: 6,
        payout: 5,
        attach: 3,
        batch: 2,
      })
    ) {
      case 'card':
        return { touch: { type: 'sell', key: this.#key(), amount: this.#amount(), method: 'card' } };
      case 'code':
        return { touch: { type: 'sell', key: this.#key(), amount: this.#amount(), method: 'code' } };
      case 'qr':
        return { touch: { type: 'sell', key: this.#key(), amount: this.#amount(), method: 'qr' } };
      case 'cash':
        return { touch: { type: 'sell', key: this.#key(), amount: this.#amount(), method: 'cash' } };
      case 'hold':
        return { touch: { type: 'hold', key: this.#key(), amount: this.#amount() } };
      case 'refund':
        return { touch: { type: 'refund', key: this.#key(), which, share } };
      case 'void':
        return { touch: { type: 'later', action: 'void', which, share } };
      case 'complete':
        return { touch: { type: 'later', action: 'complete', which, share } };
      case 'increment':
        return { touch: { type: 'later', action: 'increment', which, share } };
      case 'reprint':
        return { touch: { type: 'later', action: 'reprint', which, share } };
      case 'giveBack':
        return { money: { type: 'giveBack', key: this.#key(), which, share } };
      case 'payout':
        return { money: { type: 'payout', key: this.#key(), which } };
      case 'attach':
        return { money: { type: 'attach', which } };
      case 'latePay':
        return { event: { type: 'pay', which, difference: 0 } };
      case 'batch':
      default:
        return { touch: { type: chance.percent(80) ? 'closeBatch' : 'sendNow' } };
    }
  }

  #badLuck(): Event {
    const chance = this.#chance;
    switch (
      chance.weighed({
        host: 26,
        plug: 8,
        replug: 16,
        weather: 8,
        fair: 12,
        bank: 8,
        printer: 6,
        accident: 9,
        kill: 3,
        power: 3,
        restart: 1,
        damage: 2,
        clock: 2,
        cutOver: 1,
      })
    ) {
      case 'host':
        return { type: 'host', misbehaviours: [this.#misbehaviour()] };
      case 'plug':
        return { type: 'plug', connected: false };
      case 'replug':
        return { type: 'plug', connected: true };
      case 'weather': {
        const share = (): number => (chance.percent(50) ? 0 : chance.between(1, 15));
        const [dead, reset, spoiled, twice, late] = [share(), share(), share(), share(), share()];
        return { type: 'weather', weather: { dead, reset, spoiled, twice, late } };
      }
      case 'fair':
        return { type: 'weather', weather: fairWeather };
      case 'bank':
        return { type: 'bank', switches: this.#bankTrouble() };
      case 'printer':
        return { type: 'printer', manner: { refuses: chance.of([0, 20, 100]), silent: chance.of([0, 20]) } };
      case 'accident': {
        const moment = chance.weighed({ lost: 25, durable: 30, power: 35, full: 4, unclear: 6 });
        const inFlight = chance.of(['log', 'mirror', 'nothing'] as const);
        return {
          type: 'accident',
          accident: { append: chance.between(1, 6), moment, inFlight, spoils: chance.percent(50) },
        };
      }
      case 'kill':
        return { type: 'kill' };
      case 'power':
        return { type: 'powerCut' };
      case 'restart':
        return { type: 'restart' };
      case 'damage':
        return {
          type: 'damage',
          file: chance.of(['journal.db', 'journal.db-wal', 'journal.mirror', 'journal.anchor']),
        };
      case 'clock':
        return { type: 'clock', byMs: chance.of([-86_400_000, -3_600_000, -5000, 5000, 3_600_000, 86_400_000]) };
      case 'cutOver':
      default:
        return { type: 'cutOver' };
    }
  }

  #bankTrouble(): Extract<Event, { type: 'bank' }>['switches'] {
    const chance = this.#chance;
    switch (chance.weighed({ twice: 1, late: 1, dropped: 1, account: 1, signature: 1, refunds: 3, none: 4 })) {
      case 'twice':
        return { deliverTwice: true };
      case 'late':
        return { noticeDelayMs: chance.between(1000, 120_000) };
      case 'dropped':
        return { dropNotices: true };
      case 'account':
        return { wrongAccount: true };
      case 'signature':
        return { badSignature: true };
      case 'refunds':
        return chance.of([
          { refuseRefunds: true },
          { refundsProcessing: chance.between(1, 4) },
          { loseRefundReplies: true },
          { refundDelayMs: chance.between(500, 60_000) },
        ]);
      case 'none':
      default:
        return {
          deliverTwice: false,
          noticeDelayMs: 0,
          dropNotices: false,
          wrongAccount: false,
          badSignature: false,
          ...refundsInOrder,
        };
    }
  }

  #misbehaviour(): Misbehaviour {
    const chance = this.#chance;
    const on = chance.of(kinds);
    const common = { ...(on === 'any' ? {} : { on }), ...(chance.percent(75) ? { once: true } : {}) };
    switch (
      chance.weighed({
        before: 12,
        after: 22,
        delay: 12,
        late: 14,
        reorder: 8,
        twice: 8,
        corrupt: 6,
        mac: 4,
        close: 8,
        code: 10,
        trouble: 6,
        partial: 8,
        none: 10,
      })
    ) {
      case 'before':
        return { ...common, dropReply: 'beforeCommit' };
      case 'after':
        return { ...common, dropReply: 'afterCommit' };
      case 'delay':
        return { ...common, replyDelayMs: chance.between(100, 60_000) };
      case 'late':
        return { ...common, lateReplyMs: chance.between(5000, 120_000) };
      case 'reorder':
        return { ...common, reorderReply: true };
      case 'twice':
        return { ...common, duplicateReply: true };
      case 'corrupt':
        return { ...common, corruptReply: true };
      case 'mac':
        return { ...common, corruptMac: true };
      case 'close':
        return { ...common, closeAfter: true, ...(chance.percent(50) ? { dropReply: 'afterCommit' } : {}) };
      case 'code':
        // "Not found" and "a repeat" of what the host has would be lies, which nobody can see through.
        return { on: 'sale', once: true, responseCode: chance.of(['51', '05', '91', '96', '10', '25', '94', '12']) };
      case 'trouble':
        return { ...common, once: true, responseCode: chance.of(['91', '96', '05']) };
      case 'partial':
        return { ...common, partialApproval: true };
      case 'none':
      default:
        return {};
    }
  }
}
