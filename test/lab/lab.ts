/**
 * The virtual hardware lab: a private pcscd with the virtual reader vpcd and simulated cards, for tests that go
 * through the real PC/SC library. Nothing of it is visible to the machine: its own mount namespace hides the system's
 * pcscd and its USB drivers, its own network namespace holds vpcd's fixed port, and its own process namespace ends
 * everything with the first process. Labs can run side by side, also without being root.
 */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

const driverFolder = '/usr/lib/pcsc/drivers';
const vpcdDriver = `${driverFolder}/serial/libifdvpcd.so`;
const startLimitMs = 10_000;
const askAgainMs = 10;
const answerLimitMs = 5_000;

/**
 * - `mount`: pcscd's fixed folder /run/pcscd becomes the lab's, and no driver for real readers is left.
 * - `ip route … quickack`: vpcd of Debian 12 writes length and body of a message apart, which with delayed
 *   acknowledgements costs 40 ms for every APDU.
 */
const script = `
set -e
ip link set lo up
ip route replace local 127.0.0.0/8 dev lo table local quickack 1
ip route replace local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 quickack 1
mount --bind "$1/run" /run
mount --bind "$1/drivers" ${driverFolder}
pcscd --foreground --info --config "$1/conf" </dev/null >&2 &
exec "$2" "$3"
`;

export class PcscLab {
  /**
   * What `PCSCLITE_CSOCK_NAME` is set to. The same for every lab of a process, because libpcsclite reads the variable
   * only once; so one lab at a time.
   */
  static readonly socket: string = path.join(tmpdir(), `cham-lab-${process.pid}`, 'run/pcscd/pcscd.comm');
  readonly #folder: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: Interface;
  readonly #exited: Promise<void>;

  private constructor(folder: string, child: ChildProcessWithoutNullStreams) {
    this.#folder = folder;
    this.#process = child;
    this.#answers = createInterface({ input: child.stdout });
    this.#exited = new Promise((resolve) => {
      child.once('close', () => resolve());
    });
  }

  /** Undefined when the lab can run here, else what is missing. */
  static missing(): string | undefined {
    if (!isMainThread) return 'tests run in worker threads, where the environment of libpcsclite cannot be set';
    const tools = ['pcscd', 'unshare', 'ip', 'mount'].filter((tool) => spawnSync('which', [tool]).status !== 0);
    if (tools.length > 0) return `not installed: ${tools.join(', ')} (apt install pcscd iproute2 util-linux)`;
    if (!existsSync(vpcdDriver)) return 'vpcd is not installed (apt install vsmartcard-vpcd)';
    const namespaces = spawnSync('unshare', [...namespaceOptions, 'true'], { encoding: 'utf8' });
    return namespaces.status === 0 ? undefined : `namespaces are not allowed here: ${namespaces.stderr.trim()}`;
  }

  static async start(): Promise<PcscLab> {
    process.env['PCSCLITE_CSOCK_NAME'] = PcscLab.socket;
    const folder = path.resolve(PcscLab.socket, '../../..');
    for (const name of ['run', 'drivers', 'conf']) mkdirSync(path.join(folder, name), { recursive: true });
    const driver = path.join(folder, 'libifdvpcd.so');
    copyFileSync(vpcdDriver, driver);
    writeFileSync(
      path.join(folder, 'conf/lab'),
      `FRIENDLYNAME "Lab reader"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH ${driver}\nCHANNELID 0x8C7B\n`,
    );
    const card = path.join(import.meta.dirname, 'vcard-main.ts');
    const child = spawn('unshare', [...namespaceOptions, 'sh', '-c', script, 'sh', folder, process.execPath, card]);
    const lab = new PcscLab(folder, child);
    try {
      await lab.#daemonReady();
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  /** `changes` make it another card than that of the product: see vcard-main.ts. */
  async insert(cardId: string, changes?: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#ask(`insert ${cardId}${changes === undefined ? '' : ` ${JSON.stringify(changes)}`}`, 'inserted');
  }

  async remove(): Promise<void> {
    await this.#ask('remove', 'removed');
  }

  /** The card in the field stops answering. */
  async freeze(): Promise<void> {
    await this.#ask('freeze', 'frozen');
  }

  /** It answers again, beginning with what it was asked meanwhile. */
  async thaw(): Promise<void> {
    await this.#ask('thaw', 'thawed');
  }

  /** pcscd accepts connections and never answers, until it is resumed. */
  pause(): void {
    process.kill(this.#daemon(), 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.#daemon(), 'SIGCONT');
  }

  /** Started by the first process of the lab's namespace, which is the only child of `unshare`. */
  #daemon(): number {
    return firstChild(firstChild(this.#process.pid ?? 0));
  }

  /** pcscd is gone, as when it crashes: clients see their connection end. */
  async stop(): Promise<void> {
    this.#process.stdin.end();
    await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** pcscd says "ready" a moment before it listens, so it is asked until it answers. */
  async #daemonReady(): Promise<void> {
    const log: string[] = [];
    let ended = false;
    createInterface({ input: this.#process.stderr }).on('line', (line) => log.push(line));
    this.#process.once('close', () => {
      ended = true;
    });
    const endMs = performance.now() + startLimitMs;
    while (!(await accepts(PcscLab.socket))) {
      if (ended) throw new Error(`the lab ended by itself:\n${log.join('\n')}`);
      if (performance.now() > endMs) throw new Error(`pcscd did not start:\n${log.join('\n')}`);
      await setTimeout(askAgainMs);
    }
  }

  async #ask(command: string, expected: string): Promise<void> {
    const answered = once(this.#answers, 'line', { signal: AbortSignal.timeout(answerLimitMs) });
    this.#process.stdin.write(`${command}\n`);
    const [line] = (await answered) as [string];
    if (line !== expected) throw new Error(`"${command}" was answered "${line}"`);
  }
}

const namespaceOptions = ['--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child'];

function firstChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
