/**
 * Every boundary rule fires: the tree is copied, one violation per rule is planted, and the real checkers must
 * name each planted file. A rule that stops working fails here.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

interface Plant {
  readonly rule: string;
  readonly file: string;
  readonly source: string;
  /** What the checker must say about the file. */
  readonly says: RegExp;
}

const typePlants: readonly Plant[] = [
  {
    rule: 'core has no Node',
    file: 'src/core/base/planted-node.ts',
    source: 'export const name: string = process.title;\n',
    says: /TS2591|TS2304|TS2580/,
  },
  {
    rule: 'core has no timers',
    file: 'src/core/base/planted-timer.ts',
    source: 'export const timer: unknown = setTimeout(() => {}, 1);\n',
    says: /TS2304/,
  },
  {
    rule: 'app cannot see store',
    file: 'src/app/planted-store.ts',
    source: "export { journalFiles } from '../store/files.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'app cannot see host',
    file: 'src/app/planted-host.ts',
    source: "export * from '../host/planted-target.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'the relay cannot see host',
    file: 'src/relay/planted-host.ts',
    source: "export * from '../host/planted-target.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'host cannot see the relay',
    file: 'src/host/planted-relay.ts',
    source: "export { Counters } from '../relay/counters.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'the contract stands alone',
    file: 'src/contract/planted-core.ts',
    source: "export { ok } from '../core/base/result.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'drivers cannot see app',
    file: 'drivers/planted-app.ts',
    source: "export { Terminal } from '../src/app/terminal.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'ui cannot see core',
    file: 'ui/planted-core.ts',
    source: "export { ok } from '../src/core/base/result.ts';\n",
    says: /TS6307|TS6059/,
  },
  {
    rule: 'ui has no Node',
    file: 'ui/planted-node.ts',
    source: 'export const name: string = process.title;\n',
    says: /TS2591|TS2304|TS2580/,
  },
];

const lintPlants: readonly Plant[] = [
  {
    rule: 'core has no Date',
    file: 'src/core/base/planted-date.ts',
    source: 'export const now = (): number => Date.now();\n',
    says: /purity: core gets the time as an argument/,
  },
  {
    rule: 'core has no Math.random',
    file: 'src/core/base/planted-random.ts',
    source: 'export const roll = (): number => Math.random();\n',
    says: /purity: randomness arrives as an argument/,
  },
  {
    rule: 'core never waits',
    file: 'src/core/base/planted-promise.ts',
    source: 'export const later = (): unknown => Promise.resolve(1);\n',
    says: /purity: core never waits/,
  },
  {
    rule: 'core imports no package',
    file: 'src/core/base/planted-package.ts',
    source: "export { randomBytes } from 'node:crypto';\n",
    says: /boundary: core imports nothing from outside/,
  },
  {
    rule: 'core imports only core',
    file: 'src/core/base/planted-up.ts',
    source: "export type { Terminal } from '../../app/terminal.ts';\n",
    says: /boundary: core imports only core/,
  },
  {
    rule: 'app uses the Clock port',
    file: 'src/app/planted-date.ts',
    source: 'export const now = (): number => Date.now();\n',
    says: /purity: use the Clock port/,
  },
  {
    rule: 'app reaches the platform through ports',
    file: 'src/app/planted-node.ts',
    source: "export { readFileSync } from 'node:fs';\n",
    says: /boundary: app reaches the platform through ports/,
  },
  {
    rule: 'devices know no library',
    file: 'devices/planted-library.ts',
    source: "export { SerialPort } from 'serialport';\n",
    says: /boundary: a device control knows no platform/,
  },
  {
    rule: 'store sees only core',
    file: 'src/store/planted-app.ts',
    source: "export type { JournalPort } from '../app/ports.ts';\n",
    says: /boundary: store and host import only core/,
  },
  {
    rule: 'host sees only core',
    file: 'src/host/planted-store.ts',
    source: "export { journalFiles } from '../store/files.ts';\n",
    says: /boundary: store and host import only core/,
  },
  {
    rule: 'the relay sees only core',
    file: 'src/relay/planted-store.ts',
    source: "export { journalFiles } from '../store/files.ts';\n",
    says: /boundary: the relay imports only core/,
  },
  {
    rule: 'drivers see only devices and core',
    file: 'drivers/planted-host.ts',
    source: "export * from '../src/host/planted-target.ts';\n",
    says: /boundary: drivers import only devices and core/,
  },
  {
    rule: 'ui sees only the contract',
    file: 'ui/planted-app.ts',
    source: "export type { Terminal } from '../src/app/terminal.ts';\n",
    says: /boundary: ui imports only src\/contract/,
  },
  {
    rule: 'nothing imports main',
    file: 'src/host/planted-main.ts',
    source: "export { scrub } from '../main/log.ts';\n",
    says: /boundary/,
  },
  {
    rule: 'no cycles',
    file: 'src/core/base/planted-cycle-a.ts',
    source: "import { b } from './planted-cycle-b.ts';\nexport const a = (): number => b() + 1;\n",
    says: /no-cycle/,
  },
  {
    rule: 'exhaustive switches',
    file: 'src/core/base/planted-switch.ts',
    source:
      "export function name(value: 'a' | 'b'): string {\n  switch (value) {\n    case 'a':\n      return 'A';\n    default:\n      return '?';\n  }\n}\n",
    says: /switch-exhaustiveness-check/,
  },
  {
    rule: 'no floating promises',
    file: 'src/host/planted-floating.ts',
    source: 'export function go(): void {\n  Promise.resolve(1);\n}\n',
    says: /no-floating-promises/,
  },
  {
    rule: 'no any',
    file: 'src/host/planted-any.ts',
    source: 'export const anything = (value: any): unknown => value;\n',
    says: /no-explicit-any/,
  },
  {
    rule: 'no default export',
    file: 'src/host/planted-default.ts',
    source: 'export default 1;\n',
    says: /no-default-export/,
  },
  {
    rule: 'files stay short',
    file: 'src/host/planted-long.ts',
    source: `export const lines = 1;\n${'// one more line\n'.repeat(400)}`,
    says: /max-lines/,
  },
];

const supports: readonly (readonly [string, string])[] = [
  ['src/host/planted-target.ts', 'export const target = 1;\n'],
  [
    'src/core/base/planted-cycle-b.ts',
    "import { a } from './planted-cycle-a.ts';\nexport const b = (): number => a() + 1;\n",
  ],
];

const copied = ['src', 'devices', 'drivers', 'ui', 'bench', 'test', 'tsconfig.json', '.oxlintrc.json', 'package.json'];
let copy = '';

function plant(plants: readonly Plant[]): void {
  for (const [file, source] of supports) writeFileSync(path.join(copy, file), source);
  for (const { file, source } of plants) writeFileSync(path.join(copy, file), source);
}

function output(tool: string, ...args: readonly string[]): string {
  const done = spawnSync(path.join(root, 'node_modules/.bin', tool), args, { cwd: copy, encoding: 'utf8' });
  expect(done.status, `${tool} must fail on planted violations`).not.toBe(0);
  return done.stdout + done.stderr;
}

/** Every planted file is named together with the rule's own words. */
function judge(plants: readonly Plant[], blocks: readonly string[]): void {
  for (const { rule, file, says } of plants) {
    const about = blocks.filter((block) => block.includes(file));
    expect(
      about.some((block) => says.test(block)),
      `${rule}: ${file} said: ${about.join('\n') || 'nothing'}`,
    ).toBe(true);
  }
}

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'cham-boundaries-'));
  for (const name of copied) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  // Own node_modules folder, so that the copy's build cache is its own.
  mkdirSync(path.join(copy, 'node_modules'));
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (name !== '.cache') symlinkSync(path.join(root, 'node_modules', name), path.join(copy, 'node_modules', name));
  }
});

afterAll(() => {
  if (copy !== '') rmSync(copy, { recursive: true, force: true });
});

describe('boundary rules fire on planted violations', () => {
  it('type checker', { timeout: 120_000 }, () => {
    plant(typePlants);
    judge(typePlants, output('tsc', '-b', '--pretty', 'false').split('\n'));
    for (const { file } of typePlants) rmSync(path.join(copy, file));
  });

  it('linter', { timeout: 120_000 }, () => {
    plant(lintPlants);
    // The rest of the tree is linted before the tests.
    const files = [...supports.map(([file]) => file), ...lintPlants.map(({ file }) => file)];
    const report = JSON.parse(output('oxlint', '--format=json', ...files)) as {
      readonly diagnostics: readonly { readonly message: string; readonly code: string; readonly filename: string }[];
    };
    judge(
      lintPlants,
      report.diagnostics.map((found) => `${found.filename} ${found.code} ${JSON.stringify(found)}`),
    );
  });
});
