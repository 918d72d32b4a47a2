// Tells a module whose symbols were never uploaded from one of which only other builds are here: the usual mistake.
import type { ProcessedReport } from '../../report/processed-report.ts';
import type { SymbolStore } from '../../store/symbols.ts';
import type { NativeDump } from './native-dump.ts';

/** Symbol files by debug file, of the modules that a report lacks symbols of. */
export function countOtherBuilds(
  symbols: Pick<SymbolStore, 'countBuilds'>,
  { missingSymbols }: Pick<ProcessedReport, 'missingSymbols'>,
): Promise<ReadonlyMap<string, number>> {
  return symbols.countBuilds(missingSymbols.map(({ debugFile }) => debugFile));
}

/** The dump with "wrong id" where symbols of other builds are stored. */
export function withOtherBuilds(dump: NativeDump, builds: ReadonlyMap<string, number>): NativeDump {
  if (builds.size === 0) return dump;
  const modules = dump.modules.map((module) => {
    const count = module.debugFile === null ? 0 : (builds.get(module.debugFile) ?? 0);
    if (!module.lacking || count === 0 || module.symbols !== 'not found') return module;
    const words = count === 1 ? 'those of another build are here' : `those of ${count} other builds are here`;
    return { ...module, symbols: `not found: wrong id, ${words}` };
  });
  return { ...dump, modules };
}
