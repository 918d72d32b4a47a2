// A processed minidump as text for people: the layout of minidump-stackwalk's human output, made from the report.
import { INCONSISTENCY_TEXT, type Inconsistency } from './inconsistencies.ts';
import type { CrashInfoJson, ProcessedMinidump } from './processed-minidump.ts';
import { stackLines } from './text-frames.ts';

/** The whole report as text, ending in a line feed. */
export function renderText(original: ProcessedMinidump): string {
  const report = printable(original);
  const sections = [
    statusSection(report),
    systemSection(report),
    crashSection(report),
    processSection(report),
    annotationSection(report),
    ...threadSections(report),
    moduleSection(report),
    unloadedSection(report),
    streamSection(report),
    noteSection(report),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${text.join('\n\n')}\n`;
}

// Control characters, and those that turn the direction of text around.
// oxlint-disable-next-line no-control-regex -- control characters are what is replaced
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Names come from the dump: as they are they could fake lines, or command the terminal of whoever reads this. */
function printable<T>(value: T): T {
  if (typeof value === 'string') {
    return value.replace(
      UNPRINTABLE,
      (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ) as T;
  }
  // What is harmless stays as it is: a copy of a large report would double the memory that it takes.
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => printable(item));
    return items.every((item, index) => item === value[index]) ? value : (items as T);
  }
  if (typeof value !== 'object' || value === null) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, unknown] => {
    const entry: [string, unknown] = [printable(key), printable(item)];
    changed ||= entry[0] !== key || entry[1] !== item;
    return entry;
  });
  return changed ? (Object.fromEntries(entries) as T) : value;
}

function statusSection({ status, mayday }: ProcessedMinidump): string[] {
  return status === 'OK' ? [] : [`Status: ${status}: ${mayday.error ?? 'unknown'}`];
}

function systemSection({ system_info: system, lsb_release: lsb }: ProcessedMinidump): string[] {
  if (system === null) return [];
  const lines = [`Operating system: ${system.os}`];
  if (system.os_ver !== null) lines.push(`                  ${system.os_ver}`);
  lines.push(`CPU: ${system.cpu_arch}`);
  if (system.cpu_info !== null) lines.push(`     ${system.cpu_info}`);
  lines.push(`     ${system.cpu_count} CPU${system.cpu_count === 1 ? '' : 's'}`);
  if (lsb !== null) lines.push(`Linux ${lsb.id} ${lsb.release} - ${lsb.codename} (${lsb.description})`);
  return lines;
}

function crashSection({ crash_info: crash, mac_crash_info: mac, mayday }: ProcessedMinidump): string[] {
  const lines: string[] = [];
  if (crash.type === null) lines.push('No crash');
  else {
    const adjusted = crash.adjusted_address;
    lines.push(
      `Crash reason:  ${crash.type}`,
      `Crash address: ${crash.address}${adjusted === null ? '' : ' **'}`,
    );
    if (adjusted?.kind === 'null-pointer') {
      lines.push(`    ** Null pointer detected with offset: ${adjusted.offset}`);
    }
    if (adjusted?.kind === 'non-canonical') {
      lines.push(`    ** Non-canonical address detected: ${adjusted.address}`);
    }
    const mapping = mayday.crash_mapping;
    if (mapping !== null) {
      lines.push(
        `    in ${mapping.base_addr}-${mapping.end_addr} ${mapping.permissions} ${mapping.name}`.trimEnd(),
      );
    }
    lines.push(...instructionLines(crash), ...doubtLines(crash));
  }
  if (crash.assertion !== null) lines.push(`Assertion: ${crash.assertion}`);
  for (const [index, record] of (mac?.records ?? []).entries()) {
    lines.push(`Mac crash info record ${index}`);
    for (const [name, value] of Object.entries(record)) {
      if (value !== null && value !== '') lines.push(`    ${name.replaceAll('_', ' ')}: ${value}`);
    }
  }
  return lines;
}

function instructionLines(crash: CrashInfoJson): string[] {
  if (crash.instruction === null) return [];
  const lines = [`Crashing instruction: \`${crash.instruction}\``];
  const accesses = crash.memory_accesses ?? [];
  lines.push(accesses.length === 0 ? 'No memory accessed by instruction' : 'Memory accessed by instruction:');
  for (const [index, access] of accesses.entries()) {
    lines.push(`  ${index}. Address: ${access.address}`, `     Size: ${access.size ?? 'unknown'}`);
    if (access.is_likely_guard_page === true) lines.push('     This address falls in a likely guard page.');
    if (access.access_type !== undefined) lines.push(`     Access type: ${access.access_type}`);
  }
  const update = crash.instruction_pointer_update;
  if (update !== null) lines.push(`Instruction continues at: ${update.address}`);
  return lines;
}

function doubtLines(crash: CrashInfoJson): string[] {
  const lines: string[] = [];
  const flips = [...(crash.possible_bit_flips ?? [])].sort((a, b) => b.confidence - a.confidence);
  if (flips.length > 0) lines.push('Crashing address may be the result of a flipped bit:');
  for (const [index, flip] of flips.entries()) {
    const register = flip.source_register === null ? '' : `${flip.source_register}=`;
    lines.push(`  ${index}. Valid address: ${register}${flip.address} (${flip.confidence.toFixed(3)})`);
  }
  const contradictions = crash.crash_inconsistencies ?? [];
  if (contradictions.length > 0) lines.push('Crash is inconsistent:');
  for (const name of contradictions) lines.push(`  ${INCONSISTENCY_TEXT[name as Inconsistency] ?? name}`);
  return lines;
}

function processSection(report: ProcessedMinidump): string[] {
  const lines: string[] = [];
  if (report.mayday.time !== null) lines.push(`Crash time: ${report.mayday.time}`);
  if (report.pid !== null) lines.push(`Process id: ${report.pid}`);
  const uptime = report.process_uptime;
  if (report.mayday.time !== null) {
    lines.push(`Process uptime: ${uptime === null ? 'not available' : `${uptime} seconds`}`);
  }
  if (report.linux_memory_map_count !== null) {
    lines.push(`Linux memory map count: ${report.linux_memory_map_count}`);
  }
  if (report.mac_boot_args !== null) lines.push(`Mac boot args: ${report.mac_boot_args}`);
  return lines;
}

function annotationSection({ mayday: { crashpad } }: ProcessedMinidump): string[] {
  if (crashpad === null) return [];
  const lines = [`Crashpad report: ${crashpad.report_id}, client: ${crashpad.client_id}`];
  for (const [key, value] of Object.entries(crashpad.annotations)) lines.push(`  ${key} = ${value}`);
  for (const module of crashpad.modules) {
    const values = [
      ...Object.entries(module.simple_annotations).map(([key, value]) => `${key} = ${value}`),
      ...module.annotation_objects.map(({ name, value }) => `${name} = ${value ?? '(not text)'}`),
      ...module.list_annotations,
    ];
    if (values.length > 0) lines.push(`  ${module.module ?? '???'}:`, ...values.map((line) => `    ${line}`));
  }
  return lines;
}

function threadSections(report: ProcessedMinidump): string[][] {
  const { threads, crashing_thread: crashing, mayday } = report;
  const first = report.crash_info.crashing_thread ?? undefined;
  const order = threads.map((_, index) => index).filter((index) => index !== first);
  if (first !== undefined) order.unshift(first);
  return order.flatMap((index) => {
    const thread = threads[index];
    if (thread === undefined) return [];
    const name = thread.thread_name === null || thread.thread_name === '' ? '' : ` ${thread.thread_name}`;
    const why = report.crash_info.type === null ? 'requested dump, did not crash' : 'crashed';
    const mark = index === first ? ` (${why})` : '';
    const error = thread.last_error_value === null ? '' : `, last error ${thread.last_error_value}`;
    const registers = index === first ? crashing?.frames[0]?.registers : undefined;
    return [
      [
        `Thread ${index}${name}${mark} - tid: ${thread.thread_id}${error}`,
        ...stackLines(thread, mayday.threads[index], registers),
      ],
    ];
  });
}

function moduleSection({ modules, mayday, main_module: main }: ProcessedMinidump): string[] {
  if (modules.length === 0) return [];
  const rows = modules.map((module, index) => {
    const state = mayday.modules[index]?.symbols ?? 'not_asked';
    const symbols = state === 'not_asked' ? '' : `  [symbols: ${state.replaceAll('_', ' ')}]`;
    const isMain = index === main ? '  (main)' : '';
    const version = module.version ?? '???';
    return `${module.base_addr} - ${module.end_addr}  ${module.filename}  ${version}  ${module.debug_id}${isMain}${symbols}`;
  });
  return ['Loaded modules:', ...rows.sort()];
}

function unloadedSection({ unloaded_modules: unloaded }: ProcessedMinidump): string[] {
  if (unloaded.length === 0) return [];
  const rows = unloaded.map((module) => `${module.base_addr} - ${module.end_addr}  ${module.filename}`);
  return ['Unloaded modules:', ...rows.sort()];
}

function streamSection({ mayday: { streams } }: ProcessedMinidump): string[] {
  const rows = streams
    .filter((stream) => stream.support !== 'read')
    .map(({ type, name, vendor, rva }) => `Stream ${type} ${name ?? 'unknown'} (${vendor}) @ ${rva}`);
  return rows.length === 0 ? [] : ['Streams that are not read:', ...rows];
}

function noteSection({ mayday: { notes } }: ProcessedMinidump): string[] {
  return notes.length === 0 ? [] : ['Notes:', ...notes.map(({ part, text }) => `  ${part}: ${text}`)];
}
