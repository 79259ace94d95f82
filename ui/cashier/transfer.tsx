/** Money that came and waits for a person: what it may be for, and the ways to end it. Each needs a supervisor and a note. */
import { useSignal } from '@preact/signals';
import type { WorklistItem } from '../../src/contract/view.ts';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { Approval, useApproving } from './approval.tsx';
import { useDesk } from './desk.tsx';
import { PageTitle } from './form.tsx';
import { NoteField, noteOf } from './note.tsx';

type Waiting = WorklistItem & { readonly transfer: NonNullable<WorklistItem['transfer']> };

function isWaiting(item: WorklistItem, id: string): item is Waiting {
  return item.transfer?.id === id;
}

export function TransferPage(props: { readonly id: string }) {
  const m = useMessages();
  const { worklist } = useView();
  const item = worklist.find((each): each is Waiting => isWaiting(each, props.id));
  if (item === undefined) return <p class="sheet-empty">{m.qr.transferGone}</p>;
  return <Transfer item={item} />;
}

function Transfer({ item }: { readonly item: Waiting }) {
  const { transfer, transactionId } = item;
  const m = useMessages();
  const formats = useFormats();
  const { back, go } = useDesk();
  const approving = useApproving(back);
  const note = useSignal('');
  if (approving.asking !== null) return <Approval approving={approving} />;
  const text = noteOf(note);
  const { busy, ask } = approving;
  const words = m.lists.kinds[item.kind];
  const about = { reason: 'transfer', transferId: transfer.id } as const;
  if (transfer.goesBack) return <p class="sheet-empty">{m.qr.giveBack.goesBack}</p>;
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money(item.amount)}</PageTitle>
      <p class="form-hint">
        <strong>{words.title}</strong> · {formats.time(item.at)} · {m.lists.reference(transfer.memo)}
      </p>
      <p class="form-hint">{m.qr.transferHint}</p>
      <NoteField note={note} usual={m.qr.transferNotes} />
      <div class="form-buttons">
        {transfer.fits.map((sale) => (
          <button
            key={sale.transactionId}
            type="button"
            class="button button-primary"
            disabled={busy.value}
            onClick={() =>
              ask((supervisor) => ({
                type: 'attachTransfer',
                transferId: transfer.id,
                transactionId: sale.transactionId,
                note: text ?? m.qr.attachNote,
                supervisor,
              }))
            }
          >
            {m.qr.attach(sale.reference, formats.money(sale.amount), formats.time(sale.startedAt))}
          </button>
        ))}
        {transfer.mayRefund ? (
          <button
            type="button"
            class="button button-quiet"
            onClick={() => go({ at: 'giveBack', about, amountMinorUnits: item.amount.minorUnits })}
          >
            {m.qr.giveBack.begin}
          </button>
        ) : null}
        <button
          type="button"
          class="button button-quiet"
          onClick={() =>
            go({
              at: 'askPayout',
              about,
              amountMinorUnits: item.amount.minorUnits,
            })
          }
        >
          {m.qr.payout.begin}
        </button>
        <button
          type="button"
          class="button button-quiet"
          disabled={busy.value || text === null}
          onClick={() =>
            ask((supervisor) =>
              transactionId === null
                ? { type: 'resolveTransfer', transferId: transfer.id, note: text ?? '', supervisor }
                : { type: 'resolveByHand', transactionId, note: text ?? '', supervisor },
            )
          }
        >
          {m.qr.endWithNote}
        </button>
      </div>
      {transfer.fits.length === 0 ? <p class="form-hint">{m.qr.fitsNothing}</p> : null}
    </div>
  );
}
