/** Where a screen shows its notices. The live region stays in the page, so that a notice is read out. */
import { AlertIcon } from './icons.tsx';
import { useMessages, useScreen } from './screen.tsx';

export function NoticeLine() {
  const trouble = useScreen().notices.current.value;
  const m = useMessages();
  return (
    <div class="notice-holder" role="alert">
      {trouble === null ? null : (
        <p class="notice">
          <AlertIcon />
          <span>{m.trouble.commands[trouble]}</span>
        </p>
      )}
    </div>
  );
}
