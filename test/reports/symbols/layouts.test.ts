// Debug files as debuggers ask for them: the layouts of GDB, debuginfod, SymSrv and SSQP over what was uploaded, by plain HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildPdb } from '../../formats/debug-files/pdb-builder.ts';
import { buildPe } from '../../formats/debug-files/pe-ids-builder.ts';
import { separateDebugFile, strippedProgram } from '../../formats/debug-files/dwarf-builder.ts';
import { ADMIN_TOKEN, startRunning, type Running } from '../support/running.ts';

/** The build id of the ELF files. */
const BUILD_ID = '00112233445566778899aabbccddeeff00112233';
const PROGRAM = strippedProgram();
const DEBUG = separateDebugFile(5);
const PDB = buildPdb();
/** The GUID of the PDB as it stands in files. */
const GUID = Uint8Array.of(0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77, 1, 2, 3, 4, 5, 6, 7, 8);
const MINGW = buildPe({ timestamp: 0x5cf2591c, imageBytes: 0x6000 });

let running: Running;
let pdbId = '';
let pe: Uint8Array = new Uint8Array(0);

before(async () => {
  running = await startRunning();
  await upload('bin/app', PROGRAM);
  await upload('app.debug', DEBUG);
  pdbId = await upload('App.pdb', PDB);
  const age = Number.parseInt(pdbId.slice(32), 16);
  pe = buildPe({
    timestamp: 0x4d5a9000,
    imageBytes: 0x21000,
    pdb: { guid: GUID, age, name: 'C:\\out\\App.pdb' },
  });
  assert.equal(await upload('App.exe', pe), pdbId);
  assert.equal(await upload('mingw.exe', MINGW), '5CF2591C6000');
});
after(() => running.stop());

async function upload(name: string, bytes: Uint8Array): Promise<string> {
  const answer = await fetch(`${running.url}/api/symbols?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/octet-stream' },
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  const { files } = (await answer.json()) as { readonly files: readonly { readonly debugId: string }[] };
  return files[0]?.debugId ?? '';
}

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${running.url}${path}`, { headers: { 'accept-encoding': 'identity' }, redirect: 'manual', ...init });

async function assertGives(path: string, expected: Uint8Array): Promise<void> {
  const answer = await get(path);
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(expected)), path);
}

describe('what was uploaded is given byte for byte', () => {
  test('to GDB, in folders by build id', async () => {
    const [first, rest] = [BUILD_ID.slice(0, 2), BUILD_ID.slice(2)];
    await assertGives(`/symbols/.build-id/${first}/${rest}.debug`, DEBUG);
    await assertGives(`/symbols/.build-id/${first}/${rest}`, PROGRAM);
  });

  test('to clients of debuginfod, at the root and below the symbols', async () => {
    for (const root of ['', '/symbols']) {
      await assertGives(`${root}/buildid/${BUILD_ID}/debuginfo`, DEBUG);
      await assertGives(`${root}/buildid/${BUILD_ID}/executable`, PROGRAM);
    }
    const head = await get(`/buildid/${BUILD_ID}/debuginfo`, { method: 'HEAD' });
    assert.equal(head.headers.get('x-debuginfod-size'), String(DEBUG.length));
    assert.equal(head.headers.get('x-debuginfod-file'), 'app.debug');
  });

  test('to symsrv, without regard to case', async () => {
    const [age, guid] = [pdbId.slice(32), pdbId.slice(0, 32)];
    await assertGives(`/symbols/App.pdb/${guid}${age}/App.pdb`, PDB);
    await assertGives(`/symbols/app.pdb/${guid.toLowerCase()}${age.toLowerCase()}/app.pdb`, PDB);
    await assertGives('/symbols/App.exe/4D5A900021000/App.exe', pe);
    await assertGives('/symbols/app.exe/4d5a900021000/app.exe', pe);
    await assertGives('/symbols/mingw.exe/5CF2591C6000/mingw.exe', MINGW);
  });

  test('to clients of SSQP, by keys of ELF files', async () => {
    await assertGives(`/symbols/_.debug/elf-buildid-sym-${BUILD_ID}/_.debug`, DEBUG);
    await assertGives(`/symbols/app/elf-buildid-${BUILD_ID}/app`, PROGRAM);
  });

  test('to people, by the name and the id that the list shows', async () => {
    await assertGives(`/symbols/app.debug/33221100554477668899AABBCCDDEEFF0/app.debug`, DEBUG);
  });

  test('compressed where that is accepted', async () => {
    const answer = await fetch(`${running.url}/buildid/${BUILD_ID}/debuginfo`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    assert.equal(answer.headers.get('content-encoding'), 'gzip');
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(DEBUG));
    assert.throws(() => gunzipSync(DEBUG));
  });
});

describe('what nobody has, or may have', () => {
  test('is answered with 404: other ids, sources, sections, compressed files', async () => {
    for (const path of [
      `/buildid/${'ab'.repeat(20)}/debuginfo`,
      // Only the first 16 bytes of a build id make a debug id: the rest must be the same, too.
      `/buildid/${BUILD_ID.slice(0, 32)}ffffffff/debuginfo`,
      `/buildid/${BUILD_ID}/source/etc/passwd`,
      `/buildid/${BUILD_ID}/section/.text`,
      `/buildid/${BUILD_ID}/nothing`,
      `/buildid/x/debuginfo`,
      `/buildid/${BUILD_ID}`,
      `/symbols/.build-id/00/..debug`,
      `/symbols/app.pdb/${pdbId}/app.pd_`,
      `/symbols/app.pdb/${pdbId}/file.ptr`,
      `/symbols/other.pdb/${pdbId}/other.pdb`,
      `/symbols/App.exe/4D5A900021001/App.exe`,
      `/symbols/_.dwarf/mach-uuid-sym-${BUILD_ID}/_.dwarf`,
    ]) {
      const answer = await get(path);
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(await answer.text(), /<html/i, path);
    }
  });

  test('needs the rights that symbols need', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    for (const path of [`/buildid/${BUILD_ID}/debuginfo`, `/symbols/App.pdb/${pdbId}/App.pdb`]) {
      assert.equal((await get(path, { headers })).status, 401, path);
      const basic = `Basic ${Buffer.from(`x:${ADMIN_TOKEN}`).toString('base64')}`;
      assert.equal((await get(path, { headers: { ...headers, authorization: basic } })).status, 200, path);
    }
  });
});
