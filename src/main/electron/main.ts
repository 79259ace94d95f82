/**
 * Electron's main process: opens the screens in one locked window and does nothing else. Two ways to start it,
 * one window:
 *
 * - CHAM_URL names the loopback page of a running service (`cham run` and systemd start it so). The service stays
 *   its own process, the page uses the authenticated WebSocket exactly as in Chromium, and there is no preload.
 * - Without CHAM_URL (the packaged kiosk) it runs the service in a utility process, serves the screens from
 *   cham://app, and the page talks to the service over a message port that main only passes on.
 *
 * Either way a crash of the window touches no payment, and a crash of this process at most stops the service,
 * which takes up its sales from the journal. Built to dist/electron/main.js by build.ts.
 */
import { app, dialog, ipcMain, Menu, protocol, session } from 'electron';
import path from 'node:path';
import { exitCodes } from '../cli/output.ts';
import { jsonLog } from '../log.ts';
import { systemClock } from '../platform.ts';
import { sentByScreen } from './guards.ts';
import { openKiosk, type Kiosk } from './kiosk.ts';
import { attachChannel, originOf, partition, screensOrigin, screensScheme } from './names.ts';
import { contentSecurityPolicy, readScreen } from '../screens.ts';
import { superviseService } from './service-process.ts';

const root = path.resolve(import.meta.dirname, '../..');
const log = jsonLog(systemClock, 'warning', (line) => process.stderr.write(line));

app.enableSandbox();
protocol.registerSchemesAsPrivileged([{ scheme: screensScheme, privileges: { standard: true, secure: true } }]);
Menu.setApplicationMenu(null);

if (app.requestSingleInstanceLock()) {
  const given = process.env['CHAM_URL'];
  void app.whenReady().then(() => (given === undefined ? runService() : showGiven(given)));
} else {
  app.quit();
}

function showGiven(url: string): void {
  const origin = originOf(url);
  if (origin === undefined || !/^http:\/\/(?:127\.0\.0\.1|localhost):\d+$/.test(origin)) {
    // Not quoted: it may hold a token.
    process.stderr.write('CHAM_URL: expected http://127.0.0.1:PORT/PAGE.html#token=TOKEN\n');
    return app.exit(exitCodes.usage);
  }
  const policy = contentSecurityPolicy(["'self'", origin.replace(/^http/, 'ws')]);
  return focusOnSecondStart(openKiosk({ url, origin, policy }, systemClock, log));
}

function runService(): void {
  const policy = contentSecurityPolicy([]);
  session.fromPartition(partition).protocol.handle(screensScheme, async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === 'app' ? await readScreen(path.join(root, 'dist/ui'), pathname) : undefined;
    const headers = { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' };
    if (file === undefined) return new Response('not found', { status: 404, headers });
    return new Response(file.body, { headers: { ...headers, 'Content-Type': file.type } });
  });

  let kiosk: Kiosk | undefined;
  const service = superviseService(
    path.join(root, 'src/main/electron/service.ts'),
    {
      onReady(page) {
        if (kiosk !== undefined) return;
        const url = `${screensOrigin}/${page}.html`;
        const preload = path.join(import.meta.dirname, 'preload.cjs');
        kiosk = openKiosk({ url, origin: screensOrigin, policy, preload }, systemClock, log);
        focusOnSecondStart(kiosk);
      },
      onLost: () => kiosk?.reopen(),
      onRefused(detail) {
        process.stderr.write(`${detail}\n`);
        dialog.showErrorBox('Chạm', detail);
        app.exit(exitCodes.refused);
      },
    },
    systemClock,
    log,
  );

  ipcMain.on(attachChannel, (event) => {
    const [port, ...surplus] = event.ports;
    if (port !== undefined && surplus.length === 0 && sentByScreen(event, screensOrigin)) return service.attach(port);
    log.write('warning', 'the kiosk refused a message that is not from its screens');
    for (const unwanted of event.ports) unwanted.close();
    return undefined;
  });
  let stopping: Promise<void> | undefined;
  app.on('will-quit', (event) => {
    event.preventDefault();
    stopping ??= service.stop().then(() => app.exit(exitCodes.ok));
  });
}

function focusOnSecondStart(kiosk: Kiosk): void {
  app.on('second-instance', () => kiosk.focus());
}
