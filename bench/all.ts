/** `npm run bench`: every bench in turn, each in a process of its own. Options are passed on (`--json`). */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

for (const name of [
  'journal',
  'crash-images',
  'exhaustive',
  'sim',
  'tap',
  'kernel',
  'iso8583',
  'tlv',
  'qr',
  'oda',
  'start',
  'drain',
  'relay',
  'qr-paid',
]) {
  const script = path.join(import.meta.dirname, `${name}.ts`);
  const done = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
  console.log('');
}
