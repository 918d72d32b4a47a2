// Small programs, one per handler of the JavaScript library under Node; started by javascript.test.ts.
'use strict';
const http = require('node:http');
const mayday = require('../../javascript/mayday.js');

// In two pieces, because source lines are sent.
const PASSWORD = ['hunter', '2'].join('');

function fail(message = 'deep inside') {
  throw new RangeError(message);
}

function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Asks a Connect-like chain of handlers one question through a real server. */
async function ask(handlers, { path = `/orders/7?amount=3&api_key=${PASSWORD}` } = {}) {
  const server = http.createServer((request, response) => {
    const left = [...handlers];
    const next = (error) => {
      const handler = left.shift();
      if (!handler) {
        response.statusCode = error ? 500 : 404;
        return response.end();
      }
      try {
        if (handler.length === 4) return error ? handler(error, request, response, next) : next();
        return error ? next(error) : handler(request, response, next);
      } catch (problem) {
        return next(problem);
      }
    };
    next();
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, {
    headers: { Cookie: `sid=${PASSWORD}; theme=dark`, Authorization: `Bearer ${PASSWORD}` },
  });
  console.log('answer', answer.status);
  server.close();
  server.closeAllConnections();
}

const programs = {
  rejection() {
    void Promise.reject(new RangeError('nobody cares'));
  },
  rejection_of_text() {
    void Promise.reject('only a text');
  },
  rejection_heard() {
    process.on('unhandledRejection', (reason) => console.log('heard', reason.message));
    void Promise.reject(new RangeError('somebody cares'));
    setTimeout(() => console.log('goes on'), 50);
  },
  rejection_no_longer_heard() {
    const listener = () => {};
    process.on('unhandledRejection', listener);
    process.off('unhandledRejection', listener);
    void Promise.reject(new RangeError('nobody cares'));
  },
  survives() {
    process.on('uncaughtException', (error) => console.log('handled', error.message));
    setTimeout(fail, 0);
    const startedAt = Date.now();
    setTimeout(() => console.log(Date.now() - startedAt < 500 ? 'goes on' : 'was held up'), 100);
  },
  exit() {
    mayday.report(new RangeError('just before the end'));
    process.exit(4);
  },
  exit_code() {
    process.exitCode = 5;
    mayday.report(new RangeError('with an exit code'));
  },
  thread() {
    const { Worker, isMainThread } = require('node:worker_threads');
    if (!isMainThread) return fail('in a worker');
    const worker = new Worker(__filename, { argv: ['thread'] });
    worker.on('error', (error) => console.log('worker failed:', error.message));
    return worker;
  },
  // A program that lives on, and whose end nobody sees.
  async stay() {
    mayday.report(new RangeError('first'));
    await pause(700);
    mayday.report(new TypeError('second'));
    await pause(2500);
    process.kill(process.pid, 'SIGKILL');
  },
  twice() {
    try {
      fail();
    } catch (error) {
      mayday.report(error);
      throw error;
    }
  },
  throws_text() {
    throw 'only a text';
  },
  aggregate() {
    mayday.report(new AggregateError([new TypeError('one'), new RangeError('two')], 'two went wrong'));
  },
  details() {
    try {
      require('node:fs').readFileSync('/no/such/file');
    } catch (error) {
      mayday.report(error);
    }
  },
  async chain() {
    await ask([mayday.requestContext(), () => fail('in a request'), mayday.errorHandler()]);
    await ask([
      mayday.requestContext(),
      (q, s, next) => next(Object.assign(new Error('bad'), { status: 404 })),
      mayday.errorHandler(),
    ]);
  },
  async context() {
    await mayday.withContext({ user: { id: 42 } }, async () => {
      await pause(10);
      mayday.report(new RangeError('inside'));
    });
    mayday.report(new TypeError('outside'));
  },
  hostile() {
    const loop = {};
    loop.loop = loop;
    const bad = new Proxy({}, { ownKeys: () => fail('no keys'), get: () => fail('no value') });
    const data = {
      loop,
      bad,
      long: 'x'.repeat(10_000_000),
      many: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, 'y'.repeat(1000)])),
      nan: Number.NaN,
      big: 10n ** 400n,
      symbol: Symbol('s'),
      list: Array.from({ length: 100_000 }, () => 1),
      map: new Map([['password', PASSWORD]]),
      password: PASSWORD,
      url: `http://a:${PASSWORD}@b/c`,
      surrogate: '\ud800',
      get broken() {
        return fail('no getter');
      },
      toString: null,
    };
    mayday.setContext({ user: ['not', 'a', 'map'], configuration: bad, request: data });
    mayday.report(new RangeError('z'.repeat(100_000)), data);
    const strange = new Error('strange');
    Object.defineProperty(strange, 'stack', { get: () => fail('no stack') });
    Object.defineProperty(strange, 'cause', { get: () => fail('no cause') });
    mayday.report(strange);
    mayday.report('only a text', 5);
    mayday.report(undefined);
    mayday.report(null, null);
    mayday.report(bad);
    mayday.report(Object.create(null));
    mayday.install({ beforeSend: () => fail('in beforeSend') });
    mayday.report(new Error('dropped'));
    mayday.install({ beforeSend: () => null });
    mayday.report(new Error('dropped'));
    console.log('goes on');
  },
  foreign_stacks() {
    const stacks = {
      firefox:
        'read@http://host/app.js:10:5\nDesk.prototype.take/<@http://host/app.js:20:7\n@http://host/app.js line 3 > eval:1:1\n',
      safari: 'read@http://host/app.js:10:5\nglobal code@http://host/app.js:30:1\n[native code]',
      chrome:
        'RangeError: x\n    at new Desk (http://host/app.js:10:5)\n    at async Desk.take (http://host/app.js:20:7)\n    at eval (eval at run (http://host/app.js:3:9), <anonymous>:1:1)\n    at Array.map (<anonymous>)\n    at http://host/app.js:40:2\n    at Object.run [as call] (http://host/a(1).js:1:2)',
      nonsense: `${'at '.repeat(50_000)}\n@@@@:::\n${'('.repeat(50_000)}`,
    };
    for (const [name, stack] of Object.entries(stacks)) {
      const error = new RangeError(name);
      error.stack = stack;
      mayday.report(error);
    }
  },
  recursion() {
    function forever() {
      forever();
    }
    Error.stackTraceLimit = 10_000;
    forever();
  },
};

mayday.install({ version: { number: 7, edition: 'pro' } });
programs[process.argv[2]]();
