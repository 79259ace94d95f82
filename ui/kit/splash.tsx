/** Before the first view: the mark alone, for the moment it takes. */
import { Mark } from './icons.tsx';

export function Splash() {
  return (
    <div class="splash">
      <Mark />
    </div>
  );
}
