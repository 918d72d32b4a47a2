// Mozilla's symbolication API: POST /symbolicate/v5 and /symbolicate/v4.
import { ThreadBusyError } from '../../process/symbols/symbol-thread-client.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import { schemaRef } from '../operations/schemas.ts';
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts';
import type { SeenSymbols } from '../gate/seen-symbols.ts';
import { mayReadSymbols } from './credentials.ts';
import type { SymbolEndpoint } from './symbol-endpoint.ts';
import { drain, requestBytes } from './request-bytes.ts';

const MAX_BODY_BYTES = 16 * 1024 * 1024;

const doc = (version: 4 | 5) =>
  ({
    method: 'post',
    path: `/symbolicate/v${version}`,
    id: `symbolicateV${version}`,
    summary: `Name addresses (Mozilla’s symbolication API, version ${version})`,
    rights: 'Needs the role read; none from this machine, or where PUBLIC_SYMBOLS is set.',
    content: { 'application/json': schemaRef('SymbolicateRequest') },
    answer: {
      status: 200,
      description: 'The stacks with names.',
      contentType: 'application/json',
      schema: { type: 'object' },
    },
    failures: [400],
  }) as const;

export const symbolicateEndpoint: SymbolEndpoint = {
  methods: ['POST', 'OPTIONS'],
  path: '/symbolicate/:version{v[45]}',
  docs: [doc(5), doc(4)],
  async answer(c, { context }) {
    if (c.req.raw.method === 'OPTIONS') return answerPreflight(c);
    const may = await mayReadSymbols(c, context);
    if (may === null) {
      await drain(c);
      c.header('WWW-Authenticate', 'Bearer');
      return c.json({ title: 'This server names addresses for bearers of an API token only.' }, 401);
    }
    if (may.kind === 'open') allowAnyOrigin(c);
    try {
      const pieces: Buffer[] = [];
      for await (const piece of requestBytes(c, MAX_BODY_BYTES)) pieces.push(piece);
      const text = await withoutUnseen(Buffer.concat(pieces).toString('utf8'), may.symbols);
      const answer = await context.symbols.symbolicate(c.req.param('version') === 'v4' ? 4 : 5, text);
      return c.body(answer.text, answer.status, { 'Content-Type': 'application/json' });
    } catch (error) {
      if (error instanceof ThreadBusyError) {
        c.header('Retry-After', '5');
        return c.json({ title: 'Too many requests wait; try again.' }, 503);
      }
      if (!(error instanceof SymbolsRefused)) throw error;
      await drain(c);
      return c.json(
        { title: error.code === 'too_large' ? 'The body is too large' : error.message },
        error.status,
      );
    }
  },
};

/**
 * The request without the ids of modules whose symbols belong to somebody else: they are then as unknown as if they were not here.
 * What is no request of this kind stays as it is, for the symbolicator to say so.
 */
async function withoutUnseen(text: string, symbols: SeenSymbols): Promise<string> {
  if (symbols.seesAll) return text;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  const { jobs } = Object(body) as { readonly jobs?: unknown };
  for (const job of Array.isArray(jobs) ? (jobs as readonly unknown[]) : [body]) {
    const { memoryMap } = Object(job) as { readonly memoryMap?: unknown };
    for (const module of Array.isArray(memoryMap) ? (memoryMap as unknown[]) : []) {
      if (!Array.isArray(module)) continue;
      const [debugFile, debugId] = module as unknown[];
      if (typeof debugFile !== 'string' || typeof debugId !== 'string') continue;
      const seen = await symbols.findByDebugId(debugId.toUpperCase());
      if (seen.length === 0) module[1] = NOBODYS;
    }
  }
  return JSON.stringify(body);
}

/** The id of no build. */
const NOBODYS = '0'.repeat(33);
