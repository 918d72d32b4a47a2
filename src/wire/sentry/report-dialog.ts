// The report dialog of Sentry's SDKs (`showReportDialog`): a script that asks a person what happened, and the form that it posts.
import { Refused } from '../../base/refusal.ts';
import { personWords } from '../../report/person-words.ts';
import { eventIdOf } from '../../report/sentry/event-values.ts';
import type { Intake, WireAnswer, WireRequest } from '../adapter.ts';
import { readWhole } from '../payload-body.ts';
import { originAllowed, readDsn } from './client-key.ts';

const MAX_BYTES = 64 * 1024;
const MAX_OPTION = 500;

/** Texts of the dialog that an SDK may replace (`showReportDialog({ title, … })`). */
const TEXTS = {
  title: 'It looks like we are having issues.',
  subtitle: 'If you like, tell us what happened.',
  labelName: 'Name',
  labelEmail: 'E-mail',
  labelComments: 'What happened?',
  labelClose: 'Close',
  labelSubmit: 'Send',
  errorGeneric: 'It could not be sent. Please try again.',
  successMessage: 'Thank you. It has been sent.',
} as const;

/** The script of the dialog. */
export async function dialogScript(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  await productOfDsn(request, intake);
  const { query } = request;
  const text = (name: string): string => (query.get(name) ?? '').slice(0, MAX_OPTION);
  const options = {
    ...Object.fromEntries(Object.entries(TEXTS).map(([name, standard]) => [name, text(name) || standard])),
    name: text('name'),
    email: text('email'),
    // Where the script itself came from, with what names event and product.
    address: `/api/embed/error-page/?${new URLSearchParams({ dsn: text('dsn'), eventId: text('eventId') }).toString()}`,
  };
  // `</script>` and U+2028 must not end what they stand in.
  const json = JSON.stringify(options).replace(
    /[<\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    status: 200,
    body: `(${SCRIPT})(${json});\n`,
    headers: {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'no-store',
    },
  };
}

/** What a person wrote into it. */
export async function dialogWords(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const keyed = await productOfDsn(request, intake);
  const body = await readWhole(request.body, MAX_BYTES);
  if (body === null) throw new Refused('too_large', `the form has at most ${MAX_BYTES} bytes`);
  const form = new URLSearchParams(body.toString('utf8'));
  const words = personWords({
    eventId: eventIdOf(request.query.get('eventId')),
    name: form.get('name') ?? '',
    email: form.get('email') ?? '',
    message: form.get('comments') ?? '',
    url: request.headers.referer ?? '',
  });
  if (words === null || words.eventId === null)
    throw new Refused('invalid_event', 'the words or the event id are missing');
  await intake.putFeedback(keyed, words);
  return { status: 200, body: '{}', headers: { 'Content-Type': 'application/json' } };
}

async function productOfDsn(request: WireRequest, intake: Intake) {
  const { key, id } = readDsn((request.query.get('dsn') ?? '').slice(0, 2000));
  const keyed = await intake.keyedProduct(key);
  if (keyed === null || !keyed.enabled || String(keyed.dsnId) !== id)
    throw new Refused('key_rejected', 'no product has this DSN');
  const { origin } = request.headers;
  if (origin !== undefined && !originAllowed(origin, keyed.rules.origins)) {
    throw new Refused('origin_rejected', origin.slice(0, 200));
  }
  return keyed;
}

/** Runs in the page of the program: builds everything by the document's own functions, so that no text can become markup. */
const SCRIPT = `function (options) {
  var script = document.currentScript;
  var origin = script && script.src ? new URL(script.src).origin : '';
  var make = function (name, style, text) {
    var node = document.createElement(name);
    node.style.cssText = style;
    if (text) node.textContent = text;
    return node;
  };
  var shade = make('div', 'position:fixed;inset:0;z-index:2147483647;background:rgba(0,0,0,.6);display:flex;align-items:center;justify-content:center;font:16px/1.4 system-ui,sans-serif');
  var form = make('form', 'background:#fff;color:#111;padding:24px;border-radius:8px;width:min(32rem,90vw);max-height:90vh;overflow:auto;box-sizing:border-box');
  form.setAttribute('role', 'dialog');
  form.setAttribute('aria-modal', 'true');
  form.setAttribute('aria-label', options.title);
  form.append(make('h2', 'margin:0 0 8px;font-size:20px', options.title), make('p', 'margin:0 0 16px', options.subtitle));
  var field = function (kind, name, label, value) {
    var box = make('label', 'display:block;margin:0 0 12px', label);
    var input = make(kind, 'display:block;width:100%;box-sizing:border-box;padding:8px;font:inherit;border:1px solid #767676;border-radius:4px');
    input.name = name;
    input.value = value || '';
    input.required = name === 'comments';
    if (kind === 'textarea') input.rows = 5;
    if (name === 'email') input.type = 'email';
    box.append(input);
    form.append(box);
    return input;
  };
  var fields = [field('input', 'name', options.labelName, options.name), field('input', 'email', options.labelEmail, options.email), field('textarea', 'comments', options.labelComments, '')];
  var said = make('p', 'margin:0 0 12px');
  said.setAttribute('role', 'status');
  var send = make('button', 'padding:8px 16px;font:inherit;margin-right:8px', options.labelSubmit);
  var close = make('button', 'padding:8px 16px;font:inherit', options.labelClose);
  close.type = 'button';
  close.addEventListener('click', function () { shade.remove(); });
  form.addEventListener('keydown', function (event) { if (event.key === 'Escape') shade.remove(); });
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    send.disabled = true;
    var body = new URLSearchParams();
    fields.forEach(function (input) { body.set(input.name, input.value); });
    fetch(origin + options.address, { method: 'POST', body: body }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      said.textContent = options.successMessage;
      send.remove();
    }).catch(function () {
      said.textContent = options.errorGeneric;
      send.disabled = false;
    });
  });
  form.append(said, send, close);
  shade.append(form);
  document.body.append(shade);
  fields[2].focus();
}`;
