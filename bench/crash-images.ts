/**
 * How many images of a power cut are built, opened with the real store and judged in a second by one process, recording
 * included.
 *
 *   node bench/crash-images.ts [--json]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { print } from './measure.ts';

const images = 1500;
const program = path.resolve(import.meta.dirname, '../test/crash/explore-main.ts');
const done = spawnSync(process.execPath, [program, '--images', String(images), '--json'], { encoding: 'utf8' });
if (done.status !== 0) throw new Error(`the crash images could not be explored: ${done.stderr}${done.stdout}`);
const { imagesPerSecond, images: judged } = JSON.parse(done.stdout) as { imagesPerSecond: number; images: number };
print(
  { imagesPerSecond, images: judged },
  `crash images: ${judged} judged, ${imagesPerSecond} a second in one process`,
);
