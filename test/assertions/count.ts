/**
 * Counts the assertions of `src/core` and `src/app` against their lines of logic, from the syntax tree of each file.
 *
 * A line of logic is a line within the body of a function, method, accessor or arrow function (without braces: the
 * expression after `=>`) that has at least one word, number or text on it. So these are not logic: comments, blank
 * lines, imports, types, signatures, what stands outside of functions (tables of tags, data elements, dialects and
 * words) and lines of nothing but brackets and punctuation. Tests and their kits (`*.test.ts`, `test-kit.ts`) are left
 * out.
 *
 * An assertion is a call of `assert`, of `unreachable` (the compiler has proved the switch before it exhaustive; the call
 * stops what the compiler could not see), or of a helper named `assert…` that makes at least one such call itself.
 * `core/base/assert.ts`, which is what they are built on, is not counted.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'vite';

const root = path.resolve(import.meta.dirname, '../..');

export interface FileCount {
  /** From the root of the project. */
  readonly file: string;
  readonly lines: number;
  readonly assertions: number;
  /** Helpers named `assert…` that are declared here, each with whether it asserts anything. */
  readonly helpers: Readonly<Record<string, boolean>>;
}

export interface FolderCount {
  readonly folder: string;
  readonly files: number;
  readonly lines: number;
  readonly assertions: number;
}

/** A node of the syntax tree (ESTree): only what is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const functions: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);
/** Types within a body are as little logic as those outside. */
const types: ReadonlySet<string> = new Set(['TSTypeAliasDeclaration', 'TSInterfaceDeclaration']);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function children(node: Node): readonly Node[] {
  return Object.values(node)
    .flatMap((value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

function* within(node: Node): Generator<Node> {
  yield node;
  for (const child of children(node)) yield* within(child);
}

function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' && typeof value['name'] === 'string' ? value['name'] : undefined;
}

function isAssertion(node: Node): boolean {
  return node.type === 'CallExpression' && /^(?:assert(?:[A-Z]\w*)?|unreachable)$/.test(nameOf(node['callee']) ?? '');
}

export function countText(file: string, text: string): FileCount {
  const parsed = parseSync(file, text);
  if (parsed.errors.length > 0) throw new Error(`${file} cannot be parsed`);
  const nodes = [...within(parsed.program as unknown as Node)];
  const bodies = nodes.filter(({ type }) => functions.has(type)).flatMap(({ body }) => (isNode(body) ? [body] : []));
  const isBody = new Uint8Array(text.length);
  for (const { start, end } of bodies) isBody.fill(1, start, end);
  const not = [...parsed.comments, ...nodes.filter(({ type }) => types.has(type))];
  for (const { start, end } of not) isBody.fill(0, start, end);
  let lines = 0;
  let at = 0;
  for (const line of text.split('\n')) {
    const from = at;
    if ([...line.matchAll(/[\w'"`]/g)].some(({ index }) => isBody[from + index] === 1)) lines += 1;
    at += line.length + 1;
  }
  const helpers = Object.fromEntries(
    nodes
      .filter(({ type, id }) => type === 'FunctionDeclaration' && /^assert[A-Z]/.test(nameOf(id) ?? ''))
      .map((node) => [nameOf(node['id']) ?? '', [...within(node)].some(isAssertion)]),
  );
  return { file, lines, assertions: nodes.filter(isAssertion).length, helpers };
}

/** Every file of the folders, e.g. `src/core`. */
export function countFolders(...folders: readonly string[]): readonly FileCount[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .filter((file) => !/(?:\.test|test-kit)\.ts$/.test(file) && file !== 'src/core/base/assert.ts')
    .sort()
    .map((file) => countText(file, readFileSync(path.join(root, file), 'utf8')));
}

export function sumOf(folder: string, counts: readonly FileCount[]): FolderCount {
  const inside = counts.filter(({ file }) => file.startsWith(`${folder}/`));
  const sum = (of: (count: FileCount) => number): number => inside.reduce((total, count) => total + of(count), 0);
  return {
    folder,
    files: inside.length,
    lines: sum(({ lines }) => lines),
    assertions: sum(({ assertions }) => assertions),
  };
}

/** Each folder of the core by itself, then the core and the application as wholes. */
export function table(counts: readonly FileCount[]): readonly FolderCount[] {
  const inCore = counts.flatMap(({ file }) => /^src\/core\/[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(inCore), 'src/core', 'src/app'].map((folder) => sumOf(folder, counts));
}
