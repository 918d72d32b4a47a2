// Every endpoint for symbols over HTTP on a real store, as the tools of the field use it; and what must not get in.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { SCHEMAS } from '../../../src/reports/operations/schemas.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';
import { schemaFaults } from '../support/json-schema.ts';
import { ADMIN_TOKEN, addPerson, addToken, startRunning, type Running } from '../support/running.ts';
import { formBody, renamed, symbolText, zipOf } from './support.ts';

const FILE = 'libapp.so';
const ID = 'AABBCCDDEEFF001122334455667788990';
const TREE = `${FILE}/${ID}/${FILE}.sym`;
const MIB = 1024 * 1024;

let running: Running;
const tokens = { read: '', write: '' };

before(async () => {
  running = await startRunning({ maxSymbolsUploadBytes: 4 * MIB, maxSymbolsTextBytes: 40 * MIB });
  const reader = await addPerson(running.store, { email: 'reader@example.org', role: 'read' });
  const writer = await addPerson(running.store, { email: 'writer@example.org', role: 'triage' });
  tokens.read = await addToken(running.store, reader);
  tokens.write = await addToken(running.store, writer);
});

after(() => running.stop());

beforeEach(async () => {
  await running.store.symbols.deleteMatching({ olderThan: Date.now() + 60_000 });
  assert.equal((await running.store.symbols.totals()).files, 0);
});

interface Reply {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers
  readonly json: any;
}

async function send(
  where: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  method: 'POST' | 'PUT' = 'POST',
): Promise<Reply> {
  const response = await fetch(new URL(where, running.url), {
    method,
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'content-type': 'application/octet-stream', ...headers },
  });
  const text = await response.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Some answers are texts.
  }
  return { status: response.status, text, json };
}

const bearer = () => ({ authorization: `Bearer ${tokens.write}` });

async function storedText(debugFile = FILE, debugId = ID): Promise<string | null> {
  const stream = await running.store.symbols.openText({ debugFile, debugId });
  if (stream === null) return null;
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

async function assertNothingIn(): Promise<void> {
  assert.equal((await running.store.symbols.totals()).files, 0);
  assert.deepEqual(scratch(), []);
}

function scratch(): readonly string[] {
  try {
    return readdirSync(path.join(running.dir, 'incoming-symbols'));
  } catch {
    return [];
  }
}

const archive = sharedData('cases', 'native', 'z1.zip');

describe('POST /api/symbols', () => {
  const text = symbolText();

  for (const [name, body] of Object.entries({
    'a plain file': Buffer.from(text),
    gzip: gzipSync(text),
    zstd: zstdCompressSync(text),
  })) {
    test(`takes ${name}`, async () => {
      const reply = await send('/api/symbols?product=App', body, bearer());
      assert.equal(reply.status, 201, reply.text);
      assert.deepEqual(schemaFaults(reply.json, SCHEMAS.SymbolUploadResult, SCHEMAS), []);
      assert.equal(reply.json.stored, 1);
      assert.equal(await storedText(), text);
      const symbols = await running.store.symbols.getSymbols({ debugFile: FILE, debugId: ID });
      assert.equal(symbols?.product, 'App');
      assert.equal(symbols?.uploadedBy, 'writer@example.org');
      assert.equal(symbols?.codeId, 'DDCCBBAAFFEE1100223344556677889900112233');
      assert.equal(symbols?.hasCfi, true);
      assert.deepEqual(scratch(), []);
    });
  }

  test('takes a body whose Content-Encoding is gzip', async () => {
    const reply = await send('/api/symbols', gzipSync(text), { ...bearer(), 'content-encoding': 'gzip' });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(await storedText(), text);
  });

  test('takes an archive with plain and packed files, and says what it passed over', async () => {
    const other = symbolText({ debugFile: 'libother.so', debugId: `${'1'.repeat(32)}0` });
    const zip = await zipOf({
      [`build/${TREE}`]: text,
      'libother.so.sym.zst': zstdCompressSync(other),
      'readme.txt': 'hello',
    });
    const reply = await send('/api/symbols', zip, bearer());
    assert.equal(reply.status, 201, reply.text);
    assert.deepEqual([reply.json.stored, reply.json.skipped], [2, 1]);
    assert.equal(await storedText(), text);
    assert.equal(await storedText('libother.so', `${'1'.repeat(32)}0`), other);
  });

  test('says 200 and duplicate where everything is there', async () => {
    await send('/api/symbols', text, bearer());
    const reply = await send('/api/symbols', zstdCompressSync(text), bearer());
    assert.equal(reply.status, 200);
    assert.equal(reply.json.duplicate, 1);
  });

  test('replaces what has other content', async () => {
    await send('/api/symbols', text, bearer());
    const better = symbolText({ name: 'app::begin()' });
    const reply = await send('/api/symbols', better, bearer());
    assert.equal(reply.status, 201);
    assert.equal(await storedText(), better);
  });

  test('takes the others where one name leads out of the archive', async () => {
    const zip = await zipOf({
      [TREE]: text,
      'aaaaaaaa/aa/passwd.sym': symbolText({ debugFile: 'passwd', debugId: `${'2'.repeat(32)}0` }),
      'last.sym': symbolText({ debugFile: 'last', debugId: `${'3'.repeat(32)}0` }),
    });
    const reply = await send(
      '/api/symbols',
      renamed(zip, 'aaaaaaaa/aa/passwd.sym', '../../../../passwd.sym'),
      bearer(),
    );
    assert.equal(reply.status, 201, reply.text);
    assert.deepEqual([reply.json.stored, reply.json.refused], [2, 1]);
    assert.deepEqual(
      [reply.json.files[1].name, reply.json.files[1].code],
      ['../../../../passwd.sym', 'bad_entry_name'],
    );
    assert.equal((await storedText('last', `${'3'.repeat(32)}0`)) !== null, true);
  });

  test(
    'takes what is good in an archive that a build script of Windows made',
    { skip: archive === null ? SHARED_ABSENT : false },
    async () => {
      const reply = await send('/api/symbols', readFileSync(archive ?? ''), bearer());
      assert.equal(reply.status, 201, reply.text);
      // The fourth is the beginning of a PDB.
      assert.deepEqual([reply.json.stored, reply.json.refused], [3, 2]);
      assert.equal(
        reply.json.files.find(({ code }: { readonly code?: string }) => code === 'bad_entry_name').name,
        'a/../../evil.sym',
      );
    },
  );

  test('takes text in UTF-16, as a PowerShell redirect writes it, and keeps it as UTF-8', async () => {
    const windows = text.replaceAll('\n', '\r\n');
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(windows, 'utf16le')]);
    const reply = await send('/api/symbols', bytes, bearer());
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json.files[0].damagedLines, 0);
    assert.equal(await storedText(), windows);
  });

  test('says what a text gives', async () => {
    const reply = await send('/api/symbols', text, bearer());
    assert.deepEqual(
      [reply.json.files[0].gives, reply.json.files[0].wanting],
      ['functions,lines,names,unwind', []],
    );
  });

  // Holds: native-zip
  test('tells a refused file among good ones', async () => {
    const zip = await zipOf({ [TREE]: text, 'notes.sym': 'just some words\n' });
    const reply = await send('/api/symbols', zip, bearer());
    assert.equal(reply.status, 201, reply.text);
    assert.deepEqual([reply.json.stored, reply.json.refused], [1, 1]);
    assert.equal(reply.json.files[1].code, 'not_symbols');
  });

  test('accepts the token in every place that tools know', async () => {
    const basic = Buffer.from(`anybody:${tokens.write}`).toString('base64');
    for (const [where, headers] of [
      ['/api/symbols', { 'auth-token': tokens.write }],
      ['/api/symbols', { 'auth-token': `${tokens.write}-nightly-build` }],
      ['/api/symbols', { authorization: `Basic ${basic}` }],
      [`/api/symbols?key=${tokens.write}`, {}],
      ['/api/symbols', { authorization: `Bearer ${ADMIN_TOKEN}` }],
    ] as const) {
      const reply = await send(where, text, headers);
      assert.ok([200, 201].includes(reply.status), `${where} ${JSON.stringify(headers)}: ${reply.text}`);
    }
  });

  test('is closed without a token, and for readers', async () => {
    for (const [headers, code, says] of [
      [{}, 'no_token', /tokens are made on the account page/],
      [{ authorization: 'Bearer nonsense' }, 'wrong_token', /begin with "mayday_"/],
      [{ authorization: 'Bearer mayday_x' }, 'wrong_token', /deleted, has expired, or is not whole/],
      [{ 'auth-token': tokens.read }, 'not_allowed', /this token has the role read/],
    ] as const) {
      const reply = await send('/api/symbols', text, headers);
      assert.equal(reply.status, 401);
      assert.equal(reply.json.error.code, code);
      assert.match(reply.json.error.message, says);
    }
    await assertNothingIn();
  });
});

describe('an upload with a fault', () => {
  const refused = async (body: string | Buffer, status: number, code: string): Promise<void> => {
    const reply = await send('/api/symbols', body, bearer());
    assert.equal(reply.json?.error?.code ?? reply.json?.files?.[0]?.code, code, reply.text);
    assert.equal(reply.status, status);
    await assertNothingIn();
  };

  test('empty: refused', () => refused('', 400, 'empty'));
  test('not symbols: refused', () => refused('a log file\n'.repeat(100), 400, 'not_symbols'));
  test('a native file that is cut off: refused', () =>
    refused(Buffer.from('7f454c460201010000', 'hex'), 400, 'unusable'));
  test('truncated gzip: refused', () =>
    refused(gzipSync(symbolText()).subarray(0, 60), 400, 'bad_compression'));
  test('truncated zstd: refused', () =>
    refused(zstdCompressSync(symbolText()).subarray(0, 60), 400, 'bad_compression'));
  test('a MODULE line without a usable id: refused', () =>
    refused('MODULE Linux x86_64 000000000000000000000000000000000 a\nFUNC 1 1 0 f\n', 400, 'bad_id'));
  test('an empty archive: refused', async () => refused(await zipOf({}), 400, 'empty'));

  test('a truncated archive: refused', async () => {
    const zip = await zipOf({ [TREE]: symbolText() });
    for (const length of [5, 40, Math.floor(zip.length / 2), zip.length - 1]) {
      await refused(zip.subarray(0, length), 400, 'bad_zip');
    }
  });

  test('an archive whose data is damaged: refused', async () => {
    const zip = await zipOf({ [TREE]: symbolText() });
    const at = zip.indexOf('.sym') + 30;
    zip.fill(0xff, at, at + 40);
    const reply = await send('/api/symbols', zip, bearer());
    assert.equal(reply.status, 400, reply.text);
    await assertNothingIn();
  });

  test('names that lead out of the archive: refused, nothing written anywhere', async () => {
    const zip = await zipOf({ 'aaaaaaaa/aa/passwd.sym': symbolText() });
    await refused(renamed(zip, 'aaaaaaaa/aa/passwd.sym', '../../../../passwd.sym'), 400, 'bad_entry_name');
    await refused(renamed(zip, 'aaaaaaaa/aa/passwd.sym', '/etc/aa/aaa/passwd.sym'), 400, 'bad_entry_name');
    await refused(
      renamed(zip, 'aaaaaaaa/aa/passwd.sym', '..\\..\\aa\\aa\\passwd.sym'),
      400,
      'bad_entry_name',
    );
  });

  test('a debug file that is a path: only its last part counts', async () => {
    const reply = await send(
      '/api/symbols',
      symbolText({ debugFile: '../../etc/cron.d/libapp.so' }),
      bearer(),
    );
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json.files[0].debugFile, FILE);
    assert.notEqual(await storedText(), null);
  });

  test('another id than its place in the archive says: refused', async () => {
    const zip = await zipOf({ [TREE.replace('AABB', 'FFFF')]: symbolText() });
    await refused(zip, 400, 'id_mismatch');
  });

  test('larger than the limit: refused at once, and while it streams', async () => {
    const large = Buffer.alloc(5 * MIB, 'x');
    await refused(large, 413, 'too_large');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let n = 0; n < 80; n++) controller.enqueue(new Uint8Array(64 * 1024));
        controller.close();
      },
    });
    const response = await fetch(`${running.url}/api/symbols`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: bearer(),
    });
    assert.equal(response.status, 413);
    await assertNothingIn();
  });

  test('a gzip bomb: refused by its ratio', () =>
    refused(gzipSync(Buffer.alloc(30 * MIB)), 413, 'compression_ratio'));
  test('a text beyond the limit: refused', () => {
    const line = `FUNC 1000 40 0 ${'f'.repeat(200)}\n`;
    const noise = Buffer.from(Array.from({ length: 220_000 }, (_, n) => `${n * 7919} ${line}`).join(''));
    return refused(zstdCompressSync(noise), 413, 'text_too_large');
  });

  test('a zip bomb: refused by its ratio, before it is unpacked', async () => {
    const reply = await send(
      '/api/symbols',
      await zipOf({ [TREE]: Buffer.alloc(128 * MIB, '\n') }),
      bearer(),
    );
    assert.equal(reply.json.error.code, 'compression_ratio', reply.text);
    await assertNothingIn();
  });

  test('a zip bomb that lies about its size: refused', async () => {
    const zip = await zipOf({ [TREE]: Buffer.alloc(20 * MIB, '\n') });
    const central = zip.indexOf(Buffer.from('504b0102', 'hex'));
    zip.writeUInt32LE(1000, central + 24);
    const reply = await send('/api/symbols', zip, bearer());
    assert.equal(reply.json.error.code, 'bad_zip', reply.text);
    await assertNothingIn();
  });

  test('too many entries: refused', async () => {
    const zip = await zipOf({ [TREE]: symbolText() });
    const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
    zip.writeUInt16LE(20_001, end + 8);
    zip.writeUInt16LE(20_001, end + 10);
    await refused(zip, 413, 'too_many_entries');
  });

  test('a client that goes away leaves nothing', async () => {
    const socket = net.connect(Number(new URL(running.url).port), '127.0.0.1');
    socket.write(
      `POST /api/symbols HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.write}\r\nContent-Length: 100000\r\n\r\nMODULE `,
    );
    for (let n = 0; scratch().length === 0 && n < 200; n++) await new Promise((done) => setTimeout(done, 10));
    assert.equal(scratch().length, 1);
    socket.destroy();
    for (let n = 0; scratch().length > 0 && n < 200; n++) await new Promise((done) => setTimeout(done, 10));
    await assertNothingIn();
  });
});

describe('sym_upload v1 (form)', () => {
  const fields = [
    { name: 'os', content: 'Linux' },
    { name: 'cpu', content: 'x86_64' },
    { name: 'debug_file', content: FILE },
    { name: 'code_file', content: FILE },
    { name: 'debug_identifier', content: ID },
  ];

  test('is taken, and answered 200, which is the only success that its clients know', async () => {
    const { body, contentType } = formBody([
      ...fields,
      { name: 'symbol_file', filename: 'libapp.so.sym', content: symbolText() },
    ]);
    const reply = await send(`/api/symbols?key=${tokens.write}`, body, { 'content-type': contentType });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.json.stored, 1);
    assert.equal(await storedText(), symbolText());
    const again = await send(`/api/symbols?key=${tokens.write}`, body, { 'content-type': contentType });
    assert.equal(again.status, 200);
    assert.equal(again.json.duplicate, 1);
  });

  test('names symbols that have no MODULE line', async () => {
    const bare = symbolText().split('\n').slice(1).join('\n');
    const hyphens = 'AABBCCDD-EEFF-0011-2233-445566778899-0';
    const { body, contentType } = formBody([
      ...fields.filter(({ name }) => name !== 'debug_identifier'),
      { name: 'debug_identifier', content: hyphens },
      { name: 'symbol_file', filename: 'a.sym', content: bare },
    ]);
    const reply = await send('/api/symbols', body, { 'content-type': contentType, ...bearer() });
    assert.equal(reply.status, 200, reply.text);
    assert.equal((await running.store.symbols.getSymbols({ debugFile: FILE, debugId: ID }))?.os, 'Linux');
  });

  test('is refused where the form and the file disagree', async () => {
    const { body, contentType } = formBody([
      { name: 'debug_file', content: FILE },
      { name: 'debug_identifier', content: `${'9'.repeat(32)}0` },
      { name: 'symbol_file', filename: 'a.sym', content: symbolText() },
    ]);
    const reply = await send('/api/symbols', body, { 'content-type': contentType, ...bearer() });
    assert.equal(reply.json.error.code, 'id_mismatch');
    await assertNothingIn();
  });

  test('is refused where the form is broken', async () => {
    const { body, contentType } = formBody([
      ...fields,
      { name: 'symbol_file', filename: 'a.sym', content: symbolText() },
    ]);
    const reply = await send('/api/symbols', body.subarray(0, -30), {
      'content-type': contentType,
      ...bearer(),
    });
    assert.equal(reply.json.error.code, 'bad_form', reply.text);
    await assertNothingIn();
  });
});

describe('sym_upload v2', () => {
  const create = () => send(`/v1/uploads:create?key=${tokens.write}`, '');
  const word = (text: string, name: string): string =>
    new RegExp(`"${name}": "([^"]+)"`).exec(text)?.[1] ?? '';
  // Exactly the body of symbol_collector_client.cc, which is no JSON.
  const completeBody = (id = ID): string =>
    `{ symbol_id: {debug_file: "${FILE}", debug_id: "${id}" }, symbol_upload_type: "BREAKPAD", use_async_processing: true }`;
  const complete = (key: string, id = ID) =>
    send(`/v1/uploads/${key}:complete?key=${tokens.write}`, completeBody(id), {
      'content-type': 'application/son',
    });
  const status = async () => {
    const response = await fetch(`${running.url}/v1/symbols/${FILE}/${ID}:checkStatus?key=${tokens.write}`);
    assert.equal(response.status, 200);
    return word(await response.text(), 'status');
  };

  test('goes all its steps with the words that its client looks for', async () => {
    assert.equal(await status(), 'MISSING');
    const created = await create();
    assert.equal(created.status, 200);
    assert.match(created.text, /"uploadUrl": "http/);
    assert.match(created.text, /"uploadKey": "/);
    const put = await send(word(created.text, 'uploadUrl'), symbolText(), {}, 'PUT');
    assert.equal(put.status, 200, put.text);
    const completed = await complete(word(created.text, 'uploadKey'));
    assert.equal(completed.status, 200, completed.text);
    assert.equal(word(completed.text, 'result'), 'OK');
    assert.equal(await status(), 'FOUND');
    assert.equal(await storedText(), symbolText());

    const again = await create();
    await send(word(again.text, 'uploadUrl'), symbolText(), {}, 'PUT');
    assert.equal(word((await complete(word(again.text, 'uploadKey'))).text, 'result'), 'DUPLICATE_DATA');
    assert.deepEqual(scratch(), []);
  });

  test('refuses a wrong key, an unknown upload, and other symbols than announced', async () => {
    assert.equal((await send('/v1/uploads:create?key=wrong', '')).status, 403);
    assert.equal((await send(`/v1/uploads:create?key=${tokens.read}`, '')).status, 403);
    assert.equal((await send(`/v1/uploads/${'0'.repeat(48)}`, symbolText(), {}, 'PUT')).status, 404);
    assert.equal((await complete('0'.repeat(48))).status, 404);
    const created = await create();
    assert.equal((await complete(word(created.text, 'uploadKey'))).status, 404);
    const other = await create();
    await send(word(other.text, 'uploadUrl'), symbolText(), {}, 'PUT');
    const wrong = await complete(word(other.text, 'uploadKey'), `${'9'.repeat(32)}0`);
    assert.equal(wrong.json.error.code, 'id_mismatch');
    await assertNothingIn();
  });
});

describe('Tecken’s POST /upload/', () => {
  test('takes a zip by the name of its part, and answers 201 with the upload', async () => {
    const zip = await zipOf({ [TREE]: symbolText(), 'app-symbols.txt': 'list', '.DS_Store': 'x' });
    const { body, contentType } = formBody([{ name: 'symbols.zip', filename: 'symbols.zip', content: zip }]);
    const reply = await send('/upload/', body, {
      'auth-token': `${tokens.write}-label`,
      'content-type': contentType,
    });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json.upload.filename, 'symbols.zip');
    assert.equal(reply.json.upload.user, 'writer@example.org');
    assert.ok(reply.json.upload.skipped_keys.includes('app-symbols.txt'));
    assert.equal(await storedText(), symbolText());
  });

  test('answers 403 with an error for a wrong token, after a large body, too', async () => {
    const { body, contentType } = formBody([
      { name: 'a.zip', filename: 'a.zip', content: Buffer.alloc(3 * MIB) },
    ]);
    const reply = await send('/upload/', body, {
      'auth-token': '0123456789abcdef',
      'content-type': contentType,
    });
    assert.equal(reply.status, 403);
    assert.equal(typeof reply.json.error, 'string');
  });

  test('answers 400 with an error for what is no zip', async () => {
    const { body, contentType } = formBody([
      { name: 'a.zip', filename: 'a.zip', content: 'PK\u0003\u0004 not really' },
    ]);
    const reply = await send('/upload/', body, { 'auth-token': tokens.write, 'content-type': contentType });
    assert.equal(reply.status, 400);
    assert.equal(typeof reply.json.error, 'string');
    await assertNothingIn();
  });
});
