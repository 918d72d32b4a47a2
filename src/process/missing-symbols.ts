// Which symbols a report's stacks asked for in vain, so that their arrival finds the report.
import type { ProcessedMinidump } from '../formats/crash/processed-minidump.ts';
import type { ProcessedReport } from '../report/processed-report.ts';

const MAX_MODULES = 200;
/** Breakpad's form; a module without a build id has zeros, for which no symbols can ever arrive. */
const DEBUG_ID = /^(?=.*[1-9A-F])[0-9A-F]{33,48}$/i;

/** Modules of all dumps, each once. */
export function missingSymbolsOf(dumps: Iterable<ProcessedMinidump>): ProcessedReport['missingSymbols'] {
  const missing = new Map<string, ProcessedReport['missingSymbols'][number]>();
  for (const { modules, mayday } of dumps) {
    for (const [index, module] of modules.entries()) {
      if (mayday.modules[index]?.symbols !== 'missing' || missing.size >= MAX_MODULES) continue;
      const { debug_file: debugFile, debug_id: debugId, filename, code_id: codeId } = module;
      if (debugFile === '' || !DEBUG_ID.test(debugId)) continue;
      missing.set(`${debugFile}/${debugId}`, {
        debugFile,
        debugId: debugId.toUpperCase(),
        codeFile: filename === '' ? null : filename,
        codeId: codeId === '' ? null : codeId,
      });
    }
  }
  return [...missing.values()];
}
