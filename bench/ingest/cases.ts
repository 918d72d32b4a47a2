// What the table of the benchmark sends: small reports, real minidumps of three sizes, and bytes that nothing makes smaller.
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { formUpload, type PreparedRequest } from './load.ts';
import { envelopeUpload, prepareSentryFolder } from './sentry-envelope.ts';

/** One line of the table. `goal` is what Mayday ÷ the floor is to reach. */
export interface Case {
  readonly label: string;
  readonly floor: 'drain' | 'fsync';
  readonly goal: number;
  readonly request: () => PreparedRequest;
  /** Fills the data folder before the server starts on it. */
  readonly prepare?: (dir: string) => Promise<void>;
}

const KIB = 1024;
/** Real minidumps: BENCH_DUMPS, or those of the shared test data. */
const DUMPS =
  process.env['BENCH_DUMPS'] ?? path.resolve(import.meta.dirname, '../../../shared/data/minidumps/dumps');

/** The lines of the table. Without a folder of real minidumps, bytes of their nature and size stand for them. */
export function benchCases(): readonly Case[] {
  return [
    { label: '1 KB', floor: 'drain', goal: 0.5, request: () => formUpload(dumpLike(KIB)) },
    {
      label: 'Sentry envelope',
      floor: 'drain',
      goal: 0.25,
      request: envelopeUpload,
      prepare: prepareSentryFolder,
    },
    dumpCase(51 * KIB, '51 KB'),
    dumpCase(151 * KIB, '151 KB'),
    dumpCase(1024 * KIB, '1 MB'),
    randomCase(100 * KIB, '100 KB'),
    randomCase(1024 * KIB, '1 MB'),
  ];
}

function dumpCase(bytes: number, label: string): Case {
  const real = realDump(bytes);
  return {
    label: real === null ? `made dump ${label}` : `real dump ${label}`,
    floor: 'fsync',
    goal: 1.2,
    request: () => formUpload(real ?? dumpLike(bytes)),
  };
}

function randomCase(bytes: number, label: string): Case {
  return {
    label: `random ${label}`,
    floor: 'fsync',
    goal: 0.7,
    request: () => formUpload(randomBytes(bytes)),
  };
}

/** The minidump whose size is nearest; null where none is within a tenth of it. */
function realDump(bytes: number): Buffer | null {
  let names: readonly string[];
  try {
    names = readdirSync(DUMPS).filter((name) => name.endsWith('.dmp'));
  } catch {
    return null;
  }
  const distance = (file: string): number => Math.abs(statSync(file).size - bytes);
  const [nearest] = names
    .map((name) => path.join(DUMPS, name))
    .toSorted((one, other) => distance(one) - distance(other));
  return nearest === undefined || distance(nearest) > bytes / 10 ? null : readFileSync(nearest);
}

/** Bytes of a minidump's nature: pointers and zeros, half of which compress away. */
export function dumpLike(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 0x9e3779b9;
  for (let at = 0; at + 8 <= size; at += 16) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + at) >>> 0;
    bytes.writeUInt32LE(state, at);
    bytes.writeUInt32LE(0x7ffd, at + 4);
  }
  bytes.write('MDMP', 0, 'latin1');
  return bytes;
}
