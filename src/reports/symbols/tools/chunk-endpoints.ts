// Chunked uploads: what the server takes, the pieces, and what is made of them.
import { CHUNK_BYTES, ChunkStore } from '../../../process/symbols/chunk-store.ts';
import type { TakenSymbols } from '../../../process/symbols/symbol-intake.ts';
import { SymbolsRefused } from '../../../process/symbols/symbols-refused.ts';
import type { SymbolFile } from '../../../store/symbols.ts';
import { withReceived } from '../receive.ts';
import { uploaderName } from '../upload-endpoint.ts';
import { takeAll } from '../upload-answer.ts';
import {
  jsonBody,
  namedProducts,
  ownOrigin,
  productsOf,
  refusalOf,
  textOf,
  textsOf,
} from './tool-request.ts';
import type { Assembled } from './assemble-jobs.ts';
import type { ToolEndpoint, ToolRequest } from './tool-request.ts';

const MAX_CHUNKS = 64;
const MAX_CHUNKS_OF_FILE = 10_000;
const MAX_FILES = 500;
const MAX_PROJECTS = 100;
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** How a mapping of Java classes is called: its name tells the UUID. */
const CLASS_MAPPING = /(?:^|\/)proguard\/([0-9a-f-]{32,36})\.txt$/i;
/** What the tools may upload; without `artifact_bundles` older ones fall back to endpoints that are not here. */
const ACCEPTED = [
  'debug_files',
  'release_files',
  'pdbs',
  'portablepdbs',
  'sources',
  'proguard',
  'artifact_bundles',
  'artifact_bundles_v2',
];

export const chunkEndpoints: readonly ToolEndpoint[] = [
  {
    method: 'GET',
    path: '/organizations/:org/chunk-upload',
    async answer({ c, context, person, param }) {
      await productsOf({ context, person }, param('org'));
      return c.json({
        url: `${ownOrigin(c, context)}${context.basePath}/api/0/organizations/${encodeURIComponent(param('org'))}/chunk-upload/`,
        chunkSize: CHUNK_BYTES,
        chunksPerRequest: MAX_CHUNKS,
        maxFileSize: context.symbols.maxUploadBytes,
        maxRequestSize: MAX_REQUEST_BYTES,
        concurrency: 4,
        hashAlgorithm: 'sha1',
        compression: ['gzip'],
        accept: ACCEPTED,
      });
    },
  },
  {
    method: 'POST',
    path: '/organizations/:org/chunk-upload',
    async answer({ c, context, person, slots, param }) {
      await productsOf({ context, person }, param('org'));
      return slots.run(
        () =>
          withReceived(c, context.symbols, async ({ files }) => {
            for (const { part, filename, path } of files)
              await context.symbols.chunks.put((filename ?? '').toLowerCase(), path, part === 'file_gzip');
            return c.body('', 200);
          }),
        () => {
          throw new SymbolsRefused('busy');
        },
      );
    },
  },
  {
    method: 'POST',
    path: '/organizations/:org/artifactbundle/assemble',
    answer: assembleBundle,
  },
  {
    method: 'POST',
    path: '/projects/:org/:project/files/difs/assemble',
    answer: assembleDebugFiles,
  },
  {
    method: 'POST',
    path: '/projects/:org/:project/files/dsyms',
    answer: takeArchive,
  },
];

/** Older tools send mappings of Java classes as a zip archive, in one request. */
async function takeArchive({ c, context, slots, person, param }: ToolRequest): Promise<Response> {
  const [product] = await namedProducts({ context, person }, param('org'), [param('project')]);
  return slots.run(
    () =>
      withReceived(c, context.symbols, async ({ files }) => {
        const taken: unknown[] = [];
        for (const { path } of files) {
          for (const symbols of await context.symbols.classes.takeArchive(path, {
            product: product?.name ?? null,
            accounts: [param('org')],
            by: uploaderName(person),
          })) {
            const { textBytes: size, sha256, debugFile: name } = symbols;
            taken.push(
              debugFileJson(symbols, { checksum: sha256.slice(0, 40), size, name, at: context.now() }),
            );
          }
        }
        return c.json(taken);
      }),
    () => {
      throw new SymbolsRefused('busy');
    },
  );
}

async function assembleBundle(request: ToolRequest): Promise<Response> {
  const { c, context, person, param } = request;
  const body = await jsonBody(c);
  const products = await namedProducts(
    { context, person },
    param('org'),
    textsOf(body['projects'], MAX_PROJECTS),
  );
  const [release, dist] = [textOf(body['version']), textOf(body['dist'])];
  const names = products.map(({ name }) => name);
  const key = JSON.stringify(['bundle', param('org'), names, release, dist, body['checksum']]);
  const assembled = await assemble(request, body, key, async (file, size) => {
    const taken = await context.symbols.maps.take({
      file,
      size,
      account: param('org'),
      products: names,
      release,
      dist,
      by: uploaderName(person),
    });
    // A map that could not be used must not look like success.
    return taken.refused.length === 0 ? {} : { detail: taken.refused.join('; ') };
  });
  return c.json(assembled);
}

async function assembleDebugFiles(request: ToolRequest): Promise<Response> {
  const { c, context, person, param } = request;
  const [product] = await namedProducts({ context, person }, param('org'), [param('project')]);
  const body = await jsonBody(c);
  const answers: Record<string, Assembled> = {};
  for (const [checksum, value] of Object.entries(body).slice(0, MAX_FILES)) {
    const about = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
      Record<string, unknown>
    >;
    const name = textOf(about['name'], 1000) ?? '';
    const key = JSON.stringify(['dif', param('org'), product?.name, checksum, name]);
    const wanted = { checksum, chunks: about['chunks'] };
    answers[checksum] = await assemble(request, wanted, key, async (file, size) => {
      const uuid = CLASS_MAPPING.exec(name)?.[1];
      if (uuid !== undefined) {
        const taken = await context.symbols.classes.take({
          file,
          size,
          uuid,
          product: product?.name ?? null,
          accounts: [param('org')],
          by: uploaderName(person),
        });
        return { dif: debugFileJson(taken, { checksum, size, name, at: context.now() }) };
      }
      const taken = await takeDebugFile(request, {
        file,
        name,
        size,
        product: product?.name ?? null,
        accounts: [param('org')],
        by: uploaderName(person),
      });
      return { dif: debugFileJson(taken, { checksum, size, name, at: context.now() }) };
    });
  }
  return c.json(answers);
}

/** Joins the pieces and has them taken, once all of them are here. */
async function assemble(
  { context, jobs }: ToolRequest,
  { checksum, chunks }: Readonly<Record<string, unknown>>,
  key: string,
  take: (file: string, size: number) => Promise<Partial<Assembled>>,
): Promise<Assembled> {
  const store = context.symbols.chunks;
  const hash = typeof checksum === 'string' ? checksum.toLowerCase() : '';
  const pieces = textsOf(chunks, MAX_CHUNKS_OF_FILE).map((chunk) => chunk.toLowerCase());
  if (!ChunkStore.isHash(hash) || !pieces.every((piece) => ChunkStore.isHash(piece)))
    return failed('The checksum, or that of a chunk, is no SHA-1.');
  const known = await jobs.known(key);
  if (known === null) {
    const missing = await store.missing(pieces.length === 0 ? [hash] : pieces);
    if (missing.length > 0) return { state: 'not_found', missingChunks: missing, detail: null };
    const size = await store.bytes(pieces);
    if (size > context.symbols.maxUploadBytes) return failed(new SymbolsRefused('too_large').message);
  }
  const job =
    known ??
    (await jobs.run(key, async () => {
      const size = await store.bytes(pieces);
      const result = await store.withJoined(hash, pieces, (file) => take(file, size));
      await store.forget(pieces);
      return result;
    }));
  if (job.state === 'running') return { state: 'assembling', missingChunks: [], detail: null };
  if (job.state === 'done') return { state: 'ok', missingChunks: [], detail: null, ...job.result };
  const refusal = refusalOf(job.error);
  if (refusal === null) {
    context.log.error({ err: job.error }, 'an upload of a tool could not be taken');
    return failed('Something went wrong here; the log of the server says what.');
  }
  context.log.info({ detail: refusal.detail }, 'an upload of a tool was refused');
  return failed(refusal.detail);
}

function failed(detail: string): Assembled {
  return { state: 'error', missingChunks: [], detail };
}

async function takeDebugFile(
  { context }: ToolRequest,
  {
    file,
    name,
    size,
    product,
    accounts,
    by,
  }: {
    readonly file: string;
    readonly name: string;
    readonly size: number;
    readonly product: string | null;
    readonly accounts: readonly string[];
    readonly by: string;
  },
): Promise<SymbolFile> {
  const taken = await takeAll(context, [{ path: file, filename: name, part: null, bytes: size }], {
    endpoint: 'sentry_cli',
    product,
    accounts,
    by,
    claims: {},
  });
  const stored = taken.find(isStored);
  if (stored !== undefined) return stored.symbols;
  const refused = taken.find(({ outcome }) => outcome === 'refused');
  throw new SymbolsRefused(
    'not_symbols',
    `${refused !== undefined && 'detail' in refused ? refused.detail : ''} Convert it with dump_syms.`.trim(),
  );
}

function isStored(taken: TakenSymbols): taken is Extract<TakenSymbols, { readonly symbols: SymbolFile }> {
  return taken.outcome === 'stored' || taken.outcome === 'duplicate';
}

const TYPES: Readonly<Record<string, string>> = {
  sym: 'breakpad',
  ELF: 'elf',
  PE: 'pe',
  PDB: 'pdb',
  'Mach-O': 'macho',
};

/** A stored file in the words of the tools. */
function debugFileJson(
  { debugFile, debugId, codeId, cpu, format, gives, uploadedAt }: SymbolFile,
  {
    checksum,
    size,
    name,
    at,
  }: { readonly checksum: string; readonly size: number; readonly name: string; readonly at: number },
): Readonly<Record<string, unknown>> {
  const uuid = debugId
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    .toLowerCase();
  const age = debugId.slice(32);
  return {
    id: String(at),
    uuid,
    debugId: age === '' || age === '0' ? uuid : `${uuid}-${age.toLowerCase()}`,
    codeId,
    objectName: name === '' ? debugFile : name,
    cpuName: cpu === '' ? 'any' : cpu,
    symbolType: TYPES[format] ?? format.toLowerCase(),
    sha1: checksum,
    size,
    headers: { 'Content-Type': 'application/octet-stream' },
    dateCreated: new Date(uploadedAt).toISOString(),
    data: { type: 'dbg', features: gives.includes('unwind') ? ['debug', 'unwind'] : ['debug'] },
  };
}
