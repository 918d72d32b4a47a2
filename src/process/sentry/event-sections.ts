// What an event says beside its stacks, as sections of the report: tags, user, request, contexts, extra, modules, breadcrumbs.
import { asObject, asText, own, shownText, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { ProcessedSection } from '../../report/processed-report.ts';
import { levelOf, messageOf, repeats } from '../../report/sentry/event-summary.ts';
import { cleanText, pairsOf, textOf, timeOf, valuesOf } from '../../report/sentry/event-values.ts';

const MAX_VALUES = 200;
const MAX_NAME = 200;
const MAX_VALUE = 2000;
const MAX_CONTEXTS = 50;
const MAX_BREADCRUMBS = 200;

type Pair = readonly [name: string, value: string];

/** The sections of an event; empty ones are left out. */
export function eventSections(event: JsonObject): readonly ProcessedSection[] {
  const tags = pairsOf(own(event, 'tags'));
  const about = ['transaction', 'server_name'].flatMap((key): Pair[] => {
    const value = textOf(event, key);
    return value === null ? [] : [[key, value]];
  });
  const general = ['environment', 'level', 'logger', 'platform', 'release', 'dist'].flatMap((key): Pair[] => {
    const value = key === 'level' ? levelOf(event) : textOf(event, key);
    return value === null ? [] : [[key, value]];
  });
  return [
    section('event', false, general),
    section('message', true, messageValues(event)),
    section('tags', true, [...tags, ...about]),
    section('user', true, flat(own(event, 'user'))),
    section('request', true, requestValues(own(event, 'request'))),
    ...contextSections(own(event, 'contexts')),
    section('extra', true, flat(own(event, 'extra'))),
    section('modules', false, moduleValues(own(event, 'modules'))),
    section('breadcrumbs', true, breadcrumbs(own(event, 'breadcrumbs'))),
  ].filter(({ values }) => values.length > 0);
}

function section(name: string, isProtected: boolean, values: readonly Pair[]): ProcessedSection {
  return {
    name,
    protected: isProtected,
    values: values
      .slice(0, MAX_VALUES)
      .map(
        ([key, value]) => [cleanText(key).slice(0, MAX_NAME), cleanText(value).slice(0, MAX_VALUE)] as const,
      ),
  };
}

/** What a log record said beside its exception, and the template and values that a message was made of. */
function messageValues(event: JsonObject): readonly Pair[] {
  const message = messageOf(event);
  if (message === null) return [];
  const { template } = message;
  const params = own(asObject(own(event, 'logentry')) ?? asObject(own(event, 'message')) ?? {}, 'params');
  const hasParams = typeof params === 'object' && params !== null && Object.keys(params).length > 0;
  const exceptions = valuesOf(own(event, 'exception')).map((one) => ({
    type: textOf(one, 'type'),
    value: textOf(one, 'value') ?? '',
  }));
  const saysMore = exceptions.length > 0 && !repeats(message, exceptions);
  if (!saysMore && template === null && !hasParams) return [];
  return [
    ['text', message.text],
    ...(template === null || template === message.text ? [] : [['template', template] as const]),
    ...(hasParams ? [['values', shownText(params)] as const] : []),
  ];
}

/** Members of an object as pairs; what is no text is shown as JSON. */
function flat(value: unknown): readonly Pair[] {
  return Object.entries(asObject(value) ?? {})
    .slice(0, MAX_VALUES)
    .flatMap(([key, one]): Pair[] => (one === null || one === undefined ? [] : [[key, shownText(one)]]));
}

function requestValues(value: unknown): readonly Pair[] {
  const request = asObject(value);
  if (request === null) return [];
  const { headers, cookies, env, ...rest } = request;
  return [
    ...flat(rest),
    ...pairsOf(headers).map(([key, one]): Pair => [`header ${key}`, one]),
    ...(asObject(cookies) === null && !Array.isArray(cookies)
      ? flat({ cookies })
      : pairsOf(cookies).map(([key, one]): Pair => [`cookie ${key}`, one])),
    ...pairsOf(env).map(([key, one]): Pair => [`env ${key}`, one]),
  ];
}

/**
 * Fields of contexts that tell of the machine and the program and not of a person, as Sentry's clients fill them in by themselves. Everybody
 * sees these; programs put whatever they like into others, and some of the clients' own are personal (the name of a device, the
 * user and the machine of a game).
 */
const PUBLIC_CONTEXTS: Readonly<Record<string, readonly string[]>> = {
  os: ['name', 'version', 'build', 'kernel_version', 'type', 'rooted'],
  runtime: ['name', 'version', 'build', 'type'],
  browser: ['name', 'version', 'type'],
  app: [
    'app_name',
    'app_identifier',
    'app_version',
    'app_build',
    'build_type',
    'app_start_time',
    'app_memory',
    'in_foreground',
    'type',
  ],
  device: [
    ...['arch', 'family', 'model', 'model_id', 'manufacturer', 'brand', 'device_type', 'simulator', 'type'],
    ...[
      'processor_count',
      'processor_frequency',
      'cpu_description',
      'orientation',
      'low_memory',
      'online',
      'charging',
    ],
    ...['memory_size', 'free_memory', 'usable_memory', 'storage_size', 'free_storage', 'battery_level'],
    ...['screen_resolution', 'screen_height_pixels', 'screen_width_pixels', 'screen_density', 'screen_dpi'],
  ],
  gpu: [
    'name',
    'version',
    'vendor_name',
    'api_type',
    'memory_size',
    'multi_threaded_rendering',
    'npot_support',
    'type',
  ],
  culture: ['calendar', 'locale', 'is_24_hour_format', 'type'],
  trace: ['trace_id', 'span_id', 'parent_span_id', 'op', 'status', 'type'],
};

/** A section for each context (`context os`): what everybody may see of it, and the rest. */
function contextSections(value: unknown): readonly ProcessedSection[] {
  return Object.entries(asObject(value) ?? {})
    .slice(0, MAX_CONTEXTS)
    .flatMap(([name, context]) => {
      const open = new Set(Object.hasOwn(PUBLIC_CONTEXTS, name) ? PUBLIC_CONTEXTS[name] : []);
      const values = flat(context);
      const title = `context ${cleanText(name).slice(0, MAX_NAME)}`;
      return [
        section(
          title,
          false,
          values.filter(([key]) => open.has(key)),
        ),
        section(
          title,
          true,
          values.filter(([key]) => !open.has(key)),
        ),
      ];
    });
}

/** `name: version`, as an object or as a list of objects. */
function moduleValues(value: unknown): readonly Pair[] {
  if (!Array.isArray(value)) return flat(value);
  return valuesOf(value).flatMap((module): Pair[] => {
    const name = textOf(module, 'name');
    return name === null ? [] : [[name, textOf(module, 'version') ?? '']];
  });
}

/** The newest breadcrumbs in order: time, category and level as the name, what it says as the value. */
function breadcrumbs(value: unknown): readonly Pair[] {
  return valuesOf(value)
    .slice(-MAX_BREADCRUMBS)
    .map((crumb): Pair => {
      const at = timeOf(own(crumb, 'timestamp'));
      const category = textOf(crumb, 'category') ?? textOf(crumb, 'type') ?? '';
      const level = textOf(crumb, 'level');
      const name = [
        at === null ? null : new Date(at).toISOString().slice(11, 23),
        category,
        level === 'info' ? null : level,
      ]
        .filter((part) => part !== null && part !== '')
        .join(' ');
      const data = asObject(own(crumb, 'data'));
      const said = [
        asText(own(crumb, 'message')),
        data === null || Object.keys(data).length === 0 ? null : JSON.stringify(data),
      ].filter((part) => part !== null && part !== '');
      return [name === '' ? 'breadcrumb' : name, said.join(' ')];
    });
}
