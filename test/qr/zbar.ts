/** zbarimg of Debian's zbar-tools: a reader of QR codes that shares nothing with what draws ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The text of every QR code in the picture, as one string each. Throws when the program is not there. */
export function readWithZbar(picture: Uint8Array): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'cham-zbar-'));
  try {
    const file = path.join(folder, 'picture.png');
    writeFileSync(file, picture);
    const line = ['--quiet', '--nodbus', '--oneshot', '-Sdisable', '-Sqrcode.enable', '--raw', file];
    const done = spawnSync('zbarimg', line, { encoding: 'utf8', timeout: 20_000 });
    if (done.error) throw new Error(`zbarimg cannot be started (Debian package zbar-tools): ${done.error.message}`);
    return done.stdout === '' ? [] : [done.stdout.replace(/\n$/, '')];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
