// Dumps that are gone, with the symbols that came after them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processMinidump } from '../../src/formats/crash/process-minidump.ts';
import { MemorySymbols } from '../../src/formats/symbols/memory-symbols.ts';
import { REPORT_SCHEMA } from '../../src/report/report.ts';
import type { Report } from '../../src/report/report.ts';
import { missingSymbolsOf } from '../../src/process/missing-symbols.ts';
import { walkDumps } from '../../src/process/walk-dumps.ts';
import { dumpOf } from '../formats/minidump/parsed.ts';
import { newReport } from '../store/conformance/report-builder.ts';

const ID = '030201000504070608090A0B0C0D0E0F0';
const OTHER_ID = '030201000504070608090A0B0C0D0E100';
const BUILD = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
const NAME = 'upload_file_minidump';

/** Two modules of one name, and a thread in each. */
function dump(): Uint8Array {
  const builder = dumpOf();
  return builder
    .modules(
      { base: 0x40_0000n, size: 0x10000, name: '/opt/app', codeView: builder.buildId(...BUILD, 15) },
      { base: 0x50_0000n, size: 0x10000, name: '/opt/old/app', codeView: builder.buildId(...BUILD, 16) },
    )
    .threads(
      { id: 1, context: builder.amd64({ rip: 0x40_1008n }) },
      { id: 2, context: builder.amd64({ rip: 0x50_1004n }) },
    )
    .build();
}

function symbols(...of: readonly (readonly [id: string, name: string])[]): MemorySymbols {
  const known = new MemorySymbols();
  for (const [id, name] of of)
    known.add(`MODULE Linux x86_64 ${id} app\nFILE 0 ${name}.c\nFUNC 1000 20 0 ${name}\n1000 20 7 0\n`);
  return known;
}

/** A report whose dump is gone. */
const report: Report = {
  schema: REPORT_SCHEMA,
  ...newReport(),
  attachments: [],
  gone: { dumps: { at: 1, why: 'days', names: [NAME] } },
};

async function again(
  walked: Awaited<ReturnType<typeof processMinidump>>,
  known: MemorySymbols | undefined,
): Promise<typeof walked | undefined> {
  const sent = { report, parts: new Map<string, Uint8Array>(), walked: { [NAME]: walked } };
  const dumps = await walkDumps(sent, known === undefined ? {} : { symbols: known }, []);
  return dumps.get(NAME);
}

test('frames of a dump that is gone get the names that symbols have which came later, as if it had been walked with them', async () => {
  const all = symbols([ID, 'here'], [OTHER_ID, 'there']);
  const before = await processMinidump(dump(), { symbols: symbols() });
  assert.equal(missingSymbolsOf([before]).length, 2);
  const now = await again(before, all);
  const whole = await processMinidump(dump(), { symbols: all });
  assert.deepEqual(
    now?.threads.map(({ frames }) => frames[0]?.function),
    ['here', 'there'],
  );
  assert.deepEqual([now?.threads, now?.modules], [whole.threads, whole.modules]);
  assert.deepEqual(missingSymbolsOf(now === undefined ? [] : [now]), []);
});

test('what a dump that is gone was understood to be is never replaced by less', async () => {
  const first = await processMinidump(dump(), { symbols: symbols([ID, 'here']) });
  // The symbols of before are gone; others came.
  const then = await again(first, symbols([OTHER_ID, 'there'], [ID, 'renamed']));
  assert.deepEqual(
    then?.threads.map(({ frames }) => frames[0]?.function),
    ['here', 'there'],
  );
  for (const known of [symbols(), undefined]) assert.deepEqual(await again(first, known), first);
});
