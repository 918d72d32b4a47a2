// Looks into the queue of a client library and fills it; the format is the one of README.md.
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The product under which the suite's samples report. */
export const PRODUCT = 'contract';

/** A queue folder made for one test. */
export class QueueFolder {
  readonly home = mkdtempSync(path.join(tmpdir(), 'mayday-queue-'));
  readonly folder = path.join(this.home, 'queue', 'default', PRODUCT);

  /** Names of the reports that wait, sorted. */
  reports(): string[] {
    return this.names().filter((name) => /\.(json|new)$/.test(name) && name !== 'state.json');
  }

  /** Every name in the product's folder, sorted. */
  names(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).sort() : [];
  }

  read(name: string): Record<string, unknown> {
    return JSON.parse(readFileSync(path.join(this.folder, name), 'utf8')) as Record<string, unknown>;
  }

  /** The state after failures, or null. */
  state(): { failures: number; not_before: number } | null {
    if (!existsSync(path.join(this.folder, 'state.json'))) return null;
    return this.read('state.json') as { failures: number; not_before: number };
  }

  installationId(): string {
    return readFileSync(path.join(this.home, 'installation-id'), 'utf8').trim();
  }

  /** Puts a report that has been tried into the queue; returns its occurrence id. */
  add(options: { readonly at: Date; readonly bytes?: number; readonly id?: string }): string {
    const id = options.id ?? randomUUID();
    const report = {
      occurrence_id: id,
      language: 'test',
      stacktrace: [{ kind: 'Earlier', message: 'x'.repeat(options.bytes ?? 1), locations: [] }],
    };
    this.addFile(`${id}.json`, JSON.stringify(report), options.at);
    return id;
  }

  /** Puts any file into the product's folder. */
  addFile(name: string, content: string, at: Date = new Date()): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(path.join(this.folder, name), content);
    utimesSync(path.join(this.folder, name), at, at);
  }

  setRole(role: string): void {
    writeFileSync(path.join(this.home, 'role'), `${role}\n`);
  }
}
