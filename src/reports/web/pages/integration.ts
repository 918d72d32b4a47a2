// /products/{account}/{product}/integration: what to paste where, with this server's address and the product's key.
import { html } from 'hono/html';
import { codeBlock } from '../components/code.ts';
import { productPath } from '../components/product-path.ts';
import {
  breakpadSample,
  crashkit1Sample,
  crashkitSample,
  crashpadSample,
  curlSample,
  electronSample,
  submitAddress,
  syncthingSample,
} from '../components/samples.ts';
import type { SampleTarget } from '../components/samples.ts';
import type { MemberPage } from '../page.ts';

const SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly words: string;
  readonly sample: (target: SampleTarget) => string;
}[] = [
  { id: 'curl', title: 'curl', words: 'To try it, or from a script.', sample: curlSample },
  {
    id: 'crashpad',
    title: 'Crashpad',
    words: 'Crashpad tries each upload once; switch uploads on in its settings, or nothing is sent.',
    sample: crashpadSample,
  },
  {
    id: 'breakpad',
    title: 'Breakpad',
    words: 'From a terminal, or from the program itself.',
    sample: breakpadSample,
  },
  {
    id: 'electron',
    title: 'Electron',
    words: 'In the main process, before anything else. Child processes report by themselves.',
    sample: electronSample,
  },
  {
    id: 'crashkit',
    title: 'CrashKit',
    words: 'The current API, which the clients for Java, JavaScript, PHP and Python speak.',
    sample: crashkitSample,
  },
  { id: 'crashkit1', title: 'CrashKit 1.0', words: 'For new clients.', sample: crashkit1Sample },
  {
    id: 'syncthing',
    title: 'Syncthing',
    words: 'Reports are filed under the name of the program in their first line.',
    sample: syncthingSample,
  },
];

export const integrationPage: MemberPage = {
  path: '/products/:account/:product/integration',
  access: 'read',
  nav: 'products',
  async view(request) {
    const { context } = request;
    const [account, name] = [request.param('account'), request.param('product')];
    // The page also serves a product that does not exist yet: its first report adds it.
    const product = await context.store.people.getProduct(account, name);
    const uploadKey = product?.requireKey === true ? product.uploadKey : null;
    const target: SampleTarget = { submitUrl: context.submitUrl, account, product: name, uploadKey };
    return {
      kind: 'html',
      title: `${name} integration`,
      body: html`<div class="heading">
          <h1>Make ${name} report here</h1>
          ${product === null ? null : html`<div class="actions"><a class="button" href="${productPath(product)}">Settings</a></div>`}
        </div>
        <p class="lead">
          Crashpad, Breakpad, Electron and curl post forms to <code>${submitAddress(target)}</code>.
          ${product === null ? html`The product is added by its first report, where automatic products are on.` : null}
          ${uploadKey === null ? null : html`The address holds the product's upload key, which it requires.`}
        </p>
        <ul class="chips" aria-label="On this page">
          ${SECTIONS.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
        ${SECTIONS.map(
          ({ id, title, words, sample }) =>
            html`<section aria-labelledby="${id}">
              <h2 id="${id}">${title}</h2>
              <p>${words}</p>
              ${codeBlock({ id: `sample-${id}`, label: `${title} sample`, text: sample(target) })}
            </section> `,
        )}`,
    };
  },
};
