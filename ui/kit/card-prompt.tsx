/** What a card session asks of the people in front of it: the same on both screens, in each one's words. */
import type { CardPrompt, SaleView, TerminalView } from '../../src/contract/view.ts';
import { askingPrompt } from '../i18n/explain.ts';
import type { WaitingStage } from '../i18n/sale-messages.ts';
import { CountdownRing, useRemaining, type Remaining } from './countdown.tsx';
import { CardIcon } from './icons.tsx';
import { PromptPicture, StagePicture } from './illustrations.tsx';
import { useMessages, useScreen } from './screen.tsx';

/** The time of a prompt that has one, or else of the sale. */
export function useWait(
  sale: SaleView,
  prompt: ReturnType<typeof askingPrompt>,
): Remaining & { readonly limited: boolean } {
  const wait = prompt !== null && 'waitUntil' in prompt ? prompt : sale;
  return { ...useRemaining(wait.waitSince, wait.waitUntil), limited: wait.waitUntil !== null };
}

export function WaitPicture(props: {
  readonly stage: WaitingStage;
  /** The customer shows a code instead of a card. */
  readonly byCode: boolean;
  readonly prompt: ReturnType<typeof askingPrompt>;
  readonly wait: ReturnType<typeof useWait>;
}) {
  const { stage, byCode, prompt, wait } = props;
  return (
    <CountdownRing remaining={wait} limited={wait.limited}>
      {prompt === null ? <StagePicture stage={stage} byCode={byCode} /> : <PromptPicture kind={prompt.kind} />}
    </CountdownRing>
  );
}

/** The applications to choose from, or the tries that are left. */
export function PromptDetails(props: { readonly prompt: CardPrompt | null; readonly to: 'cashier' | 'customer' }) {
  const { prompt, to } = props;
  const m = useMessages();
  const { run } = useScreen();
  if (prompt?.kind === 'enterPin') {
    return prompt.triesLeft === null ? null : <p class="callout callout-calm">{m.card.triesLeft(prompt.triesLeft)}</p>;
  }
  if (prompt?.kind !== 'chooseApplication') return null;
  const choose = (index: number | null) => () => void run({ type: 'chooseApplication', prompt: prompt.id, index });
  return (
    <div class="card-choices">
      {prompt.labels.map((label, index) => (
        <button key={`${index} ${label}`} type="button" class="button button-primary" onClick={choose(index)}>
          <CardIcon />
          {label}
        </button>
      ))}
      {/* The cashier has a button of her own for that. */}
      {to === 'customer' ? (
        <button type="button" class="button button-quiet" onClick={choose(null)}>
          {m.card.noneOfThem}
        </button>
      ) : null}
    </div>
  );
}

/**
 * A card was left in the slot: said beside everything else, and first of all when another card is waited for. Never beside
 * the words that ask it to stay: its power is off a moment before its last word is journaled.
 */
export function RemoveCard(props: {
  readonly view: Pick<TerminalView, 'cardPrompt' | 'sale'>;
  readonly to: 'cashier' | 'customer';
}) {
  const { view, to } = props;
  const m = useMessages();
  if (view.cardPrompt?.kind !== 'removeCard' || view.sale?.stage === 'completingCard') return null;
  const words = view.sale?.stage === 'presentCard' ? m.card.removeFirst : m.card.remove;
  return (
    <p class="callout callout-unknown remove-card">
      <CardIcon />
      <span>{words[to]}</span>
    </p>
  );
}
