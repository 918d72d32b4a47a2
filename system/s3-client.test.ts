// The client of S3 against a real server, with a network between them that fails.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test } from 'node:test';
import { S3Client, PART_BYTES } from '../src/store/s3/s3-client.ts';
import { S3Error } from '../src/store/s3/s3-error.ts';
import { NO_S3_SERVER, startS3Server, type S3Fault, type S3TestServer } from './s3-server.ts';

const LARGE = 2 * PART_BYTES + 12_345;

describe('the S3 client', { skip: NO_S3_SERVER }, () => {
  let server: S3TestServer;
  let client: S3Client;
  let straight: S3Client;
  before(async () => {
    server = await startS3Server();
    await server.makeBucket('files');
    client = new S3Client('files', server.faulty);
    straight = new S3Client('files', server.settings);
  });
  after(() => server.stop());
  beforeEach(() => {
    server.fault = () => null;
  });

  const large = randomBytes(LARGE);
  const partOf = async (at: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(large.subarray(at, at + length));
  const all = (key: string): Promise<Buffer> => buffer(straight.get(key));
  /** Each of these once, for the requests that match. */
  const once = (method: string, url: RegExp, ...faults: readonly S3Fault[]): (() => number) => {
    const left = [...faults];
    server.fault = (request) =>
      request.method === method && url.test(request.url) ? (left.shift() ?? null) : null;
    return () => left.length;
  };

  test('puts, gets, lists and deletes, whatever the key is made of', async () => {
    const keys = ['plain', "a b+c&d=e(f)!'*", 'ä/ö/<x>', 'a%20b'].map((name) => `odd/${name}`);
    for (const [index, key] of keys.entries()) await client.put(key, Buffer.from(`content ${index}`));
    for (const [index, key] of keys.entries()) {
      assert.equal(await client.text(key), `content ${index}`, key);
      assert.equal(await client.size(key), 9, key);
    }
    const listed: string[] = [];
    for await (const { objects } of client.list('odd/')) listed.push(...objects.map(({ key }) => key));
    assert.deepEqual(listed.toSorted(), keys.toSorted());
    const folders: string[] = [];
    for await (const page of client.list('odd/', '/')) folders.push(...page.folders);
    assert.deepEqual(folders, ['ä']);
    for (const key of keys) await client.delete(key);
    await client.delete('never/there');
    assert.deepEqual([await client.text('odd/plain'), await client.size('odd/plain')], [null, null]);
  });

  test('lists more than a page holds', async () => {
    for (let index = 0; index < 1005; index += 1) await straight.put(`many/${index}`, Buffer.from(''));
    const pages: number[] = [];
    for await (const { objects } of client.list('many/')) pages.push(objects.length);
    assert.deepEqual(pages, [1000, 5]);
  });

  test('puts what is large in parts, and gives any part of it', async () => {
    await client.putLarge('large', LARGE, partOf);
    assert.ok((await all('large')).equals(large));
    const part = await buffer(client.get('large', { at: PART_BYTES - 10, length: 20 }));
    assert.ok(part.equals(large.subarray(PART_BYTES - 10, PART_BYTES + 10)));
    assert.equal((await buffer(client.get('large', { at: 5, length: 0 }))).length, 0);
    await client.put('empty', Buffer.alloc(0));
    assert.equal((await buffer(client.get('empty'))).length, 0);
  });

  test('repeats what may pass, and goes on where an answer was cut off', async () => {
    for (const [method, url] of [
      ['POST', /uploads/],
      ['PUT', /partNumber=2/],
      ['POST', /uploadId=/],
    ] as const) {
      const left = once(method, url, '500', 'dead', 'stall', 'lost');
      await client.putLarge('again', LARGE, partOf);
      assert.equal(left(), 0, `${method} ${String(url)}`);
      assert.ok((await all('again')).equals(large));
    }
    const left = once('GET', /again/, '500', 'cut', 'cut', 'cut', 'stall', 'cut', 'cut', 'cut', 'cut', 'cut');
    assert.ok((await buffer(client.get('again'))).equals(large));
    assert.equal(left(), 0);
  });

  test('says in one sentence what was refused, and does not repeat what will not pass', async () => {
    const before = server.requests();
    await assert.rejects(() => buffer(client.get('nothing')), { name: 'S3Error', code: 'NoSuchKey' });
    assert.equal(server.requests(), before + 1);
    await assert.rejects(
      () => new S3Client('nowhere', server.faulty).put('x', Buffer.from('x')),
      /PUT s3:\/\/nowhere\/x was refused: NoSuchBucket .*Make the bucket first/,
    );
    const stranger = new S3Client('files', { ...server.faulty, secretAccessKey: 'wrong' });
    await assert.rejects(
      () => stranger.put('x', Buffer.from('x')),
      /SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/,
    );
    const nobody = new S3Client('files', { ...server.faulty, endpoint: 'http://127.0.0.1:1', attempts: 2 });
    await assert.rejects(
      () => nobody.put('x', Buffer.from('x')),
      /PUT s3:\/\/files\/x failed: .*127\.0\.0\.1:1/,
    );
    await client.put('only', Buffer.from('1'), { ifNew: true });
    await assert.rejects(() => client.put('only', Buffer.from('2'), { ifNew: true }), { status: 412 });
  });

  test('gives up in the end, and leaves no half of an upload behind', async () => {
    server.fault = ({ url }) => (url.includes('partNumber=3') ? '500' : null);
    await assert.rejects(() => client.putLarge('half', LARGE, partOf), /SlowDown/);
    server.fault = () => null;
    const refused = new Error('not what it should be');
    const accept = (): void => {
      throw refused;
    };
    await assert.rejects(() => client.putLarge('half', LARGE, partOf, accept), refused);
    assert.equal(await client.size('half'), null);
    // One that was killed.
    server.fault = ({ method, url }) =>
      /partNumber=2|uploadId/.test(url) && method !== 'GET' ? 'dead' : null;
    await assert.rejects(() => client.putLarge('half', LARGE, partOf), S3Error);
    server.fault = () => null;
    await client.abortUploads('ha');
    await client.putLarge('half', LARGE, partOf);
    assert.ok((await all('half')).equals(large));
  });
});
