// `unreal/{key}/`: the Unreal Engine's crash reporter sends one zlib stream of an archive with a minidump, the context as XML,
// and logs (its format as the engine's sources write it: magic `CR1`, names and files with their lengths).
import { Refused } from '../../base/refusal.ts';
import { ByteReader, OutOfBytesError } from '../../base/byte-reader.ts';
import { asObject, type JsonObject } from '../../report/crashkit/json-object.ts';
import { inflateSync } from 'node:zlib';
import type { Intake, WireAnswer, WireRequest } from '../adapter.ts';
import { readWhole } from '../payload-body.ts';
import { AttachmentTaker } from './attachment-taker.ts';
import { keysOfRequest, productOfKeys, unrealKey } from './client-key.ts';
import { commitEvent } from './event-draft.ts';
import { dashedAnswer, limitedAnswer } from './sentry-answers.ts';

const MAX_FILES = 64;
const MAX_NAME_BYTES = 1024;
const MAX_CONTEXT_BYTES = 1024 * 1024;

/** Takes a crash of a game. */
export async function unrealEndpoint(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const keys = [unrealKey(request.params['key'] ?? ''), ...keysOfRequest(request)];
  const keyed = await productOfKeys(keys, request, intake);
  const { maxUnrealBytes, maxDecompressionRatio } = intake.settings;
  const packed = await readWhole(uncounted(request), maxUnrealBytes);
  if (packed === null) throw new Refused('too_large', `an Unreal crash has at most ${maxUnrealBytes} bytes`);
  const files = archiveFiles(
    inflated(packed, Math.min(maxUnrealBytes, packed.length * maxDecompressionRatio)),
  );
  const draft = intake.draft();
  const taker = new AttachmentTaker(draft, intake.settings);
  let context: JsonObject = {};
  for (const { name, bytes } of files) {
    const isDump = bytes.subarray(0, 4).toString('latin1') === 'MDMP' && !taker.hasMinidump;
    if (isDump) taker.hasMinidump = true;
    const isContext = /\.runtime-xml$/i.test(name);
    if (isContext) {
      context = contextOf(bytes.subarray(0, MAX_CONTEXT_BYTES).toString('utf8'));
      // The context is kept as the event, after the privacy step.
      continue;
    }
    const sink = taker.begin({ filename: name, contentType: null, kind: isDump ? 'minidump' : 'file' });
    await sink.data(bytes);
    await sink.end(true);
  }
  const event = unrealEvent(context, request.query);
  const received = {
    event,
    bytes: null,
    fingerprint: Buffer.from(taker.digest()),
    headerId: null,
    sentAt: null,
    client: 'unreal',
  };
  const fate = await commitEvent(received, draft, { request, intake, keyed });
  if (fate.kind === 'limited') return limitedAnswer(fate.waitSeconds);
  return dashedAnswer(fate.kind === 'committed' ? fate.outcome.crashId.replaceAll('-', '') : '0'.repeat(32));
}

/** Archives are no texts, and slow lines that bring them must not hold up those: MAX_UNREAL_MB bounds them. */
function uncounted({ body }: WireRequest): Parameters<typeof readWhole>[0] {
  return { pump: (take) => body.pump(take), hold: () => undefined, letGo: () => undefined };
}

function inflated(packed: Buffer, maxBytes: number): Buffer {
  try {
    return inflateSync(packed, { maxOutputLength: Math.max(maxBytes, 1024) });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Refused(isTooLarge ? 'decompression_ratio' : 'invalid_archive', 'the body is no zlib stream', {
      cause: error,
    });
  }
}

interface ArchiveFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The files of an archive; those behind a damage are lost. Refuses one that holds none. */
function archiveFiles(archive: Buffer): readonly ArchiveFile[] {
  if (archive.subarray(0, 3).toString('latin1') !== 'CR1')
    throw new Refused('invalid_archive', 'the magic is not "CR1"');
  const reader = new ByteReader(archive);
  const files: ArchiveFile[] = [];
  try {
    let at = 3;
    const text = (): string => {
      const size = reader.u32(at);
      if (size > MAX_NAME_BYTES) throw new OutOfBytesError(at, size, archive.length);
      const { bytes } = reader.require(at + 4, size);
      at += 4 + size;
      return Buffer.from(bytes).toString('utf8').split('\0', 1)[0] ?? '';
    };
    text();
    text();
    const count = Math.min(reader.u32(at + 4), MAX_FILES);
    at += 8;
    for (let index = 0; index < count; index += 1) {
      at += 4;
      const name = text();
      const size = reader.u32(at);
      const { bytes } = reader.require(at + 4, size);
      at += 4 + size;
      files.push({ name, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) });
    }
  } catch (error) {
    if (!(error instanceof OutOfBytesError)) throw error;
  }
  if (files.length === 0) throw new Refused('invalid_archive', 'the archive holds no file');
  return files;
}

/** The simple elements of the context: `<RuntimeProperties><GameName>Shooter</GameName>…`. */
function contextOf(xml: string): JsonObject {
  const values: [string, string][] = [];
  for (const match of xml.matchAll(/<([A-Za-z_][\w.-]{0,100})>([^<]{1,20000})<\/\1>/g)) {
    const [, name = '', text = ''] = match;
    if (values.length >= 300) break;
    const value = unescaped(text).trim();
    if (value !== '') values.push([name, value]);
  }
  return Object.fromEntries(values);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescaped(text: string): string {
  return text.replace(
    /&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi,
    (all, name?: string, digits?: string, hex?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
      const code = digits === undefined ? Number.parseInt(hex ?? '0', 16) : Number(digits);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}

/** The event of a crash; what the game put under `__sentry` wins. */
function unrealEvent(context: JsonObject, query: URLSearchParams): JsonObject {
  const text = (name: string): string | null => {
    const value = context[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const game = text('GameName');
  const build = text('BuildVersion') ?? text('EngineVersion');
  const user = query.get('UserID') ?? text('LoginId') ?? text('EpicAccountId') ?? text('MachineId');
  const { __sentry: own_, ...rest } = context;
  return {
    platform: 'native',
    level: text('CrashType') === 'Ensure' ? 'error' : 'fatal',
    logger: 'unreal',
    ...(build !== null && { release: game === null ? build : `${game}@${build}` }),
    ...(text('ErrorMessage') !== null && { message: text('ErrorMessage') }),
    ...(user !== null && { user: { id: user } }),
    contexts: {
      unreal: rest,
      ...(text('Misc.OSVersionMajor') !== null && { os: { name: text('Misc.OSVersionMajor') } }),
    },
    ...parsedObject(typeof own_ === 'string' ? own_ : ''),
  };
}

function parsedObject(text: string): JsonObject {
  if (text === '') return {};
  try {
    return asObject(JSON.parse(text)) ?? {};
  } catch {
    return {};
  }
}
