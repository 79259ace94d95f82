/**
 * First step of every npm script. Plain JavaScript for whatever Node (20 or newer) the machine has: installs the
 * Debian packages and npm packages that are missing, builds the screens, then hands over to the pinned Node 24.
 * Every step says what it does and how long it took; nothing is repeated when nothing has changed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = path.join(root, 'node_modules/.bin');
const node24 = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node');

const aptForStart = ['libpcsclite1', 'pcscd'];
/** The recorder of file operations (test/crash) is compiled for the tests. */
const aptForProof = ['gcc', 'libc6-dev'];
const aptForTest = [
  ...aptForStart,
  ...aptForProof,
  'chromium',
  'iproute2',
  'openssl',
  'util-linux',
  'vsmartcard-vpcd',
  'zbar-tools',
];
const hasDisplay = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** What each command needs and runs. `quiet`: says nothing while there is nothing to do. */
const commands = {
  start: {
    apt: hasDisplay ? [...aptForStart, 'chromium'] : aptForStart,
    ui: true,
    run: ['src/main/cli/cham.ts', 'run'],
  },
  test: { apt: aptForTest, ui: true, run: ['src/main/checks.ts', 'test'] },
  check: { apt: [], ui: false, run: ['src/main/checks.ts', 'check'] },
  demo: { apt: [], ui: false, quiet: true, run: ['src/main/cli/cham.ts', 'demo'] },
  cham: { apt: [], ui: true, quiet: true, run: ['src/main/cli/cham.ts'] },
  relay: { apt: [], ui: false, quiet: true, run: ['src/main/cli/cham.ts', 'relay'] },
  vectors: { apt: [], ui: false, quiet: true, run: ['test/vectors/vectors-main.ts'] },
  sim: { apt: [], ui: false, quiet: true, run: ['test/sim/sim-main.ts'] },
  prove: { apt: aptForProof, ui: false, run: ['test/prove-main.ts'] },
  bench: { apt: [], ui: true, run: ['bench/all.ts'] },
  mutate: { apt: [], ui: false, quiet: true, run: ['test/mutation/mutate-main.ts'] },
};

const [name = 'start', ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  fail(`There is no command "${name}". Known: ${Object.keys(commands).join(', ')}.`);
}
const asksForHelp = args.includes('--help') || args.includes('-h');

if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
  fail(`Chạm runs on 64-bit Linux (x64 or arm64); this is ${process.platform} ${process.arch}.`);
}

installDebianPackages(asksForHelp ? [] : command.apt);
installNpmPackages();
if (command.ui && !asksForHelp) buildScreens();
if (name === 'start' && !asksForHelp) buildElectronShell();
handOver(command.run, args);

function fail(message) {
  console.error(`\nSet-up stopped: ${message}`);
  process.exit(1);
}

/** Runs `work` and prints what happened; `work` returns false when there was nothing to do. */
function step(what, work) {
  const startedAt = performance.now();
  const did = work();
  const ms = Math.round(performance.now() - startedAt);
  if (did || !command.quiet) console.error(`${did ? 'done ' : 'ready'}  ${what} (${ms} ms)`);
}

function run(file, parameters, options = {}) {
  const done = spawnSync(file, parameters, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (done.error) return { ok: false, why: done.error.message };
  return { ok: done.status === 0, why: `it ended with ${done.status ?? done.signal}` };
}

function installDebianPackages(wanted) {
  if (wanted.length === 0) return;
  step(`Debian packages: ${wanted.join(' ')}`, () => {
    const listed = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...wanted], {
      encoding: 'utf8',
    });
    if (listed.error) fail('dpkg-query was not found. Chạm is made for Debian 12 and Raspberry Pi OS (64-bit).');
    const present = new Set(
      listed.stdout
        .split('\n')
        .filter((line) => line.endsWith(' installed'))
        .map((line) => line.split(' ')[0]),
    );
    const missing = wanted.filter((item) => !present.has(item));
    if (missing.length === 0) return false;
    const asRoot = process.getuid?.() === 0;
    const sudo = asRoot || spawnSync('sudo', ['-n', 'true']).status === 0 || process.stdin.isTTY;
    const hasSudo = asRoot || spawnSync('sudo', ['-V']).status === 0;
    if (!hasSudo || !sudo) {
      fail(
        `these Debian packages are missing: ${missing.join(' ')}.\nThis user is not root and cannot use sudo` +
          `${hasSudo ? ' without a password' : ''}. As root, run:\n\n  apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
      );
    }
    console.error(`installing Debian packages: ${missing.join(' ')}`);
    const apt = (...parameters) => {
      const line = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...parameters];
      const [file, ...rest] = asRoot ? line : ['sudo', ...line];
      return run(file, rest, { stdio: ['inherit', 2, 2] });
    };
    const updated = apt('update');
    if (!updated.ok) fail(`apt-get update failed (${updated.why}). Is the network up?`);
    const installed = apt('install', '-y', '--no-install-recommends', ...missing);
    if (!installed.ok) fail(`apt-get could not install ${missing.join(' ')} (${installed.why}).`);
    return true;
  });
}

/** A step is skipped while its stamp still names the same inputs. */
function stamped(file, inputs, work) {
  const digest = inputs.digest('hex');
  if (existsSync(file) && readFileSync(file, 'utf8') === digest) return false;
  rmSync(file, { force: true });
  work();
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, digest);
  return true;
}

function installNpmPackages() {
  step('npm packages from package-lock.json, with Node 24', () => {
    const inputs = createHash('sha256')
      .update(readFileSync(path.join(root, 'package-lock.json')))
      .update(process.arch);
    return stamped(path.join(root, 'node_modules/.cham-installed'), inputs, () => {
      console.error('installing npm packages (npm ci --ignore-scripts)');
      const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      const cli = process.env.npm_execpath;
      const done = cli ? run(process.execPath, [cli, ...parameters]) : run('npm', parameters);
      if (!done.ok) fail(`npm ci failed (${done.why}). Is the npm registry reachable?`);
      if (!existsSync(node24)) fail(`npm ci did not bring Node 24 for ${process.arch} (${node24}).`);
    });
  });
}

function addFolder(hash, folder) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    hash.update(path.relative(root, file)).update(readFileSync(file));
  }
  return hash;
}

function buildScreens() {
  step('screens (vite build)', () => {
    const inputs = addFolder(addFolder(createHash('sha256'), 'ui'), 'src/contract');
    inputs.update(readFileSync(path.join(root, 'package-lock.json')));
    return stamped(path.join(root, 'dist/ui/.cham-built'), inputs, () => {
      const vite = path.join(root, 'node_modules/vite/bin/vite.js');
      const done = run(node24, [vite, 'build', '--config', 'ui/vite.config.ts', '--logLevel', 'warn']);
      if (!done.ok) fail(`the screens could not be built (${done.why}).`);
    });
  });
}

/** Only where Electron's binary has been fetched; without it Chromium or a browser shows the screens. */
function buildElectronShell() {
  if (!existsSync(path.join(root, 'node_modules/electron/dist/electron'))) return;
  step('Electron shell (main and preload)', () => {
    const inputs = addFolder(createHash('sha256'), 'src');
    inputs.update(readFileSync(path.join(root, 'package-lock.json')));
    return stamped(path.join(root, 'dist/electron/.cham-built'), inputs, () => {
      const done = run(node24, [path.join(root, 'src/main/electron/build.ts')]);
      if (!done.ok) fail(`the Electron shell could not be built (${done.why}).`);
    });
  });
}

/** Node 24 takes over this terminal; signals are passed on, and its end is our end. */
function handOver(file, parameters) {
  const [script, ...fixed] = file;
  const child = spawn(node24, [path.join(root, script), ...fixed, ...parameters], {
    cwd: process.cwd(),
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules/.cache/node'),
    },
  });
  // The terminal's Ctrl-C reaches the child by itself (same process group); this one only must outlive it.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
  });
}
