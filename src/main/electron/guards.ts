/**
 * What no page in the shell may do, whatever it contains: leave the screens' origin, open windows or webviews,
 * get a permission or a device, download. Each refusal is logged with the origin only, since an address may
 * carry a token. After the security checklist of Electron's documentation (items 4, 5, 7, 12, 13, 14, 17).
 */
import type { IpcMainEvent, Session, WebContents } from 'electron';
import type { Log } from '../../core/base/ports.ts';
import { originOf } from './names.ts';

export function guardContents(contents: WebContents, origin: string, log: Log): void {
  const refused = (what: string, url: string): void => {
    log.write('warning', `the kiosk refused ${what}`, { origin: originOf(url) ?? 'none' });
  };
  contents.setWindowOpenHandler(({ url }) => {
    refused('a new window', url);
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (details) => {
    if (originOf(details.url) === origin) return;
    details.preventDefault();
    refused('to leave its screens', details.url);
  });
  contents.on('will-redirect', (details) => {
    if (originOf(details.url) === origin) return;
    details.preventDefault();
    refused('to be redirected', details.url);
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    refused('a webview', contents.getURL());
  });
}

export function guardSession(session: Session, policy: string, log: Log): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => {
    log.write('warning', 'the kiosk refused a permission', { permission });
    decide(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => {
    event.preventDefault();
    log.write('warning', 'the kiosk refused a download');
  });
  session.webRequest.onHeadersReceived((details, answer) => {
    answer({ responseHeaders: { ...details.responseHeaders, 'Content-Security-Policy': [policy] } });
  });
}

/** True for a message from the screens themselves: the top frame of a page of `origin`. */
export function sentByScreen(event: IpcMainEvent, origin: string): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && originOf(frame.url) === origin;
}
