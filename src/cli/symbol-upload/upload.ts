// `mayday symbols upload`: sends what the server lacks, a few files at a time. Run again it goes on where it stopped, because
// it asks first.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { SymbolTextEncoding } from '../../formats/symbols/text-encoding.ts';
import { unpacked } from '../../process/symbols/unpacked.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { CommandIo } from '../command.ts';
import { Progress } from '../terminal-progress.ts';
import { findLocalSymbols, type LocalSymbols } from './local-symbols.ts';
import { ServerFault, SymbolClient, type KnownSymbols } from './symbol-client.ts';

/** What became of one file. */
type Result = {
  readonly file: string;
  readonly outcome: 'uploaded' | 'there_already' | 'failed';
  readonly debugFile?: string;
  readonly debugId?: string;
  readonly reportsToProcess?: number;
  /** What the file gives, and what its build still lacks. */
  readonly gives?: string;
  readonly wanting?: readonly string[];
  readonly fault?: string;
};

const AT_ONCE = 3;
const MEGABYTE = 1024 * 1024;

/** Runs the command; gives its exit code. */
export async function uploadSymbols(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    {
      url: { type: 'string' },
      token: { type: 'string' },
      product: { type: 'string' },
      account: { type: 'string' },
      id: { type: 'string', multiple: true },
      missing: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    { positionals: true },
  );
  if (positionals.length === 0)
    throw new UsageError('"upload" needs at least one folder, zip archive or symbol file');
  const url = values.url ?? io.env['MAYDAY_URL'] ?? 'http://localhost:8081';
  if (!/^https?:\/\/[^/]/.test(url))
    throw new UsageError(`--url is "${url}", which is no http or https address`);
  const token = values.token ?? io.env['MAYDAY_TOKEN'] ?? '';
  if (token === '')
    throw new UsageError('--token (or MAYDAY_TOKEN) must be an API token with the role write');
  const client = new SymbolClient({
    url,
    token,
    product: values.product ?? null,
    account: values.account ?? null,
  });

  const { found, unreadable } = await findLocalSymbols(positionals);
  const results: Result[] = unreadable.map(({ label, fault }) => ({ file: label, outcome: 'failed', fault }));
  try {
    const wanted = await wantedIds(client, values.id, values.missing === true);
    const chosen =
      wanted === null ? found : found.filter(({ key }) => key !== null && wanted.has(key.debugId));
    if (found.length === 0 && results.length === 0)
      throw new UsageError('there is no symbol file in what was named');
    results.push(...(await withWanting(await uploadAll(chosen, client, io, values.json === true), client)));
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    io.err(`${url}: ${error.message}\n`);
    return 1;
  }
  if (values.json === true) io.out(`${JSON.stringify(results, null, 2)}\n`);
  else summarise(results, io);
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

/** Asked when all files are there: any of them may be what another one lacked. */
async function withWanting(results: readonly Result[], client: SymbolClient): Promise<readonly Result[]> {
  const there = results.filter(({ outcome }) => outcome !== 'failed');
  const known = await client.known(there.map(({ debugFile = '', debugId = '' }) => ({ debugFile, debugId })));
  const knownOf = new Map(there.map((result, index) => [result, known[index] ?? null]));
  return results.map((result) => {
    const found = knownOf.get(result) ?? null;
    if (found?.gives === undefined) return result;
    return { ...result, gives: found.gives, wanting: (found.wanting ?? []).map(({ text }) => text) };
  });
}

async function wantedIds(
  client: SymbolClient,
  ids: readonly string[] | undefined,
  missing: boolean,
): Promise<ReadonlySet<string> | null> {
  if (ids === undefined && !missing) return null;
  const given = (ids ?? []).map((id) => id.replaceAll('-', '').toUpperCase());
  return new Set([...given, ...(missing ? await client.missingIds() : [])]);
}

async function uploadAll(
  files: readonly LocalSymbols[],
  client: SymbolClient,
  io: CommandIo,
  quiet: boolean,
): Promise<readonly Result[]> {
  const named = files.filter((file) => file.key !== null);
  const known = await client.known(named.flatMap(({ key }) => (key === null ? [] : [key])));
  const knownOf = new Map(named.map((file, index) => [file, known[index] ?? null]));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const unit = total >= 10 * MEGABYTE ? { name: 'MB', bytes: MEGABYTE } : { name: 'KB', bytes: 1024 };
  const progress = new Progress(
    quiet ? { ...io, terminal: false, out: () => {} } : io,
    `Symbols, ${unit.name}`,
  );
  const show = (bytes: number): void => {
    progress.show(Math.round(Math.min(bytes, total) / unit.bytes), Math.round(total / unit.bytes));
  };
  let settled = 0;
  const underWay = new Map<LocalSymbols, number>();
  const results: Result[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const current = file;
      results.push(
        await uploadOne(current, knownOf.get(current) ?? null, client, (bytes) => {
          underWay.set(current, bytes);
          show(settled + [...underWay.values()].reduce((sum, value) => sum + value, 0));
        }),
      );
      underWay.delete(current);
      settled += current.bytes;
      show(settled);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  progress.end();
  return results;
}

async function uploadOne(
  file: LocalSymbols,
  known: KnownSymbols | null,
  client: SymbolClient,
  moved: (bytes: number) => void,
): Promise<Result> {
  if (file.key === null) {
    return {
      file: file.label,
      outcome: 'failed',
      fault: 'names no debug file and id that a dump could ask for',
    };
  }
  const about = { file: file.label, ...file.key };
  try {
    if (known !== null && (await file.read(textHash)) === known.sha256)
      return { ...about, outcome: 'there_already' };
    const name = file.name.slice(-200);
    const sent = await client.send(name, () => openForSending(file, moved));
    return sent.outcome === 'stored'
      ? { ...about, outcome: 'uploaded', reportsToProcess: sent.reportsToProcess }
      : { ...about, outcome: 'there_already' };
  } catch (error) {
    return { ...about, outcome: 'failed', fault: error instanceof Error ? error.message : String(error) };
  }
}

async function textHash(bytes: Readable): Promise<string> {
  const { text } = await unpacked(bytes);
  const hash = createHash('sha256');
  const encoding = new SymbolTextEncoding();
  for await (const chunk of text) hash.update(encoding.write(chunk as Buffer));
  return hash.update(encoding.end()).digest('hex');
}

/** What goes over the wire: packed files as they are, others through zstd. */
function openForSending(file: LocalSymbols, moved: (bytes: number) => void): Promise<Readable> {
  return new Promise((resolve, reject) => {
    file
      .read(async (bytes) => {
        const counted = Readable.from(counting(bytes, moved), { objectMode: false });
        if (file.packed) {
          const closed = new Promise((done) => counted.once('close', done));
          resolve(counted);
          await closed;
          return;
        }
        const packer = createZstdCompress();
        const closed = new Promise((done) => packer.once('close', done));
        resolve(packer);
        // A fault of reading breaks the request off; the request tells it.
        await pipeline(counted, packer).catch((error: Error) => packer.destroy(error));
        await closed;
      })
      .catch(reject);
  });
}

async function* counting(bytes: Readable, moved: (bytes: number) => void): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of bytes) {
    moved((total += (chunk as Buffer).length));
    yield chunk as Buffer;
  }
}

function summarise(results: readonly Result[], io: CommandIo): void {
  for (const { file, fault } of results) if (fault !== undefined) io.err(`${file}: ${fault}\n`);
  const lacking = new Set(results.flatMap(({ wanting = [] }) => wanting));
  for (const each of lacking) io.out(`still missing: ${each}\n`);
  const count = (outcome: Result['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const again = results.reduce((sum, { reportsToProcess = 0 }) => sum + reportsToProcess, 0);
  const parts = [`${count('uploaded')} uploaded`, `${count('there_already')} there already`];
  if (count('failed') > 0) parts.push(`${count('failed')} failed`);
  io.out(`${parts.join(', ')}${again > 0 ? `; ${again} reports are processed again` : ''}\n`);
}
