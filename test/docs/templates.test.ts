// The forms for issues: each can be drawn by the sites that read them, which refuse a form without a word.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const FOLDER = '.github/ISSUE_TEMPLATE';
const TYPES = new Set(['markdown', 'input', 'textarea', 'dropdown', 'checkboxes']);

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly value?: string;
    readonly options?: readonly string[];
  };
}

test('every form has a name, a description, and fields with a number and a label of their own', () => {
  const forms = readdirSync(FOLDER).filter((file) => file !== 'config.yml');
  assert.ok(forms.length >= 3);
  for (const file of forms) {
    const form = parse(readFileSync(path.join(FOLDER, file), 'utf8')) as {
      readonly name: string;
      readonly description: string;
      readonly body: readonly Field[];
    };
    assert.ok(form.name.length > 0 && form.description.length > 0, file);
    const asked = form.body.filter(({ type }) => type !== 'markdown');
    assert.ok(asked.length > 0, file);
    for (const { type, id, attributes } of form.body) {
      assert.ok(TYPES.has(type), `${file}: ${type}`);
      if (type === 'markdown') assert.ok((attributes.value ?? '').length > 0);
      else assert.ok(/^[\w-]+$/.test(id ?? '') && (attributes.label ?? '').length > 0, `${file}: ${id}`);
      if (type === 'dropdown') assert.equal(new Set(attributes.options).size, attributes.options?.length);
    }
    assert.equal(new Set(asked.map(({ id }) => id)).size, asked.length, file);
  }
});

test('the files that the templates name exist', () => {
  const files = [
    ...readdirSync(FOLDER).map((file) => path.join(FOLDER, file)),
    '.github/pull_request_template.md',
  ];
  for (const file of files) {
    for (const [named] of readFileSync(file, 'utf8').matchAll(/\b(?:docs\/[\w./-]*[\w/]|[A-Z]{4,}\.md)/g))
      assert.ok(existsSync(named), `${file} names ${named}`);
  }
});
