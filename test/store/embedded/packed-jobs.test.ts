// Jobs that cross to the writer thread arrive as they were sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packJobs, unpackJobs } from '../../../src/store/embedded/thread/packed-jobs.ts';
import type { Job } from '../../../src/store/embedded/thread/job.ts';
import { sealOf } from '../../../src/store/shared/report-seal.ts';
import type { NewReportRow } from '../../../src/store/shared/report-row.ts';

const text = fc.string({ unit: 'binary' });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const bytes = maybe(fc.uint8Array({ maxLength: 300 }));
const count = fc.nat();
const PLAIN = { noNullPrototype: true } as const;

const row: fc.Arbitrary<NewReportRow> = fc.record(
  {
    crashId: text,
    account: text,
    product: text,
    protocol: fc.constantFrom('crashpad', 'socorro', 'syncthing'),
    state: fc.constantFrom('queued', 'deferred'),
    schema: count,
    receivedAt: count,
    version: maybe(text),
    platform: maybe(text),
    identity: bytes,
    installation: maybe(text),
    token: maybe(text),
    payloadKind: text,
    encoding: text,
    bodyBytes: count,
    userAgent: maybe(text),
    clientHash: maybe(text),
    throttleRule: text,
    throttleAction: text,
    folderBytes: count,
    attachmentBytes: count,
    attachmentCount: count,
    noteCount: count,
    jamiJson: maybe(text),
    notesJson: text,
    attachmentsJson: text,
    annotationsJson: text,
    data: bytes,
    pack: maybe(fc.record({ pack: text, at: count, bytes: count }, PLAIN)),
    commitBefore: fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
  },
  PLAIN,
);
const growth = fc.record({ rows: count, files: count }, PLAIN);
const job: fc.Arbitrary<Job> = fc.oneof(
  fc.record({ name: fc.constant('commitReport' as const), args: fc.tuple(row), growth }, PLAIN),
  fc.record({ name: fc.constant('createAccount' as const), args: fc.tuple(text), growth }, PLAIN),
);

test('every job arrives as it was sent, in its place', () => {
  fc.assert(
    fc.property(fc.array(job, { maxLength: 20 }), (jobs) => {
      const packed = packJobs(jobs);
      const arrived = structuredClone(packed, { transfer: [packed.bytes.buffer] });
      assert.deepEqual(unpackJobs(arrived), jobs);
    }),
  );
});

test('the bytes of a report may lie anywhere in a larger buffer', () => {
  const pool = Buffer.from('before the data after');
  const [report] = fc.sample(row, { numRuns: 1, seed: 1 });
  assert.ok(report !== undefined);
  const sent: Job = {
    name: 'commitReport',
    args: [{ ...report, data: pool.subarray(7, 15) }],
    growth: { rows: 1, files: 0 },
  };
  const { bytes: crossing } = packJobs([sent]);
  assert.equal(crossing.length, (report.identity?.length ?? 0) + 8);
  const arrived = unpackJobs(packJobs([sent])).map(({ args }) => args[0] as NewReportRow);
  assert.deepEqual(
    arrived.map(({ data }) => Buffer.from(data ?? []).toString()),
    ['the data'],
  );
});

test('long annotations cross as bytes, whatever they say, and leave no string behind', () => {
  const [report] = fc.sample(row, { numRuns: 1, seed: 1 });
  assert.ok(report !== undefined);
  const annotationsJson = JSON.stringify([['long', 'a "quote", ü, 😀\ud800 '.repeat(10_000)]]);
  const other = { ...report, annotationsJson: '[]' };
  const sent = [other, { ...report, annotationsJson }, other].map((one): Job => ({
    name: 'commitReport',
    args: [one],
    growth: { rows: 1, files: 0 },
  }));
  const packed = packJobs(sent);
  assert.ok(JSON.stringify(packed.jobs).length < annotationsJson.length);
  const arrived = unpackJobs(structuredClone(packed, { transfer: [packed.bytes.buffer] }));
  const [before, long, after] = arrived.map(({ args }) => args[0] as NewReportRow);
  assert.deepEqual([before, after], [other, other]);
  assert.deepEqual(Buffer.from(long?.annotationsJson ?? ''), Buffer.from(annotationsJson));
  assert.equal(sealOf('', { ...report, ...long }), sealOf('', { ...report, annotationsJson }));
});
