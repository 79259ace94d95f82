/** The short form of the soak: a relay killed while webhooks come in and terminals fetch; and what the soak would see. */
import { describe, expect, it } from 'vitest';
import { soak } from './soak.ts';

describe('a relay that is killed again and again', () => {
  it('loses nothing, doubles nothing, mixes nothing up and keeps the order', { timeout: 60_000 }, async () => {
    const wishes = { notices: 300, duplicates: 0.05, reorder: 0.1, restarts: 3, terminals: 2, seed: 7 };
    const report = await soak(wishes);
    expect(report.violations).toEqual([]);
    expect(report).toMatchObject({ booked: 300, sent: 315, taken: 315, relayRestarts: 3, terminalRestarts: 3 });
    expect(report.delivered).toBeGreaterThanOrEqual(300);
  });
});
