// From events of Sentry's clients to crashes: shapes, titles, main exceptions, own frames, symbols. Events of our own making.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MemorySymbols } from '../../src/formats/symbols/memory-symbols.ts';
import { processReport } from '../../src/process/pipeline.ts';
import type { ProcessedCrash } from '../../src/report/processed-report.ts';
import { filingOf } from '../../src/store/shared/filing.ts';
import type { ProductRules } from '../../src/store/bugs.ts';
import { optionsWith, reportOf } from './report-of.ts';

async function crashOf(
  event: unknown,
  symbols?: MemorySymbols,
  rules: Partial<ProductRules> = {},
): Promise<ProcessedCrash> {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const input = reportOf({ protocol: 'sentry', payloadKind: 'json' }, { 'payload.json': ['payload', body] });
  const processed = await processReport(input, {
    ...optionsWith(rules),
    ...(symbols !== undefined && { symbols }),
  });
  const [crash] = processed.crashes;
  assert.ok(crash !== undefined);
  return crash;
}

const frame = (name: string, fields: object = {}) => ({
  function: name,
  filename: `${name}.py`,
  lineno: 1,
  in_app: true,
  ...fields,
});
const exception = (type: string | null, value: string, fields: object = {}) => ({
  ...(type !== null && { type }),
  value,
  stacktrace: { frames: [frame('outer'), frame('inner')] },
  ...fields,
});
const python = (fields: object) => ({ platform: 'python', ...fields });

describe('an event of Sentry’s clients', () => {
  it('is read in every shape that exceptions come in', async () => {
    for (const shape of [{ values: [exception('E', 'v')] }, [exception('E', 'v')], exception('E', 'v')]) {
      const crash = await crashOf(python({ exception: shape }));
      assert.equal(crash.signature, 'E: v');
      assert.deepEqual(
        crash.exceptions[0]?.frames.map((one) => one.function),
        ['inner', 'outer'],
      );
    }
  });

  it('is named by the exception with the id 0, else by the last', async () => {
    const values = [
      exception('Cause', 'c', { mechanism: { exception_id: 1, parent_id: 0 } }),
      exception('Top', 't', { mechanism: { exception_id: 0 } }),
    ];
    assert.equal((await crashOf(python({ exception: { values } }))).signature, 'Top: t');
    assert.equal((await crashOf(python({ exception: { values: values.toReversed() } }))).signature, 'Top: t');
    assert.equal(
      (await crashOf(python({ exception: { values: [exception('A', '1'), exception('B', '2')] } })))
        .signature,
      'B: 2',
    );
  });

  it('of an exception group is named by its first member where all are alike', async () => {
    const group = exception('ExceptionGroup', 'two', {
      mechanism: { exception_id: 0, is_exception_group: true },
    });
    const member = (id: number, type: string) =>
      exception(type, `m${id}`, { mechanism: { exception_id: id, parent_id: 0 } });
    const alike = [member(2, 'ValueError'), member(1, 'ValueError'), group];
    assert.equal((await crashOf(python({ exception: { values: alike } }))).signature, 'ValueError: m1');
    const mixed = [member(2, 'KeyError'), member(1, 'ValueError'), group];
    assert.equal((await crashOf(python({ exception: { values: mixed } }))).signature, 'ExceptionGroup: two');
    const circle = [
      exception('A', 'a', { mechanism: { exception_id: 0, parent_id: 0, is_exception_group: true } }),
    ];
    assert.equal((await crashOf(python({ exception: { values: circle } }))).signature, 'A: a');
  });

  it('without a type is a message with a stack; a synthetic one of a page is its value', async () => {
    assert.equal(
      (await crashOf({ platform: 'node', exception: { values: [exception(null, 'stock is low\nmore')] } }))
        .signature,
      'stock is low',
    );
    const thrown = exception('Error', 'plain text', { mechanism: { synthetic: true } });
    assert.equal(
      (await crashOf({ platform: 'javascript', exception: { values: [thrown] } })).signature,
      'plain text',
    );
  });

  it('that is a message is grouped by its template, or by its text without values', async () => {
    const keys = async (...events: readonly object[]) =>
      new Set(await Promise.all(events.map(async (event) => (await crashOf(event)).grouping.key)));
    const templates = ['A-1', 'B-2'].map((sku) => ({
      logentry: { message: 'stock of %s is low', params: [sku] },
    }));
    assert.equal((await keys(...templates)).size, 1);
    assert.equal((await crashOf(templates[0])).signature, 'stock of A-1 is low');
    assert.equal((await keys({ message: 'user 17 left' }, { message: 'user 4711 left' })).size, 1);
    assert.equal((await keys({ message: 'user 17 left' }, { message: 'user 17 came' })).size, 2);
  });

  it('keeps a fingerprint, with the key that it would have had for {{ default }}', async () => {
    const values = [exception('E', 'v')];
    const plain = await crashOf(python({ exception: { values } }));
    const split = await crashOf(python({ exception: { values }, fingerprint: ['{{ default }}', 'pay'] }));
    assert.equal(split.grouping.source, 'client_fingerprint');
    assert.notEqual(split.grouping.key, plain.grouping.key);
    assert.equal(
      (await crashOf(python({ exception: { values }, fingerprint: [] }))).grouping.key,
      plain.grouping.key,
    );
  });

  it('has the client’s word of own frames, but never its SDK, the panic machinery, or libraries', async () => {
    const names = async (platform: string, frames: readonly object[]) =>
      (
        await crashOf({ platform, exception: { values: [{ type: 'E', stacktrace: { frames } }] } })
      ).exceptions[0]?.frames
        .filter(({ inApp }) => inApp === true)
        .map((one) => one.function);
    const rust = [
      'shopd::take',
      'core::panicking::panic',
      '<E as anyhow::context::StdError>::ext',
      'sentry_panic::handler',
    ];
    assert.deepEqual(
      await names(
        'native',
        rust.map((name) => frame(name, { filename: 'x.rs' })),
      ),
      ['shopd::take'],
    );
    const web = [
      frame('a', { filename: 'https://x/app.js' }),
      frame('b', { filename: '<anonymous>' }),
      frame('c', { filename: '/x/node_modules/y.js' }),
      frame('d', { filename: 'node:events' }),
    ];
    assert.deepEqual(await names('javascript', web), ['a']);
  });

  it('of a native program with addresses only gets its names from symbols, and tells what it lacks', async () => {
    const image = {
      ...{ type: 'elf', code_file: '/srv/shop/till', image_addr: '0x1000', image_size: 0x1000 },
      debug_id: '11112222-3333-4444-5555-666677778888',
    };
    const event = {
      platform: 'native',
      level: 'fatal',
      debug_meta: { images: [image] },
      exception: {
        values: [
          {
            ...{ type: 'SIGSEGV', value: 'Segfault', mechanism: { synthetic: true, handled: false } },
            // The caller goes on at the very end of its call.
            stacktrace: { frames: [{ instruction_addr: '0x1120' }, { instruction_addr: '0x1108' }] },
          },
        ],
      },
    };
    const without = await crashOf(event);
    assert.equal(without.signature, 'SIGSEGV: Segfault');
    assert.equal(without.severity, 'major');
    const symbols = new MemorySymbols();
    assert.ok(
      symbols.add(
        'MODULE Linux x86_64 111122223333444455556666777788880 till\nFUNC 100 10 0 scan_item\nFUNC 110 10 0 load_cart\n',
      ),
    );
    const named = await crashOf(event, symbols);
    assert.deepEqual(
      named.exceptions[0]?.frames.map((one) => one.function),
      ['scan_item', 'load_cart'],
    );
    assert.equal(named.signature, 'scan_item');
  });

  it('an exception without a stack has its thread’s', async () => {
    const threads = [{ id: 1, name: 'main', crashed: true, stacktrace: { frames: [frame('there')] } }];
    const crash = await crashOf({
      platform: 'ruby',
      threads,
      exception: [{ type: 'E', value: 'v', thread_id: 1 }],
    });
    assert.equal(crash.exceptions[0]?.frames[0]?.function, 'there');
    assert.equal(crash.threads[0]?.crashed, true);
  });

  it('shows everybody what contexts say of machine and program; extra and other fields are protected', async () => {
    const { sections, context } = await crashOf(
      python({
        exception: exception('E', 'v'),
        transaction: '/users/ada',
        extra: { order: 'of Ada' },
        contexts: {
          os: { name: 'Linux', host: 'adas-laptop' },
          device: { name: 'Ada’s phone', model: 'P1' },
          unreal: { MachineId: 'm' },
          constructor: { name: 'x' },
        },
      }),
    );
    const names = (isProtected: boolean): readonly string[] =>
      sections
        .filter((section) => section.protected === isProtected)
        .flatMap(({ name, values }) => values.map(([key]) => `${name}: ${key}`));
    assert.deepEqual(names(false), ['event: platform', 'context os: name', 'context device: model']);
    assert.deepEqual(names(true), [
      'tags: transaction',
      'context os: host',
      'context device: name',
      'context unreal: MachineId',
      'context constructor: name',
      'extra: order',
    ]);
    assert.equal(context, null);
  });

  it('has a title without its message where the product protects messages', async () => {
    const titles: readonly (readonly [event: object, title: string])[] = [
      [python({ exception: exception('E', 'secret') }), 'E'],
      [python({ message: 'secret', logger: 'shop.cart' }), 'message of shop.cart'],
      [
        {
          platform: 'javascript',
          exception: exception('Error', 'secret', { mechanism: { synthetic: true } }),
        },
        'message',
      ],
      [
        { platform: 'native', exception: exception('SIGSEGV', 'secret', { mechanism: { synthetic: true } }) },
        'inner',
      ],
    ];
    for (const [event, title] of titles) {
      const crash = await crashOf(event, undefined, { messages: 'protected' });
      assert.equal(crash.signature, title);
    }
  });

  it('is keyed by what led to its main exception, not by what was suppressed or gathered beside it', async () => {
    const top = exception('Top', 't', { mechanism: { exception_id: 0, type: 'generic' } });
    const cause = exception('Cause', 'c', { mechanism: { exception_id: 1, parent_id: 0, source: 'cause' } });
    const beside = exception('Closing', 's', {
      mechanism: { exception_id: 2, parent_id: 0, type: 'suppressed' },
    });
    const keyOf = async (...values: readonly object[]) =>
      (await crashOf(python({ exception: { values } }))).grouping.key;
    assert.equal(await keyOf(beside, cause, top), await keyOf(cause, top));
    assert.equal(await keyOf(beside, top), await keyOf(top));
    assert.notEqual(await keyOf(cause, top), await keyOf(top));
    const all = await crashOf(python({ exception: { values: [beside, cause, top] } }));
    assert.deepEqual(
      all.exceptions.map(({ kind }) => kind),
      ['Closing', 'Cause', 'Top'],
    );
    // A group of different members is keyed by where it was made, whatever was in it.
    const group = exception('ExceptionGroup', 'two', {
      mechanism: { exception_id: 0, is_exception_group: true },
    });
    const member = (id: number, type: string) =>
      exception(type, 'm', { mechanism: { exception_id: id, parent_id: 0 } });
    assert.equal(
      await keyOf(member(2, 'A'), member(1, 'B'), group),
      await keyOf(member(2, 'C'), member(1, 'D'), group),
    );
    // One that nobody threw has no stack: its members have.
    const nobody = { ...group, stacktrace: null };
    assert.notEqual(
      await keyOf(member(2, 'A'), member(1, 'B'), nobody),
      await keyOf(member(2, 'C'), member(1, 'D'), nobody),
    );
  });

  it('that is a thrown value whose stack the client made is told from others by what it says', async () => {
    const rejected = (value: string, file: string) => ({
      platform: 'node',
      exception: exception('Error', value, {
        mechanism: { synthetic: true, handled: false },
        stacktrace: {
          frames: [frame('emit', { filename: 'node:events' }), frame('made', { filename: file })],
        },
      }),
    });
    const sdk = '/srv/node_modules/@sentry/node/x.js';
    const keyOf = async (value: string, file: string) => (await crashOf(rejected(value, file))).grouping.key;
    assert.notEqual(await keyOf('no stock', sdk), await keyOf('no money', sdk));
    assert.equal(await keyOf('order 17 failed', sdk), await keyOf('order 4711 failed', sdk));
    assert.equal(await keyOf('no stock', '/srv/app.js'), await keyOf('no money', '/srv/app.js'));
  });

  it('that is a log record with an exception says what both say', async () => {
    const crash = await crashOf(
      python({
        exception: exception('E', 'v'),
        logentry: { message: 'sending %s failed', params: ['A-1'] },
      }),
    );
    assert.equal(crash.signature, 'E: v');
    assert.equal(crash.message, 'v\nsending A-1 failed');
    assert.deepEqual(crash.sections.find(({ name }) => name === 'message')?.values, [
      ['text', 'sending A-1 failed'],
      ['template', 'sending %s failed'],
      ['values', '["A-1"]'],
    ]);
    const old = await crashOf(python({ exception: exception('E', 'v'), message: 'E: v', level: 40 }));
    assert.equal(old.message, 'v');
    assert.equal(
      old.sections.find(({ name }) => name === 'message'),
      undefined,
    );
    assert.deepEqual(old.sections.find(({ name }) => name === 'event')?.values[0], ['level', 'error']);
  });

  it('takes the stack of the thread that reported an error, and one that stands alone', async () => {
    const threads = [
      { id: 1, current: true, stacktrace: { frames: [frame('reporter')] } },
      { id: 2, stacktrace: { frames: [frame('waiter')] } },
    ];
    const handled = await crashOf({ platform: 'cocoa', threads, exception: [{ type: 'E', value: 'v' }] });
    assert.equal(handled.exceptions[0]?.frames[0]?.function, 'reporter');
    const message = await crashOf(python({ message: 'low', stacktrace: { frames: [frame('alone')] } }));
    assert.equal(message.signature, 'low');
    assert.equal(message.exceptions[0]?.frames[0]?.function, 'alone');
  });

  it('has its tags and contexts counted, but not what every event has for itself alone', async () => {
    const event = python({
      exception: exception('E', 'v'),
      tags: { region: 'eu' },
      contexts: { trace: { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), op: 'http.server' } },
      breadcrumbs: [{ timestamp: 1_790_000_000.5, category: 'http', message: 'GET /' }],
    });
    const input = reportOf(
      { protocol: 'sentry', payloadKind: 'json' },
      { 'payload.json': ['payload', JSON.stringify(event)] },
    );
    const { crashes } = await filingOf(await processReport(input, optionsWith({})));
    assert.deepEqual(
      crashes[0]?.values.map(({ section, key, value }) => [section, key, value]),
      [
        ['event', 'platform', 'python'],
        ['tags', 'region', 'eu'],
        ['context trace', 'op', 'http.server'],
      ],
    );
  });

  it('shows what the system said of a signal', async () => {
    const mechanism = {
      type: 'mach',
      handled: false,
      meta: { signal: { number: 11, name: 'SIGSEGV' } },
      data: { relevant_address: '0x8' },
    };
    const crash = await crashOf({
      platform: 'cocoa',
      exception: exception('EXC_BAD_ACCESS', 'v', { mechanism }),
    });
    assert.deepEqual(crash.exceptions[0]?.data, [
      ['mechanism', 'mach'],
      ['handled', 'no'],
      ['signal', '{"number":11,"name":"SIGSEGV"}'],
      ['relevant_address', '0x8'],
    ]);
  });

  it('names frames by the place of their image in the list, and images by every name of their id', async () => {
    const symbols = new MemorySymbols();
    assert.ok(
      symbols.add('MODULE mac arm64 111122223333444455556666777788880 Shop\nFUNC 100 10 0 tap_pay\n'),
    );
    const event = {
      platform: 'cocoa',
      debug_meta: {
        images: [
          { type: 'wasm', code_file: 'a.wasm', debug_id: '99992222-3333-4444-5555-666677778888' },
          { type: 'apple', name: '/x/Shop', image_addr: 4096, uuid: '11112222-3333-4444-5555-666677778888' },
        ],
      },
      exception: [
        {
          type: 'E',
          value: 'v',
          stacktrace: { frames: [{ instruction_addr: '0x104', addr_mode: 'rel:1' }] },
        },
      ],
    };
    const crash = await crashOf(event, symbols);
    assert.equal(crash.exceptions[0]?.frames[0]?.function, 'tap_pay');
  });

  it('with lone surrogates and NUL is text that can be stored', async () => {
    const crash = await crashOf(
      '{"platform":"python","exception":[{"type":"E","value":"a\\u0000b\\ud800c"}]}',
    );
    assert.equal(crash.signature, 'E: a\uFFFDb\uFFFDc');
  });

  it('of any shape is processed', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom(
            'exception',
            'threads',
            'message',
            'logentry',
            'tags',
            'user',
            'request',
            'contexts',
            'breadcrumbs',
            'debug_meta',
            'fingerprint',
            'platform',
            'level',
            'release',
            'timestamp',
            'extra',
            'modules',
          ),
          fc.jsonValue({ maxDepth: 4 }),
        ),
        async (event) => {
          const crash = await crashOf(event);
          assert.ok(crash.signature.length <= 255);
        },
      ),
      { numRuns: 200 },
    ));
});
