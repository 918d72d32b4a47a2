// Every input/expected pair of signatures holds in `socorro` mode.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CrashData, crashingThread, intOrNull } from '../../../src/process/signature/crash-data.ts';
import { generateSignature } from '../../../src/process/signature/generate.ts';
import {
  javaExceptionFrame,
  javaExceptionSignature,
} from '../../../src/process/signature/java-exception-signature.ts';
import { javaSignature } from '../../../src/process/signature/java-signature.ts';
import { compileLists, type Sentinel } from '../../../src/process/signature/lists.ts';
import { collapseArguments, collapseTypes } from '../../../src/process/signature/native/collapse.ts';
import { dropPrefixAndReturnType } from '../../../src/process/signature/native/drop-prefix.ts';
import { frameList } from '../../../src/process/signature/native/frame-list.ts';
import { normalizeCppFunction } from '../../../src/process/signature/native/normalize-cpp.ts';
import { normalizeFrame } from '../../../src/process/signature/native/normalize-frame.ts';
import { normalizeRustFunction } from '../../../src/process/signature/native/normalize-rust.ts';
import { withRustModule } from '../../../src/process/signature/native/rust-panic-names.ts';
import { findEnclosedSlices } from '../../../src/process/signature/native/slices.ts';
import { parseSourceFile } from '../../../src/process/signature/native/source-file.ts';
import { walkFrames } from '../../../src/process/signature/native/signature-walk.ts';
import { SIGNATURE_RULES } from '../../../src/process/signature/rules/signature-rule-registry.ts';
import { signatureGeneration } from '../../../src/process/signature/rules/signature-generation.ts';
import { printableOnly, stripLeadingZeros } from '../../../src/process/signature/signature-text.ts';
import { includedLists, lineNumberLists, SKIP_VECTORS, type Vector, vectors } from './vectors.ts';

const mode = 'socorro';

function suite(name: string, check: (vector: Vector) => void): void {
  describe(`the vectors ${name}`, () => {
    const cases = vectors(name);
    it('are there', { skip: SKIP_VECTORS }, () => assert.ok(cases.length > 0));
    for (const vector of cases) it(`hold for ${vector.id}`, () => check(vector));
  });
}

suite('cpp-normalize', ({ input, expected }) => {
  const { lineNumbers } = lineNumberLists(input.signaturesWithLineNumbers);
  assert.equal(normalizeCppFunction(input.function, { mode, line: input.line, lineNumbers }), expected);
});

suite('rust-normalize', ({ input, expected }) => {
  const { lineNumbers } = lineNumberLists(input.signaturesWithLineNumbers);
  assert.equal(normalizeRustFunction(input.function, { mode, line: input.line, lineNumbers }), expected);
});

suite('frame-normalize', ({ input, expected }) => {
  const { lineNumbers } = lineNumberLists(input.signaturesWithLineNumbers);
  const before = structuredClone(input);
  switch (input.op) {
    case 'normalize-frame':
      assert.equal(normalizeFrame(input.frame, mode, lineNumbers), expected);
      break;
    case 'fix-missing-module':
      assert.equal(withRustModule(input.frame.function, input.frame.file), expected);
      break;
    case 'frame-list':
      assert.deepEqual(
        frameList(input.thread, { mode, lineNumbers, lowerCaseModules: input.lowerCaseModules }),
        expected,
      );
      break;
    default:
      assert.fail(`unknown op ${String(input.op)}`);
  }
  assert.deepEqual(input, before, 'the input is not changed');
});

suite('java-signature', ({ input, expected }) => {
  assert.deepEqual(javaSignature(input.stack, input.delimiter), expected);
});

suite('java-exception-signature', ({ input, expected }) => {
  if (input.op === 'frame') assert.equal(javaExceptionFrame(input.frame), expected);
  else assert.deepEqual(javaExceptionSignature(input.exception), expected);
});

suite('signature-utils', ({ input, expected }) => {
  // A convenience of Socorro's command line for trying signatures; Mayday has no such command.
  if (input.op === 'override-values') return;
  const before = structuredClone(input);
  const operations: Readonly<Record<string, () => unknown>> = {
    'int-or-none': () => intOrNull(input.data),
    'crashing-thread': () => crashingThread(input.crash_data),
    'drop-bad-characters': () => printableOnly(input.text),
    'parse-source-file': () => parseSourceFile(input.source_file),
    'find-enclosed-slices': () => findEnclosedSlices(input.s, input.opening_token, input.closing_token),
    'collapse-types': () => collapseTypes(input.function),
    'collapse-arguments': () => collapseArguments(input.function),
    'drop-prefix-and-return-type': () => dropPrefixAndReturnType(input.function),
    'strip-leading-zeros': () => stripLeadingZeros(input.text),
  };
  const operation = operations[input.op];
  assert.ok(operation !== undefined, `unknown op ${String(input.op)}`);
  assert.deepEqual(operation(), expected);
  assert.deepEqual(input, before, 'the input is not changed');
});

/** Notes as the vectors write them: a text, or an object that only gives its start. */
function assertNotes(
  actual: readonly string[],
  expected: readonly (string | { startsWith: string })[],
): void {
  assert.equal(actual.length, expected.length, JSON.stringify(actual));
  for (const [index, note] of expected.entries()) {
    if (typeof note === 'string') assert.equal(actual[index], note);
    else assert.ok(actual[index]?.startsWith(note.startsWith), actual[index]);
  }
}

suite('signature-rules', ({ input, expected }) => {
  const rule = SIGNATURE_RULES.find(({ name }) => name === input.rule);
  assert.ok(rule !== undefined, `unknown rule ${String(input.rule)}`);
  const signature = input.signature ?? '';
  if (input.op === 'applies') {
    assert.equal(rule.applies(input.crash_data, signature), expected);
    return;
  }
  const outcome = rule.act(input.crash_data, signature, { mode, messages: true, lists: includedLists() });
  assert.equal(outcome.signature ?? signature, expected.signature);
  assertNotes(
    (outcome.notes ?? []).map((note) => `${rule.name}: ${note}`),
    expected.notes,
  );
});

suite('signature-walk', ({ input, expected }) => {
  if (input.op === 'list') {
    const texts = {
      irrelevant: input.lists.irrelevant.join('\n'),
      prefix: input.lists.prefix.join('\n'),
      lineNumbers: input.lists.signaturesWithLineNumbers.join('\n'),
    };
    const sentinels = (
      input.lists.sentinels as (string | { sentinel: string; onlyIfStackContains: string })[]
    ).map((entry): Sentinel =>
      typeof entry === 'string'
        ? { frame: entry, onlyIfStackContains: null }
        : { frame: entry.sentinel, onlyIfStackContains: entry.onlyIfStackContains },
    );
    const walked = walkFrames(input.frames, compileLists([texts], sentinels), {
      mode,
      thread: input.crashedThread ?? null,
    });
    assert.equal(walked.signature, expected.signature);
    if (expected.notes !== undefined) assertNotes(walked.notes, expected.notes);
    return;
  }
  const lists = includedLists();
  const crashData = input.crash_data as CrashData;
  const rules =
    input.op === 'watchdog'
      ? SIGNATURE_RULES.filter(({ name }) => name === 'SignatureRunWatchDog').map((rule) =>
          Object.assign({}, rule, { applies: () => true }),
        )
      : [signatureGeneration];
  const result = generateSignature(crashData, { mode, lists, rules });
  assert.equal(result.signature, expected.signature);
  if ('proto_signature' in expected) assert.equal(result.protoSignature, expected.proto_signature);
  if ('normalized_frames' in expected) assert.deepEqual(result.normalizedFrames, expected.normalized_frames);
  if (expected.notes !== undefined) {
    const generationNotes = result.notes.map((note) =>
      note.replace(/^SignatureRunWatchDog: /, 'SignatureGenerationRule: '),
    );
    assertNotes(generationNotes, expected.notes);
  }
});

suite('signature-pipeline', ({ input, expected }) => {
  const result = generateSignature(input, { mode, lists: includedLists() });
  assert.equal(result.signature, expected.signature);
  assert.equal(result.protoSignature, expected.proto_signature);
  assertNotes(result.notes, expected.notes);
});
