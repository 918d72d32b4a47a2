// /products/{account}/{product}: settings of one product.
import { html } from 'hono/html';
import type { Product } from '../../../store/people.ts';
import { allows } from '../../auth/person.ts';
import { reportsLink } from '../../query/report-query.ts';
import { checkProductChange, MAX_KEEP_DAYS, newUploadKey } from '../../view/product-change.ts';
import { codeBlock } from '../components/code.ts';
import { checkbox, faultBox, field, form } from '../components/form-controls.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { facts } from '../components/table.ts';
import { count, time } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

export const productPage: MemberPage = {
  path: '/products/:account/:product',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, null),
  actions: {
    save: {
      access: 'admin',
      async run(request, form) {
        const product = await namedProduct(request);
        const checked = checkProductChange(readSettings(form));
        if (!checked.ok) return show(request, checked.fault);
        const { account, name } = product;
        const closed = await request.seen.publicNamesFault(
          { account, product: name },
          checked.change.publicAnnotations ?? [],
        );
        if (closed !== null) return show(request, closed);
        // A key that is required must exist: without one every report of the product would be refused.
        const needsKey = checked.change.requireKey === true && product.uploadKey === null;
        await request.context.store.people.updateProduct(product.account, product.name, {
          ...checked.change,
          ...(needsKey && { uploadKey: newUploadKey() }),
        });
        return { kind: 'redirect', to: productPath(product), done: 'saved' };
      },
    },
    key: {
      access: 'admin',
      async run(request) {
        const product = await namedProduct(request);
        const change = { uploadKey: newUploadKey() };
        await request.context.store.people.updateProduct(product.account, product.name, change);
        return { kind: 'redirect', to: productPath(product), done: 'key' };
      },
    },
  },
};

function readSettings(form: Form): Readonly<Record<string, unknown>> {
  const days = form.text('keepDays').trim();
  return {
    requireKey: form.checked('requireKey'),
    keepDays: days === '' ? null : Number(days),
    publicAnnotations: form
      .text('publicAnnotations')
      .split(/[\r\n,]+/)
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  };
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const product = await namedProduct(request);
  const { person, now } = request;
  return {
    kind: 'html',
    title: `${product.name} settings`,
    status: fault === null ? 200 : 400,
    body: html`<div class="heading">
        <h1>${product.name}</h1>
        <div class="actions">
          <a class="button" href="${reportsLink({ account: product.account, product: product.name })}"
            >Reports</a
          >
          <a class="button" href="${overviewPath(product)}">Overview</a>
          <a class="button" href="${productPath(product)}/versions">Versions</a>
          <a class="button" href="${productPath(product)}/rules">Rules</a>
          <a class="button" href="${productPath(product)}/source">Source</a>
          <a class="button" href="${productPath(product)}/tickets">Tickets</a>
          <a class="button" href="${productPath(product)}/clients">Clients</a>
          <a class="button" href="${productPath(product)}/data">Data</a>
          <a class="button" href="${productPath(product)}/health">Health</a>
          <a class="button" href="${productPath(product)}/integration">Integration</a>
        </div>
      </div>
      ${facts([
        ['Account', product.account],
        ['Reports', count(product.reportCount)],
        ['Last report', time(product.lastReportAt, now)],
        [
          'Added',
          html`${time(product.createdAt, now)} ${product.automatic ? 'by its first report' : 'by hand'}`,
        ],
        ['Upload key', product.requireKey ? 'required' : 'not required'],
        ['Kept', product.keepDays === null ? 'while there is room' : `${count(product.keepDays)} days`],
        [
          'Public annotations',
          product.publicAnnotations.length === 0
            ? 'the general list only'
            : product.publicAnnotations.join(', '),
        ],
      ])}
      ${allows('admin', person) ? settings(request, product, fault) : html`<p class="quiet">Administrators can change these settings.</p>`}`,
  };
}

function settings({ csrf, context }: MemberRequest, product: Product, fault: string | null): Html {
  const to = productPath(product);
  return html`<section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      ${faultBox(fault)}
      ${form(
        { to, action: 'save', csrf },
        html`${checkbox({
          name: 'requireKey',
          label: 'Refuse reports without the upload key',
          checked: product.requireKey,
          hint: 'Clients then need the address with the key, which the integration page shows.',
        })}
          ${field({
            name: 'keepDays',
            label: 'Keep reports for days',
            type: 'number',
            value: product.keepDays === null ? '' : String(product.keepDays),
            min: 1,
            max: MAX_KEEP_DAYS,
            hint: 'Empty: until the room is needed.',
          })}
          <div class="field">
            <label for="field-public">Public annotations</label>
            <textarea id="field-public" name="publicAnnotations" rows="5" aria-describedby="public-hint">
${product.publicAnnotations.join('\n')}</textarea>
            <p class="hint" id="public-hint">
              One name in a line. Everybody who is signed in sees them; all others only people with the right
              to protected data. Public for every product: ${context.publicAnnotations.join(', ') || 'none'}.
            </p>
          </div>
          <button>Save settings</button>`,
      )}
    </section>
    <section aria-labelledby="key">
      <h2 id="key">Upload key</h2>
      ${product.uploadKey === null ? html`<p>The product has no key.</p>` : codeBlock({ id: 'upload-key', label: 'Upload key', text: product.uploadKey })}
      ${form({ to, action: 'key', csrf }, html`<button>${product.uploadKey === null ? 'Make a key' : 'Replace key'}</button>`)}
    </section>`;
}
