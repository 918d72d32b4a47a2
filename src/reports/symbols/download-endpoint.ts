// GET and HEAD /symbols/<debug file>/<debug id>/<file>.sym: the tree of symbols as other tools read it, and as another
// Mayday does. By code id (`/symbols/<code file>/<CODE ID>/<file>.sym`) it redirects to the place by debug id.
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Context } from 'hono';
import { GUID_LENGTH, symbolFileName, symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import type { SymbolFile, SymbolKey, SymbolStore } from '../../store/symbols.ts';
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts';
import { mayReadSymbols } from './credentials.ts';
import type { SymbolEndpoint } from './symbol-endpoint.ts';
import { symbolAddress } from './symbol-address.ts';

/** Tecken's words: clients show them. */
const NOT_FOUND = 'Symbol Not Found';
const GZIP_LEVEL = 4;

const PATH = [
  { name: 'debugFile', in: 'path', description: 'Debug file; or the code file, with a code id.' },
  { name: 'debugId', in: 'path', description: 'Debug id in upper or lower case; or a code id.' },
  { name: 'file', in: 'path', description: 'The debug file with .sym for .pdb, or .sym behind it.' },
] as const;

export const downloadEndpoint: SymbolEndpoint = {
  methods: ['GET', 'HEAD', 'OPTIONS'],
  path: '/symbols/:debugFile/:debugId/:file',
  docs: [
    {
      method: 'get',
      path: '/symbols/{debugFile}/{debugId}/{file}',
      id: 'downloadSymbols',
      summary: 'Download a symbol file',
      description: 'Also HEAD. By code id the answer is a redirect (302).',
      rights: 'Needs the role read; none from this machine, or where PUBLIC_SYMBOLS is set.',
      parameters: PATH,
      answer: { status: 200, description: 'The text, gzip where accepted.', contentType: 'text/plain' },
      failures: [404],
    },
  ],
  async answer(c, { context }) {
    if (c.req.raw.method === 'OPTIONS') return answerPreflight(c);
    const may = await mayReadSymbols(c, context);
    if (may === null) {
      c.header('WWW-Authenticate', 'Basic realm="Mayday symbols: an API token as the password"');
      return c.text('Symbols need an API token, as a bearer or as the password.\n', 401);
    }
    if (may === 'open') allowAnyOrigin(c);
    const [debugFile, debugId, file] = ['debugFile', 'debugId', 'file'].map(
      (name) => c.req.param(name) ?? '',
    ) as [string, string, string];
    const key = symbolKey(debugFile, debugId);
    const symbols = key === null ? null : await storedSymbols(context.store.symbols, key);
    if (symbols !== null) {
      if (key !== null && file.toLowerCase() !== symbolFileName(key).toLowerCase())
        return c.text(NOT_FOUND, 404);
      return send(c, symbols, () => context.symbols.openSymbolText(symbols));
    }
    if (debugId.length < GUID_LENGTH && file.toLowerCase().endsWith('.sym')) {
      const found = await context.store.symbols.findByCodeId(debugFile, debugId);
      if (found !== null) return c.redirect(symbolAddress(found), 302);
    }
    return c.text(NOT_FOUND, 404);
  },
};

/** What is stored under a key, or a debug file with its id. */
async function storedSymbols(store: SymbolStore, key: SymbolKey): Promise<SymbolFile | null> {
  const exact = await store.getSymbols(key);
  if (exact !== null) return exact;
  return (await store.findByDebugId(key.debugId)).find(({ format }) => format !== 'sym') ?? null;
}

async function send(
  c: Context,
  symbols: SymbolFile,
  open: () => Promise<Readable | null>,
): Promise<Response> {
  const zipped = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const tag = `"${symbols.sha256}${zipped ? '-gzip' : ''}"`;
  const headers = new Headers({
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cache-Control': 'private, no-cache, no-transform',
    'Last-Modified': new Date(symbols.uploadedAt).toUTCString(),
    ETag: tag,
    Vary: 'Accept-Encoding, Authorization',
  });
  // The headers of the context (CORS) are not those of a response that is made here.
  const origin = c.res.headers.get('Access-Control-Allow-Origin');
  if (origin !== null) headers.set('Access-Control-Allow-Origin', origin);
  if (c.req.header('if-none-match') === tag) return new Response(null, { status: 304, headers });
  if (zipped) headers.set('Content-Encoding', 'gzip');
  // The text of debug files is made while it is sent for.
  else if (symbols.format === 'sym') headers.set('Content-Length', String(symbols.textBytes));
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers });
  const text = await open();
  if (text === null) return c.text(NOT_FOUND, 404);
  return new Response(Readable.toWeb(zipped ? gzipped(text) : text) as ReadableStream<Uint8Array>, {
    headers,
  });
}

function gzipped(text: Readable): Readable {
  const gzip = createGzip({ level: GZIP_LEVEL });
  text.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => text.destroy());
  return text.pipe(gzip);
}
