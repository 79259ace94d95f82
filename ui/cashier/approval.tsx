/**
 * A supervisor answers for what a cashier may not do alone: name and code go with the command and nowhere else. The
 * code is never drawn, only counted, and is forgotten in the moment in which it is sent.
 */
import { signal, useComputed, useSignal } from '@preact/signals';
import { useCallback, useMemo } from 'preact/hooks';
import type { Command } from '../../src/contract/commands.ts';
import { useMessages, useScreen, useView } from '../kit/screen.tsx';
import { useSender, type Sender } from './desk.tsx';
import { PageTitle } from './form.tsx';
import { Keypad, usePadKeys } from './keypad.tsx';
import type { Pad } from './pad.ts';

export type Supervisor = NonNullable<Extract<Command, { type: 'voidTransaction' }>['supervisor']>;
type Approved = (supervisor: Supervisor) => Command;

const shortestCode = 4;
const longestCode = 12;

export interface Approving extends Sender {
  /** Waits for a supervisor; null while none is needed. */
  readonly asking: Approved | null;
  /** Sends without a supervisor first, and asks for one when the terminal does. */
  readonly attempt: (command: (supervisor: Supervisor | null) => Command) => Promise<void>;
  /** Asks for a supervisor at once. */
  readonly ask: (command: Approved) => void;
  readonly approve: (supervisor: Supervisor) => Promise<void>;
}

/** `done`: the terminal has said yes. */
export function useApproving(done: () => void): Approving {
  const { busy, send } = useSender();
  const { notices } = useScreen();
  const asking = useSignal<{ readonly command: Approved } | null>(null);
  return {
    busy,
    send,
    asking: asking.value?.command ?? null,
    async attempt(command) {
      const outcome = await send(command(null), done);
      if (outcome === null || outcome.ok || outcome.reason !== 'supervisorNeeded') return;
      notices.clear();
      asking.value = { command };
    },
    ask(command) {
      asking.value = { command };
    },
    async approve(supervisor) {
      const command = asking.peek()?.command;
      if (command === undefined) return;
      await send(command(supervisor), done);
    },
  };
}

function createCode() {
  const code = signal('');
  const pad: Pad = {
    type(digits) {
      if (code.value.length + digits.length <= longestCode) code.value += digits;
    },
    backspace() {
      code.value = code.value.slice(0, -1);
    },
    clear() {
      code.value = '';
    },
  };
  return { code, pad };
}

export function Approval(props: { readonly approving: Approving }) {
  const m = useMessages();
  const { supervisors } = useView();
  const { busy, approve } = props.approving;
  const { code, pad } = useMemo(createCode, []);
  const [only] = supervisors;
  const name = useSignal(supervisors.length === 1 ? (only ?? null) : null);
  const typed = useComputed(() => code.value.length);
  const send = useCallback(() => {
    if (name.peek() === null || code.peek().length < shortestCode || busy.peek()) return;
    const supervisor = { name: name.peek() ?? '', code: code.peek() };
    code.value = '';
    void approve(supervisor);
  }, [name, code, busy, approve]);
  usePadKeys(pad, send);
  if (supervisors.length === 0) return <p class="sheet-empty">{m.supervisor.nobody}</p>;
  return (
    <div class="form">
      <div class="form-left">
        <PageTitle>{m.supervisor.title}</PageTitle>
        <p class="form-hint">{m.supervisor.hint}</p>
        <fieldset class="names">
          <legend class="visually-hidden">{m.supervisor.who}</legend>
          {supervisors.map((each) => (
            <button
              key={each}
              type="button"
              class="button button-small choice"
              aria-pressed={name.value === each}
              onClick={() => {
                name.value = each;
              }}
            >
              {each}
            </button>
          ))}
        </fieldset>
        <p class="code">
          <span>{m.supervisor.code}</span>
          <span class="code-dots" aria-hidden="true">
            {'•'.repeat(typed.value)}
          </span>
          <output class="visually-hidden">{m.supervisor.typed(typed.value)}</output>
        </p>
        <div class="form-buttons">
          <button
            type="button"
            class="button button-primary"
            disabled={busy.value || name.value === null || typed.value < shortestCode}
            onClick={send}
          >
            {busy.value ? m.tasks.sending : m.supervisor.confirm}
          </button>
        </div>
      </div>
      <Keypad pad={pad} thousands={false} />
    </div>
  );
}
