/** An Electron main without any guard: shows that the stand-in refuses nothing by itself. */
import { app, BrowserWindow } from 'electron';

await app.whenReady();
const window = new BrowserWindow({
  webPreferences: { sandbox: true, contextIsolation: true, webSecurity: true },
});
await window.webContents.loadURL(process.env['CHAM_URL'] ?? '');
