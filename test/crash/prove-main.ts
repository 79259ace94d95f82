/**
 * `npm run prove [-- --images N] [--runs N] [--seed N]`: the long form of crash.test.ts, up to 100,000 crash images and every
 * call failing in every way, unless told otherwise. Ends with 1 when anything was found, or a control found nothing.
 */
import { parseArgs } from 'node:util';
import { recorderLibrary } from './recording.ts';
import { exploreImages, failCalls } from './run.ts';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (recorderLibrary() === undefined) {
  say('There is no C compiler: the recorder needs gcc (apt-get install gcc libc6-dev).');
  process.exit(2);
}
say(`crash images: ${values.images} asked for, seed ${seed} …`);
const startedMs = performance.now();
const summaries = await exploreImages(Number(values.images), seed);
const seconds = (performance.now() - startedMs) / 1000;
let broken = 0;
let total = 0;
for (const { name, images, calls, violations } of summaries.flatMap(({ scenarios }) => scenarios)) {
  say(`  ${name}: ${images} images at ${calls} calls, ${violations.length} violations`);
  for (const violation of violations.slice(0, 5)) say(`      ${violation}`);
  broken += violations.length;
  total += images;
}
for (const { name, violations } of summaries.flatMap(({ controls }) => controls)) {
  say(`  ${name}: ${violations.length > 0 ? 'found out, as it has to be' : 'NOT FOUND OUT'}`);
  if (violations.length === 0) broken += 1;
}
say(`  ${total} images, ${Math.round(total / seconds)} a second`);
say('calls that fail …');
const faults = await failCalls(Number(values.runs), seed);
if (faults !== undefined) {
  const { doneAndPresent, refusedAndAbsent, refusedAndPresent } = faults.outcomes;
  say(
    `  ${faults.runs} runs over ${faults.calls} calls: done all the same ${doneAndPresent}, refused and absent ${refusedAndAbsent},`,
  );
  say(`  refused and there after the restart ${refusedAndPresent}, violations ${faults.violations.length}`);
  for (const violation of faults.violations.slice(0, 5)) say(`      ${violation}`);
  broken += faults.violations.length;
}
process.exit(broken === 0 ? 0 : 1);
