// Signs that turn text around, in pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { visibleSigns } from '../../src/reports/web/visible-signs.ts';
import { PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { storeReport } from './support/seed.ts';
import { Visitor } from './support/visitor.ts';

let running: Running;
before(async () => {
  running = await startRunning();
  await addPerson(running.store, { email: 'ada@example.com', role: 'read', seesProtected: true });
});
after(() => running.stop());

test('a page shows by their numbers what would turn its texts around', async () => {
  const crashId = await storeReport(running.store, {
    annotations: [
      { key: 'Theme', value: 'photo\u202egpj.exe' },
      { key: 'Isolated', value: '\u2067x\u2069' },
    ],
  });
  const visitor = new Visitor(running.url);
  await visitor.signIn('ada@example.com', PASSWORD);
  const { text } = await visitor.get(`/reports/${crashId}`);
  assert.match(text, /photo\[U\+202E\]gpj\.exe/);
  assert.match(text, /\[U\+2067\]x\[U\+2069\]/);
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/);
});

test('what a form sends back stays as it was', () => {
  const field = '<input value="a\u202eb"><textarea name="x">c\u202ed <b></textarea>';
  assert.equal(visibleSigns(`${field}<p>e\u202ef</p>`), `${field}<p>e[U+202E]f</p>`);
  assert.equal(visibleSigns('<p>שלום \u200f</p>'), '<p>שלום \u200f</p>');
});
