// Breakpad's `sym_upload -p sym-upload-v2` (symbol_collector_client.cc): uploads:create, PUT, :complete, :checkStatus. Its
// client looks for `"uploadUrl": "` with exactly one space, takes 200 alone for success, and sends a body to :complete that
// is no JSON: `{ symbol_id: {debug_file: "a", debug_id: "B" }, symbol_upload_type: "BREAKPAD", … }`.
import type { Context } from 'hono';
import { symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import { wantedText } from '../../process/symbols/symbol-parts.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import { schemaRef } from '../operations/schemas.ts';
import type { ReportsContext } from '../reports-context.ts';
import { BreakpadUploads } from './breakpad-uploads.ts';
import { tokenAllows, uploadFault } from './credentials.ts';
import type { SymbolEndpoint, EndpointContext } from './symbol-endpoint.ts';
import { withReceived } from './receive.ts';
import { drain } from './request-bytes.ts';
import { takeAll } from './upload-answer.ts';
import { uploaderName } from './upload-endpoint.ts';
import { ownerIfClear, ownersOf } from './upload-owner.ts';

const MAX_COMPLETE_BYTES = 16 * 1024;
const NO_UPLOAD = {
  error: { code: 'no_such_upload', message: 'There is no such upload any more; begin again.' },
};

const KEY = [{ name: 'key', in: 'query', description: 'An API token.' }] as const;
const ANSWER = { status: 200, contentType: 'application/json', schema: {} } as const;

/** The pending uploads of each server. */
const uploadsOf = new WeakMap<ReportsContext, BreakpadUploads>();

export const breakpadEndpoint: SymbolEndpoint = {
  methods: ['GET', 'POST', 'PUT'],
  path: '/v1/:rest{.+}',
  docs: [
    {
      method: 'post',
      path: '/v1/uploads:create',
      id: 'createBreakpadUpload',
      summary: 'Begin an upload of sym_upload v2',
      rights: 'Needs the role write.',
      parameters: KEY,
      answer: { ...ANSWER, description: 'uploadUrl and uploadKey.', schema: schemaRef('BreakpadUpload') },
    },
    {
      method: 'put',
      path: '/v1/uploads/{uploadKey}',
      id: 'fillBreakpadUpload',
      summary: 'Send the symbol file of an upload',
      rights: 'The upload key is what it needs.',
      parameters: [{ name: 'uploadKey', in: 'path', description: '`uploadKey` of the beginning.' }],
      content: { 'application/octet-stream': {} },
      answer: { ...ANSWER, description: 'It has arrived.' },
      failures: [404],
    },
    {
      method: 'post',
      path: '/v1/uploads/{uploadKey}:complete',
      id: 'completeBreakpadUpload',
      summary: 'Finish an upload of sym_upload v2',
      rights: 'Needs the role write.',
      parameters: [{ name: 'uploadKey', in: 'path', description: '`uploadKey` of the beginning.' }, ...KEY],
      answer: { ...ANSWER, description: '`result`: OK or DUPLICATE_DATA.' },
      failures: [400, 404],
    },
    {
      method: 'get',
      path: '/v1/symbols/{debugFile}/{debugId}:checkStatus',
      id: 'checkBreakpadSymbols',
      summary: 'Whether symbols are there',
      rights: 'Needs the role write.',
      parameters: [
        { name: 'debugFile', in: 'path', description: 'Debug file.' },
        { name: 'debugId', in: 'path', description: 'Debug id.' },
        ...KEY,
      ],
      answer: { ...ANSWER, description: '`status`: FOUND or MISSING.' },
    },
  ],
  async answer(c, surroundings) {
    const { context } = surroundings;
    const uploads = uploadsOf.get(context) ?? new BreakpadUploads(context.now);
    uploadsOf.set(context, uploads);
    const path = new URL(c.req.url).pathname;
    const method = c.req.raw.method;
    if (method === 'POST' && path === '/v1/uploads:create') return create(c, context, uploads);
    const upload = /^\/v1\/uploads\/([0-9a-f]{48})(:complete)?$/.exec(path);
    if (method === 'PUT' && upload !== null && upload[2] === undefined) {
      return fill(c, surroundings, uploads, upload[1] ?? '');
    }
    if (method === 'POST' && upload?.[2] !== undefined)
      return complete(c, surroundings, uploads, upload[1] ?? '');
    const symbols = /^\/v1\/symbols\/([^/]+)\/([^/:]+):checkStatus$/.exec(path);
    if (method === 'GET' && symbols !== null)
      return checkStatus(c, context, symbols[1] ?? '', symbols[2] ?? '');
    return c.json({ error: { code: 'no_such_operation', message: 'There is no such operation.' } }, 404);
  },
};

async function create(c: Context, context: ReportsContext, uploads: BreakpadUploads): Promise<Response> {
  const person = await tokenAllows('triage', c, context);
  if (person === null) return c.json({ error: await uploadFault(c, context) }, 403);
  const uploadKey = await uploads.create(person);
  if (uploadKey === null) return refuse(c, context, new SymbolsRefused('busy'));
  return spaced(c, { uploadUrl: `${ownUrl(c, context)}/v1/uploads/${uploadKey}`, uploadKey });
}

async function fill(
  c: Context,
  { context, slots }: EndpointContext,
  uploads: BreakpadUploads,
  key: string,
): Promise<Response> {
  if (!uploads.knows(key)) {
    await drain(c);
    return c.json(NO_UPLOAD, 404);
  }
  return slots.run(
    async () => {
      try {
        return await withReceived(c, context.symbols, async ({ files }) => {
          const [file] = files;
          if (file === undefined || file.bytes === 0) throw new SymbolsRefused('empty');
          // What received files are removed for has to be out of its way.
          const kept = { ...file, path: await context.symbols.scratch.keep(file.path) };
          return (await uploads.fill(key, kept)) ? spaced(c, { status: 'OK' }) : c.json(NO_UPLOAD, 404);
        });
      } catch (error) {
        await drain(c);
        return refuse(c, context, error);
      }
    },
    async () => {
      await drain(c);
      return refuse(c, context, new SymbolsRefused('busy'));
    },
  );
}

async function complete(
  c: Context,
  { context, slots }: EndpointContext,
  uploads: BreakpadUploads,
  key: string,
): Promise<Response> {
  const person = await tokenAllows('triage', c, context);
  if (person === null) return c.json({ error: await uploadFault(c, context) }, 403);
  if (Number(c.req.header('content-length') ?? 0) > MAX_COMPLETE_BYTES) {
    return refuse(c, context, new SymbolsRefused('too_large'));
  }
  const body = (await c.req.text()).slice(0, MAX_COMPLETE_BYTES);
  const upload = uploads.take(key);
  if (upload === null || upload.file === null) return c.json(NO_UPLOAD, 404);
  const { file } = upload;
  const debugFile = wordOf(body, 'debug_file');
  const debugId = wordOf(body, 'debug_id');
  const product = wordOf(body, 'product_name') ?? c.req.query('product') ?? '';
  const account = c.req.query('account') ?? '';
  try {
    return await slots.run(
      async () => {
        const [taken] = await takeAll(context, [{ ...file, filename: debugFile ?? '' }], {
          endpoint: 'sym_upload_v2',
          ...(await ownersOf(context, person, { product, account })),
          by: uploaderName(person),
          claims: { ...(debugFile !== null && { debugFile }), ...(debugId !== null && { debugId }) },
        });
        const told =
          taken !== undefined && 'symbols' in taken
            ? { gives: taken.symbols.gives, wanting: taken.wanting.map(wantedText).join('; ') }
            : {};
        return spaced(c, { result: taken?.outcome === 'duplicate' ? 'DUPLICATE_DATA' : 'OK', ...told });
      },
      () => refuse(c, context, new SymbolsRefused('busy')),
    );
  } catch (error) {
    return refuse(c, context, error);
  } finally {
    await context.symbols.scratch.remove(file.path);
  }
}

async function checkStatus(c: Context, context: ReportsContext, file: string, id: string): Promise<Response> {
  const person = await tokenAllows('triage', c, context);
  if (person === null) return c.json({ error: await uploadFault(c, context) }, 403);
  const key = symbolKey(decoded(file), decoded(id));
  const named = { product: c.req.query('product') ?? '', account: c.req.query('account') ?? '' };
  const owner = await ownerIfClear(context, person, named);
  const found = key !== null && (await context.gate.symbolsOf(person).getSymbolsFor(owner, key)) !== null;
  return spaced(c, { status: found ? 'FOUND' : 'MISSING' });
}

/** JSON with the one space after each colon that the client's patterns want. */
function spaced(c: Context, value: Readonly<Record<string, string>>): Response {
  return c.body(`${JSON.stringify(value, null, 1)}\n`, 200, { 'Content-Type': 'application/json' });
}

function refuse(c: Context, context: ReportsContext, error: unknown): Response {
  if (!(error instanceof SymbolsRefused)) throw error;
  context.log.info({ code: error.code, endpoint: 'sym_upload_v2' }, 'symbols were refused');
  if (error.status === 503) c.header('Retry-After', '30');
  return c.json({ error: { code: error.code, message: error.message } }, error.status);
}

/** `name: "value"` of the client's body, also where a later client learns to quote the name. */
function wordOf(body: string, name: string): string | null {
  return new RegExp(`"?\\b${name}"?\\s*:\\s*"([^"]{1,300})"`).exec(body)?.[1] ?? null;
}

/** Where the client reaches this server: the configured address, or, where that is only this machine's, the one it used. */
function ownUrl(c: Context, { reportsUrl, basePath }: ReportsContext): string {
  const { hostname } = new URL(reportsUrl);
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
    ? `${new URL(c.req.url).origin}${basePath}`
    : reportsUrl;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
