// The warning at the start about names of the reports server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warnOfNames } from '../../src/app/server-names.ts';

/** Hosts that were warned of. */
function warned(fields: Partial<Parameters<typeof warnOfNames>[0]>): readonly unknown[] {
  const hosts: unknown[] = [];
  const config = {
    REPORTS_SERVER_HOST: '0.0.0.0',
    PUBLIC_REPORTS_URL: '',
    REPORTS_SERVER_NAMES: [],
    ...fields,
  };
  warnOfNames(config, { warn: (about: unknown) => void hosts.push((about as { host: string }).host) });
  return hosts;
}

test('a server that listens to other machines without a name of its own says so at the start', () => {
  assert.deepEqual(warned({}), ['0.0.0.0']);
  assert.deepEqual(warned({ REPORTS_SERVER_HOST: '::' }), ['::']);
});

test('a server of this machine alone, or with a name, says nothing', () => {
  for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost'])
    assert.deepEqual(warned({ REPORTS_SERVER_HOST: host }), []);
  assert.deepEqual(warned({ PUBLIC_REPORTS_URL: 'https://crashes.example.com' }), []);
  assert.deepEqual(warned({ REPORTS_SERVER_NAMES: ['crashes'] }), []);
});
