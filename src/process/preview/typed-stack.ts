// What a person pastes to see its signature: a stack trace of any language, a CrashKit occurrence, the JSON of a processed
// minidump, or native frames, one a line. Each becomes a report that the pipeline takes.
import type { FrameJson, ProcessedMinidump, ThreadJson } from '../../formats/crash/processed-minidump.ts';
import { readLog } from '../../formats/logs/read-log.ts';
import { asObject } from '../../report/crashkit/json-object.ts';
import { REPORT_SCHEMA, type Attachment, type Report } from '../../report/report.ts';
import { listAt, textAt, valueAt } from '../rule.ts';
import type { ThreadTask } from '../worker/thread-protocol.ts';

const MAX_FRAMES = 500;
const DUMP = 'upload_file_minidump';

/** The part of a task that comes from the text. */
export function typedStack(
  text: string,
  { account, product, now }: { readonly account: string; readonly product: string; readonly now: number },
): Pick<ThreadTask, 'report' | 'parts' | 'walked'> {
  const report = blankReport({ account, product, now });
  const json = parsed(text);
  if (json !== null && Array.isArray(valueAt(json, 'threads'))) {
    const dump = completed(json as Partial<ProcessedMinidump>);
    return {
      report: { ...report, attachments: [attachment(DUMP, 'minidump')] },
      parts: [],
      walked: { [DUMP]: dump },
    };
  }
  if (json !== null) {
    return {
      report: {
        ...report,
        protocol: 'crashkit1',
        payloadKind: 'json',
        attachments: [attachment('payload.json', 'payload')],
      },
      parts: [['payload.json', Buffer.from(text)]],
    };
  }
  if (readLog(text).crash !== null || /\bat .*[(:]\d|Traceback|^panic:/m.test(text)) {
    // The annotation is looked into only where it has more than one line.
    return {
      report: { ...report, annotations: [{ key: 'StackTrace', value: `${text.trim()}\n` }] },
      parts: [],
    };
  }
  const dump = completed({ threads: [nativeThread(text)] });
  return {
    report: { ...report, attachments: [attachment(DUMP, 'minidump')] },
    parts: [],
    walked: { [DUMP]: dump },
  };
}

function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return asObject(Array.isArray(value) ? value[0] : value) === null ? null : value;
  } catch {
    return null;
  }
}

/** One frame a line: `function`, `module!function`, `module@0xoffset` or `0xaddress`; numbers before it do not matter. */
function nativeThread(text: string): ThreadJson {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(?:#?\d+[:.)]?\s+)?/, '').trim())
    .filter((line) => line !== '')
    .slice(0, MAX_FRAMES);
  return {
    thread_id: 0,
    thread_name: null,
    last_error_value: null,
    frame_count: lines.length,
    frames: lines.map((line, index) => nativeFrame(line, index)),
  };
}

function nativeFrame(line: string, index: number): FrameJson {
  const named = /^([^!()<>\s]+)!(.+)$/.exec(line);
  const placed = /^([^@()<>\s]+)@(0x[0-9a-f]{1,16})$/i.exec(line);
  const address = /^@?(0x[0-9a-f]{1,16})$/i.exec(line)?.[1];
  return {
    frame: index,
    trust: index === 0 ? 'context' : 'cfi',
    module: named?.[1] ?? placed?.[1] ?? null,
    module_offset: placed?.[2] ?? null,
    offset: address ?? '0x0',
    function: placed !== null || address !== undefined ? null : (named?.[2] ?? line),
    function_offset: null,
    file: null,
    line: null,
    inlines: null,
    unloaded_modules: null,
    missing_symbols: false,
  };
}

/** A processed minidump with nothing in it but what is given. */
function completed(given: Partial<ProcessedMinidump>): ProcessedMinidump {
  const threads = (given.threads ?? []).map((thread) => completedThread(thread));
  return {
    pid: null,
    process_uptime: null,
    system_info: null,
    linux_memory_map_count: null,
    main_module: 0,
    modules_contains_cert_info: false,
    unloaded_modules: [],
    handles: null,
    lsb_release: null,
    proc_limits: null,
    mac_crash_info: null,
    mac_boot_args: null,
    soft_errors: null,
    ...given,
    status: 'OK',
    thread_count: threads.length,
    threads,
    modules: Array.isArray(given.modules) ? given.modules : [],
    crash_info: {
      type: null,
      address: null,
      adjusted_address: null,
      instruction: null,
      memory_accesses: null,
      instruction_pointer_update: null,
      possible_bit_flips: null,
      crash_inconsistencies: null,
      assertion: null,
      crashing_thread: 0,
      ...asObject(given.crash_info),
    },
    mayday: {
      format: 1,
      error: null,
      time: null,
      exception: null,
      assertion: null,
      crashpad: null,
      crash_mapping: null,
      threads: [],
      modules: [],
      streams: [],
      limits_hit: [],
      notes: [],
    },
  };
}

const BLANK_FRAME: FrameJson = nativeFrame('', 1);

/** What was pasted may be anything. */
function completedThread(thread: unknown): ThreadJson {
  const frames = listAt(thread, 'frames').map((frame): FrameJson =>
    Object.assign({}, BLANK_FRAME, asObject(frame)),
  );
  return {
    thread_id: 0,
    thread_name: textAt(thread, 'thread_name'),
    last_error_value: textAt(thread, 'last_error_value'),
    frame_count: frames.length,
    frames,
  };
}

function attachment(name: string, kind: Attachment['kind']): Attachment {
  return { name, kind, filename: null, contentType: null, size: 0, sha256: '' };
}

function blankReport({
  account,
  product,
  now,
}: {
  readonly account: string;
  readonly product: string;
  readonly now: number;
}): Report {
  return {
    schema: REPORT_SCHEMA,
    crashId: 'preview',
    protocol: 'socorro',
    account,
    product,
    version: null,
    platform: null,
    receivedAt: now,
    annotations: [],
    notes: [],
    payloadKind: 'multipart',
    encoding: 'identity',
    bodyBytes: 0,
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'preview', action: 'accept' },
    installation: null,
    token: null,
    state: 'queued',
    attachments: [],
  };
}
