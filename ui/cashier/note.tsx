/** How something was settled, in a few words: one of the usual ones at a press, or typed. */
import type { Signal } from '@preact/signals';
import { useMessages } from '../kit/screen.tsx';

const shortestNote = 3;
const longestNote = 200;

/** Null while it says too little to be kept. */
export function noteOf(note: Signal<string>): string | null {
  const text = note.value.trim();
  return text.length < shortestNote ? null : text;
}

export function NoteField(props: { readonly note: Signal<string>; readonly usual: readonly string[] }) {
  const m = useMessages();
  const { note, usual } = props;
  const text = note.value.trim();
  return (
    <>
      <div class="names">
        {usual.map((each) => (
          <button
            key={each}
            type="button"
            class="button button-small choice"
            aria-pressed={text === each}
            onClick={() => {
              note.value = each;
            }}
          >
            {each}
          </button>
        ))}
      </div>
      <label class="note">
        <span>{m.tasks.note}</span>
        <input
          type="text"
          value={note}
          maxLength={longestNote}
          onInput={(event) => {
            note.value = event.currentTarget.value;
          }}
        />
      </label>
    </>
  );
}
