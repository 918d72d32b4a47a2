// How well crashes become bugs, measured on texts of which it is known what belongs together, beside simple ways of grouping.
//
//   node bench/grouping/main.ts [--all]     --all: names every pair that is wrong
import { BASELINES, groupBySimilarity, plainTrace } from './baselines.ts';
import { clusteringScores, type ClusteringScores } from './clustering-scores.ts';
import { leftOutKeys } from './cross-validation.ts';
import { crashOfOccurrence, crashOfText } from './crash-of-text.ts';
import { equivalenceClasses, knownTraces, type KnownTrace } from './known-bugs.ts';
import { MESSAGE_CARRIERS, MESSAGE_KINDS } from './message-kinds.ts';
import { METAMORPHIC_CHANGES, withLinesShifted } from './metamorphic-changes.ts';
import { isNamedBy, nativeLogs } from './native-logs.ts';
import { SAMPLE_LANGUAGES, SAMPLES } from './samples.ts';

const namesAll = process.argv.includes('--all');
const out = (line: string): void => void process.stdout.write(`${line}\n`);

async function keyOf(text: string): Promise<string> {
  const { grouping } = await crashOfText(text);
  // What was not understood is in no group that counts.
  return grouping.source === 'unprocessable' ? 'not understood' : grouping.key;
}

async function equivalence(): Promise<void> {
  const classes = equivalenceClasses();
  const right = { same: 0, differ: 0 };
  const wrong: string[] = [];
  for (const { must, language, name, texts } of classes) {
    const keys = await Promise.all(texts.map((text) => keyOf(text)));
    const distinct = new Set(keys).size;
    const isRight = !keys.includes('not understood') && distinct === (must === 'same' ? 1 : texts.length);
    if (isRight) right[must] += 1;
    else
      wrong.push(
        `must ${must}, ${language}: ${name}${keys.includes('not understood') ? ' (not understood)' : ''}`,
      );
  }
  out(
    `\nEquivalence classes: ${right.same + right.differ} of ${classes.length} right (${right.same} together, ${right.differ} apart)`,
  );
  for (const line of wrong) out(`- ${line}`);
}

async function metamorphic(): Promise<void> {
  out('\n| change | languages with the same key | not |\n| --- | ---: | --- |');
  for (const { name, apply } of METAMORPHIC_CHANGES) {
    const failed: string[] = [];
    let asked = 0;
    for (const language of SAMPLE_LANGUAGES) {
      const changed = apply(SAMPLES[language], language);
      if (changed === null) continue;
      asked += 1;
      const [before, after] = [await keyOf(SAMPLES[language]), await keyOf(changed)];
      if (before !== after || before === 'not understood') failed.push(language);
    }
    out(`| ${name} | ${asked - failed.length} of ${asked} | ${failed.join(', ')} |`);
  }
  const traces = knownTraces();
  if (traces.length === 0) return;
  out('\n| change of the traces of known bugs | same key |\n| --- | ---: |');
  for (const { name, apply } of METAMORPHIC_CHANGES) {
    let asked = 0;
    let same = 0;
    for (const { text } of traces) {
      const changed = [
        'thread and its name',
        'numbers in the message',
        'another caller',
        'another folder',
      ].includes(name)
        ? null
        : apply(text, 'java');
      if (changed === null || changed === text) continue;
      asked += 1;
      if ((await keyOf(text)) === (await keyOf(changed))) same += 1;
    }
    if (asked > 0) out(`| ${name} | ${((100 * same) / asked).toFixed(1)} % of ${asked} |`);
  }
}

async function folding(): Promise<void> {
  out('\n| kinds of values folded in | of | not |\n| --- | ---: | --- |');
  for (const [carrier, textOf] of MESSAGE_CARRIERS) {
    const failed: string[] = [];
    for (const [kind, one, other] of MESSAGE_KINDS) {
      const [a, b] = [await keyOf(textOf(one)), await keyOf(textOf(other))];
      if (a !== b || a === 'not understood') failed.push(kind);
    }
    const folded = MESSAGE_KINDS.length - failed.length;
    out(
      `| ${carrier} | ${folded} of ${MESSAGE_KINDS.length} | ${failed.length > 8 ? `${failed.length} kinds` : failed.join(', ')} |`,
    );
  }
}

/** A trace as CrashKit's Java client sends it. */
function occurrenceOf(text: string): unknown {
  const exceptions: { name: string; message: string; locations: object[] }[] = [];
  for (const line of text.split('\n')) {
    const frame = /^\s*at ([\w.$<>]+)\.([\w$<>]+)\(([^():]*):?(\d*)\)/.exec(line);
    if (frame !== null) {
      const [, owner = '', method = '', file = '', digits = ''] = frame;
      const dot = owner.lastIndexOf('.');
      exceptions.at(-1)?.locations.push({
        package: owner.slice(0, Math.max(0, dot)),
        class: owner.slice(dot + 1),
        method,
        file,
        line: Number(digits),
      });
      continue;
    }
    const header = /^(?:Caused by: )?([\w.$]+)(?:: (.*))?$/.exec(line.trim());
    if (header !== null && (exceptions.length === 0 || line.startsWith('Caused by: ')))
      exceptions.push({ name: header[1] ?? '', message: header[2] ?? '', locations: [] });
  }
  return { language: 'java', exceptions: exceptions.toReversed() };
}

function row(name: string, scores: ClusteringScores): string {
  const { bcubed, precision, recall, pairwise } = scores;
  return `| ${name} | ${[bcubed, precision, recall, pairwise].map((value) => value.toFixed(3)).join(' | ')} |`;
}

function scored(traces: readonly KnownTrace[], groups: readonly string[]): ClusteringScores {
  return clusteringScores(
    traces.map(({ project, bug }, index) => ({ group: `${project} ${groups[index] ?? ''}`, label: bug })),
  );
}

async function knownBugs(): Promise<void> {
  const traces = knownTraces();
  if (traces.length === 0) return out('\nThe traces of known bugs are not beside this checkout.');
  const bugs = new Set(traces.map(({ bug }) => bug)).size;
  out(`\n| ${traces.length} traces of ${bugs} known bugs | B-cubed F | precision | recall | pairwise F1 |`);
  out('| --- | ---: | ---: | ---: | ---: |');
  const keys = await Promise.all(traces.map(({ text }) => keyOf(text)));
  out(row('**Mayday**', scored(traces, keys)));
  const later = traces.map((trace, index) =>
    index % 2 === 0 ? trace : { ...trace, text: withLinesShifted(trace.text) },
  );
  out(
    row(
      'Mayday, half of them one release later',
      scored(traces, await Promise.all(later.map(({ text }) => keyOf(text)))),
    ),
  );
  const sent = async (list: readonly KnownTrace[]): Promise<readonly string[]> =>
    Promise.all(list.map(async ({ text }) => (await crashOfOccurrence(occurrenceOf(text))).grouping.key));
  out(row('Mayday, sent by CrashKit', scored(traces, await sent(traces))));
  out(row('Mayday, sent by CrashKit, half one release later', scored(traces, await sent(later))));
  const leftOut = leftOutKeys(traces);
  out(
    row(
      `Mayday, each project without the ${leftOut.removed} entries of lists that it alone could have suggested`,
      scored(traces, leftOut.keys),
    ),
  );
  const plain = traces.map(({ text }) => plainTrace(text));
  for (const [name, group] of BASELINES)
    out(
      row(
        name,
        scored(
          traces,
          plain.map((trace) => group(trace)),
        ),
      ),
    );
  out(row(...bestAlignment(traces, plain)));
  out('\n| project | traces | B-cubed F | pairwise F1 |\n| --- | ---: | ---: | ---: |');
  for (const project of new Set(traces.map((trace) => trace.project))) {
    const chosen = traces.flatMap((trace, index) => (trace.project === project ? [index] : []));
    const { bcubed, pairwise } = scored(
      chosen.flatMap((index) => traces[index] ?? []),
      chosen.map((index) => keys[index] ?? ''),
    );
    out(`| ${project} | ${chosen.length} | ${bcubed.toFixed(3)} | ${pairwise.toFixed(3)} |`);
  }
  if (namesAll) mistakes(traces, keys);
}

function bestAlignment(
  traces: readonly KnownTrace[],
  plain: readonly ReturnType<typeof plainTrace>[],
): [string, ClusteringScores] {
  let best: [string, ClusteringScores] | null = null;
  for (let threshold = 0.1; threshold < 1; threshold += 0.05) {
    const groups = traces.map(() => '');
    for (const project of new Set(traces.map((trace) => trace.project))) {
      const chosen = traces.flatMap((trace, index) => (trace.project === project ? [index] : []));
      const found = groupBySimilarity(
        chosen.flatMap((index) => plain[index] ?? []),
        threshold,
      );
      for (const [position, index] of chosen.entries()) groups[index] = found[position] ?? '';
    }
    const scores = scored(traces, groups);
    if (best === null || scores.bcubed > best[1].bcubed)
      best = [`frequency-weighted alignment, best threshold (${threshold.toFixed(2)})`, scores];
  }
  if (best === null) throw new Error('no threshold was tried');
  return best;
}

function mistakes(traces: readonly KnownTrace[], keys: readonly string[]): void {
  const byKey = Map.groupBy(traces.entries(), ([index, { project }]) => `${project} ${keys[index] ?? ''}`);
  for (const group of byKey.values()) {
    const labels = new Set(group.map(([, { bug }]) => bug));
    if (labels.size > 1) out(`- together: ${[...labels].join(', ')}`);
  }
  const byBug = Map.groupBy(traces.entries(), ([, { bug }]) => bug);
  for (const [bug, group] of byBug) {
    const parts = new Set(group.map(([index]) => keys[index]));
    if (parts.size > 1) out(`- apart: ${bug} in ${parts.size} groups`);
  }
}

async function nativeTitles(): Promise<void> {
  const logs = nativeLogs();
  if (logs.length === 0) return out('\nThe logs of sanitizers and fuzzers are not beside this checkout.');
  let [understood, answered, named] = [0, 0, 0];
  const missed: string[] = [];
  for (const { id, state, text } of logs) {
    const { grouping, signature } = await crashOfText(text);
    if (grouping.source !== 'unprocessable') understood += 1;
    if (!state.some((frame) => frame.length > 2 && frame !== 'NULL')) continue;
    answered += 1;
    if (isNamedBy(signature, state)) named += 1;
    else missed.push(`- ${id}: ${signature}; expected ${state.join(', ')}`);
  }
  out(
    `\nSanitizer and fuzzer logs: ${understood} of ${logs.length} understood, ${named} of ${answered} named as expected`,
  );
  if (namesAll) for (const line of missed) out(line);
}

await nativeTitles();
await equivalence();
await metamorphic();
await folding();
await knownBugs();
