// Symbols of one account name nothing of another one that knows the id of the build: in reports, in answers, in texts, in joined files.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { openSymbolIndex } from '../../../src/formats/symbols/indexed-symbols.ts';
import { FileAccess } from '../../../src/process/symbols/file-access.ts';
import { startProcessor, type Processor } from '../../../src/process/start-processing.ts';
import { separateDebugFile, strippedProgram } from '../../formats/debug-files/dwarf-builder.ts';
import { ARCH, DumpBuilder, OS } from '../../formats/minidump/builder.ts';
import { eventually, storeReport } from '../../store/conformance/report-builder.ts';
import { addPerson, addToken, startRunning, type Running } from '../support/running.ts';
import { symbolText } from './support.ts';

/** Build id 00112233-4455-6677-8899-aabbccddeeff as a debug id: the GUID's first three fields are little-endian. */
const ID = '33221100554477668899AABBCCDDEEFF0';
const BUILD_ID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const TEXT = symbolText({ debugId: ID, debugFile: 'app', name: 'secret::start()' });

let running: Running;
let processor: Processor;
const tokens: Record<string, string> = {};

before(async () => {
  running = await startRunning();
  for (const account of ['acme', 'apex']) {
    await running.store.accounts.create(account);
    await running.store.people.createProductByHand(account, 'App');
    const email = `${account}@example.org`;
    tokens[account] = await addToken(
      running.store,
      await addPerson(running.store, { email, role: 'triage', accounts: [account] }),
    );
  }
  processor = await startProcessor({
    store: running.store,
    log: createLog('silent'),
    metrics: createMetrics(),
    processor: 'test',
    concurrency: 1,
    symbols: running.symbols.source,
  });
});
after(async () => {
  await processor.close();
  await running.stop();
});
beforeEach(async () => {
  await running.store.symbols.deleteMatching({ olderThan: Date.now() + 60_000 });
});

async function upload(account: string, name: string, bytes: string | Uint8Array): Promise<number> {
  const response = await fetch(new URL(`/api/symbols?name=${encodeURIComponent(name)}`, running.url), {
    method: 'POST',
    body: new Uint8Array(Buffer.from(bytes)),
    headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${tokens[account] ?? ''}` },
  });
  await response.arrayBuffer();
  return response.status;
}

/** What the symbolication API says of an address of the build. */
async function symbolicated(account: string, address = 0x1008): Promise<string> {
  const response = await fetch(`${running.url}/symbolicate/v5`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[account] ?? ''}` },
    body: JSON.stringify({ jobs: [{ memoryMap: [['app', ID]], stacks: [[[0, address]]] }] }),
  });
  assert.equal(response.status, 200);
  return response.text();
}

/** A dump of a crash in the build. */
function dump(): Buffer {
  const base = 0x7f00_0000_0000n;
  const stackBase = 0x7ffc_0000_0000n;
  const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
  const context = builder.amd64({ rip: base + 0x1008n, rsp: stackBase, rbp: stackBase });
  builder
    .threads({ id: 1, context, stack: { base: stackBase, bytes: new Uint8Array(256) } })
    .modules({ base, size: 0x10_000, name: '/opt/app', codeView: builder.buildId(...BUILD_ID) })
    .exception({ threadId: 1, code: 11, flags: 1, address: 0x10n, context });
  return Buffer.from(builder.build());
}

async function settle(): Promise<void> {
  await running.symbols.settled();
  const { queued, leased } = await eventually(
    () => {
      processor.nudge();
      return running.store.queue.counts();
    },
    (counts) => counts.queued + counts.leased === 0,
  );
  assert.equal(queued + leased, 0);
}

async function crashOf(account: string): Promise<string> {
  const { crashId } = await storeReport(running.store, { account, product: 'App' }, [
    { name: 'upload_file_minidump', kind: 'minidump', data: dump() },
  ]);
  return crashId;
}

/** What processing made of a report, as text. */
async function processed(crashId: string): Promise<string> {
  await settle();
  const found = await running.store.queue.getProcessed(crashId);
  assert.equal(found?.processed.status, 'processed');
  return JSON.stringify(found);
}

describe('the text of symbols of an account', () => {
  test('names its reports alone, and those of another account once that has uploaded it, too', async () => {
    const [theirs, own] = [await crashOf('acme'), await crashOf('apex')];
    await settle();
    assert.equal(await upload('apex', 'app.sym', TEXT), 201);
    const later = await crashOf('acme');
    assert.match(await processed(own), /secret::start/);
    for (const crashId of [theirs, later]) {
      const text = await processed(crashId);
      assert.doesNotMatch(text, /secret::start|start\.cc/);
      assert.ok(text.includes(`"debugId":"${ID}"`), 'the report lacks these symbols');
    }
    // Named in reports that were processed before.
    assert.equal(await upload('acme', 'app.sym', TEXT), 200);
    for (const crashId of [theirs, later, own]) assert.match(await processed(crashId), /secret::start/);
    // Given up by one, they are the other one's alone.
    await running.store.symbols.giveUpSymbols({ debugFile: 'app', debugId: ID }, ['apex']);
    assert.doesNotMatch(await processed(await crashOf('apex')), /secret::start/);
    assert.match(await processed(await crashOf('acme')), /secret::start/);
  });

  test('answers its people alone at the symbolication API, also where another account has a file of this id', async () => {
    await upload('apex', 'app.sym', TEXT);
    assert.match(await symbolicated('apex'), /secret::start/);
    assert.doesNotMatch(await symbolicated('acme'), /secret::start/);
    assert.equal(
      await upload('acme', 'mine.sym', symbolText({ debugId: ID, debugFile: 'mine', name: 'mine()' })),
      201,
    );
    assert.doesNotMatch(await symbolicated('acme'), /secret::start/);
    assert.match(await symbolicated('acme'), new RegExp(`"app/${ID}": ?false`));
    await upload('acme', 'app.sym', TEXT);
    assert.match(await symbolicated('acme'), /secret::start/);
    assert.match(await symbolicated('apex'), /secret::start/);
  });

  test('is not found by the id of code either, where a newer one of another account has the same', async () => {
    const request = {
      debugFile: null,
      debugId: null,
      codeFile: 'app',
      codeId: 'DDCCBBAAFFEE1100223344556677889900112233',
    };
    const find = (account: string) => running.symbols.source.find(request, { users: [account] });
    const text = (debugFile: string): string =>
      symbolText({ debugId: ID, debugFile }).replace(
        /^INFO CODE_ID.*$/m,
        `INFO CODE_ID ${request.codeId} app`,
      );
    await upload('acme', 'one.sym', text('one'));
    await upload('apex', 'two.sym', text('two'));
    assert.match((await find('acme')) ?? '', /one/);
    assert.match((await find('apex')) ?? '', /two/);
    assert.equal(await find('default'), null);
  });
});

describe('the debug files of a build of which accounts have different ones', () => {
  test('are joined of what an account has itself, whoever was first', async () => {
    await upload('apex', 'app', strippedProgram());
    await upload('apex', 'app.debug', separateDebugFile(5));
    assert.match(await symbolicated('apex'), /app::run/);
    // The program is what everybody has who runs it.
    assert.ok((await upload('acme', 'app', strippedProgram())) < 300);
    assert.doesNotMatch(await symbolicated('acme'), /app::run/);
    assert.match(await symbolicated('acme'), new RegExp(`"app/${ID}": ?true`));
    assert.doesNotMatch(await processed(await crashOf('acme')), /app::run/);
    assert.match(await symbolicated('apex'), /app::run/);
    assert.match(await processed(await crashOf('apex')), /app::run/);
    const text = await fetch(`${running.url}/symbols/app/${ID}/app.sym`, {
      headers: { authorization: `Bearer ${tokens['acme'] ?? ''}` },
    });
    assert.equal(text.status, 200);
    assert.doesNotMatch(await text.text(), /app::run/);
    // With the other half it has all of it.
    assert.ok((await upload('acme', 'app.debug', separateDebugFile(5))) < 300);
    for (const account of ['acme', 'apex']) {
      assert.match(await symbolicated(account), /app::run/);
      assert.match(await processed(await crashOf(account)), /app::run/);
    }
  });

  test('are not joined with what another account uploads later', async () => {
    await upload('acme', 'app', strippedProgram());
    await upload('apex', 'app.debug', separateDebugFile(5));
    assert.doesNotMatch(await symbolicated('acme'), /app::run/);
    assert.match(await symbolicated('apex'), /app::run/);
    // An index that is made anew is made of the same files.
    const request = { debugFile: 'app', debugId: ID, codeFile: null, codeId: null };
    assert.notEqual(await running.symbols.source.mend(request, { users: ['acme'] }), null);
    assert.doesNotMatch(await symbolicated('acme'), /app::run/);
  });

  test('are everybody’s where they came from an upstream server, and complete those of an account', async () => {
    const { scratch, intake } = running.symbols;
    const from = async (name: string, bytes: Uint8Array): Promise<void> =>
      scratch.withFile(async (file) => {
        await writeFile(file, bytes);
        await intake.take({ file, name, product: null, by: 'upstream', source: 'symbols.example' });
      });
    await upload('apex', 'app.debug', separateDebugFile(5));
    await from('app', strippedProgram());
    const find = async (account: string): Promise<string | null> =>
      running.symbols.source.find(
        { debugFile: 'app', debugId: ID, codeFile: null, codeId: null },
        { users: [account] },
      );
    assert.notEqual(await find('acme'), null);
    assert.notEqual(await find('acme'), await find('apex'));
    assert.doesNotMatch(await symbolicated('acme'), /app::run/);
    assert.match(await symbolicated('apex'), /app::run/);
    const joined = openSymbolIndex(new FileAccess((await find('apex')) ?? ''));
    if (typeof joined === 'string') throw new Error(joined);
    assert.notEqual(joined.cfiAt(0x1008), null);
  });
});
