/** The test's side: an application folder with the built shell and fixture screens, and a running shell in it. */
import { fork, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildShell } from '../../src/main/electron/build.ts';
import type { Answer, Asked, Question } from './control.ts';

const here = import.meta.dirname;
const limitMs = 10_000;

export const fixturePage = `<!doctype html>
<meta charset="utf-8" />
<title>fixture</title>
<script>window.inlineRan = true;</script>
<script src="./page.js"></script>
<a id="file" download="paper.txt" href="./page.js">download</a>`;

/** Keeps what arrives; \`until(test)\` resolves with the first frame that passes, already here or to come. */
export const fixtureScript = `
window.scriptRan = true;
console.log('here is ' + location.href);
const frames = [];
const waiting = new Set();
function receive(text) {
  frames.push(JSON.parse(text));
  for (const look of waiting) look();
}
function until(test) {
  return new Promise((resolve) => {
    const look = () => {
      const frame = frames.find(test);
      if (frame === undefined) return;
      waiting.delete(look);
      resolve(frame);
    };
    waiting.add(look);
    look();
  });
}
window.cham?.onMessage(receive);
`;

/**
 * dist/electron, dist/ui and a service in a new folder, laid out as the application is. With `screens`, a folder
 * of built ones, it gets these and the real terminal; without, the fixtures.
 */
export async function makeApplication(screens?: string): Promise<string> {
  const root = mkdtempSync(path.join(tmpdir(), 'cham-shell-'));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write('package.json', '{ "type": "module" }');
  await buildShell(path.join(root, 'dist/electron'));
  const service = path.join(here, screens === undefined ? 'service-main.ts' : '../../src/main/electron/service.ts');
  write('src/main/electron/service.ts', `import ${JSON.stringify(service)};\n`);
  if (screens === undefined) {
    write('dist/ui/demo.html', fixturePage);
    write('dist/ui/page.js', fixtureScript);
  } else {
    cpSync(screens, path.join(root, 'dist/ui'), { recursive: true });
  }
  return root;
}

interface Recorded {
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export class Shell {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #watchers = new Set<() => void>();
  readonly events: Recorded[] = [];
  /** Both outputs. */
  output = '';
  #nextId = 0;

  /** `main` is a file; the default is the built shell of `root`. */
  constructor(root: string, env: NodeJS.ProcessEnv = {}, main = path.join(root, 'dist/electron/main.js')) {
    this.#child = fork(main, {
      execArgv: ['--import', path.join(here, 'register-main.ts')],
      env: { ...process.env, STAND_IN_FOLDER: root, CHAM_URL: undefined, NODE_OPTIONS: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('utf8');
        for (const look of this.#watchers) look();
      });
    }
    this.#child.on('message', (message: Recorded | Answer) => {
      if ('id' in message) {
        this.#answers.get(message.id)?.(message);
        this.#answers.delete(message.id);
        return;
      }
      this.events.push(message);
      for (const look of this.#watchers) look();
    });
    this.#ended = new Promise((resolve) => this.#child.on('close', (code) => resolve(code)));
  }

  async ask(question: Question): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = await this.#limited(
      JSON.stringify(question),
      new Promise<Answer>((resolve) => {
        this.#answers.set(id, resolve);
        this.#child.send({ id, question } satisfies Asked);
      }),
    );
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }

  evaluate(expression: string): Promise<unknown> {
    return this.ask({ do: 'evaluate', expression });
  }

  /** The `nth` event (from 1) of that name that passes `test`. */
  event(name: string, nth = 1, test: (detail: Recorded['detail']) => boolean = () => true): Promise<Recorded> {
    return this.#until(
      `event ${name}`,
      () => this.events.filter((one) => one.event === name && test(one.detail))[nth - 1],
    );
  }

  async printed(text: string): Promise<void> {
    await this.#until(`output "${text}"`, () => (this.output.includes(text) ? true : undefined));
  }

  /** The exit code, once it has ended by itself. */
  ended(): Promise<number | null> {
    return this.#limited('the end', this.#ended);
  }

  /** As `cham run` stops it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended().catch(() => this.#child.kill('SIGKILL'));
  }

  async #until<T>(what: string, find: () => T | undefined): Promise<T> {
    return this.#limited(
      what,
      new Promise<T>((resolve) => {
        const look = (): void => {
          const found = find();
          if (found === undefined) return;
          this.#watchers.delete(look);
          resolve(found);
        };
        this.#watchers.add(look);
        look();
      }),
    );
  }

  async #limited<T>(what: string, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${what}: not within ${limitMs} ms\n${this.output}`)), limitMs);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export function removeApplication(root: string): void {
  rmSync(root, { recursive: true, force: true });
}
