// Runs a language's sample application as a child process, and says whether its runtime is here.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LANGUAGES } from './languages.ts';
import type { Language } from './languages.ts';

const CLIENTS = path.resolve(import.meta.dirname, '..');

/** A sample that may still run. */
export interface RunningSample {
  readonly process: ChildProcess;
  readonly finished: Promise<SampleResult>;
}

/** What a sample did. `code` is null after a signal. */
export interface SampleResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A language whose runtime is here and whose sample is compiled. */
export interface ReadyLanguage {
  readonly language: Language;
  start(scenario: string, variables: Readonly<Record<string, string>>): RunningSample;
  run(scenario: string, variables: Readonly<Record<string, string>>): Promise<SampleResult>;
}

/** The language with that folder name; it must be in the list. */
export function languageNamed(name: string): Language {
  const language = LANGUAGES.find((candidate) => candidate.name === name);
  if (language === undefined) throw new Error(`${name} is not in clients/contract/languages.ts`);
  return language;
}

/**
 * Why the language cannot be tested here, or null. In CI a missing runtime is an error, not a reason: throws.
 */
export function missingRuntime(language: Language): string | null {
  for (const [command = '', ...parameters] of language.probes) {
    const probe = spawnSync(command, parameters, {
      cwd: path.join(CLIENTS, language.name),
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (probe.status === 0) continue;
    const why = probe.error === undefined ? `exit code ${String(probe.status)}` : probe.error.message;
    const reason = `${language.name}: no usable runtime (${command}: ${why}); see scripts/install-runtimes.sh`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    return reason;
  }
  return null;
}

/** Compiles the sample where the language needs it. Throws with the compiler's words. */
export function prepareLanguage(language: Language): ReadyLanguage {
  const folder = path.join(CLIENTS, language.name);
  if (!existsSync(folder)) throw new Error(`clients/${language.name} does not exist`);
  const build = mkdtempSync(path.join(tmpdir(), `mayday-${language.name}-`));
  const filled = (words: readonly string[]): string[] => words.map((word) => word.replace('{build}', build));
  for (const words of language.prepare) {
    const [command = '', ...parameters] = filled(words);
    const done = spawnSync(command, parameters, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    if (done.status !== 0) throw new Error(`${command} failed:\n${done.stdout}${done.stderr}`);
  }
  const start = (scenario: string, variables: Readonly<Record<string, string>>): RunningSample =>
    startProcess([...filled(language.run), scenario], folder, variables);
  const plain = (result: SampleResult): SampleResult =>
    language.varies === undefined
      ? result
      : { ...result, stderr: result.stderr.replaceAll(language.varies, '?') };
  return {
    language,
    start,
    run: async (scenario, variables) => plain(await start(scenario, variables).finished),
  };
}

/** Starts any command in a folder, with the variables of the contract beside the given ones. */
export function startProcess(
  words: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>>,
): RunningSample {
  const [command = '', ...parameters] = words;
  const startedAt = Date.now();
  const child = spawn(command, parameters, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LANG: 'C.UTF-8',
      SAMPLE_PASSWORD: 'hunter2',
      SAMPLE_URL: 'https://someone:hunter2@example.com/',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 150_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = new Promise<SampleResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, durationMs: Date.now() - startedAt }));
  });
  return { process: child, finished };
}
