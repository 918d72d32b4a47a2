// The guide to programs in C and C++ (docs/native-programs.md): its example is built with CMake and Breakpad's sources (scripts/install-breakpad.sh),
// crashes, and is sent by its next start; its Windows half is compiled by MinGW.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ADMIN_TOKEN, api, getReport, listReports, startServer } from '../server.ts';

const SOURCES = process.env['BREAKPAD_SOURCES'] ?? '';
const EXAMPLE = path.resolve(import.meta.dirname, '../../docs/examples/native');
const MINGW = 'x86_64-w64-mingw32-g++';

function whyNot(...tools: readonly string[]): string | false {
  if (SOURCES === '') return 'BREAKPAD_SOURCES is not set: "sh scripts/install-breakpad.sh" prints it';
  const lacking = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  return lacking.length === 0 ? false : `not on this machine: ${lacking.join(', ')}`;
}

function must(words: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const [command = '', ...parameters] = words;
  const done = spawnSync(command, parameters, {
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, ...env },
  });
  assert.equal(done.status, 0, `${command}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

test(
  'the example of the guide crashes, its next start sends it with its annotations, and its frames have names',
  { skip: whyNot('cmake', 'g++', 'objcopy') },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mayday-example-'));
    const server = await startServer();
    try {
      const build = path.join(folder, 'build');
      must([
        'cmake',
        '-S',
        EXAMPLE,
        '-B',
        build,
        '-DCLIENT=breakpad',
        `-DBREAKPAD_SOURCES=${SOURCES}`,
        `-DLSS_INCLUDE=${path.resolve(SOURCES, '../../lss')}`,
      ]);
      must(['cmake', '--build', build]);
      const program = path.join(build, 'order_desk');
      must(
        [
          process.execPath,
          path.resolve(import.meta.dirname, '../../bin/mayday.js'),
          'symbols',
          'upload',
          program,
          `${program}.debug`,
          '--url',
          server.reportsUrl,
        ],
        { MAYDAY_TOKEN: ADMIN_TOKEN },
      );

      const dumps = path.join(folder, 'dumps');
      const variables = { MAYDAY_SUBMIT: `${server.submitUrl}/submit`, MAYDAY_DUMPS: dumps };
      const died = spawnSync(program, ['crash'], { env: { ...process.env, ...variables }, encoding: 'utf8' });
      assert.equal(died.signal, 'SIGSEGV', died.stdout + died.stderr);
      assert.deepEqual(
        readdirSync(dumps)
          .map((name) => path.extname(name))
          .sort(),
        ['.dmp', '.meta'],
      );
      assert.match(must([program], variables), /^1 crashes of earlier runs were sent$/m);
      assert.deepEqual(readdirSync(dumps), []);

      const [listed, ...others] = await listReports(server, 'product=order-desk');
      assert.equal(others.length, 0);
      const report = await getReport(server, listed?.crashId ?? '');
      assert.equal(report.version, '1.2.3');
      const said = new Map(report.annotations.map(({ key, value }) => [key, value]));
      assert.equal(said.get('step'), 'delivering');
      assert.equal(said.get('environment'), 'production');
      assert.equal(await crashingFunction(server, report.crashId), 'Deliver');
    } finally {
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test('its Windows half compiles against Breakpad’s headers', { skip: whyNot(MINGW) }, () => {
  const files = ['crash_reports_breakpad.cc', 'main.cc'].map((name) => path.join(EXAMPLE, name));
  const defines = ['-DUNICODE', '-D_UNICODE', '-DNOMINMAX'];
  must([MINGW, '-std=c++20', '-fsyntax-only', ...defines, `-I${SOURCES}`, ...files]);
});

/** The name of the innermost frame, without its namespace and parameters, once the report has been processed. */
async function crashingFunction(
  server: Awaited<ReturnType<typeof startServer>>,
  crashId: string,
): Promise<string> {
  for (let turn = 0; turn < 300; turn++) {
    const answer = await api(server, `/api/reports/${crashId}/processed`);
    if (answer.status === 200) {
      const { processed } = (await answer.json()) as {
        readonly processed: {
          readonly minidumps: Readonly<
            Record<
              string,
              {
                readonly crashing_thread?: {
                  readonly frames: readonly {
                    readonly function: string | null;
                    readonly inlines?: readonly { readonly function: string | null }[] | null;
                  }[];
                };
              }
            >
          >;
        } | null;
      };
      if (processed !== null) {
        const [frame] = Object.values(processed.minidumps)[0]?.crashing_thread?.frames ?? [];
        const name = frame?.inlines?.[0]?.function ?? frame?.function ?? '';
        return /(\w+)(?:\(.*)?$/.exec(name)?.[1] ?? name;
      }
    }
    await new Promise((done) => {
      setTimeout(done, 100);
    });
  }
  throw new Error('the report is not processed');
}
