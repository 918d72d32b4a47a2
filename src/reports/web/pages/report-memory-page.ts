// /reports/{crash id}/memory?dump=…&at=0x…: bytes of the crashed process around an address. Read from the dump on request.
import { html } from 'hono/html';
import { readAddress, reportMemory } from '../../query/read-report-memory.ts';
import type { MemoryAnswer } from '../../query/read-report-memory.ts';
import { hexDump } from '../../view/hex-dump.ts';
import { excerpt } from '../../view/excerpt.ts';
import { goneSentences } from '../../view/gone-words.ts';
import { codeBlock } from '../components/code.ts';
import { field } from '../components/form-controls.ts';
import { namedReport } from '../named-report.ts';
import { PageError } from '../page.ts';
import type { MemberPage } from '../page.ts';

const STEP = 512n;

const WORDS: Readonly<Record<Exclude<MemoryAnswer['kind'], 'memory'>, string>> = {
  no_dump: 'The report has no minidump of this name.',
  too_large: 'The minidump is too large to be read here; download it and open it in a debugger.',
  not_in_dump:
    'The minidump does not hold the memory at this address. Most dumps hold stacks and little else.',
};

export const reportMemoryPage: MemberPage = {
  path: '/reports/:crash_id/memory',
  access: 'dumps',
  nav: 'reports',
  async view(request) {
    const { seen, url } = request;
    const report = await namedReport(request);
    const dump = url.searchParams.get('dump') ?? 'upload_file_minidump';
    const at = readAddress(url.searchParams.get('at') ?? '');
    if (at === null) {
      throw new PageError(400, 'That is no address.', 'Give one in hexadecimal digits, as 0x7ffd1234abcd.');
    }
    const answer = await reportMemory(seen, report, { dump, at });
    const here = `/reports/${report.crashId}/memory`;
    const name = `0x${at.toString(16)}`;
    const link = (to: bigint) => `${here}?dump=${encodeURIComponent(dump)}&at=0x${to.toString(16)}`;
    return {
      kind: 'html',
      title: `Memory at ${name}`,
      secret: true,
      body: html`<h1>Memory at <code>${name}</code></h1>
        <p>of <a href="/reports/${report.crashId}">report ${report.crashId.slice(0, 8)}</a>, <code>${dump}</code></p>
        <form method="get" action="${here}" class="row-form">
          <input type="hidden" name="dump" value="${dump}" />
          ${field({ name: 'at', label: 'Address', value: name, required: true, maxLength: 18 })}
          <button>Show</button>
        </form>
        ${
          answer.kind === 'memory'
            ? html`<div class="hex">${codeBlock({ id: 'memory', label: 'Memory in hexadecimal', text: hexDump(answer.window.start, answer.window.bytes, at) })}</div>
                <p>
                  ${at >= STEP ? html`<a href="${link(at - STEP)}">Lower addresses</a> · ` : null}<a href="${link(at + STEP)}">Higher addresses</a>
                </p>`
            : html`<p class="empty">${WORDS[answer.kind]}</p>
                ${answer.kind === 'no_dump' ? goneSentences(report.gone).map((sentence) => html`<p class="quiet">${excerpt(sentence, 1000).text}</p>`) : null}`
        }`,
    };
  },
};
