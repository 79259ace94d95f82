/** The page's side of the stand-in: the preload in a function of its own, with a `require` that knows only electron. */

export type FromPage =
  | { readonly type: 'newDocument' }
  | { readonly type: 'ipc'; readonly channel: string; readonly ports: readonly number[] }
  | { readonly type: 'portMessage'; readonly port: number; readonly data: unknown };

type Require = (name: string) => unknown;

export function deliverName(binding: string): string {
  return `${binding}Deliver`;
}

/** Text of an init script. The preload is part of it, since the page's policy forbids to evaluate text. */
export function preloadScript(binding: string, preload: string): string {
  const wrapped = `function (require, module, exports) {${preload}\n}`;
  return `(${inPage.toString()})("${binding}", "${deliverName(binding)}", ${wrapped});`;
}

/** Runs in the page; may use nothing from this file. */
function inPage(
  binding: string,
  deliver: string,
  preload: (require: Require, module: { exports: object }, exports: object) => void,
): void {
  if (window.top !== window) return;
  const page = window as unknown as Record<string, unknown>;
  const tell = page[binding] as (message: FromPage) => void;
  const ports: MessagePort[] = [];
  tell({ type: 'newDocument' });
  Object.defineProperty(window, deliver, { value: (port: number, data: unknown) => ports[port]?.postMessage(data) });

  const electron = {
    contextBridge: {
      exposeInMainWorld(key: string, api: Readonly<Record<string, (...values: unknown[]) => unknown>>): void {
        if (key in window) throw new Error(`stand-in: window.${key} exists`);
        const copy = Object.entries(api).map(([name, work]) => [name, (...values: unknown[]) => work(...values)]);
        Object.defineProperty(window, key, { value: Object.freeze(Object.fromEntries(copy)) });
      },
    },
    ipcRenderer: {
      postMessage(channel: string, _message: unknown, transfer: readonly MessagePort[] = []): void {
        const ids = transfer.map((port) => {
          const id = ports.push(port) - 1;
          port.addEventListener('message', (event) => tell({ type: 'portMessage', port: id, data: event.data }));
          port.start();
          return id;
        });
        tell({ type: 'ipc', channel, ports: ids });
      },
    },
  };
  const module = { exports: {} };
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    throw new Error(`stand-in: a sandboxed preload cannot require ${name}`);
  };
  preload(require, module, module.exports);
}
