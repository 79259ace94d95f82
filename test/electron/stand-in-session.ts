/**
 * A session is a Chromium context. Every response passes through it: protocol.handle answers for its scheme
 * (mapped to an https origin, since Chromium knows no cham://), onHeadersReceived may change headers, and the
 * permission handlers decide what Chromium grants. Without handlers everything is allowed, as in Electron.
 */
import { EventEmitter } from 'node:events';
import type { OnHeadersReceivedListenerDetails, Session } from 'electron';
import type { Browser, BrowserContext, Frame, Request as PageRequest, Route } from 'playwright-core';
import { StandInEvent, record } from './stand-in-events.ts';
import type { StandInWebContents } from './stand-in-web-contents.ts';

export const privilegedSchemes = new Set<string>();

async function launch(): Promise<Browser> {
  // Takes a while to load, and a main that opens no window needs none.
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

type Headers = Record<string, string | string[]>;
type HeadersListener = (
  details: OnHeadersReceivedListenerDetails,
  answer: (response: { readonly responseHeaders?: Headers }) => void,
) => void;
type Permission = 'geolocation' | 'notifications' | 'clipboard-read';

/** cham://app/x ↔ https://app.cham.invalid/x */
export function toChromium(url: string): string {
  const scheme = [...privilegedSchemes].find((known) => url.startsWith(`${known}://`));
  return scheme === undefined ? url : url.replace(/^\w+:\/\/([^/]+)/, `https://$1.${scheme}.invalid`);
}

export function toElectron(url: string): string {
  return url.replace(/^https:\/\/([^/]+)\.(\w+)\.invalid/, '$2://$1');
}

export class StandInSession extends EventEmitter {
  readonly #handlers = new Map<string, (request: Request) => Response | Promise<Response>>();
  readonly #owners = new Map<unknown, StandInWebContents>();
  #context: Promise<BrowserContext> | undefined;
  #headersListener: HeadersListener | undefined;
  #requestHandler: Parameters<Session['setPermissionRequestHandler']>[0] = null;
  #checkHandler: Parameters<Session['setPermissionCheckHandler']>[0] = null;

  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>): void => {
      this.#handlers.set(scheme, handler);
    },
  };

  readonly webRequest = {
    onHeadersReceived: (listener: HeadersListener): void => {
      this.#headersListener = listener;
    },
  };

  setPermissionRequestHandler(handler: Parameters<Session['setPermissionRequestHandler']>[0]): void {
    this.#requestHandler = handler;
  }

  setPermissionCheckHandler(handler: Parameters<Session['setPermissionCheckHandler']>[0]): void {
    this.#checkHandler = handler;
  }

  setDevicePermissionHandler(handler: (details: never) => boolean): void {
    record('devicePermission', { allowed: handler({} as never) });
  }

  async newPage(owner: StandInWebContents): ReturnType<BrowserContext['newPage']> {
    this.#context ??= this.#open();
    const context = await this.#context;
    const page = await context.newPage();
    this.#owners.set(page, owner);
    page.on('download', (download) => {
      const event = new StandInEvent();
      this.emit('will-download', event, {}, owner);
      record('download', { denied: event.defaultPrevented });
      if (event.defaultPrevented) void download.cancel();
    });
    page.on('popup', (popup) => {
      if (owner.allowsWindow(toElectron(popup.url()))) record('windowOpened');
      else void popup.close();
    });
    return page;
  }

  async #open(): Promise<BrowserContext> {
    const context = await (await launch()).newContext();
    const wanted: readonly Permission[] = ['geolocation', 'notifications', 'clipboard-read'];
    // A response that was intercepted has no network of its own, so Chromium takes the page for one of the
    // Internet and would ask before it lets it connect to this machine.
    const always = ['local-network-access'];
    await context.grantPermissions([...always, ...wanted.filter((permission) => this.#grants(permission))]);
    await context.setGeolocation({ latitude: 10.77, longitude: 106.7 });
    await context.route('**/*', (route) => this.#answer(route));
    return context;
  }

  #grants(permission: Permission): boolean {
    let requested = this.#requestHandler === null;
    this.#requestHandler?.({} as never, permission, (decision) => (requested = decision), {} as never);
    const checked = this.#checkHandler?.(null, permission, '', {} as never) ?? true;
    record('permission', { permission, requested, checked });
    return requested && checked;
  }

  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const frame = frameOf(request);
    const owner = this.#owners.get(frame?.page());
    const url = toElectron(request.url());
    if (request.isNavigationRequest()) {
      // A window that a page has just opened has no frame yet and no owner later.
      const allowed = owner === undefined ? this.#allowsWindow(url) : owner.allowsNavigation(url, frame);
      if (!allowed) return route.abort('aborted');
    }
    try {
      const { status, headers, body } = await this.#respond(route, url);
      const location = Object.entries(headers).find(([name]) => name.toLowerCase() === 'location')?.[1];
      const target = typeof location === 'string' ? new URL(location, url).href : undefined;
      if (target !== undefined && owner?.allowsRedirect(target) === false) return await route.abort('aborted');
      return await route.fulfill({ status, headers: this.#changed(url, headers), body });
    } catch {
      return route.abort('connectionrefused');
    }
  }

  #allowsWindow(url: string): boolean {
    return [...this.#owners.values()].every((owner) => owner.allowsWindow(url));
  }

  async #respond(route: Route, url: string): Promise<{ status: number; headers: Headers; body: Buffer }> {
    const handler = this.#handlers.get(new URL(url).protocol.slice(0, -1));
    if (handler !== undefined) {
      const response = await handler(new Request(url));
      const body = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: Object.fromEntries(response.headers), body };
    }
    const response = await route.fetch({ maxRedirects: 0 });
    const headers = Object.fromEntries(response.headersArray().map(({ name, value }) => [name, value]));
    return { status: response.status(), headers, body: await response.body() };
  }

  #changed(url: string, headers: Headers): Record<string, string> {
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
    let changed: Headers = lists;
    this.#headersListener?.({ url, responseHeaders: lists } as OnHeadersReceivedListenerDetails, (response) => {
      changed = response.responseHeaders ?? lists;
    });
    return Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, [value].flat().join(', ')]));
  }
}

function frameOf(request: PageRequest): Frame | undefined {
  try {
    return request.frame();
  } catch {
    return undefined;
  }
}

const sessions = new Map<string, StandInSession>();

export function sessionFromPartition(partition: string): StandInSession {
  const found = sessions.get(partition) ?? new StandInSession();
  sessions.set(partition, found);
  return found;
}
