// The endpoints for plain uploads: POST /api/symbols (curl, `mayday symbols upload`, sym_upload v1) and POST /upload/ (Tecken).
import type { Context } from 'hono';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import type { TakenSymbols } from '../../process/symbols/symbol-intake.ts';
import type { Person } from '../auth/person.ts';
import { schemaRef } from '../operations/schemas.ts';
import type { ReportsContext } from '../reports-context.ts';
import { tokenAllows, uploadFault } from './credentials.ts';
import type { SymbolEndpoint, EndpointContext } from './symbol-endpoint.ts';
import { withReceived, type Received } from './receive.ts';
import { drain } from './request-bytes.ts';
import { claimsOf, takeAll, uploadJson, uploadStatus, type UploadEndpoint } from './upload-answer.ts';
import { ownersOf } from './upload-owner.ts';

const RETRY_SECONDS = '30';

const BINARY = { 'application/octet-stream': {}, 'application/zip': {} };
const FORM = {
  'multipart/form-data': {
    type: 'object',
    properties: {
      symbol_file: { type: 'string', format: 'binary' },
      debug_file: { type: 'string' },
      debug_identifier: { type: 'string' },
      code_file: { type: 'string' },
      os: { type: 'string' },
      cpu: { type: 'string' },
      product: { type: 'string' },
      account: { type: 'string' },
    },
  },
};

const DESCRIPTION =
  'The body is a symbol file (.sym, .sym.gz, .sym.zst) or a zip archive of a symbol tree, or a form with such files. ' +
  'The token may come as `Authorization: Bearer`, as the password of `Authorization: Basic`, as `Auth-Token` or as `?key=`. ' +
  'Sending the same file again changes nothing.';

export const uploadEndpoint: SymbolEndpoint = {
  methods: ['POST'],
  path: '/api/symbols',
  docs: [
    {
      method: 'post',
      path: '/api/symbols',
      id: 'uploadSymbols',
      summary: 'Upload symbols',
      description: DESCRIPTION,
      rights: 'Needs the role triage, or a token for symbols.',
      parameters: [
        { name: 'product', in: 'query', description: 'The product that they belong to; absent: any.' },
        {
          name: 'account',
          in: 'query',
          description:
            'The account that they belong to. Needed where the token is for several and the product is not of one of them alone.',
        },
        { name: 'name', in: 'query', description: 'Name of the file, for the answer.' },
      ],
      content: { ...BINARY, ...FORM },
      answer: {
        status: 201,
        description:
          'What became of each file. 200 where all of them were there already; forms with symbol_file always get 200.',
        contentType: 'application/json',
        schema: schemaRef('SymbolUploadResult'),
      },
      failures: [400],
    },
  ],
  answer: (c, surroundings) =>
    receiveUpload(c, surroundings, {
      taken: (taken, received) => {
        const isForm = received.files.some(({ part }) => part === 'symbol_file');
        const status = uploadStatus(taken);
        // sym_upload v1 takes 200 alone for success.
        return c.json(uploadJson(taken), isForm && status === 201 ? 200 : status);
      },
      denied: (fault) => {
        c.header('WWW-Authenticate', 'Bearer');
        return c.json({ error: fault }, 401);
      },
      refused: (error) => c.json({ error: { code: error.code, message: error.message } }, error.status),
    }),
};

export const teckenEndpoint: SymbolEndpoint = {
  methods: ['POST'],
  path: '/upload/',
  docs: [
    {
      method: 'post',
      path: '/upload/',
      id: 'uploadSymbolsTecken',
      summary: 'Upload a zip of symbols as Tecken takes it',
      description: `${DESCRIPTION} Files of the archive that are no symbol files are passed over (skipped_keys).`,
      rights: 'Needs the role triage, or a token for symbols.',
      content: { 'multipart/form-data': {}, 'application/zip': {} },
      answer: {
        status: 201,
        description: 'The upload in Tecken’s form.',
        contentType: 'application/json',
        schema: schemaRef('TeckenUpload'),
      },
      failures: [400],
    },
  ],
  answer: (c, surroundings) =>
    receiveUpload(c, surroundings, {
      taken: (taken, received, person) => {
        const refused = taken.find((file) => file.outcome === 'refused');
        if (refused !== undefined) {
          return c.json({ error: `Unrecognized file pattern. ${refused.name}: ${refused.detail}` }, 400);
        }
        const upload = teckenUpload(taken, received, person, surroundings.context);
        // Beside what Tecken answers: what each file gives, and what is still missing.
        return c.json({ upload, files: uploadJson(taken)['files'] }, 201);
      },
      denied: ({ message }) => c.json({ error: message }, 403),
      refused: (error) => c.json({ error: error.message }, error.status),
    }),
};

interface Answers {
  taken(taken: readonly TakenSymbols[], received: Received, person: Person): Response;
  denied(fault: Awaited<ReturnType<typeof uploadFault>>): Response;
  refused(error: SymbolsRefused): Response;
}

async function receiveUpload(
  c: Context,
  { context, slots }: EndpointContext,
  answers: Answers,
): Promise<Response> {
  const person = await tokenAllows('triage', c, context);
  if (person === null) {
    await drain(c);
    return answers.denied(await uploadFault(c, context));
  }
  try {
    return await slots.run(
      () =>
        withReceived(c, context.symbols, async (received) =>
          taken(c, context, { received, person, answers }),
        ),
      () => {
        throw new SymbolsRefused('busy');
      },
    );
  } catch (error) {
    if (!(error instanceof SymbolsRefused)) throw error;
    await drain(c);
    context.log.info({ code: error.code, endpoint: c.req.path }, 'symbols were refused');
    if (error.status === 503) c.header('Retry-After', RETRY_SECONDS);
    return answers.refused(error);
  }
}

async function taken(
  c: Context,
  context: ReportsContext,
  { received, person, answers }: { received: Received; person: Person; answers: Answers },
): Promise<Response> {
  const files = received.files.filter(({ bytes }) => bytes > 0);
  if (files.length === 0) throw new SymbolsRefused(received.fields.has('url') ? 'bad_form' : 'empty');
  const said = (name: string): string => (received.fields.get(name) ?? c.req.query(name) ?? '').trim();
  const [only] = files;
  const named =
    only?.part === null && only.filename === null
      ? [{ ...only, filename: c.req.query('name') ?? '' }]
      : files;
  return answers.taken(
    await takeAll(context, named, {
      endpoint: endpointOf(c, received),
      ...(await ownersOf(context, person, { product: said('product'), account: said('account') })),
      by: uploaderName(person),
      claims: claimsOf(received),
    }),
    received,
    person,
  );
}

function endpointOf(c: Context, { files }: Received): UploadEndpoint {
  if (files.some(({ part }) => part === 'symbol_file')) return 'sym_upload_v1';
  return c.req.path.startsWith('/upload') ? 'tecken' : 'api';
}

/** What the list of symbols shows as the uploader. */
export function uploaderName({ user, label }: Person): string {
  return user?.email ?? label ?? 'MAYDAY_ADMIN_TOKEN';
}

/** Tecken's description of an upload, as far as it has a meaning here. */
function teckenUpload(
  taken: readonly TakenSymbols[],
  received: Received,
  person: Person,
  context: ReportsContext,
): Readonly<Record<string, unknown>> {
  const at = new Date(context.now()).toISOString();
  const [file] = received.files;
  return {
    id: context.now(),
    size: received.files.reduce((sum, { bytes }) => sum + bytes, 0),
    filename: file?.filename ?? file?.part ?? 'symbols.zip',
    bucket: 'mayday',
    region: '',
    download_url: null,
    try_symbols: false,
    redirect_urls: [],
    completed_at: at,
    created_at: at,
    user: uploaderName(person),
    skipped_keys: taken
      .filter(({ outcome }) => outcome === 'skipped' || outcome === 'duplicate')
      .map(({ name }) => name),
    ignored_keys: [],
  };
}
