// The client libraries as downloads: the files of clients/, byte for byte, for anyone, never run by a browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LANGUAGES } from '../../clients/contract/languages.ts';
import { LIBRARY_FILES, libraryPath } from '../../src/reports/web/library-files.ts';
import type { LibraryFolder } from '../../src/reports/web/library-files.ts';
import { startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';

const CLIENTS = path.resolve(import.meta.dirname, '../../clients');

let running: Running;
before(async () => {
  running = await startRunning();
});
after(() => running.stop());

// Holds: ck-languages
test('every language of the contract suite is served', () => {
  assert.deepEqual(
    LANGUAGES.map(({ name }) => name).filter((name) => !(name in LIBRARY_FILES)),
    [],
  );
});

for (const [folder, files] of Object.entries(LIBRARY_FILES) as [LibraryFolder, readonly string[]][]) {
  for (const file of files) {
    test(`${folder}/${file} is served as it is`, async () => {
      const answer = await fetch(`${running.url}${libraryPath(folder, file)}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
      assert.equal(await answer.text(), readFileSync(path.join(CLIENTS, folder, file), 'utf8'));
    });
  }
}

test('a file that has not changed is not sent again', async () => {
  const address = `${running.url}/clients/python/mayday.py`;
  const tag = (await fetch(address)).headers.get('etag') ?? '';
  assert.notEqual(tag, '');
  assert.equal((await fetch(address, { headers: { 'if-none-match': tag } })).status, 304);
});

test('nothing else of the folder, and nothing outside of it, can be fetched', async () => {
  for (const address of [
    '/clients/contract/languages.ts',
    '/clients/python/expected-report.json',
    '/clients/python/..%2f..%2fpackage.json',
    '/clients/%2e%2e/package.json',
    '/clients/',
  ]) {
    assert.equal((await fetch(`${running.url}${address}`)).status, 404, address);
  }
});
