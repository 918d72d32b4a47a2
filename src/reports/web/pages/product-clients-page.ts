// /products/{account}/{product}/clients: keys (DSNs), inbound filters, allowed origins and privacy of one product.
import { html } from 'hono/html';
import { SWITCHED_FILTERS, type ClientRules, type SwitchedFilter } from '../../../report/client-rules.ts';
import type { ClientSettings, ProductKey } from '../../../store/client-keys.ts';
import type { Product } from '../../../store/people.ts';
import { allows } from '../../auth/person.ts';
import {
  checkClientRules,
  checkDsnId,
  checkKeyChange,
  checkNewKey,
  dsnOf,
} from '../../view/client-settings.ts';
import { codeBlock } from '../components/code.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { time } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import { PageError } from '../page.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const FILTERS: Readonly<Record<SwitchedFilter, string>> = {
  browserExtensions: 'Errors of browser extensions',
  crawlers: 'Crawlers',
  oldBrowsers: 'Browsers given up by their makers before 2020',
  localhost: 'Pages of localhost',
};

export const productClientsPage: MemberPage = {
  path: '/products/:account/:product/clients',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, null),
  actions: {
    'add-key': {
      access: 'admin',
      async run(request, fields) {
        const product = await namedProduct(request);
        const key = fields.text('key').trim();
        const checked = checkNewKey({ label: fields.text('label'), ...(key !== '' && { key }) });
        if (!checked.ok) return show(request, checked.fault);
        const { clientKeys } = request.context.store;
        if (!(await clientKeys.addKey(product.account, product.name, checked.value))) {
          return show(request, 'The key exists already, or the product has as many as it may.');
        }
        return saved(product);
      },
    },
    'change-key': {
      access: 'admin',
      async run(request, fields) {
        const product = await namedProduct(request);
        const limit = fields.text('perMinute').trim();
        const checked = checkKeyChange({
          label: fields.text('label'),
          enabled: fields.checked('enabled'),
          perMinute: limit === '' ? null : Number(limit),
        });
        if (!checked.ok) return show(request, checked.fault);
        const { clientKeys } = request.context.store;
        const id = Number(fields.text('id'));
        if (!(await clientKeys.changeKey(product.account, product.name, id, checked.value)))
          throw noSuchKey();
        return saved(product);
      },
    },
    'delete-key': {
      access: 'admin',
      async run(request, fields) {
        const product = await namedProduct(request);
        const { clientKeys } = request.context.store;
        if (!(await clientKeys.deleteKey(product.account, product.name, Number(fields.text('id')))))
          throw noSuchKey();
        return saved(product);
      },
    },
    'dsn-id': {
      access: 'admin',
      async run(request, fields) {
        const product = await namedProduct(request);
        const text = fields.text('dsnId').trim();
        const checked = checkDsnId(text === '' ? null : Number(text));
        if (!checked.ok) return show(request, checked.fault);
        await request.context.store.clientKeys.setDsnId(product.account, product.name, checked.value);
        return saved(product);
      },
    },
    rules: {
      access: 'admin',
      async run(request, fields) {
        const product = await namedProduct(request);
        const settings = await settingsOf(request, product);
        const checked = checkClientRules(settings.rules, readRules(fields));
        if (!checked.ok) return show(request, checked.fault);
        await request.context.store.clientKeys.setRules(product.account, product.name, checked.value);
        return saved(product);
      },
    },
  },
};

function clientsPath(product: Product): string {
  return `${productPath(product)}/clients`;
}

function saved(product: Product): PageAnswer {
  return { kind: 'redirect', to: clientsPath(product), done: 'saved' };
}

function noSuchKey(): PageError {
  return new PageError(404, 'There is no such key.', 'It may have been deleted.');
}

async function settingsOf(request: MemberRequest, product: Product): Promise<ClientSettings> {
  const settings = await request.context.store.clientKeys.settings(product.account, product.name);
  if (settings === null) throw new PageError(404, 'There is no such product.', 'It may have been renamed.');
  return settings;
}

function readRules(fields: Form): Readonly<Record<string, unknown>> {
  const lines = (name: string): readonly string[] =>
    fields
      .text(name)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  return {
    filters: Object.fromEntries(SWITCHED_FILTERS.map((name) => [name, fields.checked(name)])),
    releases: lines('releases'),
    messages: lines('messages'),
    origins: lines('origins'),
    privacy: fields.text('privacy'),
    privateKeys: lines('privateKeys'),
    keepAddress: fields.checked('keepAddress'),
  };
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const product = await namedProduct(request);
  const settings = await settingsOf(request, product);
  const mayChange = allows('admin', request.person);
  return {
    kind: 'html',
    title: `${product.name} clients`,
    status: fault === null ? 200 : 400,
    body: html`<div class="heading">
        <h1>Clients of ${product.name}</h1>
        <div class="actions">
          <a class="button" href="${productPath(product)}">Settings</a>
          <a class="button" href="${productPath(product)}/integration">Integration</a>
          <a class="button" href="${productPath(product)}/health">Health</a>
        </div>
      </div>
      <p class="lead">Sentry's SDKs report here by their DSN. Each key can be limited and switched off.</p>
      ${faultBox(fault)}
      <section aria-labelledby="client-keys">
        <h2 id="client-keys">Keys</h2>
        ${settings.keys.length === 0 ? html`<p class="quiet">The product has no key: nothing comes through Sentry's endpoints.</p>` : null}
        ${settings.keys.map((key) => keySection(request, { product, settings, key, mayChange }))}
        ${mayChange ? newKeyForm(request, product, settings) : null}
      </section>
      ${mayChange ? rulesForm(request, product, settings.rules) : rulesFacts(settings.rules)}`,
  };
}

function keySection(
  { context, csrf, now }: MemberRequest,
  {
    product,
    settings,
    key,
    mayChange,
  }: {
    readonly product: Product;
    readonly settings: ClientSettings;
    readonly key: ProductKey;
    readonly mayChange: boolean;
  },
): Html {
  const to = clientsPath(product);
  const id = html`<input type="hidden" name="id" value="${key.id}" />`;
  return html`<div class="panel">
    <p>
      <strong>${key.label || 'without a name'}</strong>
      <span class="quiet">added ${time(key.createdAt, now)}${key.enabled ? '' : ' · switched off'}${key.perMinute === null ? '' : ` · at most ${key.perMinute} events a minute`}</span>
    </p>
    ${codeBlock({ id: `dsn-${key.id}`, label: `DSN of the key ${key.label || key.id}`, text: dsnOf(context.submitUrl, key.key, settings.dsnId) })}
    ${
      mayChange
        ? html`<details>
            <summary>Change</summary>
            ${form(
              { to, action: 'change-key', csrf },
              html`${id} ${field({ name: 'label', id: `label-${key.id}`, label: `Name of key ${key.id}`, value: key.label, maxLength: 100 })}
                ${field({
                  name: 'perMinute',
                  id: `per-minute-${key.id}`,
                  label: `Events a minute of key ${key.id}`,
                  type: 'number',
                  min: 1,
                  value: key.perMinute === null ? '' : String(key.perMinute),
                  hint: 'Empty: no limit. Beyond it clients are told to wait for the rest of the minute.',
                })}
                ${checkbox({ name: 'enabled', id: `enabled-${key.id}`, label: `Key ${key.id} is on`, checked: key.enabled })}
                <button>Save key</button>`,
            )}
            ${form({ to, action: 'delete-key', csrf }, html`${id}<button>Delete key</button>`)}
          </details>`
        : null
    }
  </div> `;
}

function newKeyForm({ csrf }: MemberRequest, product: Product, { dsnId }: ClientSettings): Html {
  const to = clientsPath(product);
  return html`<details>
    <summary>Add a key</summary>
    ${form(
      { to, action: 'add-key', csrf },
      html`${field({ name: 'label', label: 'Name of the new key', maxLength: 100 })}
        ${field({
          name: 'key',
          label: 'Key of another server',
          hint: 'Empty: a new one is made. 32 hexadecimal digits of a DSN that programs have already.',
          maxLength: 32,
        })}
        <button>Add key</button>`,
    )}
    ${form(
      { to, action: 'dsn-id', csrf },
      html`${field({
        name: 'dsnId',
        label: 'Number in the DSNs',
        type: 'number',
        min: 1,
        value: String(dsnId),
        hint: 'Empty: the product’s own. Set it to the project’s number on the server that you come from.',
      })}
        <button>Save number</button>`,
    )}
  </details>`;
}

function area(name: string, label: string, hint: string, lines: readonly string[]): Html {
  return html`<div class="field">
    <label for="field-${name}">${label}</label>
    <textarea id="field-${name}" name="${name}" rows="3" aria-describedby="${name}-hint">
${lines.join('\n')}</textarea>
    <p class="hint" id="${name}-hint">${hint}</p>
  </div>`;
}

function rulesForm({ csrf }: MemberRequest, product: Product, rules: ClientRules): Html {
  return html`<section aria-labelledby="rules">
    <h2 id="rules">Filters, origins, privacy</h2>
    ${form(
      { to: clientsPath(product), action: 'rules', csrf },
      html`<fieldset>
          <legend>Leave out, and count</legend>
          ${SWITCHED_FILTERS.map((name) => checkbox({ name, label: FILTERS[name], checked: rules.filters[name] }))}
        </fieldset>
        ${area('releases', 'Releases to leave out', 'One in a line; * stands for any text.', rules.releases)}
        ${area('messages', 'Messages to leave out', 'One in a line, held against "type: value"; * stands for any text.', rules.messages)}
        ${area('origins', 'Origins of pages that may send', 'One in a line: https://shop.example, *.shop.example, or * for all.', rules.origins)}
        ${select({
          name: 'privacy',
          label: 'Filter secrets before storing',
          value: rules.privacy,
          choices: [
            { value: 'sentry', label: 'what comes from Sentry’s clients' },
            { value: 'everywhere', label: 'whatever comes: annotations and JSON payloads, too' },
            { value: 'off', label: 'no: events are kept as they came' },
          ],
        })}
        ${area('privateKeys', 'Names of secrets beside the general list', 'One in a line; holds for every name that contains it.', rules.privateKeys)}
        ${checkbox({ name: 'keepAddress', label: 'Keep the address of users', checked: rules.keepAddress })}
        <button>Save</button>`,
    )}
  </section>`;
}

function rulesFacts(rules: ClientRules): Html {
  const on = SWITCHED_FILTERS.filter((name) => rules.filters[name]).map((name) => FILTERS[name]);
  return html`<section aria-labelledby="rules">
    <h2 id="rules">Filters, origins, privacy</h2>
    <p>
      Left out: ${on.length === 0 ? 'nothing by kind' : on.join(', ')}; ${rules.releases.length} patterns of releases,
      ${rules.messages.length} of messages. Secrets are ${rules.privacy === 'off' ? 'not filtered' : 'filtered before storing'}${rules.privacy === 'everywhere' ? ', from all clients' : ''}.
    </p>
    <p class="quiet">Administrators can change these settings.</p>
  </section>`;
}
