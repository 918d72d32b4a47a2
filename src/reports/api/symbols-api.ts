// API: stored symbols and what is missing. Uploads, downloads and symbolication are endpoints of their own (../symbols/).
import { symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import { isMissedMapping } from '../../process/symbols/source-maps/mapping-formats.ts';
import type { MissingSymbol, SymbolFile, SymbolFilter, SymbolKey } from '../../store/symbols.ts';
import { ownerIfClear } from '../symbols/upload-owner.ts';
import { symbolAddress } from '../symbols/symbol-address.ts';
import { wantingJson } from '../symbols/upload-answer.ts';
import { isoTime, type JsonReader } from '../view/report-json.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';
import { schemaRef } from '../operations/schemas.ts';

const ORDERS = ['newest', 'largest', 'name'] as const;
const MAX_ASKED = 500;
const MAX_MISSING = 1000;

const KEY_PARAMETERS = [
  { name: 'debugFile', in: 'path', description: 'Debug file.' },
  { name: 'debugId', in: 'path', description: 'Debug id.' },
] as const;

const HOLDS = {
  name: 'holds',
  in: 'query',
  description: 'Files for addresses, or source maps and mappings of Java classes.',
  schema: { enum: ['symbols', 'mappings'] },
} as const;

function symbolJson(symbols: SymbolFile, { basePath }: JsonReader): Readonly<Record<string, unknown>> {
  // What one file wants says little: what its build lacks is told with a single one.
  const { wants: _wants, ...shown } = symbols;
  return {
    ...shown,
    uploadedAt: isoTime(symbols.uploadedAt),
    lastUsedAt: isoTime(symbols.lastUsedAt),
    url: `${basePath}${symbolAddress(symbols)}`,
  };
}

function missingJson(missing: MissingSymbol): Readonly<Record<string, unknown>> {
  return { ...missing, lastSeenAt: isoTime(missing.lastSeenAt) };
}

function namedKey(request: ApiRequest): SymbolKey {
  const key = symbolKey(request.param('debugFile'), request.param('debugId'));
  if (key === null) throw notThere();
  return key;
}

const notThere = () =>
  new ApiError(404, 'no_such_symbols', 'There are no symbols with this debug file and id.');

function readFilter(query: URLSearchParams): SymbolFilter {
  const text = query.get('text') ?? '';
  const product = query.get('product') ?? '';
  const order = query.get('order') ?? 'newest';
  const holds = query.get('holds');
  if (!ORDERS.some((known) => known === order)) {
    throw new ApiError(400, 'bad_order', `"order" must be one of ${ORDERS.join(', ')}.`);
  }
  return {
    ...(text !== '' && { text: text.slice(0, 300) }),
    ...(product !== '' && { product: product.slice(0, 300) }),
    ...((holds === 'symbols' || holds === 'mappings') && { holds }),
    order: order as (typeof ORDERS)[number],
  };
}

export const symbolOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/symbols',
    id: 'listSymbols',
    summary: 'Stored symbols',
    access: 'read',
    parameters: [
      { name: 'text', in: 'query', description: 'Part of a debug file, code file or id.' },
      { name: 'product', in: 'query', description: 'The product that the upload named.' },
      {
        name: 'order',
        in: 'query',
        description: 'How to sort.',
        schema: { enum: ORDERS, default: 'newest' },
      },
      HOLDS,
      ...CURSOR_PARAMETERS,
    ],
    answer: {
      status: 200,
      description: 'A page of symbols.',
      contentType: 'application/json',
      schema: schemaRef('SymbolPage'),
    },
    failures: [400],
    async run({ c, seen, reader, query }) {
      const page = await seen.symbols.listSymbols(readFilter(query), readPage(query));
      return c.json({ symbols: page.rows.map((row) => symbolJson(row, reader)), next: page.next });
    },
  },
  {
    method: 'get',
    path: '/api/symbols/missing',
    id: 'listMissingSymbols',
    summary: 'Symbols that stored reports lack, most wanted first',
    access: 'read',
    parameters: [
      {
        name: 'limit',
        in: 'query',
        description: 'Rows.',
        schema: { type: 'integer', minimum: 1, maximum: MAX_MISSING, default: 100 },
      },
      HOLDS,
    ],
    answer: {
      status: 200,
      description: 'The modules.',
      contentType: 'application/json',
      schema: schemaRef('MissingSymbolList'),
    },
    failures: [400],
    async run({ c, context, seen, query }) {
      const text = query.get('limit') ?? '100';
      const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
      if (limit < 1 || limit > MAX_MISSING) {
        throw new ApiError(400, 'bad_limit', `"limit" must be a whole number from 1 to ${MAX_MISSING}.`);
      }
      const all = await seen.symbols.listMissing(MAX_MISSING);
      const wantsMaps = query.get('holds') === 'mappings';
      const missing: unknown[] = [];
      for (const row of all.filter((one) => isMissedMapping(one) === wantsMaps).slice(0, limit)) {
        const wanting = await context.symbols.intake.wanting(row.debugId, seen.symbols);
        missing.push({ ...missingJson(row), wanting: wantingJson(wanting) });
      }
      return c.json({ missing });
    },
  },
  {
    method: 'post',
    path: '/api/symbols/known',
    id: 'findKnownSymbols',
    summary: 'Which of these symbols are there',
    description: `At most ${MAX_ASKED}. An uploader asks this first, and sends only what differs. With an account or a product it is told of what that account has.`,
    access: 'read',
    requestBody: schemaRef('SymbolKeys'),
    answer: {
      status: 200,
      description: 'For each: its SHA-256, or null.',
      contentType: 'application/json',
      schema: schemaRef('KnownSymbols'),
    },
    failures: [400],
    async run(request) {
      const { files, product, account } = await request.body();
      if (!Array.isArray(files) || files.length > MAX_ASKED) {
        throw new ApiError(400, 'bad_files', `"files" must be a list of at most ${MAX_ASKED}.`);
      }
      const owner = await ownerIfClear(request.context, request.person, {
        product: typeof product === 'string' ? product : '',
        account: typeof account === 'string' ? account : '',
      });
      const answers: unknown[] = [];
      for (const file of files as readonly unknown[]) {
        const { debugFile, debugId } = Object(file) as Readonly<Record<string, unknown>>;
        const key =
          typeof debugFile === 'string' && typeof debugId === 'string' ? symbolKey(debugFile, debugId) : null;
        const found = key === null ? null : await request.seen.symbols.getSymbolsFor(owner, key);
        answers.push(
          found === null
            ? null
            : {
                debugFile: found.debugFile,
                debugId: found.debugId,
                sha256: found.sha256,
                textBytes: found.textBytes,
                gives: found.gives,
                wanting: wantingJson(
                  await request.context.symbols.intake.wanting(found.debugId, request.seen.symbols),
                ),
              },
        );
      }
      return request.c.json({ files: answers });
    },
  },
  {
    method: 'post',
    path: '/api/symbols/delete',
    id: 'deleteMatchingSymbols',
    summary: 'Delete symbols by product and age',
    description: 'At least one of the two; what was used since `olderThan` stays.',
    access: 'admin',
    requestBody: schemaRef('SymbolDeletion'),
    answer: {
      status: 200,
      description: 'How many there were.',
      contentType: 'application/json',
      schema: schemaRef('DeletedSymbols'),
    },
    failures: [400],
    async run(request) {
      const { product, olderThan } = await request.body();
      const at = typeof olderThan === 'string' ? Date.parse(olderThan) : Number.NaN;
      const byProduct = typeof product === 'string' && product !== '';
      if ((olderThan !== undefined && Number.isNaN(at)) || (!byProduct && Number.isNaN(at))) {
        throw new ApiError(
          400,
          'bad_filter',
          'Give "product", or "olderThan" as a time in ISO 8601, or both.',
        );
      }
      const deleted = await request.seen.symbols.deleteMatching({
        ...(byProduct && { product }),
        ...(!Number.isNaN(at) && { olderThan: at }),
      });
      return request.c.json({ deleted });
    },
  },
  {
    method: 'get',
    path: '/api/symbols/{debugFile}/{debugId}',
    id: 'getSymbols',
    summary: 'One symbol file',
    access: 'read',
    parameters: KEY_PARAMETERS,
    answer: {
      status: 200,
      description: 'What is known of it.',
      contentType: 'application/json',
      schema: schemaRef('SymbolFile'),
    },
    failures: [404],
    async run(request) {
      const found = await request.seen.symbols.getSymbols(namedKey(request));
      if (found === null) throw notThere();
      const wanting = await request.context.symbols.intake.wanting(found.debugId, request.seen.symbols);
      return request.c.json({ ...symbolJson(found, request.reader), wanting: wantingJson(wanting) });
    },
  },
  {
    method: 'delete',
    path: '/api/symbols/{debugFile}/{debugId}',
    id: 'deleteSymbols',
    summary: 'Delete a symbol file',
    access: 'triage',
    parameters: KEY_PARAMETERS,
    answer: { status: 204, description: 'It is gone. Reports keep the names that they have.' },
    failures: [404],
    async run(request) {
      if (!(await request.seen.symbols.deleteSymbols(namedKey(request)))) throw notThere();
      return request.c.body(null, 204);
    },
  },
];
