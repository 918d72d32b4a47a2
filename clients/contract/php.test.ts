// The contract of the client library for php, and what only PHP has: levels of warnings, fatal errors, requests.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { reportIn, variablesFor } from './bench.ts';
import { contractTests } from './contract-tests.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime, startProcess } from './run-sample.ts';
import type { SampleResult } from './run-sample.ts';

contractTests('php');

const FOLDER = path.resolve(import.meta.dirname, '..', 'php');

interface Stack {
  readonly kind: string;
  readonly message: string;
  readonly locations: readonly Readonly<Record<string, unknown>>[];
}

interface Sent {
  readonly severity: string;
  readonly count?: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly request?: Readonly<Record<string, string>>;
  readonly environment: { readonly variables: Readonly<Record<string, string>> };
  readonly stacktrace: readonly Stack[];
  readonly raw: string;
}

function sentTo(server: RecordingServer): Sent[] {
  return server.requests.map((request) => ({ ...(reportIn(request) as unknown as Sent), raw: request.body }));
}

/** Runs a scenario twice, the second time disabled; the output must be the same. */
async function runScenario(
  t: TestContext,
  scenario: string,
): Promise<{ result: SampleResult; sent: readonly Sent[] }> {
  const server = await startRecordingServer();
  t.after(() => server.close());
  const words = ['php', 'test/edges.php', scenario];
  const variables = variablesFor(server.url, new QueueFolder());
  const result = await startProcess(words, FOLDER, variables).finished;
  const plain = await startProcess(words, FOLDER, { ...variables, MAYDAY_DISABLED: '1' }).finished;
  assert.equal(result.stdout, plain.stdout);
  assert.equal(result.code, plain.code);
  return { result, sent: sentTo(server) };
}

describe('client library: php, edges', { skip: missingRuntime(languageNamed('php')) ?? false }, () => {
  it('reports warnings, but neither notices nor what @ silences', async (t) => {
    const { sent } = await runScenario(t, 'warnings');
    const found = sent.map(({ stacktrace, count }) => [stacktrace[0]?.kind, count ?? 1]);
    assert.deepEqual(found.toSorted(byText), [
      ['User Warning', 3],
      ['Warning', 1],
    ]);
    assert.ok(sent.every(({ severity }) => severity === 'normal'));
  });

  it('reports notices and deprecations when their levels are asked for and not silenced', async (t) => {
    const { sent } = await runScenario(t, 'notices');
    const kinds = sent.map(({ stacktrace }) => stacktrace[0]?.kind);
    assert.deepEqual(kinds.toSorted(byText), ['User Deprecated', 'User Notice']);
  });

  it('still runs the error handler that was there before, for every level', async (t) => {
    const { result, sent } = await runScenario(t, 'previous-error');
    assert.equal(result.stdout, 'previous: careful\nprevious: a notice\n');
    assert.equal(sent.length, 1);
  });

  for (const [scenario, kind, message] of [
    ['user-error', 'User Error', /^this is the end$/],
    ['memory', 'Fatal Error', /^Allowed memory size/],
    ['compile', 'Compile Error', /^Cannot (?:re)?declare class Twice/],
    ['parse', 'ParseError', /^syntax error/],
  ] as const) {
    it(`reports a fatal error once: ${scenario}`, async (t) => {
      const { result, sent } = await runScenario(t, scenario);
      assert.equal(result.code, 255);
      assert.equal(sent.length, 1);
      assert.equal(sent[0]?.severity, 'major');
      assert.equal(sent[0].stacktrace[0]?.kind, kind);
      assert.match(sent[0].stacktrace[0].message, message);
    });
  }

  it('reports what happens in the shutdown functions of the application', async (t) => {
    const { sent } = await runScenario(t, 'shutdown');
    assert.deepEqual(
      sent.map(({ stacktrace }) => stacktrace[0]?.message),
      ['at the very end'],
    );
  });

  it('sends arguments by name where locals are switched on, secrets filtered', async (t) => {
    const { sent } = await runScenario(t, 'locals');
    assert.deepEqual(sent[0]?.stacktrace[0]?.locations[0]?.['locals'], {
      card: '[filtered]',
      password: '[filtered]',
      basket: { apples: 3 },
    });
    assert.doesNotMatch(sent[0].raw, /hunter2/);
  });

  it('survives data that refers to itself, throws, or is no text', async (t) => {
    const { sent } = await runScenario(t, 'hostile');
    assert.equal(sent.length, 2);
    const first = sent.find(({ stacktrace }) => stacktrace[0]?.message.startsWith('mmm'));
    assert.equal(first?.data['broken'], '(reading it threw LogicException)');
    assert.equal(first.data['number'], 'NAN');
    assert.ok(first.raw.length < 256 * 1024);
  });

  it('lets beforeSend change and drop reports', async (t) => {
    const { sent } = await runScenario(t, 'before-send');
    assert.equal(sent.length, 1);
    assert.deepEqual(sent[0]?.data, { seen: true });
  });

  it('counts every warning of a flood without slowing the script down', async (t) => {
    const { result, sent } = await runScenario(t, 'flood');
    assert.match(result.stderr, /quick enough/);
    assert.deepEqual(
      sent.map(({ count }) => count),
      [5000],
    );
  });

  it('reports what a wrapped callable throws, and throws it on', async (t) => {
    const { result, sent } = await runScenario(t, 'wrap');
    assert.equal(result.stdout, 'the job failed: Division by zero\n');
    assert.equal(sent.length, 1);
  });

  it('sends the request of a page: variables, get, post, and cookies without their values', async (t) => {
    const server = await startRecordingServer();
    t.after(() => server.close());
    const port = 20_000 + (process.pid % 20_000);
    const words = ['php', '-S', `127.0.0.1:${port}`, 'test/edges.php'];
    const web = startProcess(words, FOLDER, variablesFor(server.url, new QueueFolder()));
    t.after(async () => {
      web.process.kill();
      await web.finished;
    });
    const page = await fetchWhenUp(`http://127.0.0.1:${port}/page?id=4&token=hunter2`);
    assert.match(page, /^the page begins\n\nFatal error: Uncaught RuntimeException: no such page/);
    await server.arrived(1);
    const [report] = sentTo(server);
    assert.deepEqual(report?.request, {
      G_id: '4',
      G_token: '[filtered]',
      P_quantity: '3',
      P_password: '[filtered]',
      C_sid: '[filtered]',
    });
    const { variables } = report.environment;
    assert.equal(variables['REQUEST_METHOD'], 'POST');
    assert.equal(variables['QUERY_STRING'], 'id=4&token=[filtered]');
    assert.equal(variables['HTTP_AUTHORIZATION'], '[filtered]');
    assert.doesNotMatch(report.raw, /hunter2/);
  });
});

async function fetchWhenUp(url: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { Cookie: 'sid=hunter2', Authorization: 'Bearer hunter2hunter2' },
        body: new URLSearchParams({ quantity: '3', password: 'hunter2' }),
      });
      return await answer.text();
    } catch (error) {
      if (attempt > 50) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  }
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}

/** Runs a program of the test's own against a server; returns what was sent and printed. */
async function runText(
  t: TestContext,
  program: string,
): Promise<{ result: SampleResult; sent: readonly Sent[]; server: string }> {
  const server = await startRecordingServer();
  t.after(() => server.close());
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'mayday-php-')), 'program.php');
  const library = path.resolve(import.meta.dirname, '../php/mayday.php');
  writeFileSync(file, `<?php\nrequire '${library}';\n${program}`);
  const variables = variablesFor(server.url, new QueueFolder());
  const result = await startProcess(['php', file], path.dirname(file), variables).finished;
  const sent = server.requests.map((request) => reportIn(request) as unknown as Sent);
  return { result, sent, server: server.url };
}

describe('php: frameworks and web servers', { skip: missingRuntime(languageNamed('php')) ?? false }, () => {
  it('reports memory that ran out once where a framework makes an exception of it', async (t) => {
    // As Symfony's handler does: at the end of the script it hands an error with the same place to the handler of exceptions.
    const { sent, result } = await runText(
      t,
      `Mayday::start();
class OutOfMemoryError extends Error {
    public function at(array $last) { $this->message = $last['message']; $this->file = $last['file']; $this->line = $last['line']; return $this; }
}
$previous = set_exception_handler(function ($error) use (&$previous) { if ($previous) { $previous($error); } });
register_shutdown_function(function () use (&$previous) {
    $last = error_get_last();
    if ($last !== null && ($last['type'] & E_ERROR)) {
        ini_set('memory_limit', '64M');
        try { $previous((new OutOfMemoryError())->at($last)); } catch (Throwable $thrown) { echo 'framework page'; }
    }
});
ini_set('memory_limit', '16M');
$kept = [];
while (true) { $kept[] = str_repeat('x', 1000000); }
`,
    );
    assert.match(result.stdout, /framework page/);
    assert.equal(sent.length, 1, JSON.stringify(sent.map(({ stacktrace }) => stacktrace[0]?.message)));
    assert.match(String(sent[0]?.stacktrace[0]?.message), /Allowed memory size/);
  });

  it('gives the visitor the page and the session before anything is sent', async (t) => {
    // The function of FPM, which is not there on the command line, tells whether the server had been reached by then.
    const { sent, result } = await runText(
      t,
      `function fastcgi_finish_request() {
    echo 'finished, session ', session_status() === PHP_SESSION_ACTIVE ? 'open' : 'closed', "\\n";
    echo 'waiting ', count(glob(getenv('MAYDAY_QUEUE_DIR') . '/queue/default/contract/*.new')), "\\n";
    return true;
}
session_save_path(sys_get_temp_dir());
@session_start();
Mayday::start();
Mayday::report(new RuntimeException('handled'));
`,
    );
    assert.match(result.stdout, /finished, session closed\nwaiting 1/);
    assert.equal(sent.length, 1);
  });
});
