// Mozilla's symbolication API: POST /symbolicate/v5 and /symbolicate/v4.
import { ThreadBusyError } from '../../process/symbols/symbol-thread-client.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import { schemaRef } from '../operations/schemas.ts';
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts';
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
      const answer = await context.symbols.symbolicate({
        version: c.req.param('version') === 'v4' ? 4 : 5,
        text: Buffer.concat(pieces).toString('utf8'),
        users: may.symbols.readers,
      });
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
