// The page of a report: the crash is its headline, and the report list beside it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, frame, processed } from './support/seed-bugs.ts';
import { storeReport } from './support/seed.ts';
import { Visitor } from './support/visitor.ts';

let running: Running;
let writer: Visitor;
let reader: Visitor;
let crashId = '';
let nativeId = '';
let waitingId = '';

before(async () => {
  running = await startRunning();
  await addPerson(running.store, { email: 'ada@example.org', role: 'triage', seesProtected: true });
  await addPerson(running.store, { email: 'bob@example.org', role: 'read' });
  [writer, reader] = [new Visitor(running.url), new Visitor(running.url)];
  await writer.signIn('ada@example.org', PASSWORD);
  await reader.signIn('bob@example.org', PASSWORD);
  const sent = {
    product: 'shop',
    version: '1.0.3',
    platform: 'linux',
    installation: 'marta-laptop',
    annotations: {
      Comments: 'The basket was empty.',
      TotalPhysicalMemory: '17022345216',
      CrashTime: String(Math.floor(Date.now() / 1000) - 90),
    },
  };
  ({ crashId } = await fileReport(
    running.store,
    sent,
    processed([crash()], { uptimeSeconds: 8040, buildId: '20261118', processType: 'web' }),
  ));
  ({ crashId: nativeId } = await fileReport(
    running.store,
    { product: 'editor', version: '2.0', platform: null },
    processed(
      [
        crash({
          key: 'insert',
          kind: 'native',
          signature: 'TextBuffer::insert',
          message: 'EXCEPTION_ACCESS_VIOLATION_WRITE at 0x10',
          reason: 'EXCEPTION_ACCESS_VIOLATION_WRITE',
          address: '0x10',
          exceptions: [],
          threads: [
            {
              name: 'main',
              state: null,
              crashed: true,
              omittedFrames: 0,
              frames: [
                frame({ function: 'memcpy', module: 'libc.so', trust: 'context' }),
                frame({
                  function: 'TextBuffer::insert',
                  file: 'text_buffer.cpp',
                  line: 214,
                  inApp: true,
                  trust: 'cfi',
                }),
              ],
            },
          ],
        }),
      ],
      {
        product: 'editor',
        platform: 'Windows NT',
        minidumps: {
          upload_file_minidump: {
            status: 'OK',
            crash_info: {
              type: 'EXCEPTION_ACCESS_VIOLATION_WRITE',
              address: '0x10',
              instruction: 'mov [rax], 1',
              memory_accesses: [{ address: '0x10', size: 4, access_type: 'write' }],
            },
          },
        },
      },
    ),
  ));
  waitingId = await storeReport(running.store, { product: 'shop', version: '1.0.4' });
});
after(() => running.stop());

const words = (text: string): string => text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
const page = async (id: string, visitor = writer): Promise<string> =>
  (await visitor.get(`/reports/${id}`)).text;
const heading = (text: string): string => words(/<h1[^>]*>(.*?)<\/h1>/.exec(text)?.[1] ?? '').trim();

describe('a report', () => {
  test('is headed by its crash and the place in the source', async () => {
    assert.match(
      heading(await page(crashId)),
      /^ZeroDivisionError \| shop\.cart\.total \/srv\/shop\/cart\.py:21$/,
    );
    assert.match(heading(await page(nativeId)), /^TextBuffer::insert text_buffer\.cpp:214$/);
  });

  test('is headed by its product and version until it is processed', async () => {
    assert.equal(heading(await page(waitingId)), 'Report of shop 1.0.4');
  });

  test('says who, which version and when in words', async () => {
    const said = words(await page(crashId));
    for (const part of [
      /Bug #1 open 1 crash, the first /,
      /Version shop 1\.0\.3 build 20261118, web process/,
      /System linux 6\.1 amd64/,
      /When came just now sent 1.min 3\d.s after the crash/,
      /Ran for 2.h 14.min before it crashed/,
      /Who installation marta-laptop all reports of this installation/,
    ]) {
      assert.match(said, part);
    }
  });

  test('leads to all reports of its installation', async () => {
    const [, link = ''] = /href="([^"]+)">all reports of this installation/.exec(await page(crashId)) ?? [];
    assert.match((await writer.get(link.replaceAll('&amp;', '&'))).text, new RegExp(crashId.slice(0, 8)));
  });

  test('shows the comment of a person unfolded and before the stack, to those who may see it', async () => {
    const text = await page(crashId);
    const [comment, stack, folded] = [
      text.indexOf('The basket was empty.'),
      text.indexOf('id="crash"'),
      text.indexOf('<details', text.indexOf('<main')),
    ];
    assert.ok(0 < comment && comment < stack && comment < folded);
    assert.equal((await page(crashId, reader)).includes('The basket was empty.'), false);
  });

  test('has one word for what the program did in headline, facts and stack', async () => {
    const text = words(await page(nativeId));
    assert.match(
      text,
      /The program wrote to memory that it may not use\..*EXCEPTION_ACCESS_VIOLATION_WRITE at 0x10/,
    );
    assert.match(text, /It touches write 4 bytes at 0x10/);
    assert.doesNotMatch(text, /\bread (?:from|4 bytes)|_READ/);
  });

  test('shows memory in the units of people with the digits beside it', async () => {
    assert.match(words(await page(crashId)), /TotalPhysicalMemory 15\.9.GB 17022345216/);
  });
});

describe('a bug', () => {
  test('says the message of the crash whose stack it shows', async () => {
    const made = (reason: string) =>
      crash({
        key: 'paint',
        kind: 'native',
        signature: 'paint',
        message: `${reason} at 0x0`,
        reason,
        exceptions: [],
      });
    const first = await fileReport(
      running.store,
      { product: 'view' },
      processed([made('ACCESS_READ')], { product: 'view' }),
    );
    await fileReport(
      running.store,
      { product: 'view' },
      processed([made('ACCESS_WRITE')], { product: 'view' }),
    );
    const text = words((await writer.get(`/bugs/${first.filed[0]?.bugId ?? 0}`)).text);
    const [above] = text.split(' Stack ');
    assert.match(above ?? '', /ACCESS_WRITE at 0x0/);
    assert.doesNotMatch(above ?? '', /ACCESS_READ/);
  });
});

describe('the report list', () => {
  const headers = async (path: string): Promise<readonly string[]> =>
    [...(await writer.get(path)).text.matchAll(/<th scope="col"[^>]*>([^<]*)</g)].map(
      ([, label]) => label ?? '',
    );

  before(async () => {
    await storeReport(running.store, {
      product: 'Jami',
      platform: 'Ubuntu 22.04.4 LTS x86_64',
      annotations: {
        client_sha: 'ab12',
        jamicore_sha: 'cd34',
        build_id: '202611',
        platform: 'Ubuntu 22.04.4 LTS x86_64',
      },
    });
  });

  test('has bug and signature as columns, and the fields of Jami among reports of Jami alone', async () => {
    const all = await headers('/reports');
    assert.deepEqual(all.slice(0, 3), ['Report', 'Signature', 'Bug']);
    assert.equal(all.includes('Client SHA'), false);
    assert.equal((await headers('/reports?product=Jami')).includes('Client SHA'), true);
    assert.equal((await headers('/reports?product=shop')).includes('Client SHA'), false);
  });

  test('says platforms to their end, and what processing found where nothing was sent', async () => {
    const { text } = await writer.get('/reports');
    assert.match(text, /<span class="whole">Ubuntu 22\.04\.4 LTS x86_64<\/span>/);
    const [, link = ''] = /<a href="([^"]+)"><span class="whole">Windows NT</.exec(text) ?? [];
    assert.match((await writer.get(link.replaceAll('&amp;', '&'))).text, new RegExp(nativeId.slice(0, 8)));
  });
});
