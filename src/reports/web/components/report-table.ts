// The table of reports. Where a page of the list holds reports of Jami alone, their fields come first (docs/protocols/crashpad.md);
// among reports of other products they would be empty columns.
import { html } from 'hono/html';
import { installationText } from '../../gate/seen-report.ts';
import type { SeenRow } from '../../gate/seen-report.ts';
import { filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { reportsLink } from '../../query/report-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { bugTitle } from './bug-links.ts';
import { filterLink, PROTOCOL_NAMES } from './report-links.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';
import { count, nothing, shortId, size, time } from './value-table.ts';

/** A list of reports, newest first. `given`: the filter that they were selected by; links to their bugs carry it. */
export function reportTable(
  rows: readonly SeenRow[],
  { now, given }: { readonly now: number; readonly given: GivenCrashFilter },
): Html {
  const columns = onlyJami(rows) ? jamiColumns(now, given) : plainColumns(now, given);
  return table({ caption: 'Crash reports, newest first', columns, rows, className: 'list reports' });
}

/** Whether every product on the page has them: a report of Jami that lacks them is one of Jami all the same. */
function onlyJami(rows: readonly SeenRow[]): boolean {
  const name = (row: SeenRow): string => `${row.account}/${row.product}`;
  const having = new Set(rows.filter((row) => row.jami !== null).map(name));
  return having.size > 0 && rows.every((row) => having.has(name(row)));
}

/** The reports of one bug: the columns that differ between them. */
export function bugReportTable(rows: readonly SeenRow[], now: number): Html {
  const columns = [reportLink, uploaded(now), version, platform, installation, extent];
  return table({ caption: 'Reports of the bug, newest first', columns, rows, className: 'list reports' });
}

/** A hash or id is not longer than this; what is, is no link. */
const MAX_ID = 64;
/** Longest address of a link in a list, and bytes of HTML for a platform. */
const MAX_HREF = 240;
const PLATFORM_BUDGET = 120;

const reportLink: Column<SeenRow> = {
  label: 'Report',
  cell: (row) =>
    html`<a class="row" href="/reports/${row.crashId}" title="${row.crashId}"
      ><code>${row.crashId.slice(0, 8)}</code></a
    >`,
};

/** Never cut: what tells two builds of a platform apart stands at its end (`Ubuntu 22.04.4 LTS x86_64`). */
const platform: Column<SeenRow> = {
  label: 'Platform',
  cell: (row) => {
    const sent = row.platform === '' ? null : row.platform;
    const name = sent ?? row.crash?.platform ?? null;
    if (name === null) return nothing;
    // Only searches know what processing found.
    const href = reportsLink(sent === null ? { q: `platform:${JSON.stringify(name)}` } : { platform: name });
    const words = html`<span class="whole">${excerpt(name, PLATFORM_BUDGET).text}</span>`;
    return href.length > MAX_HREF ? words : html`<a href="${href}">${words}</a>`;
  },
};

const product: Column<SeenRow> = {
  label: 'Product',
  cell: (row) => filterLink({ account: row.account, product: row.product }, row.product),
};

const version: Column<SeenRow> = {
  label: 'Version',
  cell: (row) => filterLink({ product: row.product, version: row.version ?? '' }, row.version),
};

const protocol: Column<SeenRow> = {
  label: 'Protocol',
  cell: (row) => filterLink({ protocol: row.protocol }, PROTOCOL_NAMES[row.protocol]),
  wideOnly: true,
};

const uploaded = (now: number): Column<SeenRow> => ({
  label: 'Uploaded',
  cell: (row) => time(row.receivedAt, now),
});

const installation: Column<SeenRow> = {
  label: 'Installation',
  wideOnly: true,
  cell: ({ installation: seen }) => {
    const text = seen === null ? null : installationText(seen);
    return filterLink({ installation: text ?? '' }, text);
  },
};

const extent: Column<SeenRow> = {
  label: 'Size',
  number: true,
  wideOnly: true,
  cell: (row) => size(row.size),
};

const state: Column<SeenRow> = {
  label: 'State',
  wideOnly: true,
  cell: (row) => {
    const link = html`<a
      href="/reports?state=${row.state}"
      ${row.state === 'failed' ? html` class="broken"` : null}
      >${row.state}</a
    >`;
    if (row.noteCount === 0) return link;
    return html`${link} <span class="quiet" title="Collector notes">+${count(row.noteCount)}</span>`;
  },
};

const bug = (given: GivenCrashFilter): Column<SeenRow> => ({
  label: 'Bug',
  cell: ({ crash }) =>
    crash === null
      ? nothing
      : html`<a href="${filteredLink(`/bugs/${crash.bugId}`, given)}">#${crash.bugId}</a>`,
});

const signature = (given: GivenCrashFilter): Column<SeenRow> => ({
  label: 'Signature',
  cell: ({ crash }) =>
    crash === null
      ? nothing
      : html`<a class="signature" href="${filteredLink(`/bugs/${crash.bugId}`, given)}">${bugTitle(crash.signature)}</a>`,
});

function plainColumns(now: number, given: GivenCrashFilter): readonly Column<SeenRow>[] {
  return [
    reportLink,
    signature(given),
    bug(given),
    uploaded(now),
    product,
    version,
    platform,
    protocol,
    state,
    extent,
  ];
}

function jamiColumns(now: number, given: GivenCrashFilter): readonly Column<SeenRow>[] {
  const byText = (value: string) => `/reports?text=${encodeURIComponent(value)}`;
  const byInstallation = (value: string) => `/reports?installation=${encodeURIComponent(value)}`;
  const hash = (
    label: string,
    pick: (jami: NonNullable<SeenRow['jami']>) => string | null,
    linkOf = byText,
  ): Column<SeenRow> => ({
    label,
    wideOnly: true,
    cell: (row) => {
      const value = row.jami === null ? null : pick(row.jami);
      if (value === null) return nothing;
      return value.length > MAX_ID
        ? shortId(value, 8)
        : html`<a href="${linkOf(value)}">${shortId(value, 8)}</a>`;
    },
  });
  return [
    reportLink,
    platform,
    hash('Client SHA', (jami) => jami.clientSha),
    hash('Jami core SHA', (jami) => jami.jamicoreSha),
    hash('Build ID', (jami) => jami.buildId),
    hash('GUID', (jami) => jami.guid, byInstallation),
    uploaded(now),
    signature(given),
    bug(given),
    product,
    // The version of a Jami client is its build id.
    { ...version, cell: (row) => (row.jami?.buildId === row.version ? nothing : version.cell(row)) },
    state,
    extent,
  ];
}
