// Classes of texts that must become one bug, or several, and changes that must not change a bug: through the whole pipeline.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crashOfText } from '../../../bench/grouping/crash-of-text.ts';
import { equivalenceClasses } from '../../../bench/grouping/known-bugs.ts';
import { METAMORPHIC_CHANGES } from '../../../bench/grouping/metamorphic-changes.ts';
import { SAMPLE_LANGUAGES, SAMPLES } from '../../../bench/grouping/samples.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { OWN_CLASSES } from './own-classes.ts';

async function keyOf(text: string): Promise<string> {
  const { grouping } = await crashOfText(text);
  assert.notEqual(grouping.source, 'unprocessable', `not understood: ${text}`);
  return grouping.key;
}

const classes = equivalenceClasses();

describe('the shared classes of texts', () => {
  it('are there', { skip: classes.length === 0 ? SHARED_ABSENT : false }, () =>
    assert.ok(classes.length > 50),
  );
  for (const { must, language, name, texts } of classes) {
    it(`${must === 'same' ? 'keep together' : 'tell apart'} ${language}: ${name}`, async () => {
      const keys = await Promise.all(texts.map((text) => keyOf(text)));
      assert.equal(new Set(keys).size, must === 'same' ? 1 : texts.length);
    });
  }
});

describe('classes of our own', () => {
  for (const { must, language, name, texts } of OWN_CLASSES) {
    it(`${must === 'same' ? 'are kept together' : 'are told apart'}: ${language}, ${name}`, async () => {
      const keys = await Promise.all(texts.map((text) => keyOf(text)));
      assert.equal(new Set(keys).size, must === 'same' ? 1 : texts.length);
    });
  }
});

describe('a trace', () => {
  for (const { name, apply } of METAMORPHIC_CHANGES) {
    for (const language of SAMPLE_LANGUAGES) {
      const changed = apply(SAMPLES[language], language);
      if (changed === null) continue;
      it(`of ${language} is of the same bug with this change: ${name}`, async () => {
        assert.equal(await keyOf(changed), await keyOf(SAMPLES[language]));
      });
    }
  }
});
