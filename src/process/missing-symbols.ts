// Which symbols a report's stacks asked for in vain, or got only in part, so that the arrival of the rest finds the report.
import type { ProcessedMinidump } from '../formats/crash/processed-minidump.ts';
import type { ProcessedReport } from '../report/processed-report.ts';

const MAX_MODULES = 200;
/** Breakpad's form; a module without a build id has zeros, for which no symbols can ever arrive. */
const DEBUG_ID = /^(?=.*[1-9A-F])[0-9A-F]{33,48}$/i;

/** A time stamp and a size: all that a program of MinGW is found by, which refers to no PDB. */
const PE_CODE_ID = /^[0-9A-F]{9,16}$/i;

function idOf({ debug_id: debugId, code_id: codeId }: ProcessedMinidump['modules'][number]): string | null {
  if (DEBUG_ID.test(debugId)) return debugId.toUpperCase();
  return PE_CODE_ID.test(codeId) ? codeId.toUpperCase() : null;
}

/** Modules of all dumps, each once. */
export function missingSymbolsOf(dumps: Iterable<ProcessedMinidump>): ProcessedReport['missingSymbols'] {
  const missing = new Map<string, ProcessedReport['missingSymbols'][number]>();
  for (const { modules, mayday } of dumps) {
    for (const [index, module] of modules.entries()) {
      const state = mayday.modules[index];
      if (state === undefined || missing.size >= MAX_MODULES) continue;
      // Where only one half of a build is here the report gets better when the other one comes.
      if (!['missing', 'no_debug_id'].includes(state.symbols) && !state.partial) continue;
      const { filename, code_id: codeId } = module;
      const debugId = idOf(module);
      const debugFile = module.debug_file === '' ? filename : module.debug_file;
      if (debugFile === '' || debugId === null) continue;
      missing.set(`${debugFile}/${debugId}`, {
        debugFile,
        debugId,
        codeFile: filename === '' ? null : filename,
        codeId: codeId === '' ? null : codeId,
      });
    }
  }
  return [...missing.values()];
}
