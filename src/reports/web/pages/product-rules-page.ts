// /products/{account}/{product}/rules: reopening, tickets, grouping rules and signature lists, with previews that store nothing.
import { COMMAND } from '../../../base/command-name.ts';
import { html } from 'hono/html';
import type { RulesPreview, SignaturePreview } from '../../../process/preview/previews.ts';
import type { ProductPackage } from '../../../store/bugs.ts';
import { CSRF_FIELD } from '../../auth/csrf.ts';
import { allows } from '../../auth/person.ts';
import { excerpt } from '../../view/excerpt.ts';
import { checkProductRules } from '../../view/product-rules-view.ts';
import { ACTION_FIELD, faultBox, form } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { table } from '../components/table.ts';
import { count, nothing } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { readRulesForm, rulesFields, type TypedRules } from '../rules-form.ts';

/** Reports that a preview on the page looks at. */
const PREVIEWED = 100;
const SHOWN_CHANGES = 30;

export const productRulesPage: MemberPage = {
  path: '/products/:account/:product/rules',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, {}),
  actions: {
    save: {
      access: 'admin',
      async run(request, given) {
        const { account, name } = await namedProduct(request);
        const { bugs } = request.context.store;
        const typed = readRulesForm(given);
        const before = await bugs.productRules(account, name);
        const checked = checkProductRules(before, { ...typed });
        // What was typed stays: a form that is emptied by a slip is not filled in twice.
        if (!checked.ok) return show(request, { fault: checked.fault, rules: typed });
        const fault = await request.seen.rulesFault({ account, product: name }, before, checked.value);
        if (fault !== null) return show(request, { fault, rules: typed });
        await bugs.setProductRules(account, name, checked.value);
        request.context.log.info({ account, product: name, by: request.person.user?.id }, 'rules changed');
        return { kind: 'redirect', to: `${productPath({ account, name })}/rules`, done: 'saved' };
      },
    },
    undo: {
      access: 'admin',
      async run(request) {
        const { account, name } = await namedProduct(request);
        const { bugs } = request.context.store;
        const before = await bugs.productRules(account, name);
        const previous = await bugs.previousProductRules(account, name);
        if (previous === null) return show(request, { fault: 'The rules were never changed.' });
        const fault = await request.seen.rulesFault({ account, product: name }, before, previous);
        if (fault !== null) return show(request, { fault });
        await bugs.setProductRules(account, name, previous);
        request.context.log.info(
          { account, product: name, by: request.person.user?.id },
          'the last change of rules was undone',
        );
        return { kind: 'redirect', to: `${productPath({ account, name })}/rules`, done: 'saved' };
      },
    },
    preview: {
      access: 'triage',
      async run(request, given) {
        const { account, name } = await namedProduct(request);
        const { bugs } = request.context.store;
        const typed = readRulesForm(given);
        const checked = checkProductRules(await bugs.productRules(account, name), { ...typed });
        if (!checked.ok) return show(request, { fault: checked.fault, rules: typed });
        const rules = checked.value;
        const preview = await request.seen.previewRules({ account, product: name, rules }, PREVIEWED);
        return show(request, { rules, above: rulesPreview(preview) });
      },
    },
    signature: {
      access: 'triage',
      async run(request, given: Form) {
        const { account, name } = await namedProduct(request);
        const text = given.text('text');
        if (text.trim() === '') return show(request, { fault: 'Paste a stack first.' });
        const preview = await request.seen.previewSignature(text, { account, product: name });
        return show(request, { text, below: signaturePreview(preview) });
      },
    },
  },
};

interface Shown {
  readonly fault?: string;
  /** Rules that are tried and not saved; default: those of the product. */
  readonly rules?: TypedRules;
  readonly above?: Html;
  readonly text?: string;
  readonly below?: Html;
}

async function show(request: MemberRequest, shown: Shown): Promise<PageAnswer> {
  const { context, person, csrf } = request;
  const product = await namedProduct(request);
  const rules = shown.rules ?? (await context.store.bugs.productRules(product.account, product.name));
  const here = `${productPath(product)}/rules`;
  const mayTry = allows('triage', person);
  const mayUndo =
    allows('admin', person) &&
    (await context.store.bugs.previousProductRules(product.account, product.name)) !== null;
  return {
    kind: 'html',
    title: `${product.name} rules`,
    status: shown.fault === undefined ? 200 : 400,
    body: html`<div class="heading">
        <h1>Rules of ${product.name}</h1>
        <div class="actions"><a class="button" href="${productPath(product)}">Settings</a></div>
      </div>
      ${faultBox(shown.fault ?? null)} ${shown.above ?? null}
      <form method="post" action="${here}" class="rules">
        <input type="hidden" name="${CSRF_FIELD}" value="${csrf}" />
        ${rulesFields(rules)}
        <div class="actions">
          ${mayTry ? html`<button name="${ACTION_FIELD}" value="preview">Preview on the last ${PREVIEWED} reports</button>` : null}
          ${allows('admin', person) ? html`<button class="primary" name="${ACTION_FIELD}" value="save">Save rules</button>` : html`<span class="quiet">Administrators can save rules.</span>`}
        </div>
        ${mayUndo ? html`<div class="actions"><button name="${ACTION_FIELD}" value="undo">Undo the last change of rules</button></div>` : null}
        <p class="hint">
          Saved rules hold for reports that arrive from now on. <code>${COMMAND} reprocess --product …</code> applies them to
          stored ones.
        </p>
      </form>
      ${learnedPackages(await context.store.bugs.packagesOf(product.account, product.name))}
      ${
        mayTry
          ? html`<section aria-labelledby="try">
              <h2 id="try">What would this stack be called?</h2>
              ${form(
                { to: `${here}#try`, action: 'signature', csrf, className: 'stack' },
                html`<div class="field">
                    <label for="field-text">A stack trace of any language, or native frames, one a line</label>
                    <textarea id="field-text" name="text" rows="6">
${shown.text ?? ''}</textarea>
                  </div>
                  <button>Try</button>`,
              )}
              ${shown.below ?? null}
            </section>`
          : null
      }`,
  };
}

function rulesPreview(preview: RulesPreview): Html {
  const changes = preview.changes.slice(0, SHOWN_CHANGES);
  return html`<section class="preview" aria-labelledby="preview">
    <h2 id="preview">Preview: nothing is saved yet</h2>
    ${preview.problems.slice(0, 10).map((problem) => html`<p class="fault" role="alert">${excerpt(problem, 300).text}</p>`)}
    <p>
      Of ${count(preview.crashes)} ${preview.crashes === 1 ? 'crash' : 'crashes'} in the last ${count(preview.examined)} ${preview.examined === 1 ? 'report' : 'reports'}, ${count(preview.regrouped)} would
      be grouped otherwise and ${count(preview.renamed)} named otherwise. They form ${count(preview.groupsNow)}
      ${preview.groupsNow === 1 ? 'group' : 'groups'} now and would form ${count(preview.groupsThen)}.
    </p>
    ${movesTable(preview.moves)}
    ${
      changes.length === 0
        ? null
        : table({
            caption: 'Crashes that would change',
            rows: changes,
            columns: [
              {
                label: 'Report',
                cell: ({ crashId }) =>
                  html`<a class="row" href="/reports/${crashId}"><code>${crashId.slice(0, 8)}</code></a>`,
              },
              {
                label: 'Bug',
                cell: ({ bugId }) => (bugId === null ? nothing : html`<a href="/bugs/${bugId}">${bugId}</a>`),
              },
              { label: 'Signature now', cell: ({ was }) => excerpt(was.signature, 140).text },
              {
                label: 'Then',
                cell: ({ was, becomes }) =>
                  was.signature === becomes.signature
                    ? html`<span class="quiet">the same</span>`
                    : excerpt(becomes.signature, 140).text,
              },
              {
                label: 'Grouped by',
                cell: ({ was, becomes }) =>
                  was.grouping.key === becomes.grouping.key
                    ? html`<span class="quiet">as now</span>`
                    : excerpt(becomes.grouping.because, 200).text,
              },
            ],
          })
    }
  </section>`;
}

/** Where crashes would go if their reports were processed again; the rules themselves move nothing. */
function movesTable(moves: RulesPreview['moves']): Html | null {
  if (moves.length === 0) return null;
  return html`<p>If these reports were processed again, crashes would move:</p>
    ${table({
      caption: 'Crashes that would move to another bug',
      rows: moves.slice(0, SHOWN_CHANGES),
      columns: [
        { label: 'Crashes', number: true, cell: ({ crashes }) => count(crashes) },
        {
          label: 'From',
          cell: ({ from }) =>
            html`<a class="row" href="/bugs/${from.bugId}">${from.bugId}</a> ${excerpt(from.title, 100).text}`,
        },
        {
          label: 'To',
          cell: ({ to, becomesWhole }) =>
            to.bugId === null
              ? html`${becomesWhole ? 'the same bug under a new key:' : 'a new bug:'} ${excerpt(to.title, 100).text}`
              : html`<a href="/bugs/${to.bugId}">${to.bugId}</a> ${excerpt(to.title, 100).text}${becomesWhole ? html` <span class="quiet">(the first would be gone)</span>` : null}`,
        },
      ],
    })}`;
}

function learnedPackages(packages: readonly ProductPackage[]): Html | null {
  const total = packages.reduce((sum, one) => sum + one.count, 0);
  const libraries = packages.filter(({ name }) => name !== '');
  if (libraries.length === 0) return null;
  return html`<section aria-labelledby="learned">
    <h2 id="learned">Where its crashes begin</h2>
    <p class="lead">
      Libraries in which crashes begin that have no frame of the program itself, among the first ${count(total)} that were
      looked at. One in which more than half of all begin is taken for the product’s own code, for bugs that are new from then on.
      A line above decides otherwise: <code>-package:NAME</code>, or <code>+package:NAME</code>.
    </p>
    ${table({
      caption: 'Libraries in which crashes of the product begin',
      rows: libraries.slice(0, SHOWN_CHANGES),
      columns: [
        {
          label: 'Package',
          cell: ({ name }) => html`<code>${excerpt(name.slice(name.indexOf(':') + 1), 100).text}</code>`,
        },
        { label: 'Language', cell: ({ name }) => name.slice(0, name.indexOf(':')), wideOnly: true },
        { label: 'Crashes', number: true, cell: (one) => count(one.count), unit: () => 'crashes' },
        {
          label: 'Taken for its own',
          cell: ({ learnedAt }) =>
            learnedAt === null
              ? html`<span class="quiet">no</span>`
              : html`since ${new Date(learnedAt).toISOString().slice(0, 10)}`,
        },
      ],
    })}
  </section>`;
}

function signaturePreview(preview: SignaturePreview): Html {
  return html`${preview.problem === null ? null : html`<p class="fault" role="alert">${excerpt(preview.problem, 400).text}</p>`}
  ${preview.crashes.slice(0, 5).map(
    (crash) =>
      html`<div class="preview">
        <h3>${excerpt(crash.signature, 300).text}</h3>
        <p class="quiet">${crash.kind}. ${excerpt(crash.grouping.because, 300).text}</p>
        <ol>
          ${crash.signatureSteps.slice(0, 20).map((step) => html`<li class="value">${excerpt(step, 300).text}</li>`)}
        </ol>
      </div>`,
  )}`;
}
