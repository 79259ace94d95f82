/**
 * The built screens as they leave a server, whichever serves them: which files may be read, and the headers that
 * hold the pages to their own scripts, styles, fonts and images.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** Content Security Policy Level 3. `connect`: sources the page may open connections to; none when empty. */
export function contentSecurityPolicy(connect: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect.length === 0 ? "'none'" : connect.join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

export interface ScreenFile {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The file of `folder` that `pathname` names, or undefined. Only plain names, at most one folder deep. */
export async function readScreen(folder: string, pathname: string): Promise<ScreenFile | undefined> {
  const relative = pathname.slice(1);
  const type = contentTypes[path.extname(relative)];
  if (type === undefined || !/^(?:[\w-]+\/)?[\w-]+(?:\.[\w-]+)+$/.test(relative)) return undefined;
  try {
    return { type, body: await readFile(path.join(folder, relative)) };
  } catch {
    return undefined;
  }
}
