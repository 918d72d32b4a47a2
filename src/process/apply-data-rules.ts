// The data rules of a product on what a report is understood from: what was stored under other rules, or inside of dumps and attached files,
// shows in what is derived from it no more than the rules of now.
import type { ProcessedMinidump } from '../formats/crash/processed-minidump.ts';
import { changesData, type DataRules } from '../report/privacy/data-rules.ts';
import { DataFilter } from '../report/privacy/data-filter.ts';
import type { Report } from '../report/report.ts';

/** A report's evidence under the rules. */
export interface RuledEvidence {
  readonly report: Report;
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** A dump that was walked, without what it has copied from the program's memory. */
  readonly dump: (dump: ProcessedMinidump) => ProcessedMinidump;
}

/** The same evidence where the rules change nothing. */
export function applyDataRules(
  report: Report,
  parts: ReadonlyMap<string, Uint8Array>,
  rules: DataRules,
): RuledEvidence {
  if (!changesData(rules)) return { report, parts, dump: (dump) => dump };
  const filter = new DataFilter(rules);
  const kinds = new Map(report.attachments.map(({ name, kind }) => [name, kind]));
  return {
    report: { ...report, annotations: filter.annotations(report.annotations) },
    parts: new Map(
      [...parts].map(([name, bytes]) => [
        name,
        kinds.get(name) === 'minidump' ? bytes : textWithout(bytes, filter),
      ]),
    ),
    dump: (dump) => dumpWithout(dump, filter),
  };
}

/** An attached file may be anything: what is no text stays as it is. */
function textWithout(bytes: Uint8Array, filter: DataFilter): Uint8Array {
  return bytes.includes(0)
    ? bytes
    : filter.payload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** Members of a processed minidump that hold texts of the program; others are code, paths and numbers. */
const TEXTS: ReadonlySet<string> = new Set([
  ...['assertion', 'expression', 'message', 'message2', 'signature_string', 'backtrace', 'abort_cause'],
  ...['object_name', 'mac_boot_args', 'text'],
]);

function dumpWithout(dump: ProcessedMinidump, filter: DataFilter): ProcessedMinidump {
  const { mayday } = dump;
  const crashpad = filter.structured({ crashpad: mayday.crashpad }) as Pick<typeof mayday, 'crashpad'>;
  const safe = scrubbed({ ...dump, mayday: { ...mayday, crashpad: null } }, '', filter) as ProcessedMinidump;
  return { ...safe, mayday: { ...safe.mayday, ...crashpad } };
}

function scrubbed(value: unknown, name: string, filter: DataFilter): unknown {
  if (typeof value === 'string') return TEXTS.has(name) ? filter.text(value, name) : filter.code(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => scrubbed(item, name, filter));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, scrubbed(one, key, filter)]));
}
