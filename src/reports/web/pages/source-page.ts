// /products/{account}/{product}/source: where the source of a product lies, so that frames lead to their lines, and who owns what.
import { html } from 'hono/html';
import { REPOSITORY_KINDS } from '../../../report/source/source-settings.ts';
import type { PathRule, RepositoryKind, SourceSettings } from '../../../report/source/source-settings.ts';
import { allows } from '../../auth/person.ts';
import { checkProductRules } from '../../view/product-rules-view.ts';
import { faultBox, field, form, select } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { facts } from '../components/table.ts';
import { count } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const KINDS: Readonly<Record<RepositoryKind, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket',
  bitbucket_server: 'Bitbucket Data Center',
  gitea: 'Gitea or Forgejo',
  hg: 'Mercurial (hgweb)',
  template: 'another: the template below',
};

export const sourcePage: MemberPage = {
  path: '/products/:account/:product/source',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, {}),
  actions: {
    save: {
      access: 'admin',
      async run(request, given) {
        const { account, name } = await namedProduct(request);
        const { bugs } = request.context.store;
        const typed = readForm(given);
        const checked = checkProductRules(await bugs.productRules(account, name), { source: typed });
        // What was typed stays.
        if (!checked.ok) return show(request, { fault: checked.fault, typed });
        await bugs.setProductRules(account, name, checked.value);
        request.context.log.info(
          { account, product: name, by: request.person.user?.id },
          'where the source lies was changed',
        );
        return { kind: 'redirect', to: `${productPath({ account, name })}/source`, done: 'saved' };
      },
    },
  },
};

const lines = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `/build/src/ => src/`; without an arrow the beginning is taken away. */
function pathRule(line: string): PathRule {
  const [from = '', to = ''] = line.split(/\s*=>\s*/, 2);
  return { from: from.trim(), to: to.trim() };
}

function readForm(given: Form): SourceSettings {
  const text = (name: string): string | null => given.text(name).trim() || null;
  return {
    repository: text('repository'),
    kind: text('kind') as RepositoryKind | null,
    template: text('template'),
    paths: lines(given.text('paths')).map(pathRule),
    commitAnnotations: lines(given.text('commitAnnotations').replaceAll(',', '\n')),
    tag: text('tag'),
    owners: lines(given.text('owners')),
  };
}

async function show(
  request: MemberRequest,
  { fault = null, typed }: { readonly fault?: string | null; readonly typed?: SourceSettings },
): Promise<PageAnswer> {
  const product = await namedProduct(request);
  const source =
    typed ?? (await request.context.store.bugs.productRules(product.account, product.name)).source;
  const to = `${productPath(product)}/source`;
  return {
    kind: 'html',
    title: `${product.name} source`,
    status: fault === null ? 200 : 400,
    body: html`<div class="heading">
        <h1>Source of ${product.name}</h1>
        <div class="actions"><a class="button" href="${productPath(product)}">Settings</a></div>
      </div>
      <p class="lead">
        Frames of the program’s own code lead to their line at the commit that the release was built from. Commits are known
        from <code>sentry-cli releases set-commits</code>, from the API, or from an annotation of the reports.
      </p>
      ${faultBox(fault)}
      ${allows('admin', request.person) ? settings(source, { to, csrf: request.csrf }) : readOnly(source)}`,
  };
}

function readOnly(source: SourceSettings): Html {
  return html`${facts([
    [
      'Repository',
      source.repository === null
        ? 'not said'
        : html`<a href="${source.repository}" rel="noreferrer">${source.repository}</a>`,
    ],
    ['Template', source.template],
    [
      'Paths',
      source.paths.length === 0
        ? null
        : html`${source.paths.map(({ from, to }) => html`<code>${from} => ${to}</code> `)}`,
    ],
    ['Commit from', source.commitAnnotations.length === 0 ? null : source.commitAnnotations.join(', ')],
    ['Tag', source.tag],
    ['Owners', source.owners.length === 0 ? null : `${count(source.owners.length)} lines`],
  ])}
    <p class="quiet">Administrators can change this.</p>`;
}

function settings(
  source: SourceSettings,
  { to, csrf }: { readonly to: string; readonly csrf: string },
): Html {
  return form(
    { to, action: 'save', csrf, className: 'rules' },
    html`<h2 id="repository">Repository</h2>
      <div class="stack">
        ${field({ name: 'repository', label: 'Address of its page', value: source.repository ?? '', maxLength: 500, placeholder: 'https://github.com/example/shop' })}
        ${select({
          name: 'kind',
          label: 'What runs there',
          value: source.kind ?? '',
          choices: [
            { value: '', label: 'told by its address' },
            ...REPOSITORY_KINDS.map((value) => ({ value, label: KINDS[value] })),
          ],
        })}
        ${field({ name: 'template', label: 'Template, for another one', value: source.template ?? '', maxLength: 500, placeholder: 'https://code.example/shop/{commit}/{path}#L{line}', hint: 'The address of a line, with {path}, {line}, {commit} and {version}.' })}
      </div>
      <h2 id="commit">Commit</h2>
      <div class="stack">
        ${field({ name: 'commitAnnotations', label: 'Annotations that name the commit', value: source.commitAnnotations.join(', '), maxLength: 1000, placeholder: 'revision', hint: 'Looked at first, in this order. Of a protected one only people with the right to protected data get links.' })}
        ${field({ name: 'tag', label: 'Tag, where neither an annotation nor a tool names a commit', value: source.tag ?? '', maxLength: 100, placeholder: 'v{version}', hint: 'Empty: no link then.' })}
      </div>
      <h2 id="paths">Paths</h2>
      <div class="stack">
        ${area(
          'paths',
          'Where builds had the files, and where they are in the repository',
          source.paths.map(({ from, to: target }) => `${from} => ${target}`),
          '/build/src/ => src/ : one in a line; nothing behind the arrow is the root. Own frames with relative paths need none; frames of which nobody says whose they are lead somewhere only by such a line.',
        )}
      </div>
      <h2 id="owners">Owners</h2>
      <div class="stack">
        ${area('owners', 'Who owns which paths', source.owners, 'As in a CODEOWNERS file: a pattern, then people or teams. The last line that fits decides. Bugs show the owners of their own frames.')}
      </div>
      <div class="actions"><button class="primary">Save</button></div>`,
  );
}

function area(name: string, label: string, values: readonly string[], hint: string): Html {
  return html`<div class="field">
    <label for="field-${name}">${label}</label>
    <textarea id="field-${name}" name="${name}" rows="${Math.min(16, Math.max(3, values.length + 1))}" aria-describedby="field-${name}-hint">
${values.join('\n')}</textarea>
    <p class="hint" id="field-${name}-hint">${hint}</p>
  </div>`;
}
