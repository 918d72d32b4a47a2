// Reports of every kind, as the pipeline takes them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sentryEvent } from '../ingest/sentry-envelope.ts';
import type { PipelineInput } from '../../src/process/pipeline.ts';
import { REPORT_SCHEMA, type AttachmentKind, type Protocol, type Report } from '../../src/report/report.ts';

const SHARED = path.resolve(import.meta.dirname, '../../../shared/data');

/** A report to process over and over. */
export interface Subject {
  readonly name: string;
  /** Whether the goal for text reports holds for it. */
  readonly isText: boolean;
  readonly input: PipelineInput;
}

const JAVA_FRAMES = Array.from(
  { length: 30 },
  (_, index) =>
    `\tat org.example.shop.part${index % 5}.Service${index}.handle(Service${index}.java:${40 + index})`,
).join('\n');
const JAVA = `java.lang.IllegalStateException: the cart is empty\n${JAVA_FRAMES}\nCaused by: java.io.IOException: closed\n${JAVA_FRAMES}\n\t... 12 more\n`;
const PYTHON = `Traceback (most recent call last):\n${Array.from({ length: 15 }, (_, index) => `  File "/app/shop/part${index}.py", line ${index + 1}, in step_${index}\n    return step(${index})\n`).join('')}ValueError: the cart is empty\n`;
const JAVASCRIPT = `TypeError: cart is undefined\n${Array.from({ length: 20 }, (_, index) => `    at step${index} (https://shop.example.org/static/app.3f9a1c2b.js:${index + 1}:17)`).join('\n')}\n`;
const GO = `shopd v1.2.0 "Till" (go1.25.0 linux-amd64) build@host 2026-01-02 03:04:05 UTC\nPanic at 2026-03-14T12:00:00Z\npanic: index out of range [5] with length 3\n\n${Array.from({ length: 4 }, (_, goroutine) => `goroutine ${goroutine + 7} [${goroutine === 0 ? 'running' : 'select'}]:\n${Array.from({ length: 8 }, (_, index) => `example.org/shop/part${index}.(*Service).Handle${index}(0xc0000${index}, 0x1)\n\t/src/shop/part${index}.go:${index + 40} +0x1d\n`).join('')}`).join('\n')}`;

/** All of them; those of the shared data where that is beside the checkout. */
export function subjects(): readonly Subject[] {
  const all: Subject[] = [
    text('CrashKit, Java client', 'crashkit', 'payload.json', JSON.stringify([crashKitOccurrence()])),
    text('Go panic, 4 goroutines', 'syncthing', 'report.txt', GO),
    text(
      'Sentry event, Python client',
      'sentry',
      'payload.json',
      JSON.stringify(sentryEvent('b'.repeat(32))),
    ),
    form('Java stack trace, 62 lines', { JavaStackTrace: JAVA }),
    form('Python traceback', { traceback: PYTHON }),
    form('JavaScript stack', { stack: JAVASCRIPT }),
  ];
  for (const [name, folder, file] of [
    ['CrashKit, PHP client, 3 occurrences', 'crashkit', 'php74-cli-demo.json'],
    ['CrashKit, Python client', 'crashkit', 'python27-pyenv-sample.json'],
    ['CrashKit, browser', 'crashkit', 'js-same-origin.json'],
  ] as const) {
    const recorded = sharedFile(folder, file);
    if (recorded === null) continue;
    const { requests } = JSON.parse(recorded.toString()) as {
      readonly requests: readonly { readonly path: string; readonly body: string }[];
    };
    const body = requests.find((request) => request.path.includes('post-report'))?.body;
    if (body !== undefined) all.push(text(name, 'crashkit', 'payload.json', body));
  }
  const log = sharedFile('syncthing', 'panic.log');
  if (log !== null)
    all.push({
      ...text('Go panic, 80 kB, 73 goroutines', 'syncthing', 'report.txt', log.toString()),
      isText: false,
    });
  for (const file of ['rm-test.dmp', 'gen-amd64_threads_O2.dmp', 'nm-linux.dmp']) {
    const dump = sharedFile('minidumps', 'dumps', file);
    if (dump !== null) all.push(native(`minidump ${file}`, dump));
  }
  return all;
}

function sharedFile(...segments: readonly string[]): Buffer | null {
  try {
    return readFileSync(path.join(SHARED, ...segments));
  } catch {
    return null;
  }
}

function crashKitOccurrence(): object {
  return {
    language: 'java',
    clientVersion: '1.0',
    count: 1,
    date: '2026-03-14',
    role: 'customer',
    severity: 'normal',
    userActionOrScreenNameOrBackgroundProcess: 'checkout',
    env: { os_name: 'Linux', os_version: '6.1', os_arch: 'amd64', java_version: '21', cpu_count: '8' },
    data: { cart: '17' },
    exceptions: [
      {
        name: 'java.lang.IllegalStateException',
        message: 'the cart is empty',
        locations: Array.from({ length: 25 }, (_, index) => ({
          package: index < 3 ? 'java.util' : 'org.example.shop',
          class: `Service${index}`,
          method: 'handle',
          file: `Service${index}.java`,
          line: index + 40,
          claimed: index >= 3,
        })),
      },
    ],
  };
}

function text(name: string, protocol: Protocol, part: string, body: string): Subject {
  const payloadKind = protocol === 'syncthing' ? 'text' : 'json';
  return {
    name,
    isText: true,
    input: input({ protocol, payloadKind }, [[part, 'payload', Buffer.from(body)]]),
  };
}

function form(name: string, annotations: Readonly<Record<string, string>>): Subject {
  const all = { ProductName: 'Shop', Version: '1.2.0', BuildID: '20260314120000', ...annotations };
  const list = Object.entries(all).map(([key, value]) => ({ key, value }));
  return { name, isText: true, input: input({ protocol: 'crashpad', annotations: list }, []) };
}

function native(name: string, dump: Buffer): Subject {
  const annotations = [
    { key: 'prod', value: 'Shop' },
    { key: 'ver', value: '1.2.0' },
    { key: 'guid', value: '0f9d3c1e-1111-4222-8333-944445555666' },
    { key: 'ptype', value: 'browser' },
  ];
  return {
    name,
    isText: false,
    input: input({ protocol: 'crashpad', annotations }, [['upload_file_minidump', 'minidump', dump]]),
  };
}

function input(
  fields: Partial<Report>,
  parts: readonly (readonly [name: string, kind: AttachmentKind, bytes: Uint8Array])[],
): PipelineInput {
  return {
    report: {
      schema: REPORT_SCHEMA,
      crashId: '00000000-0000-4000-8000-000000260314',
      protocol: 'crashpad',
      account: 'default',
      product: 'Shop',
      version: '1.2.0',
      platform: 'Linux',
      receivedAt: Date.UTC(2026, 2, 14, 12),
      annotations: [],
      notes: [],
      payloadKind: 'multipart',
      encoding: 'identity',
      bodyBytes: 1000,
      userAgent: null,
      clientHash: null,
      throttle: { rule: 'accept_all', action: 'accept' },
      installation: '117',
      token: null,
      state: 'queued',
      ...fields,
      attachments: parts.map(([name, kind, bytes]) => ({
        name,
        kind,
        filename: null,
        contentType: null,
        size: bytes.length,
        sha256: '0'.repeat(64),
      })),
    },
    parts: new Map(parts.map(([name, , bytes]) => [name, bytes])),
  };
}
