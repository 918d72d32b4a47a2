// Modules, loaded and unloaded, in the words of the JSON schema.
import { type CpuKind, formatAddress } from '../minidump/cpu.ts';
import type { Minidump } from '../minidump/minidump.ts';
import type { ModuleSymbolState } from '../stackwalk/walk.ts';
import { baseName } from './module-names.ts';
import type { MaydayModuleJson, ModuleJson, UnloadedModuleJson } from './processed-minidump.ts';

/** How the schema prints "no debug id". Nothing may ever be looked up by it. */
const NIL_DEBUG_ID = '0'.repeat(33);

/** States of the symbols of each module, or null where no symbols were to be had at all. */
export type SymbolStates = readonly ModuleSymbolState[] | null;

/** The `modules` of the report. */
export function renderModules(dump: Minidump, states: SymbolStates): ModuleJson[] {
  const cpu = cpuOf(dump);
  return dump.modules.map((module, index) => {
    const state = states?.[index];
    return {
      base_addr: formatAddress(module.base, cpu),
      end_addr: formatAddress(module.base + module.size, cpu),
      filename: baseName(module.codeFile),
      code_id: module.codeId ?? '',
      debug_file: baseName(module.debugFile),
      debug_id: module.debugId ?? NIL_DEBUG_ID,
      version: module.version,
      cert_subject: null,
      missing_symbols: state !== undefined && state.state !== 'not_asked' && state.state !== 'loaded',
      loaded_symbols: state?.state === 'loaded',
      corrupt_symbols: state?.state === 'loaded' && state.corrupt,
      symbol_url: null,
    };
  });
}

/** The `unloaded_modules` of the report. */
export function renderUnloadedModules(dump: Minidump): UnloadedModuleJson[] {
  const cpu = cpuOf(dump);
  return dump.unloadedModules.map((module) => ({
    base_addr: formatAddress(module.base, cpu),
    end_addr: formatAddress(module.base + module.size, cpu),
    filename: module.codeFile,
    code_id: module.codeId,
    cert_subject: null,
  }));
}

/** What Mayday adds for each module. */
export function renderModuleStates(dump: Minidump, states: SymbolStates): MaydayModuleJson[] {
  return dump.modules.map((module, index) => {
    const state = states?.[index] ?? { state: 'not_asked' as const };
    return {
      code_file: module.codeFile,
      symbols: module.debugId === null && state.state !== 'loaded' ? 'no_debug_id' : state.state,
      has_cfi: state.state === 'loaded' ? state.hasCfi : null,
      partial: state.state === 'loaded' && state.isPartial,
      skipped_lines: state.state === 'loaded' ? state.skippedLines : 0,
    };
  });
}

function cpuOf(dump: Minidump): CpuKind {
  return dump.systemInfo?.cpu ?? 'unknown';
}
