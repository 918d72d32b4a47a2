// Input/expected pairs of processing rules: those of general use, and those of one product that data can express.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  listAt,
  type ProcessingRule,
  type RuleInput,
  valueAt,
  type Values,
} from '../../../src/process/rule.ts';
import { copyAnnotationsRule } from '../../../src/process/rules/copy-annotations.ts';
import { checkDataRules, compileDataRule } from '../../../src/process/rules/data-rule.ts';
import { sanitizeKey } from '../../../src/process/rules/crash-report-keys.ts';
import { truncateOrWarn } from '../../../src/process/rules/dates-and-times.ts';
import { deNull } from '../../../src/process/rules/de-null.ts';
import { parseJavaStackTrace, publicJavaStackTrace } from '../../../src/process/rules/java-stack-trace.ts';
import { moduleAndDebugId, moduleWithVersion } from '../../../src/process/rules/module-text.ts';
import { processingRules } from '../../../src/process/rules/rule-registry.ts';
import { signatureRule } from '../../../src/process/rules/name-signature.ts';
import { truncateStacksRule } from '../../../src/process/rules/truncate-stacks.ts';
import { runRules } from '../../../src/process/run-rules.ts';
import { includedLists, SKIP_VECTORS, type Vector, vectors } from '../signature/vectors.ts';

/** Cases that do not apply to Mayday, and why. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'processor-general-097-copyfromrawcrashrule-recorded':
    'expects two fields of a product whose definitions are not in the given schema',
};

/** Rules of one product that Mayday does not have. */
const NOT_OUR_RULES: Readonly<Record<string, string>> = {
  MemoryReportExtraction: 'reads the memory reports of one product',
};

const OURS = new Map(
  processingRules({ signature: { mode: 'socorro', lists: includedLists() } }).map((rule) => [
    rule.name,
    rule,
  ]),
);

function ruleFor({ input }: Vector): ProcessingRule {
  if (input.rule === 'CopyFromRawCrashRule') return copyAnnotationsRule(input.config.schema);
  if (input.rule === 'SignatureGeneratorRule')
    return signatureRule({ mode: 'socorro', lists: includedLists() });
  const rule = OURS.get(input.rule);
  assert.ok(rule !== undefined, `there is no rule ${String(input.rule)}`);
  return rule;
}

function inputOf({ input }: Vector): RuleInput {
  return {
    annotations: input.raw_crash,
    dumps: Object.keys(input.dumps ?? {}),
    found: input.processed_crash,
  };
}

function check(vector: Vector, rule: ProcessingRule): void {
  const { input, expected } = vector;
  const ruleInput = inputOf(vector);
  const before = structuredClone(ruleInput);
  if (input.op === 'applies') {
    assert.equal(rule.applies?.(ruleInput) ?? true, expected);
    return;
  }
  const { applies: _applies, ...unconditional } = rule;
  const result = runRules([input.op === 'action' ? unconditional : rule], ruleInput);
  assert.deepEqual(result.found, expected.processed_crash);
  assert.deepEqual(result.annotations, expected.raw_crash ?? input.raw_crash);
  assert.equal(result.notes.length, expected.notes.length, JSON.stringify(result.notes));
  for (const [index, note] of (expected.notes as (string | { startsWith: string })[]).entries()) {
    if (typeof note === 'string') assert.equal(result.notes[index], note);
    else assert.ok(result.notes[index]?.startsWith(note.startsWith), result.notes[index]);
  }
  assert.deepEqual(ruleInput, before, 'the input is not changed');
}

function bytes(value: unknown): unknown {
  const text = (value as { bytesUtf8?: string } | null)?.bytesUtf8;
  return typeof text === 'string' ? Buffer.from(text) : value;
}

interface CutThread {
  readonly frames: readonly unknown[];
  readonly truncated?: boolean;
}

function truncateSummary(input: {
  at: string;
  crashingThreadFrames: number;
  threads: readonly number[];
}): unknown {
  const thread = (count: number): Values => ({ frames: Array.from({ length: count }, () => ({})) });
  const dump = {
    crashing_thread: thread(input.crashingThreadFrames),
    threads: input.threads.map((count) => thread(count)),
  };
  const [key = ''] = input.at.split('.');
  const found = input.at === 'json_dump' ? { json_dump: dump } : { [key]: { json_dump: dump } };
  const result = runRules([truncateStacksRule], { annotations: {}, dumps: [], found }).found;
  const crashing = valueAt(result, `${input.at}.crashing_thread`) as CutThread;
  const threads = listAt(result, `${input.at}.threads`) as readonly CutThread[];
  const summary = ({ frames, truncated = false }: CutThread): Record<string, unknown> => ({
    frames: frames.length,
    truncated: truncated || null,
  });
  return {
    crashingThread: summary(crashing),
    threads: threads.map((one) =>
      Object.assign(summary(one), one.truncated === true ? { frameAt250: one.frames[250] } : {}),
    ),
  };
}

describe('the vectors of general rules', () => {
  const cases = vectors('processor-general');
  it('are there', { skip: SKIP_VECTORS }, () => assert.ok(cases.length > 0));
  for (const vector of cases) {
    const { id, input, expected } = vector;
    // Holds: accepted-odd
    it(`hold for ${id}`, { skip: NOT_OURS[id] ?? NOT_OUR_RULES[input.rule] ?? false }, () => {
      switch (input.op) {
        case 'de-null':
          return assert.deepEqual(deNull(bytes(input.value)), bytes(expected));
        case 'sanitize':
          return assert.equal(sanitizeKey(input.value), expected);
        case 'format-module':
          return assert.equal(
            (input.rule === 'ModulesInStackRule' ? moduleAndDebugId : moduleWithVersion)(input.value),
            expected,
          );
        case 'get-truncate-or-warn': {
          const annotations = input.present === false ? {} : { [input.annotation]: input.value };
          const result = truncateOrWarn(
            annotations,
            input.annotation,
            input.default,
            Number(input.maxLength),
          );
          assert.equal(result.value, expected.value);
          assert.equal(result.notes.length, expected.notes.length);
          for (const [index, note] of (expected.notes as { startsWith: string }[]).entries()) {
            assert.ok(result.notes[index]?.startsWith(note.startsWith), result.notes[index]);
          }
          return undefined;
        }
        case 'parse-java-stack-trace': {
          const parsed = parseJavaStackTrace(input.text);
          if (expected.error === true) return assert.equal(parsed, null);
          assert.ok(parsed !== null);
          return assert.deepEqual(
            {
              exception_class: parsed.exceptionClass,
              exception_message: parsed.exceptionMessage,
              stack: parsed.stack,
              additional: parsed.additional,
              public: publicJavaStackTrace(parsed),
            },
            expected,
          );
        }
        case 'truncate-summary':
          return assert.deepEqual(truncateSummary(input), expected);
        default:
          return check(vector, ruleFor(vector));
      }
    });
  }
});

/** Why a case of Mozilla's own rules is not run; false: it is. */
function notRun({ input, expected }: Vector): string | false {
  const isLookedUp =
    input.rule === 'BetaVersionRule' &&
    input.op === 'act' &&
    expected.notes.length === 0 &&
    expected.processed_crash.version !== input.processed_crash.version;
  return isLookedUp && 'the number of a beta comes from a service of Mozilla, which is not asked';
}

describe("the vectors of Mozilla's own rules", () => {
  const cases = vectors('processor-mozilla');
  it('are there', { skip: SKIP_VECTORS }, () => assert.ok(cases.length > 0));
  for (const vector of cases) {
    it(`hold for ${vector.id}`, { skip: notRun(vector) }, () => check(vector, ruleFor(vector)));
  }
});

/** What one product would write into its settings. */
const PRODUCT_RULES = [
  {
    name: 'ESRVersionRewrite',
    when: [
      { from: 'found', key: 'release_channel', is: 'equal to', value: 'esr' },
      { from: 'found', key: 'version', is: 'present' },
    ],
    set: { version: '{found:version}esr' },
  },
  {
    name: 'FenixVersionRewriteRule',
    when: [
      { from: 'found', key: 'product_name', is: 'equal to', value: 'Fenix' },
      { from: 'found', key: 'version', is: 'starting with', value: 'Nightly ' },
    ],
    set: { version: '0.0a1' },
    note: "Changed version from '{found:version}' to 0.0a1",
  },
  {
    name: 'PluginRule',
    when: [{ from: 'annotation', key: 'ProcessType', is: 'equal to', value: 'plugin' }],
    set: {
      plugin_filename: '{annotation:PluginFilename}',
      plugin_name: '{annotation:PluginName}',
      plugin_version: '{annotation:PluginVersion}',
    },
  },
];

describe('the vectors of one product, as data', () => {
  const checked = checkDataRules(PRODUCT_RULES);
  const rules = checked.ok ? checked.value.map(compileDataRule) : [];
  const cases = vectors('processor-mozilla').filter(({ input }) =>
    rules.some(({ name }) => name === input.rule),
  );
  it('are there', { skip: SKIP_VECTORS }, () => {
    assert.ok(checked.ok);
    assert.ok(cases.length >= 5);
  });
  for (const vector of cases) {
    it(`hold for ${vector.id}`, () => {
      const rule = rules.find(({ name }) => name === vector.input.rule);
      assert.ok(rule !== undefined);
      check(vector, rule);
    });
  }
});
