/**
 * Every image that a power cut may leave, opened with the real store.
 *
 *   node test/crash/explore-main.ts [--images N] [--seed N] [--part K/N] [--json [--progress]]
 *
 * `--part 1/2` takes every second scenario from the first on, so that two processes share the work.
 *
 * Records each scenario once (recording.ts), walks through its calls (disk.ts), builds images at each of them (images.ts)
 * and judges each (judge.ts). Three controls run in the same way and have to be found out, each a way of losing what the
 * store is built not to lose: without syncs and so without a mirror, with the mirror taken away on a card that spoils
 * blocks, and with a mirror whose syncs the disk ignores on such a card. Ends with 1 when the store broke its word, or
 * when a control did not.
 */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Disk, layOut, type Image } from './disk.ts';
import { choices, randomFrom } from './images.ts';
import { judge, Promises } from './judge.ts';
import { record, recorderLibrary, type Operation } from './recording.ts';
import { scenarios, unsyncedControl, type Acknowledged, type Scenario } from './scenarios.ts';

interface Recorded {
  readonly scenario: Scenario;
  readonly before: readonly Acknowledged[];
  readonly base: Disk;
  readonly operations: readonly Operation[];
}

interface Walk {
  /** So many images at most, no two of them alike. */
  readonly images: number;
  readonly seed: number;
  /** Whether a write in flight may spoil the block around it. */
  readonly trash: boolean;
  /** What a control changes: the calls as the disk takes them, and what is left for the store to open. */
  readonly sees?: (operation: Operation) => boolean;
  readonly leaves?: (image: Image) => Image;
  /** Images that an earlier round has judged; those of this one are added. */
  readonly seen?: Set<string>;
  /** Begins when something has been promised, and ends at the first broken word: enough for a control. */
  readonly untilBroken?: boolean;
}

interface Outcome {
  readonly name: string;
  readonly calls: number;
  readonly images: number;
  readonly violations: readonly string[];
}

export interface Summary {
  readonly seed: number;
  readonly images: number;
  readonly violations: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly scenarios: readonly Outcome[];
  readonly controls: readonly Outcome[];
}

/** One image in so many is also sold on, started again and checked in full. */
const thoroughEvery = 16;
/** A broken word is told so often; more of them say the same. */
const toldAtMost = 5;
const controlImages = 3000;
/** Rounds through the scenarios until there are as many images as were asked for; each has a seed of its own. */
const mostRounds = 12;
/** A scenario that gives fewer than this share of what it is asked for has no more to give. */
const worthwhile = 0.05;

/** Memory: what is built here is a disk, it needs none. */
function scratchFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cham-crash-'));
}

/** `recorded` gives a new disk of the same content for each walk: it moves on as it is used. */
function recordScenario(library: string, folder: string, scenario: Scenario): { readonly recorded: () => Recorded } {
  const root = join(folder, `record-${hash('sha256', scenario.name, 'hex').slice(0, 8)}`);
  mkdirSync(root);
  const before = scenario.prepare(root);
  // One for each round, and for two controls.
  const bases = Array.from({ length: mostRounds + 2 }, () => Disk.of(root));
  const operations = record(library, root, join(import.meta.dirname, 'workload-main.ts'), [scenario.name]);
  rmSync(root, { recursive: true });
  return {
    recorded() {
      const base = bases.pop();
      if (base === undefined) throw new Error('walked too often');
      return { scenario, before, base, operations };
    },
  };
}

function walk(folder: string, { scenario, before: acknowledged, base, operations }: Recorded, options: Walk): Outcome {
  const { images, seed, trash, seen = new Set<string>(), sees = () => true, leaves = (image) => image } = options;
  const before = seen.size;
  const random = randomFrom(seed);
  const promises = new Promises(acknowledged);
  const place = join(folder, 'image');
  const violations: string[] = [];
  const calls = operations.filter(({ type }) => type !== 'mark' && type !== 'opened').length;
  let passed = 0;
  for (const [number, operation] of operations.entries()) {
    if (operation.type === 'mark') {
      promises.heard(operation.text);
      continue;
    }
    if (!sees(operation)) continue;
    base.apply(operation);
    if (operation.type === 'opened') continue;
    passed += 1;
    if (options.untilBroken && promises.durable === 0) continue;
    // What one moment does not need is left to the later ones. With fewer images than calls some calls have none.
    const most = Math.ceil((images - (seen.size - before)) / Math.max(1, calls - passed + 1) + random() - 0.5);
    let fresh = 0;
    for (const choice of choices(base, base.fileOf(operation), { most: 3 * most, random, trash })) {
      if (fresh >= most) break;
      const image = leaves(base.image(choice));
      const name = nameOf(image, promises.durable);
      if (seen.has(name)) continue;
      seen.add(name);
      fresh += 1;
      layOut(image, place);
      const { broken } = judge(place, promises, seen.size % thoroughEvery === 0);
      if (broken === undefined) continue;
      violations.push(`call ${number} (${operation.type}): ${broken}`);
      if (options.untilBroken) return { name: scenario.name, calls, images: seen.size - before, violations };
    }
  }
  return { name: scenario.name, calls, images: seen.size - before, violations };
}

/** Most files of an image are those of the image before it. */
const hashes = new WeakMap<Buffer, string>();

function hashOf(content: Buffer): string {
  const known = hashes.get(content) ?? hash('sha1', content, 'base64');
  hashes.set(content, known);
  return known;
}

/** The same bytes ask for more once more has been promised. */
function nameOf(image: Image, durable: number): string {
  const parts = [...image].map(([path, content]) => {
    return `${path}=${content === 'folder' ? content : hashOf(content)}`;
  });
  return hash('sha1', `${durable}\n${parts.sort().join('\n')}`, 'base64');
}

function withoutMirrorIn(image: Image): Image {
  return new Map([...image].filter(([path]) => !basename(path).startsWith('journal.mirror')));
}

/** Drops the syncs of the mirror: what a disk does that says yes and keeps it in its cache. */
function ignoringMirrorSyncs(operations: readonly Operation[]): (operation: Operation) => boolean {
  const mirrors = new Set<bigint>();
  for (const operation of operations) {
    const isFile = operation.type === 'created' || operation.type === 'opened';
    if (isFile && basename(operation.path) === 'journal.mirror') mirrors.add(operation.inode);
  }
  return (operation) => operation.type !== 'synced' || !mirrors.has(operation.inode);
}

function shareOf({ share = 1 }: Scenario): number {
  return share;
}

interface Exploration {
  readonly images: number;
  readonly seed: number;
  /** Which of the scenarios, by their place in the list. */
  readonly takes: (index: number) => boolean;
  readonly log: (line: string) => void;
}

/** Undefined without a C compiler. */
function explore({ images, seed, takes, log }: Exploration): Summary | undefined {
  const library = recorderLibrary();
  if (library === undefined) return undefined;
  const folder = scratchFolder();
  const startedMs = performance.now();
  try {
    const taken = scenarios
      .filter((_, index) => takes(index))
      .map((scenario) => ({ ...recordScenario(library, folder, scenario), scenario, seen: new Set<string>() }));
    const outcomes = new Map<string, Outcome>();
    const controls: Outcome[] = [];
    const missing = (): number => images - [...outcomes.values()].reduce((sum, one) => sum + one.images, 0);
    let giving = taken;
    for (let round = 0; round < mostRounds && missing() > 0 && giving.length > 0; round += 1) {
      const wanted = missing() / giving.reduce((sum, { scenario }) => sum + shareOf(scenario), 0);
      giving = giving.filter(({ scenario, recorded, seen }) => {
        const each = Math.ceil(wanted * shareOf(scenario));
        const found = walk(folder, recorded(), { images: each, seed: seed + round, trash: scenario.trash, seen });
        const so = outcomes.get(scenario.name);
        const violations = [...(so?.violations ?? []), ...found.violations];
        outcomes.set(scenario.name, { ...found, images: seen.size, violations });
        log(line(outcomes.get(scenario.name)));
        return found.images > worthwhile * each;
      });
    }
    const [first] = scenarios;
    const judged = taken.find(({ scenario }) => scenario === first);
    if (judged !== undefined) {
      const common = { images: controlImages, seed, trash: true, untilBroken: true };
      const bare = walk(folder, judged.recorded(), { ...common, leaves: withoutMirrorIn });
      controls.push({ ...bare, name: 'control: no mirror, a card that spoils blocks' });
      log(line(controls.at(-1)));
      const lying = judged.recorded();
      const sees = ignoringMirrorSyncs(lying.operations);
      controls.push({ ...walk(folder, lying, { ...common, sees }), name: 'control: syncs of the mirror ignored' });
      log(line(controls.at(-1)));
    }
    if (takes(scenarios.length - 1)) {
      const unsynced = recordScenario(library, folder, unsyncedControl).recorded();
      controls.push(walk(folder, unsynced, { images: controlImages, seed, trash: false, untilBroken: true }));
      log(line(controls.at(-1)));
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const all = [...outcomes.values()];
    const total = all.reduce((sum, one) => sum + one.images, 0);
    const violations = all.reduce((sum, one) => sum + one.violations.length, 0);
    const imagesPerSecond = Math.round(total / seconds);
    return { seed, images: total, violations, seconds, imagesPerSecond, scenarios: all, controls };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function line(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '';
  const { name, calls, images, violations } = outcome;
  const told = violations.slice(0, toldAtMost).map((one) => `\n    ${one}`);
  return `${name}: ${images} images at ${calls} calls, ${violations.length} violations${told.join('')}`;
}

/** True when the store kept its word everywhere and each control broke it. */
function holds({ violations, controls }: Summary): boolean {
  return violations === 0 && controls.every((control) => control.violations.length > 0);
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      images: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      part: { type: 'string', default: '1/1' },
      json: { type: 'boolean', default: false },
      progress: { type: 'boolean', default: false },
    },
  });
  const told = (text: string): void => {
    if (values.progress) process.stderr.write(`  ${text}\n`);
  };
  const [part, parts] = values.part.split('/').map(Number);
  const summary = explore({
    images: Number(values.images),
    seed: Number(values.seed),
    takes: (index) => index % Number(parts) === Number(part) - 1,
    log: values.json ? told : write,
  });
  if (summary === undefined) {
    process.stderr.write('There is no C compiler: the recorder needs gcc (apt-get install gcc libc6-dev).\n');
    process.exit(2);
  }
  if (values.json) write(JSON.stringify(summary, undefined, 2));
  else write(`${summary.images} images, ${summary.violations} violations, ${summary.imagesPerSecond} a second`);
  process.exit(holds(summary) ? 0 : 1);
}
