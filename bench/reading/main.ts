// How many of the shared texts are understood, and how many get a title with an expected frame; then the time that hostile
// texts of 64 KB take. Prints what is missed with the first word `miss`.
//
//   node bench/reading/main.ts [cases|native|hostile]
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { processReport } from '../../src/process/pipeline.ts';
import { NO_RULES, productSettings } from '../../src/process/product-settings.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import { SAMPLES } from '../grouping/samples.ts';
import { formReport } from './form-report.ts';
import { hostileTexts } from './hostile-texts.ts';

const SHARED = path.resolve(import.meta.dirname, '../../../shared/data');
const GOAL_MS = 50;
const options = { product: productSettings(NO_RULES), processor: 'bench', now: () => 0 };
const wanted = process.argv[2] ?? '';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function understood(text: string): Promise<ProcessedReport> {
  return processReport(formReport(text), options);
}

async function cases(): Promise<void> {
  const folder = path.join(SHARED, 'grouping/cases');
  const names = readdirSync(folder).filter((name) => name.endsWith('.expected.txt'));
  let right = 0;
  for (const name of names) {
    const expected = readFileSync(path.join(folder, name), 'utf8');
    const contains = /^signature must contain: (.*)$/m.exec(expected)?.[1] ?? '';
    const text = readFileSync(path.join(folder, name.replace('.expected', '')), 'utf8');
    const report = await understood(text);
    const title = report.crashes[0]?.signature ?? '';
    if (report.status === 'processed' && title.includes(contains)) right += 1;
    else say(`miss ${name}: "${title}" for "${contains}"`);
  }
  say(`public traces: ${right} of ${names.length} have the right title`);
}

interface NativeLog {
  readonly id: string;
  readonly state?: readonly string[];
  readonly text: string;
}

/** A name without arguments, templates and white space: the service cuts its names after 80 characters. */
function bare(name: string): string {
  return name.replace(/\(.*$/s, '').replace(/<.*$/s, '').replace(/\s+/g, ' ').trim();
}

async function native(): Promise<void> {
  for (const file of ['sanitizer-and-fuzzer-logs.jsonl', 'debugger-logs.jsonl']) {
    const logs = readFileSync(path.join(SHARED, 'native-text', file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as NativeLog);
    const count = { understood: 0, asked: 0, named: 0, framed: 0 };
    for (const { id, state = [], text } of logs) {
      const report = await understood(text);
      const [crash] = report.crashes;
      const isUnderstood = report.status === 'processed';
      if (isUnderstood) count.understood += 1;
      else say(`miss ${id}: not understood: ${report.problem ?? ''}`);
      const names = state.map((name) => bare(name)).filter((name) => name.length > 1 && name !== 'NULL');
      if (names.length === 0) continue;
      count.asked += 1;
      const title = crash?.signature ?? '';
      const frames = (crash?.exceptions ?? []).flatMap((one) => one.frames.slice(0, 100));
      const isIn = (text2: string): boolean => names.some((name) => text2.includes(name));
      const isFramed = frames.some((frame) =>
        isIn(`${frame.class ?? ''} ${frame.function ?? ''} ${frame.file ?? ''}`),
      );
      if (isFramed || isIn(title)) count.framed += 1;
      if (isIn(title)) count.named += 1;
      else if (isUnderstood)
        say(`miss ${id}: "${title}" for ${JSON.stringify(state)}${isFramed ? ' (a frame has it)' : ''}`);
    }
    say(
      `${file}: ${count.understood} of ${logs.length} understood, ${count.named} of ${count.asked} named by an expected frame, ${count.framed} have one`,
    );
  }
}

/** The same behind a trace: what is understood gets keys and titles, too. */
function behindTraces(): readonly { readonly name: string; readonly text: string }[] {
  return hostileTexts().flatMap(({ name, text }) =>
    (['java', 'javascript', 'c++'] as const).map((language) => ({
      name: `${name}, behind a trace of ${language}`,
      text: `${SAMPLES[language]}\n${text.slice(0, 64 * 1024 - SAMPLES[language].length)}`,
    })),
  );
}

async function hostile(): Promise<void> {
  let worst = 0;
  for (const { name, text } of [...hostileTexts(), ...behindTraces()]) {
    // Time of the processor, and the better of two: other work on the machine only ever slows one down.
    let ms = Infinity;
    let report = null;
    for (let run = 0; run < 2; run += 1) {
      const started = process.threadCpuUsage();
      report = await understood(text);
      const { user, system } = process.threadCpuUsage(started);
      ms = Math.min(ms, (user + system) / 1000);
    }
    worst = Math.max(worst, ms);
    if (ms > GOAL_MS)
      say(`miss ${name}: ${ms.toFixed(1)} ms (${report?.crashes[0]?.signature.slice(0, 60) ?? ''})`);
  }
  say(`hostile texts of 64 KB: the slowest took ${worst.toFixed(1)} ms (goal: ${GOAL_MS} ms)`);
}

if (wanted === '' || wanted === 'cases') await cases();
if (wanted === '' || wanted === 'native') await native();
if (wanted === '' || wanted === 'hostile') await hostile();
