// Run as a program by hostile.test.ts: processes the files that it is given, and prints the longest time of one and
// the most memory that the process ever had.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import { renderText } from '../../../src/formats/crash/crash-text.ts';

let slowestMs = 0;
const statuses: Record<string, string> = {};
for (const file of process.argv.slice(2)) {
  const raw = readFileSync(file);
  const bytes = file.endsWith('.gz') ? gunzipSync(raw) : raw;
  const start = performance.now();
  const report = await processMinidump(bytes);
  JSON.stringify(report);
  renderText(report);
  slowestMs = Math.max(slowestMs, performance.now() - start);
  statuses[file] = report.status;
}
process.stdout.write(
  JSON.stringify({ slowestMs, peakBytes: process.resourceUsage().maxRSS * 1024, statuses }),
);
