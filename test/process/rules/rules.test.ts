import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ProcessingRule, RuleInput, Values } from '../../../src/process/rule.ts';
import { checkDataRules, compileDataRule } from '../../../src/process/rules/data-rule.ts';
import { processingRules } from '../../../src/process/rules/rule-registry.ts';
import { runRules } from '../../../src/process/run-rules.ts';

function process(
  annotations: Values,
  found: Values = {},
  rules: readonly ProcessingRule[] = processingRules(),
): ReturnType<typeof runRules> {
  return runRules(rules, { annotations, dumps: ['upload_file_minidump'], found });
}

/** Notes without those of the signature, which misses the frames of these reports. */
function ofTimes(notes: readonly string[]): readonly string[] {
  return notes.filter((note) => !note.startsWith('SignatureGenerationRule'));
}

describe('the rules together', () => {
  const dump = {
    crash_info: { type: 'SIGSEGV / SEGV_MAPERR', address: '0x10', crashing_thread: 1 },
    crashing_thread: { thread_name: 'worker' },
    system_info: { os: 'Linux', os_ver: '6.8', cpu_arch: 'amd64', cpu_count: 8 },
    modules: [{ filename: 'app', debug_id: 'AB1', missing_symbols: true }],
    threads: [
      { frames: [] },
      { frames: [{ function: 'app::run(int)', module: 'app', file: '/src/run.cc', line: 7 }] },
    ],
  };

  // Holds: debug-keys
  it('turn a native report into its fields', () => {
    const { found, notes } = process(
      { ProductName: 'Shipper', Version: '2.1', ptype: 'gpu', 'bad name': 'x', Comments: 'a\0b', gone: null },
      { json_dump: dump },
    );
    assert.equal(found['signature'], 'app::run');
    assert.equal(found['process_type'], 'gpu');
    assert.equal(found['major_version'], 2);
    assert.equal(found['user_comments'], 'ab');
    assert.equal(found['reason'], 'SIGSEGV / SEGV_MAPERR');
    assert.equal(found['crashing_thread_name'], 'worker');
    assert.equal(found['os_pretty_version'], 'Linux');
    assert.equal(found['cpu_arch'], 'amd64');
    assert.equal(found['thread_count'], 2);
    assert.equal(found['topmost_filenames'], '/src/run.cc');
    assert.equal(found['modules_in_stack'], 'app/AB1');
    assert.equal(found['missing_symbols'], 'app/None/AB1');
    assert.equal(found['report_type'], 'crash');
    assert.deepEqual(found['crash_report_keys'], [
      'Comments',
      'ProductName',
      'Version',
      'ptype',
      'upload_file_minidump',
    ]);
    assert.deepEqual(notes, ['invalidkeys: Crash report contains invalid keys']);
  });

  it('turn a Java report into its fields, and keep its message apart', () => {
    const { found } = process({ JavaStackTrace: 'a.E: secret\n\tat a.B.c(B.java:3)\nCaused by: a.F\n' });
    assert.equal(found['java_stack_trace'], 'a.E\n\tat a.B.c(B.java:3)');
    assert.equal(found['signature'], 'a.E: at a.B.c(B.java)');
    assert.match(String(found['java_stack_trace_raw']), /secret/);
  });

  it('take the messages out of a structured Java exception', () => {
    const exception = {
      exception: { values: [{ stacktrace: { type: 'E', module: 'a', value: 'secret', frames: [] } }] },
    };
    const { found } = process({ JavaException: JSON.stringify(exception) });
    assert.doesNotMatch(JSON.stringify(found['java_exception']), /secret/);
    assert.equal(found['signature'], 'a.E');
  });

  it('count times from the client', () => {
    const { found, notes } = process({
      submitted_timestamp: '2026-05-08T23:26:33.454482+00:00',
      CrashTime: '1778282754',
      StartupTime: '1778282700',
    });
    assert.deepEqual([found['uptime'], found['client_crash_date']], [54, '2026-05-08T23:25:54+00:00']);
    assert.deepEqual(ofTimes(notes), []);
  });

  it('say nothing of times where the client does not', () => {
    const { found, notes } = process({ submitted_timestamp: '2026-05-08T23:26:33+00:00', prod: 'x' });
    assert.deepEqual([found['uptime'], ofTimes(notes)], [undefined, []]);
  });

  it('note a rule that throws, and run the others', () => {
    const broken: ProcessingRule = {
      name: 'Broken',
      act: () => {
        throw new Error('no such luck');
      },
    };
    const { found, notes } = process({ Version: '3.0' }, {}, [broken, ...processingRules()]);
    assert.deepEqual(notes.slice(0, 1), ['Broken: failed: no such luck']);
    assert.equal(found['major_version'], 3);
  });

  it('measure how long each took', () => {
    let time = 0;
    const { timings } = runRules(
      processingRules().slice(0, 2),
      { annotations: {}, dumps: [], found: {} },
      { now: () => (time += 5) },
    );
    assert.deepEqual(timings, { DeNullRule: 5, DeNoneRule: 5 });
  });

  it('never change their input, and answer any report', () => {
    const names = [
      'Version',
      'CrashTime',
      'submitted_timestamp',
      'JavaStackTrace',
      'JavaException',
      'Breadcrumbs',
      'Android_Version',
      'OSVersion',
      'OS',
      'uuid',
      'AsyncShutdownTimeout',
      'OOMAllocationSize',
    ];
    const dumpKeys = [
      'crash_info',
      'system_info',
      'modules',
      'threads',
      'crashing_thread',
      'mac_crash_info',
      'mac_boot_args',
      'soft_errors',
      'lsb_release',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(fc.constantFrom(...names), fc.string()),
          fc.oneof(fc.string(), fc.jsonValue()),
          { noNullPrototype: true },
        ),
        fc.dictionary(fc.constantFrom(...dumpKeys), fc.jsonValue(), { noNullPrototype: true }),
        (annotations, json_dump) => {
          const input: RuleInput = { annotations, dumps: [], found: { json_dump } };
          const before = structuredClone(input);
          const { found, notes } = runRules(processingRules(), input);
          assert.deepEqual(input, before);
          assert.equal(typeof found['signature'], 'string');
          assert.deepEqual(
            notes.filter((note) => / failed: /.test(note) && !note.startsWith('SignatureShutdownTimeout')),
            [],
          );
        },
      ),
    );
  });
});

describe('the registry', () => {
  it('has every rule that there is a file for, under a name of its own', () => {
    const folder = new URL('../../../src/process/rules/', import.meta.url);
    const text = readFileSync(new URL('rule-registry.ts', folder), 'utf8');
    const noRules = new Set([
      'rule-registry.ts',
      'annotation-schema.ts',
      'data-rule.ts',
      'java-stack-trace.ts',
      'json-schema.ts',
      'module-text.ts',
      // A folder; its list is in the registry.
      'mozilla',
    ]);
    const files = readdirSync(folder).filter((file) => !noRules.has(file));
    assert.ok(files.length > 20);
    for (const file of files) assert.ok(text.includes(`'./${file}'`), `${file} is not in the registry`);
    const names = processingRules().map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const mozillas = new URL('mozilla/', folder);
    const list = readFileSync(new URL('mozilla-rules.ts', mozillas), 'utf8') + text;
    for (const file of readdirSync(mozillas).filter((name) => name !== 'mozilla-rules.ts'))
      assert.ok(list.includes(`/${file}'`), `${file} is in no list`);
  });
});

function compiled(value: unknown) {
  const checked = checkDataRules(value);
  assert.ok(checked.ok);
  return checked.value.map(compileDataRule);
}

describe('rules as data', () => {
  it('set fields where all conditions hold', () => {
    const rules = compiled([
      {
        name: 'Channel',
        when: [
          { from: 'annotation', key: 'channel', is: 'one of', value: ['beta', 'nightly'] },
          { from: 'found', key: 'json_dump.os', is: 'absent' },
        ],
        set: { release: '{annotation:channel} {found:version}{found:none}' },
        note: 'is {annotation:channel}',
      },
    ]);
    assert.deepEqual(process({ channel: 'beta' }, { version: '3' }, rules).found, {
      version: '3',
      release: 'beta 3',
    });
    assert.deepEqual(process({ channel: 'beta' }, {}, rules).notes, ['is beta']);
    assert.deepEqual(process({ channel: 'release' }, {}, rules).found, {});
    assert.deepEqual(process({ channel: 'beta' }, { json_dump: { os: 'x' } }, rules).notes, []);
  });

  it('that make no sense are named, and none is used', () => {
    const checked = checkDataRules([
      4,
      { name: 'A', when: [{ from: 'x', key: 'k', is: 'present' }], set: {} },
      { name: 'B', when: [], set: { a: 1 } },
      { name: 'C', when: [], set: {}, note: 5 },
      { name: 'D', when: [], set: {} },
    ]);
    assert.deepEqual(checked, {
      ok: false,
      wrong:
        'is not understood: rule 1 has no name; rule 2 "when" must be a list of conditions; rule 3 "set" must hold texts; rule 4 "note" must be a text',
    });
    assert.deepEqual(checkDataRules('x'), { ok: false, wrong: 'is not a list of rules' });
  });

  it('are checked whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const checked = checkDataRules([value]);
        if (checked.ok) process({ a: 'b' }, {}, checked.value.map(compileDataRule));
      }),
    );
  });
});
