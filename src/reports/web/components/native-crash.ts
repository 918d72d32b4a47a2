// What a native developer needs of a crash beside its stack: the reason in plain words, instruction, registers, modules
// with the state of their symbols, annotations of Crashpad, and memory on demand.
import { html } from 'hono/html';
import { accessKind, crashWords, hasAddress, isAccess } from '../../view/crash-words.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { NativeDump, NativeModule } from '../../view/native-dump.ts';
import type { Html } from '../page.ts';
import { pairList } from './pair-list.ts';
import type { Column } from './table.ts';
import { facts, table } from './table.ts';
import { count, nothing } from './value-table.ts';

/** More than any processor that is known has of them. */
const MAX_REGISTERS = 40;
const CRASHPAD_BUDGET = 4000;

export interface NativeOptions {
  readonly crashId: string;
  /** The attachment that holds the dump. */
  readonly dump: string;
  readonly seesProtected: boolean;
}

/** What happened, in plain words and in those of the system: the first thing that is said of a native crash. */
export function crashSentence(dump: NativeDump, options: NativeOptions): Html {
  return html`<p>
      ${crashWords(dump).map((sentence) => html`${excerpt(sentence, 400).text} `)}
      ${dump.reason === null ? null : html`<code>${excerpt(dump.reason, 200).text}</code>`}${
        dump.address === null || !hasAddress(dump) ? null : html` at ${memoryLink(dump.address, options)}`
      }
    </p>
    ${dump.status === 'OK' ? null : html`<p class="fault">${dump.error ?? 'The minidump could not be read completely.'} <span class="quiet">${dump.status}</span></p>`}`;
}

/** What the dump tells of the crash beside its stack. */
export function nativeFacts(dump: NativeDump, options: NativeOptions): Html {
  const kind = accessKind(dump);
  return html`${facts([
    ['Reason', dump.reason === null ? null : html`<code>${excerpt(dump.reason, 200).text}</code>`],
    ['Address', dump.address === null || !hasAddress(dump) ? null : memoryLink(dump.address, options)],
    [
      'Memory there',
      dump.mapping === null
        ? null
        : html`<code>${dump.mapping.permissions}</code> ${options.seesProtected ? excerpt(dump.mapping.name, 120).text : null}`,
    ],
    [
      'Instruction',
      dump.instruction === null ? null : html`<code>${excerpt(dump.instruction, 200).text}</code>`,
    ],
    [
      'It touches',
      dump.accesses.length === 0 || !isAccess(dump)
        ? null
        : html`${dump.accesses.slice(0, 4).map(({ address, type, size }) => html`<span>${wordOf(type, kind, dump.accesses.length)} ${size === null ? null : `${size} bytes at `}${memoryLink(address, options)}</span> `)}`,
    ],
    [
      'Assertion',
      dump.assertion === null ? null : html`<span class="value">${excerpt(dump.assertion, 600).text}</span>`,
    ],
    ['Last error', dump.lastError === null ? null : html`<code>${excerpt(dump.lastError, 100).text}</code>`],
    ['System', dump.os === null ? null : excerpt(dump.os, 200).text],
    [
      'Processor',
      dump.cpu === null
        ? null
        : `${excerpt(dump.cpu, 200).text}${dump.cpuCount === null ? '' : `, ${count(dump.cpuCount)} cores`}`,
    ],
    ['Process id', dump.pid === null ? null : String(dump.pid)],
    [
      'macOS says',
      dump.macRecords.length === 0 || !options.seesProtected
        ? null
        : html`<span class="value">${excerpt(dump.macRecords.join('\n'), 1000).text}</span>`,
    ],
  ])}`;
}

/** What the only access of an instruction is called never says otherwise than the system does. */
function wordOf(type: string | null, kind: string | null, accesses: number): string {
  return type === null || (accesses === 1 && kind !== null && type !== kind) ? 'uses' : type;
}

/** An address that leads to the memory around it, for those who may see it. */
function memoryLink(address: string, { crashId, dump, seesProtected }: NativeOptions): Html {
  const text = html`<code>${excerpt(address, 40).text}</code>`;
  if (!seesProtected || !/^0x[0-9a-f]{1,16}$/i.test(address)) return text;
  return html`<a href="/reports/${crashId}/memory?dump=${encodeURIComponent(dump)}&amp;at=${address}" title="Memory around it">${text}</a>`;
}

/** Registers of frame 0: protected, as they hold what the program worked on. */
export function registers(dump: NativeDump, options: NativeOptions): Html | null {
  if (!options.seesProtected || dump.registers.length === 0) return null;
  return html`<details class="protected">
    <summary>${count(dump.registers.length)} registers of frame 0</summary>
    <dl class="facts registers">
      ${dump.registers.slice(0, MAX_REGISTERS).map(
        ([name, value]) =>
          html`<div>
            <dt><code>${excerpt(name, 20).text}</code></dt>
            <dd>${memoryLink(value, options)}</dd>
          </div>`,
      )}
    </dl>
  </details>`;
}

/** Annotations that Crashpad wrote into the dump. */
export function crashpadAnnotations(dump: NativeDump, options: NativeOptions): Html | null {
  if (!options.seesProtected || dump.crashpad.length === 0) return null;
  return html`<details class="protected">
    <summary>${count(dump.crashpad.length)} annotations inside the dump</summary>
    ${pairList(dump.crashpad, { left: CRASHPAD_BUDGET }, 'the processed JSON')}
  </details>`;
}

/** `upload`: a form for those who may. A few modules: those that lack symbols first, as something can be done about them; the others are a link away. */
export function moduleSummary(dump: NativeDump, options: NativeOptions, upload: Html | null): Html | null {
  if (dump.modules.length === 0) return null;
  const lacking = dump.modules.filter((module) => module.lacking);
  const shown = lacking.slice(0, 10);
  const all = `/reports/${options.crashId}/modules?dump=${encodeURIComponent(options.dump)}`;
  return html`<section aria-labelledby="modules">
    <h2 id="modules">Modules <span class="quiet">${count(dump.modules.length)}</span></h2>
    ${
      lacking.length === 0
        ? html`<p>${dump.modules.some(({ symbols }) => symbols.startsWith('found')) ? 'No module of the stacks lacks symbols.' : 'No symbols were looked for.'}</p>`
        : html`<p>
              ${count(lacking.length)} ${lacking.length === 1 ? 'module lacks' : 'modules lack'} symbols. Once they are uploaded, the report is processed again.
            </p>
            ${moduleTable(shown, { ...options, seesProtected: false }, 'Modules without symbols')} ${upload}`
    }
    <p><a href="${all}">All modules</a>${dump.unloaded.length === 0 ? null : html` · <span class="quiet">unloaded: ${excerpt(dump.unloaded.slice(0, 5).join(', '), 160).text}</span>`}</p>
  </section>`;
}

/** A table of modules. */
export function moduleTable(modules: readonly NativeModule[], options: NativeOptions, caption: string): Html {
  const columns: readonly Column<NativeModule>[] = [
    {
      label: 'Module',
      cell: (module) =>
        html`<span ${options.seesProtected && module.path !== null ? html` title="${excerpt(module.path, 200).text}"` : null}>${excerpt(module.name, 80).text}</span>`,
    },
    {
      label: 'Version',
      wideOnly: true,
      cell: ({ version }) => (version === null ? nothing : excerpt(version, 40).text),
    },
    {
      label: 'Symbols',
      cell: ({ symbols, lacking }) => html`<span class="${lacking ? 'broken' : ''}">${symbols}</span>`,
    },
    {
      label: 'Debug file and id',
      cell: ({ debugFile, debugId }) =>
        html`${debugFile === null ? nothing : excerpt(debugFile, 60).text} <code>${debugId === null ? null : excerpt(debugId, 60).text}</code>`,
    },
    { label: 'Addresses', wideOnly: true, cell: ({ start, end }) => html`<code>${start}–${end}</code>` },
  ];
  return table({ caption, columns, rows: modules, className: 'list modules' });
}
