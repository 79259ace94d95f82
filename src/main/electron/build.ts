/**
 * Builds what Electron cannot run from source: main as one plain ES module, and the preload as CommonJS, which a
 * sandboxed preload must be. `node src/main/electron/build.ts` writes dist/electron/{main.js,preload.cjs}.
 */
import path from 'node:path';
import { build } from 'vite';

export async function buildShell(outFolder: string): Promise<void> {
  for (const [name, format, file] of [
    ['main', 'es', 'main.js'],
    ['preload', 'cjs', 'preload.cjs'],
  ] as const) {
    await build({
      configFile: false,
      publicDir: false,
      logLevel: 'warn',
      build: {
        ssr: path.join(import.meta.dirname, `${name}.ts`),
        outDir: outFolder,
        emptyOutDir: false,
        target: 'node24',
        minify: false,
        rolldownOptions: { external: ['electron'], output: { format, entryFileNames: file } },
      },
    });
  }
}

if (import.meta.main) await buildShell(path.resolve(import.meta.dirname, '../../../dist/electron'));
