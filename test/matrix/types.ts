/**
 * The transaction types of the matrix: what has to be there before, what is done, which of its messages the host
 * mishandles, and how it ends when it goes through, is refused, or is not heard of in time.
 */
import type { SaleStage } from '../../src/contract/view.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { supervisor, type Rig } from './rig.ts';

type Kind = Exclude<NonNullable<Misbehaviour['on']>, readonly unknown[]>;

/** What is done, with what was prepared; answers the transaction it is about. */
type Act = (rig: Rig) => Promise<string>;

export interface TransactionType {
  readonly name: string;
  /** The message that the host mishandles. */
  readonly kind: Kind;
  /** With the host at its best; what it answers goes to `act`. */
  readonly prepare?: Act;
  /** Told to the host besides the misbehaviour, and before it. */
  readonly besides?: Misbehaviour;
  readonly act: (rig: Rig, prepared: string) => Promise<string>;
  /** What a person does when it is answered, before it is over. */
  readonly decide?: (rig: Rig, id: string) => Promise<void>;
  /** Ends of `act`'s transaction. */
  readonly done: SaleStage;
  /** 51: no. */
  readonly refused: SaleStage;
  /** 30: the host finds fault with the message. As `refused` when left out. */
  readonly notUnderstood?: SaleStage;
  /** No answer in time. Left out where the request is repeated until there is one. */
  readonly unanswered?: SaleStage;
  /** 91, 96. Left out where it is asked again later. */
  readonly later?: SaleStage;
  /** How it ends when the host cannot be reached at first; left out where that is how it begins. */
  readonly hostDown?: SaleStage;
}

const amount = 45_000;

async function begun(rig: Rig, id: string, card?: string): Promise<string> {
  await rig.tap(card);
  await rig.until('the card is read', () => rig.transaction(id).phase !== 'awaitingCard');
  return id;
}

export async function sale(rig: Rig, amountMinorUnits = amount): Promise<string> {
  const id = await rig.person({ type: 'startSale', key: rig.key(), amountMinorUnits, method: 'card' });
  return begun(rig, id);
}

/** A card in the slot: it hears what the host has answered before the sale is over. */
async function insertedSale(rig: Rig, card: string): Promise<string> {
  const start = { type: 'startSale', key: rig.key(), amountMinorUnits: amount, method: 'card' } as const;
  return begun(rig, await rig.person(start), card);
}

export async function hold(rig: Rig): Promise<string> {
  return begun(rig, await rig.person({ type: 'startPreAuthorization', key: rig.key(), amountMinorUnits: 90_000 }));
}

async function refund(rig: Rig, originalId: string | null): Promise<string> {
  const by = originalId === null ? supervisor : null;
  const command = { type: 'startRefund', key: rig.key(), amountMinorUnits: 20_000, method: 'card' } as const;
  return begun(rig, await rig.person({ ...command, originalId, supervisor: by }));
}

/** Begun and ended well. */
function well(start: Act): Act {
  return async (rig) => {
    const id = await start(rig);
    await rig.until('it is approved', () => ['approved', 'authorised'].includes(rig.transaction(id).phase));
    return id;
  };
}

async function voidIt(rig: Rig, id: string): Promise<string> {
  await rig.person({ type: 'voidTransaction', transactionId: id, supervisor: null });
  return id;
}

async function complete(rig: Rig, id: string): Promise<string> {
  await rig.person({ type: 'completeHold', transactionId: id, amountMinorUnits: 70_000 });
  return id;
}

export const anchor = well((rig) => sale(rig, 10_000));

async function partial(rig: Rig): Promise<string> {
  return sale(rig, 40_010);
}

/** Decided as soon as the part is offered, if it is. */
async function decidePart(rig: Rig, type: 'acceptPartial' | 'cancelSale', transactionId: string): Promise<void> {
  await rig.until('there is an answer', () => rig.transaction(transactionId).phase !== 'authorising');
  if (rig.transaction(transactionId).phase === 'partlyApproved') await rig.person({ type, transactionId });
}

const voidRows = {
  kind: 'void',
  act: voidIt,
  done: 'voided',
} as const;

export const transactionTypes: readonly TransactionType[] = [
  {
    name: 'sale',
    kind: 'sale',
    act: (rig) => sale(rig),
    done: 'approved',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    hostDown: 'approved',
  },
  {
    name: 'sale with an inserted card',
    kind: 'sale',
    act: (rig) => insertedSale(rig, 'napas-insert'),
    done: 'approved',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    // Nobody could be asked, and the card does not approve by itself.
    hostDown: 'failed',
  },
  {
    name: 'sale with an inserted card that refuses what the host approved',
    kind: 'sale',
    act: (rig) => insertedSale(rig, 'napas-insert-declines'),
    done: 'reversed',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    hostDown: 'failed',
  },
  {
    name: 'linked refund',
    kind: 'refund',
    prepare: well(sale),
    act: (rig, original) => refund(rig, original),
    done: 'approved',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    hostDown: 'failed',
  },
  {
    name: 'refund without a sale',
    kind: 'refund',
    act: (rig) => refund(rig, null),
    done: 'approved',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    hostDown: 'failed',
  },
  { ...voidRows, name: 'void of a sale', prepare: well(sale), refused: 'approved', hostDown: 'approved' },
  {
    ...voidRows,
    name: 'void of a refund',
    prepare: well((rig) => refund(rig, null)),
    refused: 'approved',
    hostDown: 'approved',
  },
  {
    name: 'pre-authorisation',
    kind: 'preAuthorization',
    act: hold,
    done: 'held',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    hostDown: 'failed',
  },
  {
    name: 'increment',
    kind: 'increment',
    prepare: well(hold),
    act: async (rig, id) => {
      await rig.person({ type: 'incrementHold', transactionId: id, amountMinorUnits: 30_000 });
      return id;
    },
    done: 'held',
    refused: 'held',
    hostDown: 'held',
  },
  {
    name: 'completion',
    kind: 'completion',
    prepare: well(hold),
    act: complete,
    done: 'completed',
    refused: 'completed',
    hostDown: 'completed',
  },
  { ...voidRows, name: 'cancelled hold', prepare: well(hold), refused: 'held', hostDown: 'held' },
  {
    ...voidRows,
    name: 'void of a completion',
    prepare: async (rig) => {
      const id = await complete(rig, await well(hold)(rig));
      await rig.until('it is completed', () => rig.transaction(id).phase === 'completed');
      return id;
    },
    refused: 'completed',
    hostDown: 'completed',
  },
  {
    name: 'partial approval taken',
    kind: 'sale',
    act: partial,
    decide: (rig, id) => decidePart(rig, 'acceptPartial', id),
    done: 'approved',
    refused: 'declined',
    unanswered: 'reversed',
    later: 'declined',
    hostDown: 'approved',
  },
  {
    name: 'partial approval given back',
    kind: 'reversal',
    act: async (rig) => {
      const id = await partial(rig);
      await decidePart(rig, 'cancelSale', id);
      return id;
    },
    done: 'reversed',
    refused: 'reversed',
    hostDown: 'approved',
  },
  {
    name: 'reversal of a sale without an answer',
    kind: 'reversal',
    besides: { on: 'sale', dropReply: 'afterCommit', closeAfter: true, once: true },
    act: (rig) => sale(rig),
    done: 'reversed',
    refused: 'reversed',
    hostDown: 'approved',
  },
  {
    name: 'stored payment',
    kind: 'deferred',
    prepare: async (rig) => {
      await rig.cut();
      const id = await sale(rig, 55_000);
      await rig.until('it is stored', () => rig.transaction(id).phase === 'stored');
      return id;
    },
    act: async (rig, id) => {
      await rig.mend();
      return id;
    },
    done: 'approved',
    refused: 'lateDeclined',
    notUnderstood: 'stored',
  },
];
