/**
 * The terminal's state as text and back, for snapshots: what the fold of a long journal came to, so that a start need not
 * fold it again. Retention may have removed the events before a snapshot, so a later version of this format must be able
 * to read every earlier one.
 */
import { epochMs } from '../base/brand.ts';
import type { TerminalState } from './state.ts';

/** Raised whenever the same journal would fold to another state; `state-text.test.ts` says when that is. */
export const foldVersion = 5;

/**
 * Versions that `decodeState` reads, the newest first. 1: transactions did not know that an inserted card has the last
 * word, so none of them has `hostAnswer` or `cardCompletion`. 2: the same fields; a QR sale kept its alarm when the bank
 * had answered, and a late approval did not make the attempts of a reversal count anew. 3: no code could be set aside.
 * 4: no provider was asked to give money back, and no code could stand for a card.
 */
export const readableFoldVersions = [foldVersion, 4, 3, 2, 1] as const;

/** What every transaction of version 1 would have been given. */
const sinceVersion2 = { hostAnswer: null, cardCompletion: null } as const;

/** What every transaction of versions 1 to 3 would have been given. */
const sinceVersion4 = { aside: false, unverified: null } as const;

/** What every transaction of versions 1 to 4 would have been given. */
const sinceVersion5 = { providerRefund: null, presentment: 'card' } as const;

type Entries<M> = M extends ReadonlyMap<infer K, infer V> ? readonly (readonly [K, V])[] : never;
type Members<S> = S extends ReadonlySet<infer K> ? readonly K[] : never;

type MapField = 'transactions' | 'keys' | 'references' | 'orders' | 'payouts';
type SetField = 'transferIds' | 'outbox' | 'underWay' | 'inQuestion';
type SettlementState = TerminalState['settlement'];

/** The state with its maps and sets as arrays, in their order: the oldest is forgotten first. */
type Packed = Omit<TerminalState, MapField | SetField | 'settlement'> & {
  readonly [Field in MapField]: Entries<TerminalState[Field]>;
} & { readonly [Field in SetField]: Members<TerminalState[Field]> } & {
  readonly settlement: Omit<SettlementState, 'closing'> & { readonly closing: Entries<SettlementState['closing']> };
};

export function encodeState(state: TerminalState): string {
  const { settlement, transactions, keys, transferIds, references, outbox, underWay, inQuestion, orders } = state;
  const packed: Packed = {
    ...state,
    transactions: [...transactions],
    keys: [...keys],
    transferIds: [...transferIds],
    references: [...references],
    outbox: [...outbox],
    underWay: [...underWay],
    inQuestion: [...inQuestion],
    orders: [...orders],
    payouts: [...state.payouts],
    settlement: { ...settlement, closing: [...settlement.closing] },
  };
  return JSON.stringify(packed);
}

/** What earlier versions knew nothing of. */
type Later = 'payouts' | 'qrProviderSince';

/** `text` comes from `encodeState` of a readable version: the journal has checked its own signature over it. */
export function decodeState(text: string): TerminalState {
  const packed = JSON.parse(text) as Omit<Packed, Later> & Partial<Pick<Packed, Later>>;
  const { settlement, transactions, keys, transferIds, references, outbox, underWay, inQuestion, orders } = packed;
  return {
    ...packed,
    transactions: new Map(
      transactions.map(([id, transaction]) => [
        id,
        { ...sinceVersion2, ...sinceVersion4, ...sinceVersion5, ...transaction },
      ]),
    ),
    keys: new Map(keys),
    transferIds: new Set(transferIds),
    references: new Map(references),
    outbox: new Set(outbox),
    underWay: new Set(underWay),
    inQuestion: new Set(inQuestion),
    orders: new Map(orders),
    // Versions 1 to 3 knew none.
    payouts: new Map(packed.payouts ?? []),
    // Versions 1 to 4: as far as they go back, the provider was the same.
    qrProviderSince: packed.qrProviderSince ?? epochMs(0),
    settlement: { ...settlement, closing: new Map(settlement.closing) },
  };
}
