/**
 * What covers a screen when it cannot be trusted: no connection, frames it cannot read, or a terminal that has
 * stopped trading. The first two speak both languages, because the screen may not know which one to use.
 */
import type { ComponentChildren, JSX } from 'preact';
import type { Messages } from '../i18n/messages.ts';
import { catalogues, languages, type Language } from './language.ts';
import { AlertIcon, Mark, UnplugIcon } from './icons.tsx';
import type { LinkState } from './connection.ts';
import { useScreen } from './screen.tsx';

interface Words {
  readonly title: string;
  readonly hint: string;
}

function BothLanguages(props: { readonly words: (m: Messages) => Words }) {
  const first = useScreen().language.current.value;
  const order: readonly Language[] = [first, ...languages.filter((language) => language !== first)];
  return (
    <>
      {order.map((language) => {
        const words = props.words(catalogues[language]);
        return (
          <div key={language} lang={language} class="overlay-words">
            <p class="overlay-title">{words.title}</p>
            <p>{words.hint}</p>
          </div>
        );
      })}
    </>
  );
}

function Overlay(props: {
  readonly kind: string;
  readonly icon: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`overlay overlay-${props.kind}`} role="alert">
      <div class="overlay-card">
        <div class="overlay-icon">{props.icon}</div>
        {props.children}
      </div>
    </div>
  );
}

function ReconnectButton() {
  const { terminal, language } = useScreen();
  return (
    <button type="button" class="button button-primary" onClick={() => terminal.reconnect()}>
      {language.messages.value.trouble.reconnect}
    </button>
  );
}

/** True while a cover is needed; the screen below is then made inert. */
export function useCovered(): boolean {
  const { terminal } = useScreen();
  return terminal.fault.value !== null || terminal.link.value !== 'up';
}

interface LinkCover {
  readonly Icon: () => JSX.Element;
  readonly words: (m: Messages) => Words;
}

const linkCovers: Readonly<Record<Exclude<LinkState, 'up'>, LinkCover>> = {
  connecting: {
    Icon: Mark,
    words: (m) => ({ title: m.trouble.connecting, hint: m.trouble.connectingHint }),
  },
  lost: {
    Icon: UnplugIcon,
    words: (m) => ({ title: m.trouble.linkLost, hint: m.trouble.linkLostHint }),
  },
  noToken: {
    Icon: AlertIcon,
    words: (m) => ({ title: m.trouble.noToken, hint: m.trouble.noTokenHint }),
  },
};

export function Overlays() {
  const { terminal } = useScreen();
  const problem = terminal.fault.value;
  if (problem !== null) {
    return (
      <Overlay kind="fault" icon={<AlertIcon />}>
        <BothLanguages words={(m) => ({ title: m.trouble.badFrame, hint: m.trouble.badFrameHint })} />
        <p class="overlay-detail">{problem}</p>
        <ReconnectButton />
      </Overlay>
    );
  }
  const link = terminal.link.value;
  if (link === 'up') return null;
  const cover = linkCovers[link];
  return (
    <Overlay kind="link" icon={<cover.Icon />}>
      <BothLanguages words={cover.words} />
      {link === 'lost' ? <ReconnectButton /> : null}
    </Overlay>
  );
}
