/** What a start must not load, because it would cost every terminal that never uses it: seen by what is loaded, not by time. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('neither drawing nor serial lines nor the client for fetch are loaded before they are used', () => {
  const code = `
    const { createRequire } = await import('node:module');
    await import(${JSON.stringify(new URL('cli/run.ts', import.meta.url).href)});
    const packages = Object.keys(createRequire(import.meta.url).cache).filter((file) => /canvas|serialport|koffi/.test(file));
    const builtIn = process.moduleLoadList.filter((name) => name.includes('undici'));
    console.log(JSON.stringify([...packages, ...builtIn]));
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([]);
});
