// The form of a product's rules: its fields, and what they say when it is posted. Every grouping rule has all its fields,
// so that the n-th value of each belongs to the n-th rule; one without a name and key is left out.
import { html } from 'hono/html';
import type { GroupingRule, ProductRules } from '../../store/bugs.ts';
import { REOPEN_MODES } from '../../store/bugs.ts';
import {
  MAX_GROUPING_RULES,
  SIGNATURE_LISTS,
  MESSAGE_RULES,
  SIGNATURE_MODES,
} from '../view/product-rules-view.ts';
import { TRACKERS } from '../view/ticket.ts';
import { field, select } from './components/form-controls.ts';
import type { Form, Html } from './page.ts';

const REOPEN: Readonly<Record<ProductRules['reopenMode'], string>> = {
  not_older: 'by a crash of the version it was fixed in or a later one; where none was named, by any',
  at_once: 'by any new crash',
  after_8_hours: 'by a crash 8 hours later',
  new_version: 'by a crash of a newer version',
};

const MODES: Readonly<Record<ProductRules['signatureMode'], string>> = {
  mayday: 'Mayday',
  socorro: 'as Socorro makes them',
  crashkit: 'as the original CrashKit server makes them',
};

const MESSAGES: Readonly<Record<ProductRules['messages'], string>> = {
  public: 'for everybody who reads reports',
  protected: 'protected data; titles are made without them',
};

const LISTS: Readonly<Record<(typeof SIGNATURE_LISTS)[number], string>> = {
  irrelevant: 'Irrelevant frames: skipped',
  prefix: 'Prefix frames: named together with the next one',
  sentinels: 'Sentinels: the signature begins there',
  line_numbers: 'Frames that are named with their line',
};

const lines = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What people decide on this page: the order of versions and the source have pages of their own. */
export type TypedRules = Omit<
  ProductRules,
  'learnedPackages' | 'versionScheme' | 'versionCorrections' | 'source'
>;

/** The rules as a posted form has them, unchecked: the words of its selects may be any, and its expressions may not work. */
export function readRulesForm(form: Form): TypedRules {
  return {
    reopenMode: form.text('reopenMode') as ProductRules['reopenMode'],
    uninterestingPackages: lines(form.text('uninterestingPackages')),
    groupingRules: readRules(form),
    signatureLists: Object.fromEntries(
      SIGNATURE_LISTS.map((name) => [name, lines(form.text(`list_${name}`))]),
    ) as unknown as ProductRules['signatureLists'],
    frameRules: lines(form.text('frameRules')),
    signatureMode: form.text('signatureMode') as ProductRules['signatureMode'],
    messages: form.text('messages') as ProductRules['messages'],
    userAnnotation: form.text('userAnnotation'),
    ticketTracker: form.text('ticketTracker'),
    ticketUrl: form.text('ticketUrl'),
  };
}

function readRules(form: Form): readonly GroupingRule[] {
  const keys = form.all('rule_key');
  const value = (name: string, at: number) => (form.all(`rule_${name}`)[at] ?? '').trim();
  return keys.flatMap((_, at) => {
    const [name, key] = [value('name', at), value('key', at)];
    const texts = ['signature', 'message', 'kind', 'frame'] as const;
    const given = texts.map((one) => [one, value(one, at)] as const).filter(([, one]) => one !== '');
    const pairs = lines(value('annotation', at)).map((line) => {
      const equals = line.indexOf('=');
      return equals === -1 ? [line, ''] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    });
    if (name === '' && key === '' && given.length === 0 && pairs.length === 0) return [];
    const when = {
      ...Object.fromEntries(given),
      ...(pairs.length > 0 && { annotation: Object.fromEntries(pairs) }),
    };
    return [{ name, when, key }];
  });
}

/** All fields, filled from rules. */
export function rulesFields(rules: TypedRules): Html {
  const blank: GroupingRule = { name: '', when: {}, key: '' };
  const shown =
    rules.groupingRules.length < MAX_GROUPING_RULES ? [...rules.groupingRules, blank] : rules.groupingRules;
  return html`<h2 id="reopening">Reopening and tickets</h2>
    <div class="stack">
      ${select({ name: 'reopenMode', label: 'A closed bug is reopened', value: rules.reopenMode, choices: REOPEN_MODES.map((value) => ({ value, label: REOPEN[value] })) })}
      ${select({
        name: 'ticketTracker',
        label: 'Ticket tracker',
        value: rules.ticketTracker ?? '',
        choices: [
          { value: '', label: 'none' },
          ...Object.entries(TRACKERS).map(([value, { label }]) => ({ value, label })),
        ],
      })}
      ${field({ name: 'ticketUrl', label: 'Address of the project, or of a ticket with %s in it', value: rules.ticketUrl ?? '', maxLength: 500, placeholder: 'https://github.com/example/shop' })}
    </div>
    <h2 id="grouping">Grouping rules</h2>
    <p class="lead">
      The first rule whose conditions all hold decides under which bug a crash is filed: crashes with the same key are one
      bug. A condition is a text that must occur, in any case, or a /regular expression/. The key may hold
      <code>{signature}</code>, <code>{kind}</code>, <code>{message}</code> and <code>{annotation.NAME}</code>. To take a
      rule away, empty all its fields.
    </p>
    ${shown.map(ruleFields)}
    <h2 id="frames">Own frames</h2>
    <div class="stack">
      ${area('frameRules', 'Own and foreign frames', rules.frameRules, '+package:org.shop, -path:/srv/vendor, -module:libx.so: one in a line. The first that matches decides, before what the program says and every list.')}
    </div>
    <h2 id="signatures">Signatures</h2>
    <div class="stack">
      ${select({ name: 'signatureMode', label: 'Signatures', value: rules.signatureMode, choices: SIGNATURE_MODES.map((value) => ({ value, label: MODES[value] })) })}
      ${select({ name: 'messages', label: 'Messages of crashes', value: rules.messages, choices: MESSAGE_RULES.map((value) => ({ value, label: MESSAGES[value] })) })}
      ${field({
        name: 'userAnnotation',
        label: 'Annotation that tells users apart',
        value: rules.userAnnotation ?? '',
        maxLength: 200,
        hint: 'Its name, or section.name, exactly. Users are counted by it; reports without it go by what names a user otherwise. For reports that are processed from now on.',
      })}
      ${area('uninterestingPackages', 'Uninteresting packages', rules.uninterestingPackages, 'One in a line; whole dot segments. !name makes one interesting again. Empty: the general list.')}
      ${SIGNATURE_LISTS.map((name) => area(`list_${name}`, LISTS[name], rules.signatureLists[name], 'One regular expression in a line, in addition to the general list.'))}
    </div>`;
}

function area(name: string, label: string, values: readonly string[], hint: string): Html {
  return html`<div class="field">
    <label for="field-${name}">${label}</label>
    <textarea id="field-${name}" name="${name}" rows="${Math.min(12, Math.max(3, values.length + 1))}" aria-describedby="field-${name}-hint">
${values.join('\n')}</textarea>
    <p class="hint" id="field-${name}-hint">${hint}</p>
  </div>`;
}

function ruleFields(rule: GroupingRule, at: number): Html {
  const { when } = rule;
  const input = (name: string, label: string, value: string) =>
    html`<div class="field">
      <label for="rule-${at}-${name}">${label}</label>
      <input id="rule-${at}-${name}" name="rule_${name}" value="${value}" />
    </div>`;
  const annotation = Object.entries(when.annotation ?? {}).map(([name, value]) => `${name}=${value}`);
  return html`<fieldset class="rule">
    <legend>${rule.name === '' ? 'A further rule' : rule.name}</legend>
    ${input('name', 'Name', rule.name)} ${input('key', 'Key', rule.key)}
    ${input('signature', 'Signature holds', when.signature ?? '')}
    ${input('message', 'Message holds', when.message ?? '')} ${input('frame', 'A frame holds', when.frame ?? '')}
    ${input('kind', 'Kind is', when.kind ?? '')}
    <div class="field">
      <label for="rule-${at}-annotation">Annotations hold (NAME=text, one in a line)</label>
      <textarea id="rule-${at}-annotation" name="rule_annotation" rows="2">
${annotation.join('\n')}</textarea>
    </div>
  </fieldset>`;
}
