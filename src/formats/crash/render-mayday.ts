// What the processed minidump has beyond the schema that other tools share.
import { formatAddress } from '../minidump/cpu.ts';
import type { Minidump } from '../minidump/minidump.ts';
import { hex32 } from '../minidump/reason/hex.ts';
import type { CrashpadInfo } from '../minidump/streams/crashpad-info.ts';
import type { CrashFacts } from './crash-facts.ts';
import { baseName } from './module-names.ts';
import { MAYDAY_FORMAT, type MaydayJson, type MaydayThreadJson } from './processed-minidump.ts';
import { type SymbolStates, renderModuleStates } from './render-modules.ts';
import { renderWalkStates } from './render-threads.ts';
import type { ThreadWalks } from './thread-walks.ts';

/** What the renderer is given. */
export interface MaydayParts {
  readonly dump: Minidump;
  readonly facts: CrashFacts | null;
  readonly walks: ThreadWalks;
  readonly symbolStates: SymbolStates;
  readonly error: string | null;
}

/** The object under `mayday`. */
export function renderMayday({ dump, facts, walks, symbolStates, error }: MaydayParts): MaydayJson {
  const threads = renderWalkStates(walks);
  return {
    format: MAYDAY_FORMAT,
    error,
    time: new Date(dump.header.timestamp * 1000).toISOString(),
    exception: renderException(dump),
    assertion: dump.assertion,
    crashpad: dump.crashpadInfo === null ? null : renderCrashpad(dump.crashpadInfo, dump),
    crash_mapping: renderMapping(facts),
    threads,
    modules: renderModuleStates(dump, symbolStates),
    streams: dump.streams.map((stream) => ({
      type: hex32(stream.type),
      name: stream.name,
      vendor: stream.vendor,
      size: stream.size,
      rva: hex32(stream.rva),
      support: stream.support,
    })),
    limits_hit: limitsHit(threads),
    notes: dump.notes,
  };
}

function renderException(dump: Minidump): MaydayJson['exception'] {
  const { exception } = dump;
  if (exception === null) return null;
  return {
    thread_id: exception.threadId,
    code: hex32(exception.code),
    flags: hex32(exception.flags),
    address: formatAddress(exception.address, 'unknown'),
    parameters: exception.parameters
      .slice(0, exception.parameterCount)
      .map((value) => formatAddress(value, 'unknown')),
  };
}

function renderCrashpad(info: CrashpadInfo, dump: Minidump): MaydayJson['crashpad'] {
  return {
    report_id: info.reportId,
    client_id: info.clientId,
    annotations: Object.fromEntries(info.annotations),
    modules: info.modules.map((annotations) => {
      const module = dump.modules[annotations.moduleIndex];
      return {
        module: module === undefined ? null : baseName(module.codeFile),
        list_annotations: annotations.list,
        simple_annotations: Object.fromEntries(annotations.simple),
        annotation_objects: annotations.objects,
      };
    }),
  };
}

function renderMapping(facts: CrashFacts | null): MaydayJson['crash_mapping'] {
  const mapping = facts?.mappings.at(facts.address) ?? null;
  if (facts === null || mapping === null) return null;
  const letter = (has: boolean, name: string): string => (has ? name : '-');
  return {
    base_addr: formatAddress(mapping.base, facts.system.cpu),
    end_addr: formatAddress(mapping.base + mapping.size, facts.system.cpu),
    permissions:
      letter(mapping.readable, 'r') + letter(mapping.writable, 'w') + letter(mapping.executable, 'x'),
    name: mapping.name,
  };
}

function limitsHit(threads: readonly MaydayThreadJson[]): string[] {
  const limits = threads.flatMap(({ notes }) =>
    notes.filter((note) => note.endsWith('_limit') || note === 'deadline'),
  );
  return [...new Set(limits)].sort();
}
