// Checks the requests of Mozilla's symbolication API (Eliot; versions 4 and 5). Titles of refusals are Eliot's, because
// its clients show and match them.

/** One frame of a request: an index into the job's modules, or -1, and an offset, or -1. */
export type RequestedFrame = readonly [moduleIndex: number, offset: number];

/** One job: modules and the stacks that refer to them. */
export type SymbolicateJob = {
  readonly memoryMap: readonly (readonly [debugFile: string, debugId: string])[];
  readonly stacks: readonly (readonly RequestedFrame[])[];
};

/** The jobs of a request, or the title with which to refuse it (status 400). */
export type CheckedRequest =
  | { readonly ok: true; readonly jobs: readonly SymbolicateJob[] }
  | { readonly ok: false; readonly title: string };

/** Most jobs in one request. */
const MAX_JOBS = 10;

const DEBUG_FILE = /^[A-Za-z0-9_.+{}@<> ~-]*$/;
const DEBUG_ID = /^[A-Fa-f0-9]*$/;

/** Checks a parsed body. Version 4 is always one job; in version 5 a body without `jobs` is one. */
export function checkSymbolicateRequest(payload: unknown, version: 4 | 5): CheckedRequest {
  const jobs = version === 5 && isObject(payload) && 'jobs' in payload ? payload['jobs'] : [payload];
  if (!Array.isArray(jobs)) return { ok: false, title: 'jobs must be a list' };
  if (jobs.length > MAX_JOBS) {
    return { ok: false, title: `please limit number of jobs in a single request to <= ${MAX_JOBS}` };
  }
  for (const [index, job] of jobs.entries()) {
    const fault = faultOfJob(job);
    if (fault !== null) return { ok: false, title: `job ${index} ${fault}` };
  }
  return { ok: true, jobs: jobs as SymbolicateJob[] };
}

function faultOfJob(job: unknown): string | null {
  if (!isObject(job)) return 'is invalid';
  if (!('stacks' in job)) return 'is invalid: no stacks specified';
  if (!('memoryMap' in job)) return 'is invalid: no memoryMap specified';
  const { memoryMap, stacks } = job;
  const modulesFault = faultOfModules(memoryMap);
  if (modulesFault !== null) return `has invalid modules: ${modulesFault}`;
  const stacksFault = faultOfStacks(stacks, (memoryMap as unknown[]).length);
  return stacksFault === null ? null : `has invalid stacks: ${stacksFault}`;
}

function faultOfModules(modules: unknown): string | null {
  if (!Array.isArray(modules)) return 'modules must be a list';
  for (const [index, module] of modules.entries()) {
    if (!Array.isArray(module) || module.length !== 2) {
      return `module index ${index} does not have a debug_filename and debug_id`;
    }
    const [debugFile, debugId]: unknown[] = module;
    if (typeof debugFile !== 'string' || !DEBUG_FILE.test(debugFile)) {
      return `module index ${index} has an invalid debug_filename`;
    }
    if (typeof debugId !== 'string' || !DEBUG_ID.test(debugId)) {
      return `module index ${index} has an invalid debug_id`;
    }
  }
  return null;
}

function faultOfStacks(stacks: unknown, moduleCount: number): string | null {
  if (!Array.isArray(stacks)) return 'stacks must be a list of lists';
  if (stacks.length === 0) return 'no stacks specified';
  for (const [stackIndex, stack] of stacks.entries()) {
    if (!Array.isArray(stack)) return `stack ${stackIndex} is not a list`;
    for (const [frameIndex, frame] of stack.entries()) {
      const fault = faultOfFrame(frame, moduleCount);
      if (fault !== null) return `stack ${stackIndex} frame ${frameIndex} ${fault}`;
    }
  }
  return null;
}

function faultOfFrame(frame: unknown, moduleCount: number): string | null {
  if (!Array.isArray(frame) || frame.length !== 2) return 'is not a list of two items';
  const [moduleIndex, offset]: unknown[] = frame;
  if (!isInteger(moduleIndex)) return 'has an invalid module_index';
  if (moduleIndex < -1 || moduleIndex >= moduleCount) return "has a module_index that isn't in modules";
  return isInteger(offset) && offset >= -1 ? null : 'has an invalid module_offset';
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
