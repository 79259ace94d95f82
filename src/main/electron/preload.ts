/**
 * All that a screen gets from Electron: `window.cham`, one text channel to the terminal service. It makes the
 * message channel itself, so whatever the page sends is kept until the service listens, and no other message
 * can be sent to the shell. CommonJS after the build, as a sandboxed preload must be.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { attachChannel } from './names.ts';

const { port1, port2 } = new MessageChannel();
ipcRenderer.postMessage(attachChannel, null, [port2]);

contextBridge.exposeInMainWorld('cham', {
  send(text: string): void {
    port1.postMessage(text);
  },
  /** Frames that came before the first listener are kept for it. Returns what ends the subscription. */
  onMessage(listener: (text: string) => void): () => void {
    const receive = (event: Event): void => listener(String((event as MessageEvent).data));
    port1.addEventListener('message', receive);
    port1.start();
    return () => port1.removeEventListener('message', receive);
  },
});
