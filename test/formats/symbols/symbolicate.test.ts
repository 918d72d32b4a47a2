import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { MemorySymbols } from '../../../src/formats/symbols/memory-symbols.ts';
import { checkSymbolicateRequest } from '../../../src/formats/symbols/symbolicate-request.ts';
import { symbolicateV4, symbolicateV5 } from '../../../src/formats/symbols/symbolicate.ts';
import { symbolPath } from '../../../src/formats/symbols/symbol-path.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

const APP = `MODULE Linux x86_64 11111111111111111111111111111111A app
INFO CODE_ID 1234ABCD app.exe
FILE 0 src/app.c
FUNC 1000 20 0 run
1000 10 7 0
1010 10 0 0
`;

function appSymbols(): MemorySymbols {
  const symbols = new MemorySymbols();
  assert.equal(symbols.add(APP), true);
  return symbols;
}

const MAP = [
  ['app', '11111111111111111111111111111111a'],
  ['other', 'ABC'],
];

describe('symbolication', () => {
  it('names frames, the module by its code file, and leaves out a line that is 0', async () => {
    const body = JSON.stringify({
      memoryMap: MAP,
      stacks: [
        [
          [0, 0x1004],
          [0, 0x1014],
          [0, 0x4],
        ],
      ],
    });
    const answer = await symbolicateV5(body, appSymbols());
    assert.deepEqual(answer, {
      status: 200,
      body: {
        results: [
          {
            stacks: [
              [
                {
                  frame: 0,
                  module: 'app.exe',
                  module_offset: '0x1004',
                  function: 'run',
                  function_offset: '0x4',
                  file: 'src/app.c',
                  line: 7,
                },
                {
                  frame: 1,
                  module: 'app.exe',
                  module_offset: '0x1014',
                  function: 'run',
                  function_offset: '0x14',
                  file: 'src/app.c',
                },
                { frame: 2, module: 'app.exe', module_offset: '0x4' },
              ],
            ],
            found_modules: { 'app/11111111111111111111111111111111a': true, 'other/ABC': null },
          },
        ],
      },
    });
  });

  it('calls the module of a frame without one unknown and looks nothing up', async () => {
    const answer = await symbolicateV4(
      JSON.stringify({
        memoryMap: MAP,
        stacks: [
          [
            [-1, 16],
            [0, -1],
          ],
        ],
      }),
      appSymbols(),
    );
    assert.deepEqual(answer.body, {
      symbolicatedStacks: [['0x10 (in <unknown>)', '-0x1 (in app.exe)']],
      knownModules: [true, null],
    });
  });

  it('loads each module once for a whole request', async () => {
    let loads = 0;
    const symbols = appSymbols();
    const provider = {
      load: (request: Parameters<MemorySymbols['load']>[0]) => {
        loads++;
        return Promise.resolve(symbols.load(request));
      },
    };
    const job = {
      memoryMap: MAP,
      stacks: [
        [
          [0, 0x1000],
          [1, 0],
          [0, 0x1001],
        ],
      ],
    };
    await symbolicateV5(JSON.stringify({ jobs: [job, job] }), provider);
    assert.equal(loads, 2);
  });

  const refusals: readonly [string, unknown, string][] = [
    ['a job that is no object', { jobs: [null] }, 'job 0 is invalid'],
    ['jobs that are no list', { jobs: 'x' }, 'jobs must be a list'],
    [
      'more than ten jobs',
      { jobs: Array.from({ length: 11 }, () => ({})) },
      'please limit number of jobs in a single request to <= 10',
    ],
    [
      'modules that are no list',
      { memoryMap: 1, stacks: [[]] },
      'job 0 has invalid modules: modules must be a list',
    ],
    [
      'stacks that are no list',
      { memoryMap: [], stacks: 1 },
      'job 0 has invalid stacks: stacks must be a list of lists',
    ],
    ['no stacks at all', { memoryMap: [], stacks: [] }, 'job 0 has invalid stacks: no stacks specified'],
    [
      'a stack that is no list',
      { memoryMap: [], stacks: [1] },
      'job 0 has invalid stacks: stack 0 is not a list',
    ],
    [
      'a module index past the end',
      { memoryMap: [], stacks: [[[0, 0]]] },
      "job 0 has invalid stacks: stack 0 frame 0 has a module_index that isn't in modules",
    ],
    [
      'an offset below -1',
      { memoryMap: [], stacks: [[[-1, -2]]] },
      'job 0 has invalid stacks: stack 0 frame 0 has an invalid module_offset',
    ],
  ];
  for (const [what, payload, title] of refusals) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(checkSymbolicateRequest(payload, 5), { ok: false, title });
    });
  }

  it('refuses a body that is not JSON', async () => {
    assert.deepEqual(await symbolicateV5('{', appSymbols()), {
      status: 400,
      body: { title: 'Payload is not valid JSON' },
    });
  });
});

type Vector = {
  readonly id: string;
  readonly input: {
    readonly op?: string;
    readonly debugFile?: string;
    readonly debugId?: string;
    readonly job?: unknown;
    readonly request?: { readonly path: string; readonly json?: unknown; readonly content?: string };
    readonly symbols?: readonly { readonly module: string; readonly text?: string }[];
  };
  readonly expected: unknown;
};

function vectors(name: string): Vector[] {
  const file = sharedData('vectors', name);
  return file === null ? [] : (JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] }).cases;
}

const absent = sharedData('vectors') === null ? SHARED_ABSENT : false;

describe('symbolication vectors', { skip: absent }, () => {
  for (const { id, input, expected } of vectors('symbolicate-check.json')) {
    it(id, () => {
      if (input.op === 'sym-path') {
        assert.equal(symbolPath(input.debugFile ?? '', input.debugId ?? '')?.join('/'), expected);
        return;
      }
      const checked = checkSymbolicateRequest(input.job, 5);
      const wanted = expected as { valid: boolean; title?: string };
      assert.equal(checked.ok ? undefined : checked.title, wanted.title);
      assert.equal(checked.ok, wanted.valid);
    });
  }
  for (const { id, input, expected } of [
    ...vectors('symbolicate-v4.json'),
    ...vectors('symbolicate-v5.json'),
  ]) {
    it(id, async () => {
      const symbols = new MemorySymbols();
      for (const { module, text } of input.symbols ?? []) {
        const [debugFile = '', debugId = ''] = module.split('/');
        if (text !== undefined) assert.equal(symbols.add(text, { debugFile, debugId }), true);
      }
      const { request } = input;
      const text = request?.json === undefined ? (request?.content ?? '') : JSON.stringify(request.json);
      const answer = await (request?.path === '/symbolicate/v4' ? symbolicateV4 : symbolicateV5)(
        text,
        symbols,
      );
      const wanted = expected as { status: number; json: unknown };
      assert.equal(answer.status, wanted.status);
      assert.deepEqual(answer.body, wanted.json);
    });
  }
});
