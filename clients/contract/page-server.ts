// Serves the JavaScript library, its browser sample and pages made up by a test, for the browser tests.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const LIBRARY = path.resolve(import.meta.dirname, '../javascript');

/** Debian's package libjs-jquery. */
export const JQUERY = '/usr/share/javascript/jquery/jquery.min.js';

/** A running page server. */
export interface PageServer {
  readonly origin: string;
  /** Pages by path, beside the library's files; the tests fill it. */
  readonly pages: Map<string, string>;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startPageServer(): Promise<PageServer> {
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://server');
    const content = pages.get(pathname) ?? libraryFile(pathname);
    response.writeHead(content === null ? 404 : 200, {
      'Content-Type': pathname.endsWith('.js')
        ? 'text/javascript; charset=utf-8'
        : 'text/html; charset=utf-8',
    });
    response.end(content ?? 'not found');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function libraryFile(pathname: string): string | null {
  const file = pathname === '/jquery.js' ? JQUERY : path.join(LIBRARY, pathname);
  return existsSync(file) && path.extname(file) !== '' ? readFileSync(file, 'utf8') : null;
}
