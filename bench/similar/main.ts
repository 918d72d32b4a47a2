// How long similar bugs of one bug take to find among many: a product of bugs whose stacks share their servers and frameworks, as those
// of real programs do.
//
//   node bench/similar/main.ts [bugs]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { migrate } from '../../src/store/embedded/database/migrate.ts';
import { similarBugs } from '../../src/store/embedded/bugs/similar-bugs.ts';
import { stackNumbers } from '../../src/process/grouping/stack-numbers.ts';

const BUGS = Number(process.argv[2] ?? 20_000);
const ASKED = 300;
const GOAL_MS = 50;

/** A generator of numbers that gives the same ones each time. */
let state = 1;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % limit;
}

function stack(): readonly number[] {
  const own = Array.from(
    { length: 3 + below(6) },
    () => `shop.part${below(400)}.Service${below(12)}.call${below(8)}`,
  );
  const framework = Array.from({ length: 10 }, (_, depth) => `framework.Chain${depth}.handle${below(2)}`);
  return stackNumbers([...own, ...framework, 'server.Worker.run', 'main']);
}

const folder = await mkdtemp(path.join(tmpdir(), 'mayday-similar-'));
const connection = new Database(path.join(folder, 'mayday.db'));
try {
  migrate(connection);
  const account = connection.prepare(`SELECT id FROM accounts LIMIT 1`).pluck().get() ?? null;
  if (account === null) connection.prepare(`INSERT INTO accounts (id, name) VALUES (1, 'default')`).run();
  connection.pragma('foreign_keys = OFF');
  const bug = connection.prepare(`
    INSERT INTO bugs (id, product_id, key, source, title, title_steps, kind, message, search, state, severity, roles, count,
      installations, value_rows, first_seen_at, last_seen_at, created_at)
    VALUES (?, 1, ?, 'stack', ?, '[]', 'java', '', '', 'open', 0, '[]', 1, 0, 0, 0, 0, 0)`);
  const kept = connection.prepare(`INSERT INTO bug_stacks (bug_id, product_id, frames) VALUES (?, 1, ?)`);
  const frame = connection.prepare(
    `INSERT OR IGNORE INTO bug_frames (product_id, frame, bug_id) VALUES (1, ?, ?)`,
  );
  connection.transaction(() => {
    for (let id = 1; id <= BUGS; id += 1) {
      const frames = stack();
      bug.run(id, `key ${id}`, `bug ${id}`);
      kept.run(id, JSON.stringify(frames));
      for (const number of frames) frame.run(number, id);
    }
  })();
  const times: number[] = [];
  let found = 0;
  const cpu = process.cpuUsage();
  for (let asked = 0; asked < ASKED; asked += 1) {
    const started = performance.now();
    found += similarBugs(connection, 1 + below(BUGS), 5).length;
    times.push(performance.now() - started);
  }
  const used = process.cpuUsage(cpu);
  const cpuMs = (used.user + used.system) / 1000 / ASKED;
  times.sort((a, b) => a - b);
  const at = (part: number): string => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(
    `${BUGS} bugs: median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, slowest ${at(1)} ms (goal ${GOAL_MS} ms), processor time ${cpuMs.toFixed(1)} ms; ${(found / ASKED).toFixed(1)} found each\n`,
  );
} finally {
  connection.close();
  await rm(folder, { recursive: true, force: true });
}
