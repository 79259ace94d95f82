/**
 * The two ways to the terminal: an authenticated WebSocket on loopback, or the bridge that Electron's preload
 * puts on `window`. Both carry text frames; what they mean is connection.ts's business.
 */

/** What the preload script exposes as `window.cham`. */
export interface Bridge {
  send(text: string): void;
  /** Returns the function that ends the subscription. */
  onMessage(listener: (text: string) => void): () => void;
}

declare global {
  interface Window {
    readonly cham?: Bridge;
  }
}

export interface TransportListener {
  onText(text: string): void;
  onDown(): void;
}

export interface Transport {
  /** False when nothing could be sent. */
  send(text: string): boolean;
  /** Drops the present connection and makes a new one after `delayMs`. */
  restart(delayMs: number): void;
}

const firstRetryMs = 250;
const longestRetryMs = 5_000;
/** A handshake on loopback that takes longer than this will not end. */
const handshakeMs = 5_000;

/** The token travels as a subprotocol: unlike an address it is never logged or kept in a history. */
export function openWebSocket(url: string, token: string, listener: TransportListener): Transport {
  let socket: WebSocket | undefined;
  let retryMs = firstRetryMs;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function later(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(open, delayMs);
  }

  function drop(): void {
    const old = socket;
    socket = undefined;
    if (old === undefined) return;
    old.close();
    listener.onDown();
  }

  function open(): void {
    const opening = new WebSocket(url, ['cham.v1', `token.${token}`]);
    socket = opening;
    clearTimeout(timer);
    timer = setTimeout(() => {
      drop();
      later(retryMs);
    }, handshakeMs);
    opening.addEventListener('open', () => {
      if (socket !== opening) return;
      clearTimeout(timer);
      retryMs = firstRetryMs;
    });
    opening.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (socket === opening) listener.onText(typeof event.data === 'string' ? event.data : '');
    });
    opening.addEventListener('close', () => {
      if (socket !== opening) return;
      socket = undefined;
      listener.onDown();
      later(retryMs);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    });
  }

  open();
  return {
    send(text) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(text);
      return true;
    },
    restart(delayMs) {
      drop();
      later(delayMs);
    },
  };
}

export function openBridge(bridge: Bridge, listener: TransportListener): Transport {
  bridge.onMessage((text) => listener.onText(text));
  return {
    send(text) {
      bridge.send(text);
      return true;
    },
    // A message port lives as long as the page; a new one comes only with a new page.
    restart(delayMs) {
      setTimeout(() => location.reload(), delayMs);
    },
  };
}
