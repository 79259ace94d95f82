/** What the parts of the Electron shell call each other by, and the messages between main and service process. */

/** Scheme and origin of the screens when Electron serves them itself. */
export const screensScheme = 'cham';
export const screensOrigin = 'cham://app';

/** The one message a screen's preload sends: here is my end of a message channel. */
export const attachChannel = 'cham:attach';

/** In memory only (no `persist:`): nothing that a screen stores outlives the shell. */
export const partition = 'cham';

/** Main → service process; `attach` brings one message port. */
export type ShellMessage = { readonly type: 'attach' } | { readonly type: 'stop' };

/** Service process → main. */
export type ServiceMessage =
  | { readonly type: 'ready'; readonly page: 'demo' | 'cashier' }
  /** The terminal must not start; `detail` tells a person why and what to do. */
  | { readonly type: 'refused'; readonly detail: string }
  /** A screen sent something that is no frame, so its port was closed. */
  | { readonly type: 'detached'; readonly why: string };

/** `scheme://host:port`. Not `URL.origin`, which is "null" for every scheme that URL does not know. */
export function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
