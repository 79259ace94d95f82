/**
 * Opens the kiosk: Electron where its binary is present, else Chromium in kiosk mode where there is a display,
 * else nothing, and the caller prints the address. A shell that dies never touches a payment.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

export const shellKinds = ['auto', 'electron', 'chromium', 'none'] as const;
export type ShellKind = (typeof shellKinds)[number];

const root = path.resolve(import.meta.dirname, '../..');
const electronBinary = path.join(root, 'node_modules/electron/dist/electron');
const electronMain = path.join(root, 'dist/electron/main.js');
const chromiumBinaries = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

export type Shell =
  | { readonly kind: 'electron'; readonly file: string }
  | { readonly kind: 'chromium'; readonly file: string }
  | { readonly kind: 'none'; readonly why: string };

/** Which shell `wanted` comes to on this machine. */
export function chooseShell(wanted: ShellKind, env: NodeJS.ProcessEnv = process.env): Shell {
  const display = Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
  const chromium = chromiumBinaries.find((file) => existsSync(file));
  if (wanted === 'none') return { kind: 'none', why: 'as asked with --shell none' };
  if (!display)
    return { kind: 'none', why: 'this machine has no display (neither DISPLAY nor WAYLAND_DISPLAY is set)' };
  // Electron refuses to start as root with its sandbox on, and it is not started without one.
  const asRoot = process.getuid?.() === 0;
  if (wanted !== 'chromium' && !asRoot && existsSync(electronBinary) && existsSync(electronMain)) {
    return { kind: 'electron', file: electronBinary };
  }
  if (wanted === 'electron') {
    const why = asRoot ? 'Electron does not run as root' : "Electron's binary is not installed (npx install-electron)";
    return { kind: 'none', why };
  }
  if (chromium !== undefined) return { kind: 'chromium', file: chromium };
  return { kind: 'none', why: 'neither Electron nor Chromium is installed' };
}

/** Chromium as a kiosk: one page, no browser around it, no traffic of its own. */
function chromiumArguments(url: string, profile: string, asRoot: boolean): readonly string[] {
  return [
    '--kiosk',
    `--app=${url}`,
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-extensions',
    '--disable-breakpad',
    '--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication',
    '--window-position=0,0',
    '--disable-pinch',
    '--overscroll-history-navigation=0',
    '--password-store=basic',
    // Chromium refuses to start as root with its sandbox; a kiosk should run as its own user.
    ...(asRoot ? ['--no-sandbox'] : []),
  ];
}

export function openShell(shell: Shell, url: string, dataFolder: string): ChildProcess | undefined {
  if (shell.kind === 'none') return undefined;
  const profile = path.join(dataFolder, 'chromium');
  if (shell.kind === 'chromium') mkdirSync(profile, { recursive: true, mode: 0o700 });
  const parameters =
    shell.kind === 'electron' ? [electronMain] : chromiumArguments(url, profile, process.getuid?.() === 0);
  const child = spawn(shell.file, parameters, { stdio: 'ignore', env: { ...process.env, CHAM_URL: url } });
  child.on('error', () => {});
  return child;
}
