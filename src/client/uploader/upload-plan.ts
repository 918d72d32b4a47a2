// The arguments of `mayday send` → what will be sent. Everything is read and judged here, before anything is sent.
import { readFileSync, readdirSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { markReported } from '../monitor/log-folder.ts';
import { crashkitItem } from './crashkit-item.ts';
import { crashpadLayout, crashpadReports } from './crashpad-database.ts';
import type { Item, ItemSettings, Plan } from './item.ts';
import { asAnnotations, asRecord, fileKind } from './kind.ts';
import { minidumpItem, type DumpSource, type ReadDump } from './minidump-item.ts';
import { panicLogItem } from './panic-log-item.ts';

/** What planning works with. */
export interface PlanTools {
  readonly readDump: ReadDump;
  readonly now: () => number;
}

const MAX_BYTES = 1024 * 1024 * 1024;
/** What may be found in a folder; everything else there is passed over. */
const FOLDER_FILES = /\.(?:dmp|mdmp|json)$|^panic-.*\.log$/i;
const PANIC_LOG = /^panic-.*\.log$/;
type Made = { readonly item: Item } | { readonly fault: string };

/** Looks at every path; the plan has faults where one of them cannot be sent. */
export function planSending(paths: readonly string[], settings: ItemSettings, tools: PlanTools): Plan {
  const faults: string[] = settings.attachments.flatMap(([, file]) => unreadable(file) ?? []);
  if (settings.json !== null && statOf(settings.json)?.isFile() !== true) {
    return faulty(`${settings.json}, the annotations of --json, is not there or is no file`);
  }
  const plans = paths.map((given): Plan => {
    const stats = statOf(given);
    if (stats === null) return faulty(`${given} is not there, or cannot be read`);
    try {
      return stats.isDirectory() ? folder(given, settings, tools) : single(file(given, settings, tools));
    } catch (error) {
      return faulty(`${given} cannot be read: ${(error as Error).message}`);
    }
  });
  const items = plans.flatMap((plan) => plan.items);
  if (settings.json !== null && items.filter(({ kind }) => kind === 'socorro').length !== 1) {
    faults.push('--json holds the annotations of one crash: give exactly one minidump with it');
  }
  return {
    items,
    faults: [...faults, ...plans.flatMap((plan) => plan.faults)],
    remarks: plans.flatMap((plan) => plan.remarks),
  };
}

function folder(dir: string, settings: ItemSettings, tools: PlanTools): Plan {
  const layout = crashpadLayout(dir);
  if (layout === 'generic') return crashpadReports(dir, settings, tools.readDump, tools.now);
  if (layout !== null) {
    const [system, where] =
      layout === 'macos'
        ? ['macOS', 'extended attributes']
        : ['Windows', 'a file that only Crashpad can lock'];
    const dumps = layout === 'macos' ? 'pending' : 'reports';
    return faulty(
      `${dir} is a Crashpad database of ${system}, which keeps its marks in ${where}: send the files of its folder "${dumps}" instead`,
    );
  }
  const names = readdirSync(dir).sort();
  const wanted = names.filter(
    (name) => isWanted(name, names) && statOf(path.join(dir, name))?.isFile() === true,
  );
  if (wanted.length === 0) {
    const reported = names.filter((name) => name.endsWith('.reported.log')).length;
    return reported > 0
      ? { items: [], faults: [], remarks: [`${dir}: all ${reported} panic logs are reported`] }
      : faulty(
          `${dir} holds nothing that can be sent: no Crashpad database, no .dmp, no panic-*.log, no .json`,
        );
  }
  const made = wanted.map((name) => {
    const result = file(path.join(dir, name), settings, tools);
    return 'item' in result && result.item.kind === 'panic log' && PANIC_LOG.test(name)
      ? { item: renamedWhenSent(result.item) }
      : result;
  });
  const orphans = names.filter(
    (name) => name.endsWith('.info') && !names.includes(name.replace(/info$/, 'dmp')),
  );
  return {
    items: made.flatMap((result) => ('item' in result ? [result.item] : [])),
    faults: made.flatMap((result) => ('fault' in result ? [result.fault] : [])),
    remarks: orphans.map((name) => `${path.join(dir, name)} has no .dmp beside it and is left out`),
  };
}

/** Reported logs are done, and a log that a monitor is writing is not whole. */
function isWanted(name: string, names: readonly string[]): boolean {
  return FOLDER_FILES.test(name) && !name.includes('.reported.') && !names.includes(`${name}.writing`);
}

/** As the monitor marks what it has reported. */
function renamedWhenSent(item: Item): Item {
  return { ...item, arrived: () => markReported(item.name) };
}

function file(name: string, settings: ItemSettings, tools: PlanTools): Made {
  if (statSync(name).size > MAX_BYTES) return { fault: `${name} is larger than ${MAX_BYTES} bytes` };
  const bytes = readFileSync(name);
  const found = fileKind(bytes);
  if (found.kind === 'unknown') return { fault: `${name} ${found.problem}` };
  if (found.kind === 'minidump') {
    const source = dumpSource(name, settings);
    return 'fault' in source ? source : minidumpItem(source, settings, tools.readDump);
  }
  return found.kind === 'json'
    ? crashkitItem(name, bytes, found.value, settings)
    : panicLogItem(name, bytes, settings);
}

/** The annotations beside a dump: `--json` or `.extra` (Socorro's clients), `.info` (Jami's servers). */
function dumpSource(name: string, { json }: ItemSettings): DumpSource | { readonly fault: string } {
  const base = name.replace(/\.[^./\\]+$/, '');
  for (const [beside, kind] of [
    [json, 'socorro'],
    [`${base}.extra`, 'socorro'],
    [`${base}.info`, 'jami'],
  ] as const) {
    if (beside === null || beside === name || statOf(beside)?.isFile() !== true) continue;
    const found = fileKind(readFileSync(beside));
    const members = found.kind === 'json' ? asRecord(found.value) : null;
    if (members === null) {
      return {
        fault: `${beside}, the annotations of ${name}, ${found.kind === 'unknown' ? found.problem : 'is no JSON object'}`,
      };
    }
    return { kind, file: name, beside: asAnnotations(members), files: [] };
  }
  return { kind: 'minidump', file: name, beside: [], files: [] };
}

function unreadable(file: string): string | null {
  const stats = statOf(file);
  return stats?.isFile() === true ? null : `the attachment ${file} is not there, or is no file`;
}

function statOf(file: string): Stats | null {
  try {
    return statSync(file);
  } catch {
    return null;
  }
}

function single(made: Made): Plan {
  return 'item' in made ? { items: [made.item], faults: [], remarks: [] } : faulty(made.fault);
}

function faulty(fault: string): Plan {
  return { items: [], faults: [fault], remarks: [] };
}
