// Settings: defaults, environment over file, and one sentence for each fault.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { SETTINGS, loadConfig } from '../../src/app/config.ts';
import type { Setting } from '../../src/app/setting.ts';

function withFile<T>(content: string, use: (file: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'mayday-config-'));
  try {
    const file = path.join(folder, 'mayday.json');
    writeFileSync(file, content);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  const result = loadConfig(environment);
  return result.ok ? [] : result.faults;
}

test('without anything set, every setting has its default', () => {
  const result = loadConfig({});
  assert.ok(result.ok);
  assert.equal(result.config.SUBMIT_SERVER_PORT, 8080);
  assert.equal(result.config.REPORTS_SERVER_HOST, '127.0.0.1');
});

test('the environment wins over the file', () => {
  withFile('{"KEEP_DAYS": 30, "MAX_PARTS": 50}', (file) => {
    const result = loadConfig({ MAYDAY_CONFIG: file, KEEP_DAYS: '7' });
    assert.ok(result.ok);
    assert.deepEqual([result.config.KEEP_DAYS, result.config.MAX_PARTS], [7, 50]);
  });
});

test('an empty variable is as good as none', () => {
  const result = loadConfig({ SUBMIT_SERVER_PORT: ' ' });
  assert.ok(result.ok);
  assert.equal(result.config.SUBMIT_SERVER_PORT, 8080);
});

test('each fault is one sentence with name, value, what is wrong and an example', () => {
  const faults = faultsOf({ SUBMIT_SERVER_PORT: 'eighty', AUTO_PRODUCTS: 'perhaps', LOG_LEVEL: 'loud' });
  assert.equal(faults.length, 3);
  assert.match(
    faults.find((fault) => fault.startsWith('SUBMIT_SERVER_PORT')) ?? '',
    /is "eighty", which is not a whole number\. Example: SUBMIT_SERVER_PORT=8080/,
  );
});

test('numbers are held within their bounds', () => {
  assert.match(faultsOf({ SUBMIT_SERVER_PORT: '65536' })[0] ?? '', /not between 0 and 65535/);
  assert.match(faultsOf({ MAX_PARTS: '1e3' })[0] ?? '', /not a whole number/);
});

test('the value of a secret is not shown', () => {
  const [fault] = faultsOf({ MAYDAY_ADMIN_TOKEN: 'too short' });
  assert.ok(fault !== undefined && !fault.includes('too short'));
});

test('a name that is no setting is a fault of the file', () => {
  withFile('{"MAX_PRATS": 50}', (file) => {
    assert.match(faultsOf({ MAYDAY_CONFIG: file })[0] ?? '', /MAX_PRATS .* is not a setting/);
  });
});

test('a file that is missing, no JSON, or no object is named', () => {
  assert.match(faultsOf({ MAYDAY_CONFIG: '/does/not/exist.json' })[0] ?? '', /cannot be read/);
  withFile('{', (file) => assert.match(faultsOf({ MAYDAY_CONFIG: file })[0] ?? '', /is not JSON/));
  withFile('[]', (file) => assert.match(faultsOf({ MAYDAY_CONFIG: file })[0] ?? '', /not a JSON object/));
});

test('lists are comma-separated in the environment and arrays in the file', () => {
  withFile('{"REMOVED_ANNOTATIONS": ["A", "B"]}', (file) => {
    const fromFile = loadConfig({ MAYDAY_CONFIG: file });
    const fromEnvironment = loadConfig({ REMOVED_ANNOTATIONS: 'A, B' });
    assert.ok(fromFile.ok && fromEnvironment.ok);
    assert.deepEqual(fromFile.config.REMOVED_ANNOTATIONS, ['A', 'B']);
    assert.deepEqual(fromEnvironment.config.REMOVED_ANNOTATIONS, ['A', 'B']);
  });
});

test('throttling rules are checked at the start', () => {
  assert.match(faultsOf({ THROTTLE_RULES: '[{"name": 7}]' })[0] ?? '', /^THROTTLE_RULES is .* which /);
  assert.match(faultsOf({ THROTTLE_RULES: 'reject all' })[0] ?? '', /is not JSON/);
});

test('the example of every setting is a value that it takes', () => {
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    assert.ok(setting.parse(setting.example).ok, name);
  }
});
