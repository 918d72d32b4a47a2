// Annotations that only Mozilla's products send.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Values } from '../../../src/process/rule.ts';
import { addonsRule, themePrettyNameRule } from '../../../src/process/rules/mozilla/addons.ts';
import { distributionIdRule } from '../../../src/process/rules/mozilla/distribution-id.ts';
import { convertModuleSignatureInfoRule } from '../../../src/process/rules/mozilla/module-signature-info.ts';
import { phcRule } from '../../../src/process/rules/mozilla/phc.ts';
import { pluginRule } from '../../../src/process/rules/mozilla/plugin.ts';
import { submittedFromRule } from '../../../src/process/rules/mozilla/submitted-from.ts';
import { utilityActorsNameRule } from '../../../src/process/rules/mozilla/utility-actors.ts';
import {
  betaVersionRule,
  esrVersionRewriteRule,
  fenixVersionRewriteRule,
} from '../../../src/process/rules/mozilla/versions.ts';
import { crashingThreadInfoRule } from '../../../src/process/rules/crashing-thread-info.ts';
import { javaStackTraceRule } from '../../../src/process/rules/java-process.ts';
import { moduleUrlRewriteRule } from '../../../src/process/rules/module-url.ts';
import { processingRules } from '../../../src/process/rules/rule-registry.ts';
import { runRules } from '../../../src/process/run-rules.ts';
import type { ProcessingRule } from '../../../src/process/rule.ts';

function run(rules: ProcessingRule | readonly ProcessingRule[], annotations: Values, found: Values = {}) {
  return runRules(Array.isArray(rules) ? rules : [rules as ProcessingRule], {
    annotations,
    dumps: [],
    found,
  });
}

describe('add-ons', () => {
  it('are decoded one by one, a comma in one is none between two', () => {
    const { found } = run([addonsRule, themePrettyNameRule], {
      'Add-ons': 'a%40b.net:1%2C4,plain,two+words:%zz,{972ce4c6-7e08-4474-a285-3208198ce6fd}:12.0',
      EMCheckCompatibility: 'True',
    });
    assert.deepEqual(found, {
      addons_checked: true,
      addons: [
        'a@b.net:1,4',
        'plain:NO_VERSION',
        'two words:%zz',
        '{972ce4c6-7e08-4474-a285-3208198ce6fd} (default theme):12.0',
      ],
    });
  });

  it('may be none, and unchecked', () => {
    assert.deepEqual(run(addonsRule, { 'Add-ons': '' }).found, { addons_checked: null, addons: [] });
    assert.deepEqual(run(addonsRule, { EMCheckCompatibility: 'x' }).found, {
      addons_checked: false,
      addons: [],
    });
    assert.deepEqual(run(addonsRule, {}).found, {});
  });
});

it('the heap checker’s numbers become fields where they are numbers', () => {
  const all = {
    PHCKind: 'FreedPage',
    PHCBaseAddress: '140737488355327',
    PHCUsableSize: ' 8 ',
    PHCFreeStack: '1,2',
  };
  assert.deepEqual(run(phcRule, all).found, {
    phc_kind: 'FreedPage',
    phc_base_address: '0x7fffffffffff',
    phc_usable_size: 8,
    phc_free_stack: '1,2',
  });
  assert.deepEqual(run(phcRule, { PHCKind: 'x', PHCBaseAddress: '0x10', PHCUsableSize: '8.5' }).found, {
    phc_kind: 'x',
  });
  assert.deepEqual(run(phcRule, { PHCBaseAddress: '1' }).found, {});
});

it('the distributor is told by the annotation, else by the telemetry, where null is Mozilla', () => {
  const of = (annotations: Values): unknown => run(distributionIdRule, annotations).found['distribution_id'];
  const telemetry = (id: unknown): string => JSON.stringify({ partner: { distributionId: id } });
  assert.equal(of({ DistributionID: 'mint', TelemetryEnvironment: telemetry('other') }), 'mint');
  assert.equal(of({ DistributionID: '', TelemetryEnvironment: telemetry('other') }), 'other');
  assert.equal(of({ TelemetryEnvironment: telemetry(null) }), 'mozilla');
  assert.equal(of({ TelemetryEnvironment: telemetry('') }), 'mozilla');
  assert.equal(of({ TelemetryEnvironment: '{"partner":' }), 'unknown');
  assert.equal(of({}), undefined);
});

it('the door of a report is told in either form', () => {
  const of = (annotations: Values): unknown => Object.values(run(submittedFromRule, annotations).found);
  assert.deepEqual(of({ SubmittedFromInfobar: true }), ['Infobar', true]);
  assert.deepEqual(of({ SubmittedFromInfobar: '1' }), ['Infobar', true]);
  assert.deepEqual(of({ SubmittedFromInfobar: 'false' }), ['Unknown', false]);
  assert.deepEqual(of({ SubmittedFrom: 'CrashedTab' }), ['CrashedTab', false]);
});

it('actors are a list, plugins have three fields', () => {
  assert.deepEqual(run(utilityActorsNameRule, { UtilityActorsName: ' a,, b ,' }).found, {
    utility_actors_name: ['a', 'b'],
  });
  assert.deepEqual(run(pluginRule, { ProcessType: 'plugin', PluginName: 'P' }).found, {
    plugin_filename: '',
    plugin_name: 'P',
    plugin_version: '',
  });
});

it('a module signature that came as an object is the text of it', () => {
  const { annotations } = run(convertModuleSignatureInfoRule, {
    ModuleSignatureInfo: { a: ['b', 1], c: null },
    x: 'y',
  });
  assert.deepEqual(annotations, { ModuleSignatureInfo: '{"a": ["b", 1], "c": null}', x: 'y' });
});

describe('versions', () => {
  it('say the channel where they do not', () => {
    const beta = run(
      betaVersionRule,
      {},
      { product_name: 'Firefox', release_channel: 'Beta', version: '120.0' },
    );
    assert.equal(beta.found['version'], '120.0b0');
    assert.match(beta.notes.join(), /release channel is beta but no version data was found/);
    assert.equal(
      run(betaVersionRule, {}, { product_name: 'Other', release_channel: 'beta', version: '1' }).found[
        'version'
      ],
      '1',
    );
    assert.equal(
      run(esrVersionRewriteRule, {}, { release_channel: 'esr', version: '1' }).found['version'],
      '1esr',
    );
    assert.deepEqual(run(esrVersionRewriteRule, {}, { release_channel: 'esr' }).notes, [
      '"version" missing from esr release processed_crash',
    ]);
    const nightly = run(
      fenixVersionRewriteRule,
      {},
      { product_name: 'Fenix', version: 'Nightly 200315 05:05' },
    );
    assert.equal(nightly.found['version'], '0.0a1');
    assert.deepEqual(nightly.notes, ["Changed version from 'Nightly 200315 05:05' to 0.0a1"]);
  });

  it('of other products are left alone, unless they are in the mode of Socorro', () => {
    const sent = { ProductName: 'Shop', Version: '1.0', ReleaseChannel: 'esr' };
    const lists = { mode: 'socorro' } as const;
    assert.equal(run(processingRules(), sent).found['version'], '1.0');
    assert.equal(run(processingRules({ signature: lists }), sent).found['version'], '1.0esr');
    const nightly = { ProductName: 'Fenix', Version: 'Nightly 200315 05:05' };
    assert.equal(run(processingRules(), nightly).found['version'], nightly.Version);
    assert.equal(run(processingRules({ signature: lists }), nightly).found['version'], '0.0a1');
  });
});

it('the address of a crash is the one that was meant', () => {
  const of = (info: Values): unknown =>
    run(crashingThreadInfoRule, {}, { json_dump: { crash_info: info } }).found['address'];
  const adjusted = (kind: string, rest: Values): Values => ({ adjusted_address: { kind, ...rest } });
  assert.equal(
    of({ address: '0x0000000000000048', ...adjusted('null-pointer', { offset: '0x48' }) }),
    '0x0000000000000000',
  );
  assert.equal(of({ address: '0x00000048', ...adjusted('null-pointer', { offset: '0x48' }) }), '0x00000000');
  assert.equal(
    of({ address: '0x00', ...adjusted('non-canonical', { address: '0xe5e5e5e5e5e5e5e5' }) }),
    '0xe5e5e5e5e5e5e5e5',
  );
  assert.equal(of({ address: '0x10', adjusted_address: null }), '0x10');
});

it('addresses of symbols lose what tells of this network and how they were asked for', () => {
  const of = (url: string): unknown => {
    const { found, notes } = run(
      moduleUrlRewriteRule,
      {},
      { json_dump: { modules: [{ filename: 'a.so', symbol_url: url }] } },
    );
    const { modules } = found['json_dump'] as { modules: { symbol_url: string | null }[] };
    return [modules[0]?.symbol_url, notes];
  };
  assert.deepEqual(of('http://localhost:8000/a.sym'), [null, ['Redacting symbol url for module a.so']]);
  assert.deepEqual(of('https://symbols.mozilla.org/try/a.sym?try&x=1'), [
    'https://symbols.mozilla.org/try/a.sym',
    [],
  ]);
  assert.deepEqual(of('https://example.com/a.sym?x=1'), ['https://example.com/a.sym?x=1', []]);
  assert.deepEqual(of('https://example.com/a.sym?X-Amz-Signature=1'), ['https://example.com/a.sym', []]);
});

it('a Java trace with other text behind its frames is malformed, and says so', () => {
  const of = (trace: string): unknown => {
    const { found, notes } = run(javaStackTraceRule, { JavaStackTrace: trace });
    return [found['java_stack_trace'], notes];
  };
  assert.deepEqual(of('junk\n\tat org.File.function\njunk'), [
    'malformed',
    ['JavaStackTrace: malformed JavaStackTrace'],
  ]);
  const public_ = 'E\n\tat a.B.c(B.java:1)';
  for (const tail of [
    '',
    '\n',
    '\n\t... 3 more',
    '\nCaused by: F: secret',
    '\n\tSuppressed: G: secret\n\t\tat x.Y.z(Y.java:2)',
  ])
    assert.deepEqual(of(`E: secret\n\tat a.B.c(B.java:1)${tail}`), [public_, []], tail);
});
