// GET and HEAD /symbols/<debug file>/<debug id>/<file>.sym: the tree of symbols as other tools read it, and as another
// Mayday does. By code id (`/symbols/<code file>/<CODE ID>/<file>.sym`) it redirects to the place by debug id. In the layouts of
// debuggers (process/symbols/symbol-layouts.ts) the same address gives debug files as they were uploaded.
import type { Context } from 'hono';
import { findStoredFile } from '../../process/symbols/find-stored-file.ts';
import { type LayoutPath, wantedFile } from '../../process/symbols/symbol-layouts.ts';
import { GUID_LENGTH, symbolFileName, symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import { isMapping } from '../../process/symbols/source-maps/mapping-formats.ts';
import type { SymbolFile, SymbolKey } from '../../store/symbols.ts';
import type { SeenSymbols } from '../gate/seen-symbols.ts';
import { outsidePath } from '../below-path.ts';
import type { ReportsContext } from '../reports-context.ts';
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts';
import { mayReadSymbols } from './credentials.ts';
import { NOT_FOUND, sendSymbols } from './send-symbols.ts';
import type { SymbolEndpoint } from './symbol-endpoint.ts';
import { symbolAddress } from './symbol-address.ts';

const RIGHTS = 'Needs the role read; none from this machine, or where PUBLIC_SYMBOLS is set.';
const PATH = [
  { name: 'debugFile', in: 'path', description: 'Debug file; or the code file, with a code id.' },
  { name: 'debugId', in: 'path', description: 'Debug id in upper or lower case; or a code id.' },
  {
    name: 'file',
    in: 'path',
    description:
      'The debug file with .sym for .pdb, or .sym behind it: the text. The name of a stored debug file: that file.',
  },
] as const;
const BINARY = { status: 200, contentType: 'application/octet-stream' } as const;

export const downloadEndpoint: SymbolEndpoint = {
  methods: ['GET', 'HEAD', 'OPTIONS'],
  path: '/symbols/:debugFile/:debugId/:file',
  docs: [
    {
      method: 'get',
      path: '/symbols/{debugFile}/{debugId}/{file}',
      id: 'downloadSymbols',
      summary: 'Download a symbol file',
      description:
        'Also HEAD. By code id the answer is a redirect (302). Also in the layouts of GDB (`.build-id/ab/cdef.debug`), SymSrv and SSQP.',
      rights: RIGHTS,
      parameters: PATH,
      answer: {
        status: 200,
        description: 'The text, or the debug file; gzip where accepted.',
        contentType: 'text/plain',
      },
      failures: [404],
    },
  ],
  answer: (c, { context }) =>
    answerReader(c, context, async (reader) => {
      const path = ['debugFile', 'debugId', 'file'].map((name) => c.req.param(name) ?? '') as [
        string,
        string,
        string,
      ];
      return (await sendStoredFile(c, { context, reader }, path)) ?? sendText(c, { context, reader }, path);
    }),
};

export const debuginfodEndpoint: SymbolEndpoint = {
  methods: ['GET', 'HEAD', 'OPTIONS'],
  path: '/buildid/:rest{.+}',
  docs: (['debuginfo', 'executable'] as const).map((part) => ({
    method: 'get',
    path: `/buildid/{buildId}/${part}`,
    id: part === 'debuginfo' ? 'downloadDebuginfo' : 'downloadExecutable',
    summary: `Download the ${part === 'debuginfo' ? 'debug file' : 'program'} of a build, as debuginfod gives it`,
    description: 'Also HEAD, and below /symbols. Other questions of debuginfod are answered with 404.',
    rights: RIGHTS,
    parameters: [{ name: 'buildId', in: 'path', description: 'Build id in hexadecimal digits.' }],
    answer: { ...BINARY, description: 'The file as it was uploaded.' },
    failures: [404],
  })),
  answer: answerDebuginfod,
};

/** The same below the address of the symbols: DEBUGINFOD_URLS may name either. */
export const debuginfodSymbolsEndpoint: SymbolEndpoint = {
  methods: ['GET', 'HEAD', 'OPTIONS'],
  path: '/symbols/buildid/:rest{.+}',
  docs: [],
  answer: answerDebuginfod,
};

function answerDebuginfod(
  c: Context,
  { context }: Parameters<SymbolEndpoint['answer']>[1],
): Promise<Response> {
  return answerReader(c, context, async (reader) => {
    const [buildId = '', part = '', ...more] = (c.req.param('rest') ?? '').split('/');
    const sent =
      more.length > 0 ? null : await sendStoredFile(c, { context, reader }, ['buildid', buildId, part]);
    return sent ?? c.text(NOT_FOUND, 404);
  });
}

/** The server, and what whoever asks may read of it. */
interface Reading {
  readonly context: ReportsContext;
  readonly reader: SeenSymbols;
}

/** Lets in who may read symbols. */
async function answerReader(
  c: Context,
  context: ReportsContext,
  answer: (symbols: SeenSymbols) => Promise<Response>,
): Promise<Response> {
  if (c.req.raw.method === 'OPTIONS') return answerPreflight(c);
  const may = await mayReadSymbols(c, context);
  if (may === null) {
    c.header('WWW-Authenticate', 'Basic realm="Mayday symbols: an API token as the password"');
    return c.text('Symbols need an API token, as a bearer or as the password.\n', 401);
  }
  if (may.kind === 'open') allowAnyOrigin(c);
  return answer(may.symbols);
}

/** A debug file as it was uploaded; null where the path asks for none that is stored. */
async function sendStoredFile(
  c: Context,
  { context: { symbols }, reader }: Reading,
  path: LayoutPath,
): Promise<Response | null> {
  const wanted = wantedFile(path);
  const found = wanted === null ? null : await findStoredFile(reader, wanted);
  if (found === null) return null;
  return sendSymbols(c, {
    symbols: found,
    contentType: 'application/octet-stream',
    bytes: found.textBytes,
    // What clients of debuginfod show progress by. Names may hold what headers may not.
    headers: {
      'X-Debuginfod-Size': String(found.textBytes),
      'X-Debuginfod-File': encodeURIComponent(found.codeFile ?? found.debugFile),
    },
    open: () => symbols.openOriginal(found),
  });
}

async function sendText(
  c: Context,
  { context, reader }: Reading,
  [debugFile, debugId, file]: LayoutPath,
): Promise<Response> {
  const key = symbolKey(debugFile, debugId);
  const symbols = key === null ? null : await storedSymbols(reader, key);
  if (symbols !== null) {
    if (key !== null && file.toLowerCase() !== symbolFileName(key).toLowerCase())
      return c.text(NOT_FOUND, 404);
    return sendSymbols(c, {
      symbols,
      contentType: 'text/plain; charset=utf-8',
      // The text of debug files is made while it is sent for.
      bytes: symbols.format === 'sym' ? symbols.textBytes : null,
      open: () => context.symbols.openSymbolText(symbols, reader),
    });
  }
  if (debugId.length < GUID_LENGTH && file.toLowerCase().endsWith('.sym')) {
    const found = await reader.findByCodeId(debugFile, debugId);
    if (found !== null) return c.redirect(outsidePath(symbolAddress(found), context), 302);
  }
  return c.text(NOT_FOUND, 404);
}

/** What is stored under a key, or a debug file with its id. */
async function storedSymbols(store: SeenSymbols, key: SymbolKey): Promise<SymbolFile | null> {
  const exact = await store.getSymbols(key);
  if (exact !== null) return isMapping(exact) ? null : exact;
  const found = await store.findByDebugId(key.debugId);
  return found.find((row) => row.format !== 'sym' && !isMapping(row)) ?? null;
}
