/** The one window: full screen, a sandboxed page without Node, and back again whenever the page has died. */
import { app, BrowserWindow, session } from 'electron';
import type { Clock, Log } from '../../core/base/ports.ts';
import { guardContents, guardSession } from './guards.ts';
import { partition } from './names.ts';
import { paced } from './pace.ts';

/** A page that dies at once again must not keep the processor busy. */
const reopenIntervalMs = 1_000;
/** net::ERR_ABORTED: the load was given up, as for a navigation that was refused; the page is still there. */
const aborted = -3;

export interface KioskPage {
  /** May carry the token in its fragment. */
  readonly url: string;
  readonly origin: string;
  readonly policy: string;
  /** Absent where the page reaches the terminal by WebSocket. */
  readonly preload?: string;
}

export interface Kiosk {
  /** Loads the page afresh, at most once a second. */
  reopen(): void;
  focus(): void;
}

export function openKiosk(page: KioskPage, clock: Clock, log: Log): Kiosk {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, page.origin, log));
  guardSession(session.fromPartition(partition), page.policy, log);
  const window = new BrowserWindow({
    kiosk: true,
    fullscreen: true,
    webPreferences: {
      partition,
      ...(page.preload === undefined ? {} : { preload: page.preload }),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      devTools: false,
      // Would fetch dictionaries from the network.
      spellcheck: false,
    },
  });
  const contents = window.webContents;
  const reopen = paced(clock, reopenIntervalMs, () => {
    // A load that fails is reported as did-fail-load.
    if (!window.isDestroyed()) contents.loadURL(page.url).catch(() => {});
  });
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log.write('error', "the screens' process is gone; opening them again", { reason, exitCode });
    reopen();
  });
  contents.on('did-fail-load', (_event, code, description, _url, isMainFrame) => {
    if (!isMainFrame || code === aborted) return;
    log.write('error', 'the screens could not be loaded; trying again', { code, description });
    reopen();
  });
  // A page that hangs shows an old state of a sale: end it, which opens it again.
  window.on('unresponsive', () => contents.forcefullyCrashRenderer());
  reopen();
  return {
    reopen,
    focus() {
      if (window.isMinimized()) window.restore();
      window.focus();
    },
  };
}
