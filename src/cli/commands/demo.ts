// `mayday demo`: posts one realistic sample for every protocol to a running server.
import { randomUUID } from 'node:crypto';
import { SAMPLES } from '../../client/demo/demo-samples.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command } from '../command.ts';

const TIMEOUT_MS = 10_000;

export const command: Command = {
  usage: `Usage: mayday demo [--url URL] [--protocol NAME] [--dsn DSN]

Posts one realistic sample for every protocol to a running submit server and prints what it answered.

  --url URL        the submit server (default: http://localhost:8080, or SUBMIT_SERVER_PORT)
  --protocol NAME  only this one: ${SAMPLES.map((sample) => sample.protocol).join(', ')}
  --dsn DSN        a DSN of the server, from the integration page of a product; without it
                   the sample of Sentry's clients is left out

Exit code 0: every sample was taken; 1: one was not, or the server cannot be reached.
`,
  async run(args, io) {
    const { values } = readArguments(args, {
      url: { type: 'string' },
      protocol: { type: 'string' },
      dsn: { type: 'string' },
    });
    const baseUrl = readUrl(values.url ?? `http://localhost:${io.env['SUBMIT_SERVER_PORT'] ?? '8080'}`);
    const chosen = SAMPLES.filter(
      ({ protocol }) => values.protocol === undefined || values.protocol === protocol,
    );
    if (chosen.length === 0) throw new UsageError(`There is no protocol "${values.protocol}"`);

    const dsn = values.dsn === undefined ? null : readDsn(values.dsn);
    let failed = 0;
    for (const sample of chosen) {
      if (sample.needsDsn === true && dsn === null) {
        io.out(`left out ${sample.protocol}: it needs --dsn\n`);
        continue;
      }
      try {
        const result = await sample.send({
          baseUrl,
          atMs: Date.now(),
          seed: randomUUID(),
          dsn,
          fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }),
        });
        if (!result.ok) failed += 1;
        io.out(
          `${result.ok ? 'ok    ' : 'FAILED'} ${sample.protocol.padEnd(10)} ${result.status} ${result.answer}\n`,
        );
        io.out(`       ${sample.describes}\n`);
      } catch (error) {
        failed += 1;
        const cause = (error as Error).cause ?? error;
        io.err(`FAILED ${sample.protocol.padEnd(10)} ${baseUrl} cannot be reached: ${reason(cause)}\n`);
      }
    }
    return failed === 0 ? 0 : 1;
  },
};

/** Node leaves the message of a refused connection to several addresses empty; the code still says it. */
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' ? String((cause as NodeJS.ErrnoException).code) : cause.message;
}

function readDsn(text: string): string {
  if (!/^https?:\/\/[0-9a-f]{32}@[^/]+\/.*\d$/.test(text))
    throw new UsageError(`--dsn "${text}" is not a DSN`);
  return text;
}

function readUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`--url "${text}" is not an http or https URL`);
  }
  return text.replace(/\/+$/, '');
}
