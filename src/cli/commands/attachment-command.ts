// `mayday attachment`: gets the original bytes of a stored attachment out of the data folder, byte for byte, without a server.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openStore } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { isCrashId } from '../../report/crash-id.ts';
import { goneSentences } from '../../reports/view/gone-words.ts';
import type { Store } from '../../store/store.ts';
import { auditCommand } from '../audit-command.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';

export const command: Command = {
  usage: `Usage: mayday attachment CRASH_ID [NAME --output FILE]

Lists the attachments of a stored report, or writes one of them to a file that does not exist yet: the bytes as the client sent
them, compared with the hash that was made when they came. It reads the data folder, also while the servers run.

  --output FILE   where to write the attachment
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      { output: { type: 'string' } },
      { positionals: true },
    );
    const [crashId = '', name, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('Name one report and at most one attachment');
    if (!isCrashId(crashId)) throw new UsageError('Name the report by its crash id');
    if ((name === undefined) !== (values.output === undefined))
      throw new UsageError('An attachment is written to the file of --output');
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
    try {
      return name === undefined || values.output === undefined
        ? await list(store, crashId, io)
        : await writeOut(store, { crashId, name, file: values.output }, io);
    } finally {
      await store.close();
    }
  },
};

async function list(store: Store, crashId: string, io: CommandIo): Promise<number> {
  const report = await store.reports.getReport(crashId);
  if (report === null) {
    io.err(`There is no report ${crashId}.\n`);
    return 1;
  }
  for (const { name, kind, size, sha256 } of report.attachments)
    io.out(`${sha256}  ${String(size).padStart(12)}  ${kind.padEnd(8)}  ${name}\n`);
  for (const sentence of goneSentences(report.gone)) io.err(`${sentence}\n`);
  return 0;
}

async function writeOut(
  store: Store,
  { crashId, name, file }: { readonly crashId: string; readonly name: string; readonly file: string },
  io: CommandIo,
): Promise<number> {
  const opened = await store.reports.openAttachment(crashId, name);
  if (opened === null) {
    io.err(`The report ${crashId} has no attachment ${name}.\n`);
    const report = await store.reports.getReport(crashId);
    for (const sentence of goneSentences(report?.gone)) io.err(`${sentence}\n`);
    return 1;
  }
  await auditCommand(store, 'attachment.download', { object: `report ${crashId}`, detail: { name } });
  const hash = createHash('sha256');
  const hashed = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    // Also where the file cannot be opened and no byte has come yet, somebody waits to hear of it.
    await pipeline(opened.stream, hashed, createWriteStream(file, { flags: 'wx' }));
  } catch (error) {
    io.err(`${file} could not be written: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  if (hash.digest('hex') === opened.info.sha256) return 0;
  io.err(
    `The bytes of ${name} are not those that came: their hash is another. They were written to ${file} all the same.\n`,
  );
  return 1;
}
