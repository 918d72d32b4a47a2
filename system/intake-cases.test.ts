// Reports of clients that get one chance, from the wire to the processed report: what real ones sent where the shared data lies beside this
// checkout, and requests of the same kinds that are made here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { crashIdOf, dump, form, post, submit } from './requests.ts';
import { api, getReport, listReports, startServer, type TestServer } from './server.ts';

const SHARED = path.resolve(import.meta.dirname, '../../shared/data/cases/intake');
const skip = existsSync(SHARED) ? false : 'the shared data is not beside this checkout';
const shared = (name: string): Buffer => readFileSync(path.join(SHARED, name));
const PATIENCE_MS = 30_000;

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.remove());

function raw(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.submitPort, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (/\r\n\r\n[\s\S]+\n$/.test(text)) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

interface Processed {
  readonly status: string;
  readonly notes: readonly string[];
  readonly crashes: readonly { readonly signature: string; readonly message: string; readonly day: string }[];
}

async function processed(crashId: string): Promise<Processed> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = (await (await api(server, `/api/reports/${crashId}/processed`)).json()) as {
      processed: Processed | null;
    };
    if (answer.processed !== null) return answer.processed;
    assert.ok(Date.now() < end, 'the report was never processed');
    await sleep(100);
  }
}

const idIn = (text: string): string => /CrashID=bp-([0-9a-f-]{36})/.exec(text)?.[1] ?? assert.fail(text);

describe('Crashpad', () => {
  test("its socket transport's HTTP/1.0 with chunks, and a target with blanks", async () => {
    const { body, type } = form([dump(Buffer.from('MDMP of the socket transport'))]);
    const head = `POST /submit?product=My App&version=1.0 beta HTTP/1.0\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunks = [
      Buffer.from(`${head}${body.length.toString(16)}\r\n`),
      body,
      Buffer.from('\r\n0\r\n\r\n'),
    ];
    const report = await getReport(server, idIn(await raw(Buffer.concat(chunks))));
    assert.deepEqual([report.product, report.version], ['My App', '1.0 beta']);
  });

  test('what it sends when it cannot read annotations is taken, with a note; from others it is no_annotations', async () => {
    const { body, type } = form([dump(Buffer.from('MDMP without annotations'))]);
    const asCrashpad = { 'content-type': type, 'user-agent': 'Crashpad/0.8.0 libcurl/8' };
    const taken = await post(`${server.submitUrl}/submit`, body, asCrashpad);
    assert.ok((await getReport(server, crashIdOf(taken))).notes.length > 0);
    const refused = await post(`${server.submitUrl}/submit`, body, { 'content-type': type });
    assert.deepEqual([refused.status, refused.text.trim()], [400, 'Discarded=no_annotations']);
  });

  for (const name of ['crashpad-socket-http10.bin', 'crashpad-no-annotations.bin']) {
    test(`${name} as it was sent`, { skip }, async () => {
      await processed(idIn(await raw(shared(name))));
    });
  }
});

describe('a dump', () => {
  // Its boundary is its own: two of one boundary would be one form.
  const inner = Buffer.from(
    form([{ name: 'prod', value: 'Inner' }, dump(Buffer.from('MDMP of the inner form'))])
      .body.toString('latin1')
      .replaceAll('---MultipartBoundary-4cdd7ec1', '----inner'),
    'latin1',
  );
  const kinds: readonly (readonly [string, (content: Buffer) => Buffer])[] = [
    ['gzip', (content) => gzipSync(content)],
    ['zstd', (content) => zstdCompressSync(content)],
  ];
  for (const [kind, pack] of kinds) {
    test(`in ${kind} is stored as sent and read unpacked`, async () => {
      const packed = pack(Buffer.from(`MDMP in ${kind}`));
      const crashId = crashIdOf(
        await submit(server.submitUrl, [{ name: 'prod', value: 'Packed' }, dump(packed)]),
      );
      assert.equal((await getReport(server, crashId)).attachments[0]?.size, packed.length);
      assert.match(
        (await processed(crashId)).notes.join('\n'),
        new RegExp(`was sent as ${kind === 'gzip' ? 'gzip' : 'zst'}`),
      );
    });
  }

  test('that is a whole form is understood by what is in it', async () => {
    const crashId = crashIdOf(
      await submit(server.submitUrl, [{ name: 'prod', value: 'Old Electron' }, dump(inner)]),
    );
    assert.match((await processed(crashId)).notes.join('\n'), /was sent as/);
  });

  test('that is empty is kept and cannot be processed', async () => {
    const crashId = crashIdOf(
      await submit(server.submitUrl, [{ name: 'prod', value: 'Empty' }, dump(Buffer.alloc(0))]),
    );
    assert.equal((await processed(crashId)).status, 'unprocessable');
  });

  test('dump.dmp.gz has the signature of the dump', { skip }, async () => {
    const crashId = crashIdOf(
      await submit(server.submitUrl, [{ name: 'prod', value: 'Real' }, dump(shared('dump.dmp.gz'))]),
    );
    const { status, notes, crashes } = await processed(crashId);
    assert.equal(status, 'processed');
    assert.match(notes.join('\n'), /was sent as gzip/);
    assert.ok((crashes[0]?.signature ?? '') !== '');
  });

  test('truncated-crashpad.dmp is processed as far as it goes', { skip }, async () => {
    const crashId = crashIdOf(
      await submit(server.submitUrl, [
        { name: 'prod', value: 'Cut' },
        dump(shared('truncated-crashpad.dmp')),
      ]),
    );
    await processed(crashId);
  });
});

test('null is no product and no version', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'extra', value: '{"ProductName":null,"Version":null,"BuildID":"1"}', type: 'application/json' },
    dump(Buffer.from('MDMP null')),
  ]);
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual([report.product, report.version], ['default', null]);
});

describe('CrashKit', () => {
  async function send(
    product: string,
    body: string | Buffer,
  ): Promise<
    {
      readonly message: string;
      readonly title: string;
      readonly firstSeenAt: string;
      readonly lastSeenAt: string;
    }[]
  > {
    const answer = await post(`${server.submitUrl}/default/products/${product}/post-report/0/0`, body);
    assert.match(answer.text, /^response=ok/);
    const sent = (await listReports(server)).find((report) => report.product === product);
    await processed(sent?.crashId ?? '');
    const { bugs } = (await (await api(server, `/api/bugs?product=${product}`)).json()) as {
      bugs: Awaited<ReturnType<typeof send>>;
    };
    return bugs;
  }

  test('the shortest message of a chain is that of the bug', { skip }, async () => {
    const [bug] = await send('ckcauses', shared('ck-cause-messages.json'));
    assert.equal(bug?.message, 'cannot parse');
  });

  test('a bug was seen on the day that its client says, in the list as on its page', async () => {
    const day = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
    const bugs = await send(
      'ckdays',
      JSON.stringify([
        { language: 'python', date: day, exceptions: [{ name: 'E', message: 'm', locations: [] }] },
      ]),
    );
    assert.deepEqual(
      [bugs[0]?.firstSeenAt, bugs[0]?.lastSeenAt],
      [`${day}T00:00:00.000Z`, `${day}T00:00:00.000Z`],
    );
  });

  test('a date that is too old counts on arrival, and a note says so', { skip }, async () => {
    await send('ckdate', shared('ck-date.json'));
    const sent = (await listReports(server)).find((report) => report.product === 'ckdate');
    assert.match(
      (await processed(sent?.crashId ?? '')).notes.join('\n'),
      /2009-01-12 lies more than 400 days before the report came/,
    );
  });
});
