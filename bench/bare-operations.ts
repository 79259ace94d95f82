/**
 * What a notice cannot be had for less, as a limit of the same run: a POST to a Node server that answers at once, and a
 * durable insert by bare better-sqlite3 (WAL, synchronous=FULL).
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import Database from 'better-sqlite3';

export interface BareOperations {
  /** Of the server that answers at once. */
  readonly url: string;
  insert(content: string | Uint8Array): void;
  close(): void;
}

/** `folder`: where the database is made. */
export async function bareOperations(folder: string): Promise<BareOperations> {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const db = new Database(path.join(folder, 'raw.db'));
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE notices (position INTEGER PRIMARY KEY, content BLOB) STRICT');
  const statement = db.prepare('INSERT INTO notices (content) VALUES (?)');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    insert: (content) => void statement.run(content),
    close() {
      server.close();
      db.close();
    },
  };
}
