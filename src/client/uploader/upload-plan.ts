// The arguments of `mayday send` → what will be sent. Everything is read and judged here, before anything is sent.
import { readFileSync, readdirSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { markReported } from '../monitor/log-folder.ts';
import { crashkitItem } from './crashkit-item.ts';
import { isAbrtFolder, readAbrtFolder } from './abrt-folder.ts';
import { readApportReport } from './apport-report.ts';
import { belongsToDump, dumpSource, isAdditionalDump } from './beside-dump.ts';
import { crashpadLayout, crashpadReports } from './crashpad-database.ts';
import { crashpadReportsElsewhere } from './crashpad-elsewhere.ts';
import type { Item, ItemSettings, Plan } from './item.ts';
import { fileKind } from './kind.ts';
import { minidumpItem, type ReadDump } from './minidump-item.ts';
import { foreignItem, holdsCrash, panicLogItem } from './panic-log-item.ts';

/** What planning works with. */
export interface PlanTools {
  readonly readDump: ReadDump;
  readonly now: () => number;
}

const MAX_BYTES = 1024 * 1024 * 1024;
/** What may be found in a folder; everything else there is passed over. */
const FOLDER_FILES = /\.(?:dmp|mdmp|json|crash|ips)$|^panic-.*\.log$/i;
/** Reports of Mozilla's clients that wait to be sent lie in this folder of the profile's. */
const MOZILLA_PENDING = 'pending';
/** systemd-coredump's names; the files are core files. */
const CORE_FILE = /^core\.[^.]{1,200}\.\d+\.[0-9a-f]{32}\.\d+\.\d+(?:\.(?:zst|lz4|xz))?$/;
const COREDUMPCTL = 'send what "coredumpctl info PID" prints';
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
  if (layout !== null) return crashpadReportsElsewhere(dir, layout, settings, tools.readDump);
  const names = readdirSync(dir).sort();
  if (isAbrtFolder(names)) return single(foreignItem(dir, readAbrtFolder(dir), settings));
  if (isMozillaFolder(dir, names)) return folder(path.join(dir, MOZILLA_PENDING), settings, tools);
  const problems = names.filter((name) => isAbrtFolder(namesIn(path.join(dir, name))));
  if (problems.length > 0)
    return joined(problems.map((name) => folder(path.join(dir, name), settings, tools)));
  const cores = names.filter((name) => CORE_FILE.test(name));
  if (cores.length > 0)
    return faulty(`${dir} holds core files of systemd-coredump, which are no text: ${COREDUMPCTL}`);
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
  const all = new Set(names);
  const orphans = names.filter((name) => name.endsWith('.info') && !belongsToDump(name, all));
  return {
    items: made.flatMap((result) => ('item' in result ? [result.item] : [])),
    faults: made.flatMap((result) => ('fault' in result ? [result.fault] : [])),
    remarks: orphans.map((name) => `${path.join(dir, name)} has no .dmp beside it and is left out`),
  };
}

/** Reported logs are done, a log that a monitor is writing is not whole, and what belongs to a dump is sent with it. */
function isWanted(name: string, names: readonly string[]): boolean {
  const all = new Set(names);
  return (
    FOLDER_FILES.test(name) &&
    !name.includes('.reported.') &&
    !all.has(`${name}.writing`) &&
    !belongsToDump(name, all) &&
    !isAdditionalDump(name, all)
  );
}

/** `Crash Reports` of a profile of Firefox or Thunderbird. */
function isMozillaFolder(dir: string, names: readonly string[]): boolean {
  return (
    names.includes(MOZILLA_PENDING) &&
    !names.includes('completed') &&
    namesIn(path.join(dir, MOZILLA_PENDING)).some((name) => /\.(?:dmp|extra)$/.test(name))
  );
}

function namesIn(dir: string): readonly string[] {
  return statOf(dir)?.isDirectory() === true ? readdirSync(dir) : [];
}

function joined(plans: readonly Plan[]): Plan {
  return {
    items: plans.flatMap((plan) => plan.items),
    faults: plans.flatMap((plan) => plan.faults),
    remarks: plans.flatMap((plan) => plan.remarks),
  };
}

/** As the monitor marks what it has reported. */
function renamedWhenSent(item: Item): Item {
  return { ...item, arrived: () => markReported(item.name) };
}

function file(name: string, settings: ItemSettings, tools: PlanTools): Made {
  if (statSync(name).size > MAX_BYTES) return { fault: `${name} is larger than ${MAX_BYTES} bytes` };
  const bytes = readFileSync(name);
  const found = fileKind(bytes);
  if (CORE_FILE.test(path.basename(name)))
    return { fault: `${name} is a core file of systemd-coredump: ${COREDUMPCTL}` };
  // A report of Apple's is two JSON texts in one file.
  if (found.kind === 'unknown' && !(found.isText === true && holdsCrash(bytes)))
    return { fault: `${name} ${found.problem}` };
  if (found.kind === 'minidump') {
    const source = dumpSource(name, settings.json);
    return 'fault' in source ? source : minidumpItem(source, settings, tools.readDump);
  }
  if (found.kind === 'json') {
    const made = crashkitItem(name, bytes, found.value, settings);
    // Some programs write their own reports as JSON (Node, older systems of Apple).
    return 'fault' in made && holdsCrash(bytes) ? panicLogItem(name, bytes, settings) : made;
  }
  const apport = found.kind === 'text' ? readApportReport(bytes.toString('utf8')) : null;
  return apport === null ? panicLogItem(name, bytes, settings) : foreignItem(name, apport, settings);
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
