// /products/{account}/{product}/integration: what to paste where, with this server's address and the product's key.
import { html } from 'hono/html';
import { codeBlock } from '../components/code.ts';
import { LIBRARY_SAMPLES, fetchCommand } from '../components/library-samples.ts';
import type { LibrarySample } from '../components/library-samples.ts';
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
  watchSample,
} from '../components/integration-samples.ts';
import type { SampleTarget } from '../components/integration-samples.ts';
import { firstDsn } from '../../view/client-settings.ts';
import { SENTRY_SAMPLES, type SentryTarget } from '../components/sentry-samples.ts';
import { LIBRARY_FILES, libraryPath } from '../library-files.ts';
import type { Html, MemberPage } from '../page.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly words: string;
  readonly sample: (target: SampleTarget) => string;
}

/** What uploads dumps of native programs. */
const UPLOADERS: readonly Section[] = [
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
];

/** What needs nothing of Mayday's, or its monitor. */
const PROTOCOLS: readonly Section[] = [
  {
    id: 'crashkit',
    title: 'CrashKit',
    words: 'The API of the historic CrashKit clients for Java, JavaScript, PHP and Python.',
    sample: crashkitSample,
  },
  {
    id: 'crashkit1',
    title: 'CrashKit 1.0',
    words: 'For clients of your own. The libraries above speak it.',
    sample: crashkit1Sample,
  },
  {
    id: 'syncthing',
    title: 'Syncthing',
    words: 'Reports are filed under the name of the program in their first line.',
    sample: syncthingSample,
  },
  {
    id: 'watch',
    title: 'Any other program',
    words: 'Mayday runs it, restarts it when it fails, and reports its crashes.',
    sample: watchSample,
  },
];

function sampleSection({ id, title, words, sample }: Section, target: SampleTarget): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <p>${words}</p>
    ${codeBlock({ id: `sample-${id}`, label: `${title} sample`, text: sample(target) })}
  </section> `;
}

/** Every SDK by name; the DSN alone is the whole change for a program that has one already. */
function sentrySections(target: SentryTarget): Html {
  return html`<section aria-labelledby="sentry">
    <h2 id="sentry">Sentry’s SDKs</h2>
    <p>A program that has an SDK of Sentry’s reports here when its DSN is changed to this one.</p>
    ${codeBlock({ id: 'sentry-dsn', label: 'DSN', text: target.dsn })}
    ${SENTRY_SAMPLES.map(
      ({ id, title, sample }) => html`<h3 id="${id}">${title}</h3>
        ${codeBlock({ id: `sample-${id}`, label: `${title} sample`, text: sample(target) })} `,
    )}
  </section> `;
}

function librarySection(library: LibrarySample, target: SampleTarget, reportsUrl: string): Html {
  const { id, title, words } = library;
  const file = (name: string): Html => html`<a href="${libraryPath(id, name)}">${name}</a>`;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <p>${words}</p>
    ${codeBlock({ id: `fetch-${id}`, label: `${title} download`, text: fetchCommand(library, reportsUrl) })}
    ${codeBlock({ id: `sample-${id}`, label: `${title} sample`, text: library.code(target) })}
    <p class="faint">One file without dependencies: ${LIBRARY_FILES[id].map((name, index) => html`${index === 0 ? '' : ', '}${file(name)}`)}</p>
  </section> `;
}

export const integrationPage: MemberPage = {
  path: '/products/:account/:product/integration',
  access: 'read',
  nav: 'products',
  async view(request) {
    const { context } = request;
    const [account, name] = [request.param('account'), request.param('product')];
    // The page also serves a product that does not exist yet: its first report adds it.
    const product = await request.seen.settings.product(account, name);
    const uploadKey = product?.requireKey === true ? product.uploadKey : null;
    const dsn = firstDsn(context.submitUrl, await context.store.clientKeys.settings(account, name));
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
          ${[...UPLOADERS, ...(dsn === null ? [] : [{ id: 'sentry', title: 'Sentry’s SDKs' }]), ...LIBRARY_SAMPLES, ...PROTOCOLS].map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
        ${UPLOADERS.map((section) => sampleSection(section, target))}
        ${dsn === null ? null : sentrySections({ dsn, reportsUrl: context.reportsUrl, account, product: name })}
        ${LIBRARY_SAMPLES.map((library) => librarySection(library, target, context.reportsUrl))}
        ${PROTOCOLS.map((section) => sampleSection(section, target))}`,
    };
  },
};
