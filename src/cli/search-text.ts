// A search's answer as a table for terminals: figures, facets, numbers, then the rows.

/** The body of `GET /api/search`, as far as it is shown. */
export interface SearchBody {
  readonly crashes: number;
  readonly complete: boolean;
  readonly counted: number;
  readonly existing: number;
  readonly waiting: number;
  readonly facets: readonly {
    readonly key: string;
    readonly within?: string;
    readonly different: number;
    readonly absent: number;
    readonly values: readonly {
      readonly value: unknown;
      readonly crashes: number;
      readonly installations: number;
      readonly within?: readonly { readonly value: unknown; readonly crashes: number }[];
    }[];
  }[];
  readonly histogram: readonly { readonly time: string; readonly crashes: number }[];
  readonly distinct: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly list: readonly Readonly<Record<string, unknown>>[];
}

/** Cells are cut to this. */
const MAX_CELL = 60;

export function searchText(body: SearchBody): string {
  const figures = [
    `${body.crashes} ${body.crashes === 1 ? 'crash' : 'crashes'}`,
    ...(body.complete ? [] : [`counted in the newest ${body.counted} of ${body.existing}`]),
    ...(body.waiting === 0 ? [] : [`${body.waiting} waiting`]),
    ...Object.entries(body.distinct).map(([key, count]) => `${count} different: ${key}`),
  ];
  const parts = [
    `${figures.join(', ')}\n`,
    ...body.facets.map((facet) =>
      tableText(
        [facet.key, 'crashes', 'installations'],
        facet.values.flatMap(({ value, crashes, installations, within = [] }) => [
          [value, crashes, installations],
          ...within.map((inner) => [`  ${cellText(inner.value)}`, inner.crashes, '']),
        ]),
      ),
    ),
    ...(body.histogram.length === 0
      ? []
      : [
          tableText(
            ['time', 'crashes'],
            body.histogram.map(({ time, crashes }) => [time, crashes]),
          ),
        ]),
    ...Object.entries(body.numbers).map(([key, summary]) =>
      summary === null
        ? `${key}: no numbers\n`
        : tableText(
            [key, ''],
            Object.entries({
              ...summary,
              ...(summary['percentiles'] as Record<string, number>),
              percentiles: undefined,
            }).filter(([, value]) => value !== undefined),
          ),
    ),
  ];
  const [first] = body.list;
  if (first !== undefined) {
    const columns = Object.keys(first);
    parts.push(
      tableText(
        columns,
        body.list.map((row) => columns.map((column) => row[column])),
      ),
    );
  }
  return parts.join('\n');
}

/** The body of `GET /api/bugs`, as far as it is shown. */
export interface BugsBody {
  readonly bugs: readonly {
    readonly id: number;
    readonly product: string;
    readonly title: string;
    readonly state: string;
    readonly count: number;
    readonly installations: number;
    readonly users: number | null;
    readonly firstVersion: string | null;
    readonly lastVersion: string | null;
    readonly platforms: readonly string[];
    readonly lastSeenAt: string;
  }[];
  readonly filtered: {
    readonly crashes: number;
    readonly complete: boolean;
    readonly counted: number;
    readonly existing: number;
  } | null;
}

export function bugsText({ bugs, filtered }: BugsBody): string {
  const sum =
    filtered === null
      ? ''
      : `${filtered.crashes} ${filtered.crashes === 1 ? 'crash' : 'crashes'}${filtered.complete ? '' : `, counted in the newest ${filtered.counted} of ${filtered.existing}`}\n\n`;
  const head = [
    ...['bug', 'crashes', 'installations', 'users', 'versions', 'platforms', 'last seen'],
    ...['state', 'product', 'title'],
  ];
  const rows = bugs.map((bug) => {
    const { firstVersion: first, lastVersion: last } = bug;
    return [
      ...[`#${bug.id}`, bug.count, bug.installations, bug.users],
      ...[first === last ? first : `${first} – ${last}`, bug.platforms, bug.lastSeenAt.slice(0, 10)],
      ...[bug.state, bug.product, bug.title],
    ];
  });
  return `${sum}${bugs.length === 0 ? 'No bug.\n' : tableText(head, rows)}`;
}

function tableText(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(cellText))];
  const widths = head.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, at) => (cell ?? '').padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  const text =
    typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value);
  // Anybody can send what steers a terminal.
  const plain = text.replaceAll(/\p{Cc}/gu, '\u{fffd}');
  return plain.length > MAX_CELL ? `${plain.slice(0, MAX_CELL - 1)}…` : plain;
}
