/** Money has come for a code: sound and voice, and for one that was put aside a large line that stays until it is seen. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { vietnameseNumber } from '../i18n/vietnamese-number.ts';
import { arrivals } from '../kit/arrivals.ts';
import { createArrivalSound, type ArrivalSound } from '../kit/arrival-sound.ts';
import { CheckIcon } from '../kit/icons.tsx';
import { locales } from '../kit/language.ts';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';

let shared: ArrivalSound | undefined;

/** One for the page: its setting is the same wherever it is shown. */
function arrivalSound(): ArrivalSound {
  shared ??= createArrivalSound();
  return shared;
}

export function ArrivalLine() {
  const view = useView();
  const m = useMessages();
  const formats = useFormats();
  const language = useScreen().language.current.value;
  const sound = useMemo(arrivalSound, []);
  const before = useRef<TerminalView | null>(null);
  const unseen = useSignal<readonly SaleView[]>([]);
  useEffect(() => {
    const came = before.current === null ? [] : arrivals(before.current, view);
    before.current = view;
    for (const sale of came) {
      const amount = sale.received ?? sale.amount;
      const spoken = language === 'vi' && amount.currency === 'VND';
      const words = spoken ? `${vietnameseNumber(amount.minorUnits)} đồng` : formats.money(amount);
      sound.play(m.qr.arrived(words), locales[language]);
    }
    const behind = came.filter(({ id }) => id !== view.sale?.id);
    if (behind.length > 0) unseen.value = [...unseen.peek(), ...behind];
  }, [view, sound, unseen, m, formats, language]);
  const [first] = unseen.value;
  return (
    <div class="arrival-holder" role="alert">
      {first === undefined ? null : (
        <button
          type="button"
          class="arrival"
          onClick={() => {
            unseen.value = unseen.peek().slice(1);
          }}
        >
          <CheckIcon />
          <span>
            <strong>{m.qr.arrived(formats.money(first.received ?? first.amount))}</strong>
            {first.qr === null ? '' : ` · ${m.lists.reference(first.qr.reference)}`}
          </span>
          <span class="arrival-seen">{m.qr.seen}</span>
        </button>
      )}
    </div>
  );
}

export function ArrivalSoundButton() {
  const m = useMessages();
  const sound = useMemo(arrivalSound, []);
  return (
    <button type="button" class="button button-small" aria-pressed={sound.on.value} onClick={sound.toggle}>
      {sound.on.value ? m.qr.soundOn : m.qr.soundOff}
    </button>
  );
}
