/**
 * The short form of `npm run prove`: 10,000 images that a power cut may leave, and a choice of the runs in which calls
 * fail. docs/proof.md says what is claimed and assumed.
 */
import { expect, it } from 'vitest';
import { recorderLibrary } from './recording.ts';
import { exploreImages, failCalls } from './run.ts';

const images = 10_000;
const runs = 400;
const hasCompiler = recorderLibrary() !== undefined;

it('the recorder can be compiled here: gcc is there', () => {
  expect(hasCompiler, 'gcc is missing (apt-get install gcc libc6-dev): no crash image was checked').toBe(true);
});

it.skipIf(!hasCompiler)(
  'the store keeps its word in every crash image, and the controls do not',
  { timeout: 900_000 },
  async () => {
    const summaries = await exploreImages(images, 1);
    const outcomes = summaries.flatMap(({ scenarios }) => scenarios);
    for (const { name, violations } of outcomes) expect(violations, name).toEqual([]);
    expect(outcomes).toHaveLength(6);
    expect(outcomes.reduce((sum, one) => sum + one.images, 0)).toBeGreaterThanOrEqual(images);
    const controls = summaries.flatMap((summary) => summary.controls);
    expect(controls.map(({ name, violations }) => [name, violations.length > 0])).toEqual([
      ['control: no mirror, a card that spoils blocks', true],
      ['control: syncs of the mirror ignored', true],
      ['control: synchronous=NORMAL, no mirror', true],
    ]);
  },
);

it.skipIf(!hasCompiler)('the store keeps its word when any call fails', { timeout: 600_000 }, async () => {
  const summary = await failCalls(runs, 1);
  expect(summary?.violations).toEqual([]);
  expect(summary?.runs).toBe(runs);
  // All three ends are there, or nothing was made to fail.
  for (const [outcome, count] of Object.entries(summary?.outcomes ?? {})) expect(count, outcome).toBeGreaterThan(20);
});
