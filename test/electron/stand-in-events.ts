/** What all parts of the stand-in share: preventable events, and the record of what happened for the test. */

export class StandInEvent {
  defaultPrevented = false;

  constructor(details: object = {}) {
    Object.assign(this, details);
  }

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

/** Reaches the test as `{ event, detail }` over the process channel. */
export function record(event: string, detail: object = {}): void {
  process.send?.({ event, detail });
}
