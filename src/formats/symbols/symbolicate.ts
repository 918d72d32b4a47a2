// Mozilla's symbolication API, versions 5 and 4, as a function from a request to an answer over a symbol provider.
import type { InlinedCall, ModuleSymbols, SourceLocation } from './module-symbols.ts';
import { type CheckedRequest, checkSymbolicateRequest, type SymbolicateJob } from './symbolicate-request.ts';
import type { SymbolProvider } from './symbol-provider.ts';

/** What the HTTP side sends back, as JSON. */
export type SymbolicateAnswer = { readonly status: 200 | 400; readonly body: object };

/** One inlined call of a version 5 answer. */
type InlineAnswer = { readonly function: string; readonly file?: string; readonly line?: number };

/** One frame of a version 5 answer; offsets are hexadecimal with `0x`. */
export type SymbolicatedFrame = {
  readonly frame: number;
  readonly module: string;
  readonly module_offset: string;
  readonly function?: string;
  readonly function_offset?: string;
  readonly file?: string;
  readonly line?: number;
  readonly inlines?: readonly InlineAnswer[];
};

/** A job's answer; a module that no frame asked about is null. */
type JobResult = {
  readonly stacks: readonly (readonly SymbolicatedFrame[])[];
  readonly found_modules: Readonly<Record<string, boolean | null>>;
};

const UNKNOWN_MODULE = '<unknown>';

/** Answers `POST /symbolicate/v5`; `text` is the body. */
export async function symbolicateV5(text: string, provider: SymbolProvider): Promise<SymbolicateAnswer> {
  const checked = parseAndCheck(text, 5);
  if (!checked.ok) return { status: 400, body: { title: checked.title } };
  const modules = new RequestModules(provider);
  const results: JobResult[] = [];
  for (const job of checked.jobs) results.push(await symbolicateJob(job, modules));
  return { status: 200, body: { results } };
}

/** Answers `POST /symbolicate/v4`: one job, names only. */
export async function symbolicateV4(text: string, provider: SymbolProvider): Promise<SymbolicateAnswer> {
  const checked = parseAndCheck(text, 4);
  if (!checked.ok) return { status: 400, body: { title: checked.title } };
  const [job] = checked.jobs;
  if (job === undefined) return { status: 400, body: { title: 'job 0 is invalid' } };
  const result = await symbolicateJob(job, new RequestModules(provider));
  return {
    status: 200,
    body: {
      symbolicatedStacks: result.stacks.map((stack) =>
        stack.map((frame) => `${frame.function ?? frame.module_offset} (in ${frame.module})`),
      ),
      knownModules: job.memoryMap.map(([file, id]) => result.found_modules[`${file}/${id}`] ?? null),
    },
  };
}

function parseAndCheck(text: string, version: 4 | 5): CheckedRequest {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return { ok: false, title: 'Payload is not valid JSON' };
  }
  return checkSymbolicateRequest(payload, version);
}

/** The symbols that one request needs, each module loaded once. */
class RequestModules {
  private readonly provider: SymbolProvider;
  private readonly loaded = new Map<string, ModuleSymbols | null>();

  constructor(provider: SymbolProvider) {
    this.provider = provider;
  }

  async load(debugFile: string, debugId: string): Promise<ModuleSymbols | null> {
    const key = `${debugFile}/${debugId}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    let symbols: ModuleSymbols | null = null;
    try {
      symbols = await this.provider.load({ debugFile, debugId, codeFile: null, codeId: null });
    } catch {
      // A provider that fails has no symbols now: the answer says so for this module and is right for the others.
    }
    this.loaded.set(key, symbols);
    return symbols;
  }
}

async function symbolicateJob(job: SymbolicateJob, modules: RequestModules): Promise<JobResult> {
  const found = new Map<string, boolean | null>(job.memoryMap.map(([file, id]) => [`${file}/${id}`, null]));
  const stacks: SymbolicatedFrame[][] = [];
  for (const stack of job.stacks) {
    const frames: SymbolicatedFrame[] = [];
    for (const [index, [moduleIndex, offset]] of stack.entries()) {
      const [debugFile, debugId] = job.memoryMap[moduleIndex] ?? ['', ''];
      let symbols: ModuleSymbols | null = null;
      if (debugFile !== '' && debugId !== '') {
        symbols = await modules.load(debugFile, debugId);
        found.set(`${debugFile}/${debugId}`, symbols !== null);
      }
      frames.push(frameOf(index, debugFile, offset, symbols));
    }
    stacks.push(frames);
  }
  return { stacks, found_modules: Object.fromEntries(found) };
}

function frameOf(
  index: number,
  debugFile: string,
  offset: number,
  symbols: ModuleSymbols | null,
): SymbolicatedFrame {
  const location = symbols === null || offset < 0 ? null : symbols.locate(offset);
  const bare = {
    frame: index,
    // On Windows the symbols know what the module itself is called.
    module: symbols?.facts.codeFile ?? (debugFile === '' ? UNKNOWN_MODULE : debugFile),
    module_offset: hex(offset),
  };
  if (location === null) return bare;
  return {
    ...bare,
    function: location.function,
    function_offset: hex(offset - location.functionOffset),
    ...place(location),
    ...(location.inlines.length > 0 ? { inlines: location.inlines.map(inlineOf) } : {}),
  };
}

function inlineOf(call: InlinedCall): InlineAnswer {
  return { function: call.function, ...place(call) };
}

/** A line without its file says nothing. */
function place({ file, line }: Pick<SourceLocation, 'file' | 'line'>): { file?: string; line?: number } {
  if (file === null) return {};
  return line === null ? { file } : { file, line };
}

function hex(value: number): string {
  return value < 0 ? `-0x${BigInt(-value).toString(16)}` : `0x${BigInt(value).toString(16)}`;
}
