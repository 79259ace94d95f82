/** Codes of supervisors: right, wrong, and locked after too many. */
import { expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import { codeHashPattern, hashCode, Supervisors } from './supervisors.ts';

let now = 1_800_000_000_000;
const clock = { now: () => epochMs(now), monotonicMs: () => now, after: () => () => {} };

it('tells right from wrong, locks a name after five wrong codes, and unlocks it after a while', async () => {
  const codeHash = await hashCode('4711-supervisor'.slice(0, 4));
  expect(codeHash).toMatch(codeHashPattern);
  const supervisors = new Supervisors([{ name: 'Lan', codeHash }], clock);
  expect(supervisors.names()).toEqual(['Lan']);
  expect(await supervisors.check('Lan', '4711')).toBe('right');
  expect(await supervisors.check('Minh', '4711')).toBe('wrong');
  for (let i = 0; i < 4; i += 1) expect(await supervisors.check('Lan', '0000')).toBe('wrong');
  const locked = { lockedUntil: now + 15 * 60_000 };
  expect(await supervisors.check('Lan', '0000')).toEqual(locked);
  expect(await supervisors.check('Lan', '4711')).toEqual(locked);
  now += 15 * 60_000 + 1;
  expect(await supervisors.check('Lan', '4711')).toBe('right');
});

it('counts tries that run at the same time', async () => {
  const supervisors = new Supervisors([{ name: 'Lan', codeHash: await hashCode('4711') }], clock);
  const verdicts = await Promise.all(Array.from({ length: 12 }, () => supervisors.check('Lan', '0000')));
  expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(4);
});

it('never makes the same hash twice', async () => {
  expect(await hashCode('4711')).not.toBe(await hashCode('4711'));
});
