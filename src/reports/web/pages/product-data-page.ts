// /products/{account}/{product}/data: what a product never stores, what it scrubs, how long dumps and protected annotations stay.
import { html } from 'hono/html';
import type { Found } from '../../../report/privacy/data-notes.ts';
import {
  DUMP_MODES,
  MAX_DATA_DAYS,
  MAX_DUMPS_OF_BUG,
  SCRUB_KINDS,
  type DataRules,
  type DumpMode,
  type ScrubKind,
} from '../../../report/privacy/data-rules.ts';
import type { Product } from '../../../store/people.ts';
import { allows } from '../../auth/person.ts';
import { CSRF_FIELD } from '../../auth/csrf.ts';
import type { DataPreview } from '../../gate/seen-data-preview.ts';
import { checkDataChange } from '../../view/data-change.ts';
import { excerpt } from '../../view/excerpt.ts';
import { ACTION_FIELD, checkbox, faultBox, field, select } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { facts, table } from '../components/table.ts';
import { count } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

/** Reports that the preview on the page looks at. */
const PREVIEWED = 100;

const MODES: Readonly<Record<DumpMode, string>> = {
  all: 'Keep dumps as long as their reports',
  stacks: 'Only stacks: a dump goes once it has been walked',
  newest: 'The newest dumps of each bug',
};
const KINDS: Readonly<Record<ScrubKind, { readonly label: string; readonly hint: string }>> = {
  email: { label: 'Mail addresses', hint: 'ada@example.org, also as ada%40example.org.' },
  card: { label: 'Numbers of payment cards', hint: 'With the right check digit.' },
  token: { label: 'Tokens', hint: 'Bearer tokens, JSON web tokens, keys of well-known services.' },
  ip: {
    label: 'IP addresses',
    hint: 'Versions of four numbers stay where they can be told; 127.0.0.1 stays.',
  },
  home: { label: 'User names in paths', hint: '/home/ada/… becomes /home/[Filtered]/….' },
};
const FOUND: Readonly<Record<Found, string>> = {
  email: 'mail addresses',
  card: 'numbers of cards',
  token: 'tokens',
  ip: 'IP addresses',
  home: 'user names in paths',
  pattern: 'finds of own expressions',
  name: 'values by name',
  unseen: 'texts beyond what own expressions look through',
};

export const productDataPage: MemberPage = {
  path: '/products/:account/:product/data',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, {}),
  actions: {
    save: {
      access: 'admin',
      async run(request, given) {
        const product = await namedProduct(request);
        const typed = readForm(given);
        const checked = checkDataChange(product.dataRules, typed);
        // What was typed stays: a form that is emptied by a slip is not filled in twice.
        if (!checked.ok)
          return show(request, { fault: checked.fault, typed: asTyped(product.dataRules, typed) });
        const change = { dataRules: checked.value };
        await request.context.store.people.updateProduct(product.account, product.name, change);
        return { kind: 'redirect', to: dataPath(product), done: 'saved' };
      },
    },
    preview: {
      access: 'admin',
      async run(request, given) {
        const product = await namedProduct(request);
        const typed = readForm(given);
        const checked = checkDataChange(product.dataRules, typed);
        if (!checked.ok)
          return show(request, { fault: checked.fault, typed: asTyped(product.dataRules, typed) });
        const { account, name } = product;
        const asked = { account, product: name, rules: checked.value };
        const preview = await request.seen.previewData(asked, PREVIEWED);
        return show(request, { typed: checked.value, preview });
      },
    },
  },
};

function dataPath(product: Product): string {
  return `${productPath(product)}/data`;
}

function readForm(given: Form): Readonly<Record<string, unknown>> {
  const lines = (name: string): readonly string[] =>
    given
      .text(name)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const days = (name: string): number | null => {
    const text = given.text(name).trim();
    return text === '' ? null : Number(text);
  };
  const dumpsOfBug = days('dumpsOfBug');
  return {
    dumps: given.text('dumps'),
    dumpDays: days('dumpDays'),
    ...(dumpsOfBug !== null && { dumpsOfBug }),
    protectedDays: days('protectedDays'),
    neverStored: lines('neverStored'),
    scrub: SCRUB_KINDS.filter((kind) => given.checked(`scrub-${kind}`)),
    patterns: lines('patterns'),
  };
}

/** What was typed, as far as a form can show it again. */
function asTyped(now: DataRules, typed: Readonly<Record<string, unknown>>): DataRules {
  return { ...now, ...typed };
}

interface Shown {
  readonly fault?: string;
  readonly typed?: DataRules;
  readonly preview?: DataPreview;
}

async function show(request: MemberRequest, { fault, typed, preview }: Shown): Promise<PageAnswer> {
  const product = await namedProduct(request);
  const rules = typed ?? product.dataRules;
  return {
    kind: 'html',
    title: `${product.name} data`,
    status: fault === undefined ? 200 : 400,
    secret: preview !== undefined,
    body: html`<div class="heading">
        <h1>Data of ${product.name}</h1>
        <div class="actions"><a class="button" href="${productPath(product)}">Settings</a></div>
      </div>
      <p class="lead">
        What reports bring and nobody needs: it is left out before anything is stored, or goes before its report does.
        Rules of this page hold for reports that come from now on, and for stored ones when they are processed again; what is
        old enough to go, goes within the hour.
      </p>
      ${faultBox(fault ?? null)} ${preview === undefined ? null : previewSection(preview)}
      ${allows('admin', request.person) ? dataForm(request, product, rules) : dataFacts(product.dataRules)}`,
  };
}

function dataForm({ csrf }: MemberRequest, product: Product, rules: DataRules): Html {
  return html`<form method="post" action="${dataPath(product)}" class="stack">
    <input type="hidden" name="${CSRF_FIELD}" value="${csrf}" />
    <fieldset>
      <legend>Never stored</legend>
      ${lines({
        name: 'neverStored',
        label: 'Names',
        value: rules.neverStored,
        hint: 'One in a line: names of annotations, of tags, and of members of payloads, wherever programs put data. user.email is the member of one section alone, * stands for any text. Their values are in no file.',
      })}
    </fieldset>
    <fieldset>
      <legend>Scrubbed from values</legend>
      ${SCRUB_KINDS.map((kind) =>
        checkbox({ name: `scrub-${kind}`, ...KINDS[kind], checked: rules.scrub.includes(kind) }),
      )}
      ${lines({
        name: 'patterns',
        label: 'Own expressions',
        value: rules.patterns,
        hint: 'One in a line, in RE2’s syntax: order-[0-9]+, or (?i)customer \\d+. What they find becomes [Filtered].',
      })}
      <p class="hint">Code, versions and ids of a crash stay as they are. Dumps and attached files are stored as they come.</p>
    </fieldset>
    <fieldset>
      <legend>Dumps</legend>
      ${select({
        name: 'dumps',
        label: 'Minidumps',
        value: rules.dumps,
        choices: DUMP_MODES.map((mode) => ({ value: mode, label: MODES[mode] })),
      })}
      ${field({
        name: 'dumpDays',
        label: 'Only stacks: days after which a dump goes, although symbols were missing',
        type: 'number',
        value: rules.dumpDays === null ? '' : String(rules.dumpDays),
        min: 1,
        max: MAX_DATA_DAYS,
        hint: 'Empty: it waits for its symbols as long as its report is kept.',
      })}
      ${field({
        name: 'dumpsOfBug',
        label: 'The newest of each bug: how many',
        type: 'number',
        value: String(rules.dumpsOfBug),
        min: 1,
        max: MAX_DUMPS_OF_BUG,
      })}
      <p class="hint">
        A report whose dump is gone keeps its stacks, and says why. Those of pinned reports stay.
      </p>
    </fieldset>
    <fieldset>
      <legend>Protected annotations</legend>
      ${field({
        name: 'protectedDays',
        label: 'Days after which annotations go that are not public',
        type: 'number',
        value: rules.protectedDays === null ? '' : String(rules.protectedDays),
        min: 1,
        max: MAX_DATA_DAYS,
        hint: 'Empty: with their report.',
      })}
    </fieldset>
    <div class="actions">
      <button name="${ACTION_FIELD}" value="preview">Preview on the last ${PREVIEWED} reports</button>
      <button class="primary" name="${ACTION_FIELD}" value="save">Save</button>
    </div>
  </form>`;
}

function lines(options: {
  readonly name: string;
  readonly label: string;
  readonly value: readonly string[];
  readonly hint: string;
}): Html {
  const { name, label, value, hint } = options;
  return html`<div class="field">
    <label for="field-${name}">${label}</label>
    <textarea id="field-${name}" name="${name}" rows="5" spellcheck="false" aria-describedby="field-${name}-hint">
${value.join('\n')}</textarea>
    <p class="hint" id="field-${name}-hint">${hint}</p>
  </div>`;
}

function dataFacts(rules: DataRules): Html {
  const { dumps, dumpDays, dumpsOfBug, protectedDays, neverStored, scrub, patterns } = rules;
  const days = (number: number | null, otherwise: string): string =>
    number === null ? otherwise : `${count(number)} days`;
  return html`${facts([
    ['Never stored', neverStored.length === 0 ? 'no name' : neverStored.join(', ')],
    ['Scrubbed', scrub.length === 0 ? 'nothing' : scrub.map((kind) => KINDS[kind].label).join(', ')],
    ['Own expressions', patterns.length === 0 ? 'none' : count(patterns.length)],
    ['Minidumps', MODES[dumps]],
    ['At the latest after', dumps === 'stacks' ? days(dumpDays, 'no time') : null],
    ['Dumps of a bug', dumps === 'newest' ? count(dumpsOfBug) : null],
    ['Protected annotations', days(protectedDays, 'as long as their report')],
  ])}
    <p class="quiet">Administrators can change this.</p>`;
}

function previewSection({ looked, changed, found, examples, isCut, notes }: DataPreview): Html {
  const kinds = (Object.keys(FOUND) as Found[]).filter((kind) => found[kind] > 0);
  return html`<section class="preview" aria-labelledby="preview">
    <h2 id="preview">Preview: nothing is saved yet</h2>
    <p>
      Of the last ${count(looked)} ${looked === 1 ? 'report' : 'reports'}, ${count(changed)} would have been stored with
      less${kinds.length === 0 ? '' : `: ${kinds.map((kind) => `${count(found[kind])} ${FOUND[kind]}`).join(', ')}`}.
    </p>
    ${isCut ? html`<p class="quiet">The time was up before more reports were looked at.</p>` : null}
    ${notes.map((note) => html`<p class="quiet">${note}</p>`)}
    ${
      examples === null
        ? html`<p class="quiet">Examples are shown to people with the right to protected data.</p>`
        : examples.length === 0
          ? null
          : table({
              caption: 'Values that would be stored otherwise',
              rows: examples,
              columns: [
                {
                  label: 'Report',
                  cell: ({ crashId }) =>
                    html`<a class="row" href="/reports/${crashId}"><code>${crashId.slice(0, 8)}</code></a>`,
                },
                { label: 'Name', cell: ({ name }) => excerpt(name, 120).text },
                { label: 'Now', cell: ({ before }) => excerpt(before, 400).text },
                {
                  label: 'Then',
                  cell: ({ after }) =>
                    after === null ? html`<span class="quiet">left out</span>` : excerpt(after, 400).text,
                },
              ],
            })
    }
  </section>`;
}
