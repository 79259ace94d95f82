/**
 * A small stand-in for the `electron` module over Debian's Chromium (playwright-core), so that the built main.js
 * and preload.cjs run for real where Electron's binary cannot be fetched. It implements what src/main/electron
 * uses and throws at web preferences that would weaken the window.
 *
 * What it shows: main's wiring, the handlers' answers, the Content Security Policy as Chromium enforces it, the
 * bridge in both directions through real message ports, restarts.
 * What it cannot show: Electron itself. There is no BrowserWindow and no kiosk mode on a real screen; the preload
 * runs in a function of its own in the page's world, not in an isolated one; cham:// is an intercepted https
 * origin; a utility process is a worker thread; a denied window exists for a moment before it is closed;
 * webviews and hangs are only emitted as events. One run of the real binary under Xvfb remains to be done
 * wherever it can be installed (`npx install-electron`).
 */
import { EventEmitter } from 'node:events';
import { existsSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { BrowserWindowConstructorOptions, CustomScheme, IpcMainEvent } from 'electron';
import { StandInEvent, record } from './stand-in-events.ts';
import { forkUtility } from './stand-in-ports.ts';
import { privilegedSchemes, sessionFromPartition } from './stand-in-session.ts';
import { StandInWebContents } from './stand-in-web-contents.ts';

export const windows: BrowserWindow[] = [];

class App extends EventEmitter {
  enableSandbox(): void {
    record('enableSandbox');
  }

  /** The first process makes the lock file; later ones leave a note beside it, which the first one sees. */
  requestSingleInstanceLock(): boolean {
    const folder = process.env['STAND_IN_FOLDER'] ?? '';
    const lock = path.join(folder, 'lock');
    if (existsSync(lock)) {
      writeFileSync(path.join(folder, `second-${process.pid}`), '');
      return false;
    }
    writeFileSync(lock, '');
    process.on('exit', () => rmSync(lock));
    watch(folder, () => {
      if (readdirSync(folder).some((name) => name.startsWith('second-'))) this.emit('second-instance');
    }).unref();
    return true;
  }

  async whenReady(): Promise<void> {
    await setImmediate();
  }

  quit(): void {
    const event = new StandInEvent();
    this.emit('will-quit', event);
    if (!event.defaultPrevented) this.exit(0);
  }

  /** Playwright ends Chromium with the process. */
  exit(code = 0): never {
    record('exit', { code });
    process.exit(code);
  }
}

export const app = new App();
process.on('SIGTERM', () => app.quit());

const required = { sandbox: true, contextIsolation: true, webSecurity: true } as const;
const forbidden = ['nodeIntegration', 'nodeIntegrationInWorker', 'nodeIntegrationInSubFrames', 'webviewTag'] as const;

export class BrowserWindow extends EventEmitter {
  readonly webContents: StandInWebContents;

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    const preferences = options.webPreferences ?? {};
    for (const [name, value] of Object.entries(required)) {
      if (preferences[name as keyof typeof required] !== value) throw new Error(`stand-in: ${name} must be ${value}`);
    }
    for (const name of forbidden) {
      if (preferences[name] === true) throw new Error(`stand-in: ${name} must be off`);
    }
    record('window', { kiosk: options.kiosk, fullscreen: options.fullscreen, devTools: preferences.devTools });
    this.webContents = new StandInWebContents(sessionFromPartition(preferences.partition ?? ''), preferences.preload);
    this.webContents.on('ipc', (event: IpcMainEvent, channel: string) => ipcMain.emit(channel, event));
    windows.push(this);
    app.emit('web-contents-created', new StandInEvent(), this.webContents);
  }

  isDestroyed(): boolean {
    return false;
  }

  isMinimized(): boolean {
    return false;
  }

  restore(): void {}

  focus(): void {
    record('focus');
  }
}

export const ipcMain = new EventEmitter();

export const Menu = {
  setApplicationMenu(menu: unknown): void {
    record('menu', { menu });
  },
};

export const dialog = {
  showErrorBox(title: string, content: string): void {
    record('errorBox', { title, content });
  },
};

export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly CustomScheme[]): void {
    for (const { scheme, privileges } of schemes) {
      if (privileges?.bypassCSP === true) throw new Error('stand-in: a scheme must not bypass the CSP');
      if (privileges?.standard === true && privileges.secure === true) privilegedSchemes.add(scheme);
    }
  },
};

export const session = { fromPartition: sessionFromPartition };

export const utilityProcess = { fork: forkUtility };
