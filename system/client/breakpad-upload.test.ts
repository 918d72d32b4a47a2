// The uploader of the real Breakpad, compiled from its sources (scripts/install-breakpad.sh), against a real server.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { getAttachment, getReport, listReports, startServer } from '../server.ts';
import { plainDump } from './reports.ts';

const SOURCES = process.env['BREAKPAD_SOURCES'] ?? '';

function whyNot(): string | false {
  if (SOURCES === '') return 'BREAKPAD_SOURCES is not set: "sh scripts/install-breakpad.sh" prints it';
  return spawnSync('g++', ['--version']).status === 0 ? false : 'g++ is not installed here';
}

test(
  'what Breakpad’s own uploader sends arrives whole, at both addresses, and once',
  { skip: whyNot() },
  async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mayday-breakpad-'));
    const server = await startServer();
    try {
      const program = path.join(dir, 'upload');
      const source = path.join(import.meta.dirname, 'breakpad-upload.cc');
      const sender = path.join(SOURCES, 'common/linux/http_upload.cc');
      execFileSync('g++', ['-std=c++17', `-I${SOURCES}`, source, sender, '-ldl', '-o', program]);
      for (const [index, endpoint] of ['/submit', '/post'].entries()) {
        const dump = plainDump(20_000 + index);
        const file = path.join(dir, `${index}.dmp`);
        writeFileSync(file, dump);
        const upload = () =>
          spawnSync(program, [`breakpad-${index}`, '1.2.3', file, `${server.submitUrl}${endpoint}`], {
            encoding: 'utf8',
          });
        const [first, again] = [upload(), upload()];
        assert.equal(first.status, 0, first.stdout + first.stderr);
        assert.match(first.stdout, /^200 CrashID=bp-/);
        assert.equal(again.stdout, first.stdout, 'a retry gets the same id');
        const reports = await listReports(server, `product=breakpad-${index}`);
        assert.equal(reports.length, 1);
        const report = await getReport(server, reports[0]?.crashId ?? '');
        assert.equal(report.version, '1.2.3');
        assert.deepEqual(await getAttachment(server, report.crashId, 'upload_file_minidump'), dump);
      }
    } finally {
      await server.remove();
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
