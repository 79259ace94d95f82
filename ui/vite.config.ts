/** Builds the screens into dist/ui: plain files that fit a policy of own scripts, styles, fonts and images only. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path('.'),
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: path('../dist/ui'),
    emptyOutDir: true,
    target: 'chrome130',
    // Fonts as files: `font-src 'self'` allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['cashier', 'customer', 'demo'].map((page) => path(`./${page}.html`)),
    },
  },
});
