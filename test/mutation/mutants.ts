/**
 * Every small mistake one could make in a file: comparisons and operators swapped, constants and bits moved,
 * conditions fixed, statements left out. Texts for people and types are left alone.
 */
import { parseSync } from 'vite';

export interface Mutant {
  /** Offsets in the source that `replacement` takes the place of. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** A node of the syntax tree (ESTree): only what is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const binary: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
};
const logical: Readonly<Record<string, readonly string[]>> = { '&&': ['||'], '||': ['&&'], '??': ['&&'] };
const assignment: Readonly<Record<string, readonly string[]>> = {
  '+=': ['-='],
  '-=': ['+='],
  '|=': ['&='],
  '&=': ['|='],
};
const methods: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' };
/** Calls whose arguments are words for people. */
const wording = new Set(['stop', 'assert', 'fault']);
const conditional = new Set(['IfStatement', 'ConditionalExpression', 'WhileStatement', 'ForStatement']);

export function mutantsOf(source: string, file: string): readonly Mutant[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} is not TypeScript: ${errors[0]?.message}`);
  const found: Mutant[] = [];
  visit(program as unknown as Node, source, found);
  return found.filter(({ start, end, replacement }) => source.slice(start, end) !== replacement);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';
}

function childrenOf(node: Node): readonly Node[] {
  return Object.entries(node).flatMap(([key, value]) => {
    // A name is not a value, and types change nothing that runs.
    if (key === 'typeAnnotation' || key === 'returnType' || key === 'typeArguments' || key === 'typeParameters')
      return [];
    if (key === 'key' && node['computed'] !== true) return [];
    return (Array.isArray(value) ? value : [value]).filter(isNode);
  });
}

const typesOnly = /^(?:TS(?!As|Satisfies|NonNull)|Import|ExportAll)/;

function visit(node: Node, source: string, found: Mutant[]): void {
  if (typesOnly.test(node.type)) return;
  found.push(...mutantsAt(node, source));
  const words = node.type === 'CallExpression' && wording.has(String((node['callee'] as Node)['name']));
  for (const child of childrenOf(node)) {
    if (words && (child.type === 'TemplateLiteral' || child.type === 'Literal')) continue;
    visit(child, source, found);
  }
}

function mutantsAt(node: Node, source: string): readonly Mutant[] {
  const { type, start, end } = node;
  const whole = (replacement: string): Mutant => ({ start, end, replacement });
  const test = node['test'];
  const decided = conditional.has(type) && isNode(test) ? test : undefined;
  if (decided !== undefined) {
    const fixed = (replacement: string): Mutant => ({ start: decided.start, end: decided.end, replacement });
    return type.endsWith('Statement') && type !== 'IfStatement' ? [fixed('false')] : [fixed('true'), fixed('false')];
  }
  switch (type) {
    case 'BinaryExpression':
      return swapped(node, source, binary);
    case 'LogicalExpression':
      return swapped(node, source, logical);
    case 'AssignmentExpression':
      return swapped(node, source, assignment);
    case 'UnaryExpression':
      return [whole(source.slice((node['argument'] as Node).start, end))];
    case 'Literal':
      return literals(node).map(whole);
    case 'MemberExpression':
      return renamed(node['property'] as Node);
    case 'ExpressionStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return [whole(';')];
    default:
      return [];
  }
}

function swapped(node: Node, source: string, table: Readonly<Record<string, readonly string[]>>): readonly Mutant[] {
  const operator = String(node['operator']);
  const [left, right] = [node['left'] as Node, node['right'] as Node];
  const start = source.indexOf(operator, left.end);
  if (start < 0 || start >= right.start) return [];
  return (table[operator] ?? []).map((replacement) => ({ start, end: start + operator.length, replacement }));
}

/** Another number, the bit beside it, the other truth, no text. */
function literals({ value, raw }: Node): readonly string[] {
  if (typeof value === 'boolean') return [String(!value)];
  if (typeof value === 'string') return value === '' ? [] : ["''"];
  if (typeof value !== 'number') return [];
  if (value === 0) return ['1'];
  const beside = String(raw).startsWith('0x') ? `0x${(value * 2).toString(16)}` : String(value + 1);
  return ['0', beside];
}

function renamed(property: Node): readonly Mutant[] {
  const replacement = methods[String(property['name'])];
  return replacement === undefined ? [] : [{ start: property.start, end: property.end, replacement }];
}
