// Forms: what becomes an annotation, what an attachment, what a note, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../../src/base/refusal.ts';
import type { WireSettings } from '../../src/wire/adapter.ts';
import { readForm, type Form } from '../../src/wire/form-body.ts';
import { bodyOf, KeptDraft } from './body-of.ts';

const SETTINGS: WireSettings = {
  maxParts: 20,
  maxPartHeaderBytes: 1000,
  maxTextPartBytes: 1000,
  maxAnnotations: 5,
  maxNameLength: 40,
  removedAnnotations: new Set(['Email']),
  uuidToken: null,
  syncthingGetEnabled: false,
  syncthingIgnore: [],
  syncthingMaxBytes: 1000,
  maxEventBytes: 1000,
  maxUnrealBytes: 1000,
  maxDecompressionRatio: 100,
  maxEnvelopeHeaderBytes: 1000,
  maxEnvelopeItems: 10,
  maxEnvelopeSessions: 10,
  maxSessionBuckets: 10,
};

/** A part is written as its header lines and its bytes. */
type Written = readonly [disposition: string, value: string | Buffer, type?: string];

const named = (name: string) => `form-data; name="${name}"`;
const file = (name: string, filename = 'f') => `form-data; name="${name}"; filename="${filename}"`;

async function read(...parts: readonly Written[]): Promise<Form & { readonly draft: KeptDraft }> {
  const pieces = parts.flatMap(([disposition, value, type]) => [
    Buffer.from(
      `--b\r\nContent-Disposition: ${disposition}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  const draft = new KeptDraft();
  const form = await readForm(bodyOf(Buffer.concat([...pieces, Buffer.from('--b--')])), 'b', {
    draft,
    settings: SETTINGS,
  });
  return { ...form, draft };
}

const values = (form: Form) => Object.fromEntries(form.annotations.map(({ key, value }) => [key, value]));
const refusedAs = (code: string) => (error: unknown) => error instanceof Refused && error.code === code;

// Holds: fields, kv-disposition, kv-value, dump-filename, dump-type
test('text parts are annotations in order of arrival; parts with a file name or a binary type are attachments', async () => {
  const form = await read(
    [named('z'), '1'],
    [named('a'), '2', 'text/plain'],
    [file('upload_file_minidump'), 'MDMP'],
    [named('upload_file_minidump_browser'), 'MDMP', 'application/octet-stream'],
    [file('log', 'a.log'), 'text', 'text/plain'],
  );
  assert.deepEqual(form.annotations, [
    { key: 'z', value: '1' },
    { key: 'a', value: '2' },
  ]);
  assert.deepEqual(form.notes, []);
  assert.deepEqual(
    form.draft.parts.map(({ name, kind, filename, contentType }) => [name, kind, filename, contentType]),
    [
      ['upload_file_minidump', 'minidump', 'f', null],
      ['upload_file_minidump_browser', 'minidump', null, 'application/octet-stream'],
      ['log', 'file', 'a.log', 'text/plain'],
    ],
  );
  assert.deepEqual(
    form.parts.map(({ name }) => name),
    ['upload_file_minidump', 'upload_file_minidump_browser', 'log'],
  );
});

test('bytes that are not UTF-8 are kept as U+FFFD with a note; a charset is respected', async () => {
  const form = await read(
    [named('bad'), Buffer.from([0x61, 0xff, 0x62])],
    [named('latin'), Buffer.from([0xe9]), 'text/plain; charset=iso-8859-1'],
    [named('odd'), 'é', 'text/plain; charset=klingon'],
    [named('ok'), 'é'],
  );
  assert.deepEqual(values(form), { bad: 'a\uFFFDb', latin: 'é', odd: 'é', ok: 'é' });
  assert.equal(form.notes.length, 2);
  assert.match(form.notes[0] ?? '', /"bad".*UTF-8/);
  assert.match(form.notes[1] ?? '', /"odd".*klingon/);
});

// Holds: extra-object
test('the JSON part extra gives the annotations; other values than strings are JSON text with a note', async () => {
  const extra = '{"ProductName":"Firefox","n":1,"z":null,"o":{"a":[true]}}';
  for (const disposition of [named('extra'), file('extra', 'extra.json')]) {
    const form = await read(
      [disposition, extra, 'application/json; charset=utf-8'],
      [file('upload_file_minidump'), 'M'],
    );
    assert.deepEqual(values(form), { ProductName: 'Firefox', n: '1', z: '', o: '{"a":[true]}' });
    assert.equal(form.hasExtra, true);
    assert.deepEqual(form.notes, [
      'The value of "z" is null; it is kept as an empty text.',
      'The value of "n", "o" is not a string; it is kept as JSON text.',
    ]);
  }
});

// Holds: extra-type
test('extra is understood without a type, and as a file of any type', async () => {
  for (const part of [
    [named('extra'), '{"ProductName":"Fenix"}'],
    [named('extra'), ' {"ProductName":"Fenix"}', 'text/plain'],
    [file('extra', 'extra.json'), '{"ProductName":"Fenix"}', 'application/octet-stream'],
    [file('extra', 'extra.json'), '{"ProductName":"Fenix"}'],
  ] as const) {
    const form = await read(part);
    assert.deepEqual([values(form), form.hasExtra], [{ ProductName: 'Fenix' }, true], part[0]);
  }
  const text = await read([named('extra'), 'a note about the crash']);
  assert.deepEqual([values(text), text.hasExtra], [{ extra: 'a note about the crash' }, false]);
});

// Holds: jami-metadata
test('the Jami metadata is found in a file part of any type', async () => {
  const [disposition, metadata] = [
    file('metadata', 'x.info'),
    '\uFEFF {"client_sha":"77149ebd62","platform":"Ubuntu"}',
  ];
  for (const type of [undefined, 'application/octet-stream', 'text/plain', 'application/json']) {
    const form = await read(type === undefined ? [disposition, metadata] : [disposition, metadata, type], [
      file('upload_file_minidump'),
      'MDMP',
    ]);
    assert.deepEqual(values(form), { client_sha: '77149ebd62', platform: 'Ubuntu' }, type);
    assert.equal(form.parts.length, 2, 'it is kept as sent, too');
  }
});

test('names that mean something in JavaScript are names like others', async () => {
  const form = await read([named('extra'), '{"__proto__":"a","constructor":"b"}', 'application/json']);
  assert.deepEqual(form.annotations, [
    { key: '__proto__', value: 'a' },
    { key: 'constructor', value: 'b' },
  ]);
});

test('a broken extra is refused with its reason', async () => {
  const json = 'application/json';
  await assert.rejects(read([named('extra'), '{"a":', json]), refusedAs('invalid_json'));
  await assert.rejects(read([named('extra'), '[1]', json]), refusedAs('invalid_json_value'));
  await assert.rejects(read([named('extra'), '"a"', json]), refusedAs('invalid_json_value'));
  await assert.rejects(read([named('extra'), '{}', json]), refusedAs('no_annotations'));
  await assert.rejects(
    read([named('extra'), '{"a":"b"}', json], [named('extra'), '{"a":"b"}', json]),
    refusedAs('duplicate_extra'),
  );
  await assert.rejects(
    read([named('extra'), '{"a":"b"}', json], [named('c'), 'd']),
    refusedAs('has_json_and_kv'),
  );
  await assert.rejects(
    read([named('c'), 'd'], [named('extra'), '{"a":"b"}', json]),
    refusedAs('has_json_and_kv'),
  );
});

const JAMI = {
  build_id: '2024',
  client_sha: '77149ebd62',
  guid: 'g',
  jamicore_sha: 'cbf8',
  platform: 'Ubuntu 22.04',
};

test('the Jami metadata is merged, whether it is a JSON part, a text part or a file', async () => {
  for (const [disposition, type] of [
    [named('metadata'), 'application/json'],
    [named('metadata'), undefined],
    [file('metadata', 'm.json'), 'application/json'],
  ] as const) {
    const part: Written =
      type === undefined ? [disposition, JSON.stringify(JAMI)] : [disposition, JSON.stringify(JAMI), type];
    const form = await read(part, [file('upload_file_minidump'), 'M']);
    assert.deepEqual(values(form), JAMI);
    assert.equal(form.hasExtra, false);
  }
});

test('a JSON part beside text parts: a field wins over a member of the same name, with a note', async () => {
  for (const order of [0, 1]) {
    const parts: Written[] = [
      [named('meta'), '{"a":"json","b":"2"}', 'application/json'],
      [named('a'), 'field'],
    ];
    const form = await read(...(order === 0 ? parts : parts.toReversed()));
    assert.deepEqual(values(form), { a: 'field', b: '2' });
    assert.match(form.notes.join(), /"a" came more than once/);
  }
});

test('a JSON part that is no object is one annotation, with a note', async () => {
  const form = await read(
    [named('list'), '[1]', 'application/json'],
    [named('broken'), '{', 'application/json'],
  );
  assert.deepEqual(values(form), { list: '[1]', broken: '{' });
  assert.equal(form.notes.length, 2);
});

test('a JSON text among the annotations stays what it is', async () => {
  const form = await read([named('TelemetryEnvironment'), '{"system":{"os":{}}}']);
  assert.deepEqual(values(form), { TelemetryEnvironment: '{"system":{"os":{}}}' });
});

test('a name that comes twice is kept once, the later value, with a note', async () => {
  const form = await read([named('a'), '1'], [named('a'), '2']);
  assert.deepEqual(form.annotations, [{ key: 'a', value: '2' }]);
  assert.match(form.notes[0] ?? '', /"a" came more than once with different values/);
  // Notes are for everybody who reads reports: they name annotations and never quote what stood in them.
  assert.doesNotMatch(form.notes.join(), /"[12]"/);
});

test('an annotation on the removal list is dropped as well where it comes with a file name', async () => {
  const form = await read([named('a'), '1'], [file('Email'), 'alice@example.com']);
  assert.deepEqual(form.annotations, [{ key: 'a', value: '1' }]);
  assert.deepEqual(form.parts, []);
  assert.match(form.routineNotes.join(), /"Email" is on the removal list/);
});

test('annotations on the removal list are dropped with a note of their own kind', async () => {
  const form = await read([named('Email'), 'a@b'], [named('x'), '1']);
  assert.deepEqual(values(form), { x: '1' });
  assert.deepEqual(form.notes, []);
  assert.match(form.routineNotes[0] ?? '', /"Email"/);
  assert.deepEqual(
    (await read([named('Email'), 'a@b'])).annotations,
    [],
    'it was sent, so the report has annotations',
  );
});

// Holds: dump-name
test('dump names are reduced to letters, digits and _, at most 30 characters', async () => {
  const form = await read([named('a'), '1'], [file('upload-file.minidump/é_and_much_more_text'), 'M']);
  assert.equal(form.draft.parts[0]?.name, 'uploadfileminidump_and_much_mo');
  assert.match(form.notes[0] ?? '', /reduced/);
});

test('a dump name that is empty or not the only one is refused', async () => {
  await assert.rejects(read([file(''), 'M']), refusedAs('invalid_dump_name'));
  await assert.rejects(read([file('é-'), 'M']), refusedAs('invalid_dump_name'));
  await assert.rejects(read([file('a-b'), 'M'], [file('ab'), 'M']), refusedAs('invalid_dump_name'));
  await assert.rejects(read(['form-data; filename="x"', 'M']), refusedAs('invalid_dump_name'));
});

// Holds: kv-name
test('an annotation without a name, or with one that is too long, is refused; control characters are taken out', async () => {
  await assert.rejects(read(['form-data', '1']), refusedAs('invalid_annotation_name'));
  await assert.rejects(read([named(''), '1']), refusedAs('invalid_annotation_name'));
  await assert.rejects(read([named('x'.repeat(41)), '1']), refusedAs('invalid_annotation_name'));
  const form = await read([named('a\tb'), '1'], [named('é'), '2'], [named('Add-ons x'), '3']);
  assert.deepEqual(values(form), { ab: '1', é: '2', 'Add-ons x': '3' });
  assert.equal(form.notes.length, 2);
});

test('the number of annotations and the size of text are bounded', async () => {
  const six = Array.from({ length: 6 }, (_, i): Written => [named(`a${i}`), '1']);
  await assert.rejects(read(...six), refusedAs('too_many_annotations'));
  const members = JSON.stringify(Object.fromEntries(six.map(([name]) => [name, '1'])));
  await assert.rejects(
    read([named('extra'), members, 'application/json']),
    refusedAs('too_many_annotations'),
  );
  assert.equal(values(await read([named('a'), 'x'.repeat(1000)]))['a']?.length, 1000);
  await assert.rejects(read([named('a'), 'x'.repeat(1001)]), refusedAs('text_part_too_large'));
  const large = Array.from({ length: 5 }, (_, i): Written => [named(`a${i}`), 'x'.repeat(900)]);
  await assert.rejects(read(...large), refusedAs('text_part_too_large'));
});

test('a form without annotations is refused, with or without a dump', async () => {
  await assert.rejects(read(), refusedAs('no_annotations'));
  await assert.rejects(read([file('upload_file_minidump'), 'M']), refusedAs('no_annotations'));
});

test('a dump may come alone where the client tries only once', async () => {
  const alone = Buffer.from(
    `--b\r\nContent-Disposition: ${file('upload_file_minidump')}\r\n\r\nMDMP\r\n--b--`,
  );
  const options = { draft: new KeptDraft(), settings: SETTINGS, dumpAlone: true };
  const form = await readForm(bodyOf(alone), 'b', options);
  assert.deepEqual(form.annotations, []);
  assert.match(form.notes[0] ?? '', /no annotations/);
  await assert.rejects(
    readForm(bodyOf(Buffer.from('--b--')), 'b', { ...options, draft: new KeptDraft() }),
    refusedAs('no_annotations'),
  );
});

test('a value nested a hundred thousand deep is accepted', async () => {
  const settings = { ...SETTINGS, maxTextPartBytes: 1_000_000 };
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const bytes = Buffer.from(
    `--b\r\nContent-Disposition: ${named('extra')}\r\nContent-Type: application/json\r\n\r\n${deep}\r\n--b--`,
  );
  const form = await readForm(bodyOf(bytes), 'b', { draft: new KeptDraft(), settings });
  assert.equal(form.annotations.length, 1);
});
