/** webContents as a Chromium page: loading, guards, crashes, and the preload with its message ports. */
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { HandlerDetails, WindowOpenHandlerResponse } from 'electron';
import type { Frame, Page } from 'playwright-core';
import { StandInEvent, record } from './stand-in-events.ts';
import { StandInPort } from './stand-in-ports.ts';
import { deliverName, preloadScript, type FromPage } from './stand-in-preload.ts';
import { toChromium, toElectron, type StandInSession } from './stand-in-session.ts';

const bindingName = '__standIn';
/** Chromium's net error numbers. */
const netErrors: Readonly<Record<string, number>> = { ERR_ABORTED: -3, ERR_CONNECTION_REFUSED: -102 };

export class StandInWebContents extends EventEmitter {
  readonly #session: StandInSession;
  readonly #preload: string | undefined;
  readonly #ports = new Map<number, MessagePort>();
  #page: Promise<Page> | undefined;
  /** The address main itself is loading: no will-frame-navigate for it. */
  #ownLoad: string | undefined;
  #openHandler: ((details: HandlerDetails) => WindowOpenHandlerResponse) | undefined;
  #url = '';

  constructor(session: StandInSession, preload: string | undefined) {
    super();
    this.#session = session;
    this.#preload = preload;
  }

  get page(): Promise<Page> {
    this.#page ??= this.#newPage();
    return this.#page;
  }

  getURL(): string {
    return this.#url;
  }

  setWindowOpenHandler(handler: (details: HandlerDetails) => WindowOpenHandlerResponse): void {
    this.#openHandler = handler;
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.page;
    this.#ownLoad = url.replace(/#.*/, '');
    this.#url = url;
    try {
      await page.goto(toChromium(url));
      record('loaded', { url });
    } catch (error) {
      const name = /net::(ERR_\w+)/.exec(String(error))?.[1];
      if (name === undefined) throw error;
      // Chromium's error page must be there first, or its arrival would end the next load.
      await page.waitForURL(/^chrome-error:/, { waitUntil: 'commit' });
      this.emit('did-fail-load', {}, netErrors[name] ?? -2, name, url, true);
      throw error;
    }
  }

  forcefullyCrashRenderer(): void {
    // The command itself is never answered: the renderer is gone.
    this.#crash().catch(() => {});
  }

  async #crash(): Promise<void> {
    const page = await this.page;
    const channel = await page.context().newCDPSession(page);
    await channel.send('Page.crash');
  }

  allowsWindow(url: string): boolean {
    const answer = this.#openHandler?.({ url } as HandlerDetails);
    record('windowOpen', { url, denied: answer?.action === 'deny' });
    return answer?.action !== 'deny';
  }

  allowsNavigation(url: string, frame: Frame | undefined): boolean {
    const isMainFrame = frame?.parentFrame() === null;
    if (isMainFrame && url === this.#ownLoad) {
      this.#ownLoad = undefined;
      return true;
    }
    return this.#allowed('will-frame-navigate', { url, isMainFrame });
  }

  allowsRedirect(url: string): boolean {
    return this.#allowed('will-redirect', { url });
  }

  #allowed(name: string, details: { readonly url: string; readonly isMainFrame?: boolean }): boolean {
    const event = new StandInEvent(details);
    this.emit(name, event);
    record(name, { url: details.url, denied: event.defaultPrevented });
    return !event.defaultPrevented;
  }

  async #newPage(): Promise<Page> {
    const page = await this.#session.newPage(this);
    page.on('console', (message) => record('console', { type: message.type(), text: message.text() }));
    page.on('crash', () => {
      this.#page = undefined;
      this.#closePorts();
      this.emit('render-process-gone', new StandInEvent(), { reason: 'crashed', exitCode: 139 });
    });
    if (this.#preload !== undefined) {
      await page.exposeBinding(bindingName, ({ frame }, message: FromPage) => this.#receive(page, frame, message));
      await page.addInitScript({ content: preloadScript(bindingName, readFileSync(this.#preload, 'utf8')) });
    }
    return page;
  }

  #receive(page: Page, frame: Frame, message: FromPage): void {
    switch (message.type) {
      case 'newDocument':
        return this.#closePorts();
      case 'portMessage':
        this.#ports.get(message.port)?.postMessage(message.data);
        return undefined;
      case 'ipc': {
        const ports = message.ports.map((id) => this.#adopt(page, id));
        const senderFrame = { url: toElectron(frame.url()), parent: frame.parentFrame() };
        this.emit('ipc', { ports, senderFrame, sender: this }, message.channel);
      }
    }
  }

  /** One end stays here and speaks for the page's port; the other goes to main. */
  #adopt(page: Page, id: number): StandInPort {
    const { port1, port2 } = new MessageChannel();
    this.#ports.set(id, port1);
    port1.on('message', (data: unknown) => {
      const deliver = `${deliverName(bindingName)}(${id}, ${JSON.stringify(data)})`;
      // A page that is just going away takes nothing any more.
      page.evaluate(deliver).catch(() => {});
    });
    return new StandInPort(port2);
  }

  #closePorts(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }
}
