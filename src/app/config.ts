// The one table of settings. It gives names, defaults, parsers and sentences, and so the type of the configuration,
// `mayday serve --help` and docs/config.md. Only this file reads the environment.
import { COMMAND } from '../base/command-name.ts';
import { existsSync, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { LOG_LEVELS } from '../base/log.ts';
import { checkDataRules, type DataRule } from '../process/rules/data-rule.ts';
import type { ProviderSettings } from '../reports/sign-in-provider.ts';
import { checkProviders } from './provider-setting.ts';
import { checkThrottleRules } from '../submit/throttle-rule.ts';
import { choice, flag, integer, json, patterns, text, words, type Setting } from './setting.ts';

const URL_FORM = /^https?:\/\/[^\s/]+(\/[^\s]*)?$/;
/** One that others are made from: no query, no fragment. */
const PLAIN_URL_FORM = /^https?:\/\/[^\s/?#]+(\/[\w.~/-]*)?$/;
const MEBIBYTE = 1024 * 1024;

/** Names that say what crashed, and nothing of whom or where: Socorro's, Crashpad's, Electron's, Jami's and Sentry's. */
const GENERAL_PUBLIC_ANNOTATIONS = [
  ...[
    'ProductName',
    'Version',
    'BuildID',
    'ReleaseChannel',
    'Vendor',
    'ProcessType',
    'CrashTime',
    'StartupTime',
  ],
  ...['prod', 'ver', 'product', 'version', 'plat', 'ptype', 'channel'],
  ...['_productName', '_version', 'process_type', 'platform'],
  ...['build_id', 'client_sha', 'jamicore_sha', 'language'],
  ...['release', 'dist', 'environment', 'level', 'sdk', 'logger'],
];

/** Every setting, in the order in which docs and --help show them. */
export const SETTINGS = {
  CRASH_REPORTS_DIR: text('./crash_reports', {
    sentence: 'Folder in which everything is kept; created if missing.',
    example: '/var/lib/mayday',
    form: /./,
  }),
  SUBMIT_SERVER_PORT: integer(8080, {
    min: 0,
    max: 65_535,
    sentence: 'Port of the submit server; 0 takes any free one.',
  }),
  TLS_CERT: text('', {
    sentence:
      'PEM file of a certificate chain: the submit server then speaks TLS, too, on its one port; read again when it changes.',
    example: '/etc/mayday/fullchain.pem',
  }),
  TLS_KEY: text('', {
    sentence: 'PEM file of the private key of TLS_CERT.',
    example: '/etc/mayday/privkey.pem',
  }),
  SUBMIT_SERVER_HOST: text('0.0.0.0', {
    sentence: 'Address on which the submit server listens; the default is every interface.',
    example: '127.0.0.1',
  }),
  REPORTS_SERVER_PORT: integer(8081, {
    min: 0,
    max: 65_535,
    sentence: 'Port of the reports server; 0 takes any free one.',
  }),
  REPORTS_SERVER_HOST: text('127.0.0.1', {
    sentence: 'Address on which the reports server listens; this machine only by default.',
    example: '0.0.0.0',
  }),
  PUBLIC_SUBMIT_URL: text('', {
    sentence: 'URL under which programs in the field reach the submit server, for the integration pages.',
    example: 'https://crashes.example.com',
    form: PLAIN_URL_FORM,
    wrong: 'is not an http or https URL',
  }),
  PUBLIC_REPORTS_URL: text('', {
    sentence:
      'URL under which people reach the reports server, for links in mail and the one-time link; with a path, the server is below it.',
    example: 'https://mayday.example.com',
    form: PLAIN_URL_FORM,
    wrong: 'is not an http or https URL',
  }),
  REPORTS_SERVER_NAMES: words([], {
    sentence:
      'Further host names of the reports server: pages, and without a token metrics and symbols, are given only to requests that name it by an address, localhost, the name of the machine, PUBLIC_REPORTS_URL or one of these.',
    example: 'mayday,mayday.internal',
  }),
  REPORTS_REQUESTS_PER_MINUTE: integer(1200, {
    min: 0,
    max: 10_000_000,
    sentence:
      'Requests a minute that the reports server takes of one sign-in or token, and ten times as many of one network (an IPv4 address, or a /64); more are answered 429. Not for this machine. 0: no limit.',
    example: '300',
  }),
  MAX_REPORTS_SIZE_MB: integer(5120, {
    min: 1,
    max: 1_000_000_000,
    sentence: 'Disk space for reports in MB; the oldest are pruned before it is passed.',
  }),
  KEEP_DAYS: integer(0, {
    min: 0,
    max: 36_500,
    sentence: 'Reports older than this many days are pruned; 0 keeps them until space is needed.',
    example: '90',
  }),
  PRUNE_GRACE_MINUTES: integer(60, {
    min: 0,
    max: 100_000,
    sentence:
      'No report that is younger is pruned for want of space; where nothing older is left, submissions are answered 503.',
    example: '240',
  }),
  KEEP_PER_CASE: integer(10, {
    min: 1,
    max: 1000,
    sentence:
      'Of each case of a bug the first report, the newest and a spread of others, about so many together, stay while others of the product can go.',
    example: '25',
  }),
  KEEP_VERSIONS_DAYS: integer(365, {
    min: 0,
    max: 36_500,
    sentence:
      'Versions and platforms of a product with fewer than ten crashes that were not seen for so many days are counted without their name from then on, and the most seldom where there are too many; 0: only these. Installations that a product has not heard of for so long are counted no more.',
    example: '90',
  }),
  KEEP_AUDIT_DAYS: integer(730, {
    min: 0,
    max: 36_500,
    sentence:
      'Lines of the audit log go after so many days; 0: only where all of them take more than an eighth of MAX_REPORTS_SIZE_MB.',
    example: '365',
  }),
  KEEP_IDLE_PRODUCTS_DAYS: integer(30, {
    min: 1,
    max: 36_500,
    sentence:
      'Products that a first report made and that nobody changed go when they hold nothing and were not heard of for so many days; where MAX_AUTO_PRODUCTS is near, also those with at most ten reports.',
    example: '7',
  }),
  BACKUP_DIR: text('', {
    sentence:
      'Where `mayday backup` puts backups, and where the doctor looks for the newest: a folder, a file that ends with .tar.zst, or s3://bucket/prefix.',
    example: '/backup/mayday',
  }),
  AWS_ACCESS_KEY_ID: text('', {
    sentence: 'Key for backups in S3 (`s3://bucket/prefix`), at Amazon or at any server that speaks it.',
    example: 'AKIAIOSFODNN7EXAMPLE',
  }),
  AWS_SECRET_ACCESS_KEY: text('', {
    sentence: 'Secret of AWS_ACCESS_KEY_ID.',
    example: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  }),
  AWS_SESSION_TOKEN: text('', {
    sentence: 'Token that belongs to a key which holds for a while only.',
    example: 'IQoJb3JpZ2luX2VjE',
  }),
  AWS_REGION: text('us-east-1', {
    sentence: 'Region of the bucket.',
    example: 'eu-central-1',
    form: /^[a-z0-9-]{1,64}$/,
    wrong: 'is not the name of a region',
  }),
  AWS_ENDPOINT_URL_S3: text('', {
    sentence: "Address of the S3 server; Amazon's without it.",
    example: 'https://s3.example.com',
    form: PLAIN_URL_FORM,
    wrong: 'is not an http or https URL',
  }),
  S3_PATH_STYLE: choice('auto', {
    of: ['auto', 'never', 'always'],
    sentence:
      "Whether the bucket is the first name of the path and no part of the host's name; auto: where AWS_ENDPOINT_URL_S3 is set.",
  }),
  MIN_FREE_DISK_MB: integer(256, {
    min: 0,
    max: 1_000_000_000,
    sentence: 'Free space of the file system, in MB, below which no report is taken (503 with Retry-After).',
  }),
  MAX_UPLOAD_SIZE_MB: integer(100, {
    min: 1,
    max: 100_000,
    sentence: 'Limit of the decoded body of one submission in MB.',
  }),
  MAX_PARTS: integer(1000, { min: 1, max: 100_000, sentence: 'Parts in one form.' }),
  MAX_PART_HEADER_BYTES: integer(8192, {
    min: 128,
    max: MEBIBYTE,
    sentence: 'Bytes in the header of one part.',
  }),
  MAX_TEXT_PART_KB: integer(1024, { min: 1, max: 100_000, sentence: 'Size of one text part in KB.' }),
  MAX_ANNOTATIONS: integer(1000, { min: 1, max: 100_000, sentence: 'Annotations of one report.' }),
  MAX_NAME_LENGTH: integer(256, {
    min: 16,
    max: 4096,
    sentence: 'Characters in the name of an annotation, part, product or account.',
  }),
  MAX_DECOMPRESSION_RATIO: integer(200, {
    min: 2,
    max: 100_000,
    sentence: 'How many times larger than on the wire a body may become when it is decoded.',
  }),
  IDLE_TIMEOUT_SECONDS: integer(30, {
    min: 1,
    max: 3600,
    sentence: 'Seconds without a byte after which an upload is answered 408.',
  }),
  REQUEST_TIMEOUT_SECONDS: integer(600, {
    min: 1,
    max: 86_400,
    sentence: 'Seconds that a whole upload may take.',
  }),
  MAX_CONNECTIONS: integer(2000, {
    min: 10,
    max: 1_000_000,
    sentence:
      'Connections that the submit server, and likewise the reports server, holds at once; more are closed at once. Each is an open file, and a body may be another: stay below a third of `ulimit -n`.',
    example: '500',
  }),
  MAX_UPLOADS_PER_CLIENT: integer(256, {
    min: 1,
    max: 100_000,
    sentence: 'Uploads that one client address may have under way at once.',
  }),
  MAX_SLOW_UPLOADS: integer(128, {
    min: 1,
    max: 100_000,
    sentence:
      'Bodies above 64 KB that may trickle in at once (less than 256 KB a second each); beyond it the slowest are ended with 503.',
    example: '512',
  }),
  MAX_UPLOAD_TEXTS_MB: integer(8, {
    min: 1,
    max: 65_536,
    sentence:
      'Texts (fields, JSON, events) of all uploads under way together, in MB, from their arrival until they are stored; in memory they take several times as much. Uploads with more than 16 KB of text wait for their turn, and are answered 503 after 55 seconds.',
    example: '64',
  }),
  MAX_EVENT_KB: integer(4096, {
    min: 16,
    max: 65_536,
    sentence: "Size of one event of Sentry's clients in KB, decoded.",
  }),
  MAX_UNREAL_MB: integer(32, {
    min: 1,
    max: 1000,
    sentence: 'Size of one crash of the Unreal Engine in MB, packed or not; it is held in memory.',
  }),
  MAX_ENVELOPE_HEADER_KB: integer(64, {
    min: 1,
    max: 1024,
    sentence: "Size of one header line of an envelope (Sentry's clients) in KB.",
  }),
  MAX_ENVELOPE_ITEMS: integer(1000, { min: 1, max: 100_000, sentence: 'Items of one envelope.' }),
  MAX_ENVELOPE_SESSIONS: integer(100, {
    min: 1,
    max: 10_000,
    sentence: 'Updates of sessions that one envelope may bring.',
  }),
  MAX_SESSION_BUCKETS: integer(1000, {
    min: 1,
    max: 10_000,
    sentence: 'Counted sessions (buckets) that one envelope may bring.',
  }),
  DEFAULT_PRODUCT: text('default', {
    sentence: 'Product of a report that names none.',
    example: 'MyApp',
    form: /^[^\p{Cc}]{1,256}$/u,
    wrong: 'has control characters or is longer than 256 characters',
  }),
  AUTO_PRODUCTS: flag(true, 'Whether a first report creates its product.'),
  MAX_AUTO_PRODUCTS: integer(1000, {
    min: 0,
    max: 1_000_000,
    sentence: 'Products that first reports may create; beyond that, reports go to the default product.',
  }),
  TRUST_PROXY: text('', {
    sentence:
      'Which proxies may tell the client address (X-Forwarded-For): a number of hops, or addresses and CIDR ranges.',
    example: '127.0.0.1,10.0.0.0/8',
    form: /^(\d{1,2}|[0-9a-fA-F.:/, ]+|loopback)$/,
    wrong: 'is neither a number of hops nor a list of addresses',
  }),
  THROTTLE_RULES: json([], {
    shown: 'accept everything',
    sentence: 'Throttling rules as data, tried in order; the first that matches decides.',
    example: '[{"name":"test_builds","if":{"field":"ReleaseChannel","equals":"test"},"then":"reject"}]',
    check: checkThrottleRules,
  }),
  PROCESSING_RULES: json<readonly DataRule[]>([], {
    shown: 'none',
    sentence: 'Rules of your own for annotations, as data; they run before the signature is made.',
    example:
      '[{"name":"gpu","when":[{"from":"annotation","key":"adapter","is":"starting with","value":"NV"}],"set":{"gpu_vendor":"NVIDIA"}}]',
    check: checkDataRules,
  }),
  FLOOD_PER_MINUTE: integer(1000, {
    min: 0,
    max: 1_000_000_000,
    sentence:
      'Reports a minute of one client network (/24 or /64) and product that are kept while space or the queue is short; more are counted only. 0: no limit.',
    example: '200',
  }),
  LONG_QUEUE: integer(20_000, {
    min: 0,
    max: 1_000_000_000,
    sentence:
      'Reports that wait for processing from which the queue is short, so that FLOOD_PER_MINUTE bites. 0: only space counts.',
    example: '5000',
  }),
  REMOVED_ANNOTATIONS: words(['Email', 'TelemetryClientId', 'TelemetryServerURL', 'TelemetrySessionId'], {
    sentence: 'Annotations dropped before anything is stored.',
    example: 'Email,Comments',
  }),
  PUBLIC_ANNOTATIONS: words(GENERAL_PUBLIC_ANNOTATIONS, {
    sentence:
      'Annotations that everybody who may read reports sees; all others are protected. Products can add theirs.',
    example: 'ProductName,Version,Theme',
  }),
  UUID_TOKEN: text('', {
    sentence: 'Bearer token with which a report may carry its own crash id (annotation uuid).',
    example: 'a-long-random-text',
    form: /^\S{16,}$/,
    wrong: 'is shorter than 16 characters or has spaces',
  }),
  SYNCTHING_GET: flag(false, 'Whether GET /newcrash/{id} gives the text of a report to anybody.'),
  SYNCTHING_IGNORE: patterns({
    sentence: 'Regular expressions; a Syncthing report that matches one is answered 200 and not stored.',
    example: 'panic: test only',
  }),
  SYNCTHING_MAX_KB: integer(1024, {
    min: 1,
    max: 100_000,
    sentence: 'Limit of a Syncthing report in KB.',
  }),
  PROCESS_THREADS: integer(0, {
    min: 0,
    max: 256,
    sentence: 'Threads that process reports; 0 is one less than the machine has processors, at most four.',
    example: '2',
  }),
  PROCESS_TIMEOUT_SECONDS: integer(60, {
    min: 1,
    max: 3600,
    sentence: 'Seconds that processing one report may take.',
  }),
  PROCESS_MEMORY_MB: integer(512, {
    min: 64,
    max: 65_536,
    sentence:
      'Heap of each processing thread in MB; a report that needs more is shown as one that cannot be processed.',
  }),
  MAX_STACK_FRAMES: integer(200_000, {
    min: 1000,
    max: 2_000_000,
    sentence:
      'Frames of one thread of a minidump that are walked: of a deeper stack the end is not known. 250 at each end of a stack are kept.',
  }),
  INBOX_SIZE: integer(2000, {
    min: 10,
    max: 1_000_000,
    sentence: 'Refused or odd submissions that the inbox remembers.',
  }),
  SMTP_URL: text('', {
    sentence:
      'Mail server for notifications (smtp:// with STARTTLS where offered, or smtps://); unset: no mail.',
    example: 'smtps://user:password@mail.example.com',
    form: /^smtps?:\/\/[^\s/]+(\/?(\?\S*)?)$/,
    wrong: 'is not an smtp or smtps URL',
  }),
  MAIL_FROM: text('Mayday <mayday@localhost>', {
    sentence: 'Sender of notification mails.',
    example: 'Mayday <mayday@example.com>',
    form: /^([^<>\p{Cc}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u,
    wrong: 'is not an e-mail address, with or without a name',
  }),
  MAIL_SPACING_SECONDS: integer(300, {
    min: 0,
    max: 86_400,
    sentence: 'Least seconds between two mails to one person; what happens in between comes in one mail.',
  }),
  NOTIFY_GIVE_UP_DAYS: integer(14, {
    min: 1,
    max: 365,
    sentence: 'Days for which a notification that cannot be delivered is tried again.',
  }),
  WEBHOOK_ALLOW_PRIVATE: flag(
    false,
    'Whether webhooks may reach private addresses: this machine and private networks.',
  ),
  TRACKER_PRIVATE_HOSTS: words([], {
    sentence:
      'Hosts of issue trackers, `host` or `host:port`, that may have a private address or be asked by plain http; all others must be public and take https.',
    example: 'jira.intranet.example,10.0.0.7:8080',
  }),
  MAX_SYMBOLS_UPLOAD_MB: integer(2048, {
    min: 1,
    max: 1_000_000,
    sentence: 'Limit of one upload of symbols in MB, as it is sent.',
  }),
  MAX_SYMBOLS_TEXT_MB: integer(4096, {
    min: 1,
    max: 1_000_000,
    sentence: 'Limit of one symbol file in MB, decompressed.',
  }),
  MAX_SOURCE_MAP_MB: integer(128, {
    min: 1,
    max: 500,
    sentence:
      'Limit of one script, source map or mapping of Java classes in MB, decompressed; indexing takes several times as much memory.',
  }),
  SYMBOL_INDEXING_MB: integer(1024, {
    min: 128,
    max: 1_000_000,
    sentence: 'Memory in MB of the thread that indexes symbols; large debug files need more.',
  }),
  SYMBOL_INDEXING_SECONDS: integer(300, {
    min: 1,
    max: 86_400,
    sentence:
      'Seconds that reading the debug files of one build may take; those that take longer are refused.',
  }),
  KEEP_SYMBOLS_DAYS: integer(0, {
    min: 0,
    max: 36_500,
    sentence: 'Symbols that were neither uploaded nor used for so many days are deleted; 0 keeps them.',
    example: '365',
  }),
  PUBLIC_SYMBOLS: flag(
    false,
    'Whether anyone may download symbols and use the symbolication API, also from pages of other sites.',
  ),
  SYMBOL_SERVERS: words([], {
    sentence:
      'Addresses of symbol servers (Breakpad layout) that are asked for what is not stored, in order.',
    example: 'https://symbols.mozilla.org/try,https://symbols.electronjs.org',
    form: URL_FORM,
  }),
  DEBUGINFOD_SERVERS: words([], {
    sentence:
      'Addresses of debuginfod servers that are asked, after SYMBOL_SERVERS, for debug files and programs of Linux that are not stored.',
    example: 'https://debuginfod.debian.net',
    form: URL_FORM,
  }),
  MICROSOFT_SYMBOL_SERVERS: words([], {
    sentence:
      'Addresses of symbol servers in Microsoft’s layout that are asked, last, for PDB and PE files that are not stored.',
    example: 'https://msdl.microsoft.com/download/symbols',
    form: URL_FORM,
  }),
  SYMBOL_SERVER_REDIRECTS: words([], {
    sentence: 'Hosts beside their own to which symbol servers may redirect.',
    example: 'storage.googleapis.com',
    form: /^[A-Za-z0-9.-]+(:\d{1,5})?$/,
  }),
  SYMBOL_SERVER_TIMEOUT_SECONDS: integer(10, {
    min: 1,
    max: 600,
    sentence: 'Seconds that a symbol server may be silent; a module may take three times as long.',
  }),
  SYMBOL_SERVER_REPORT_SECONDS: integer(60, {
    min: 1,
    max: 3600,
    sentence: 'Seconds that one report waits for symbol servers in all; its further modules go without.',
  }),
  SYMBOL_SERVER_REPORT_MB: integer(512, {
    min: 1,
    max: 1_000_000,
    sentence: 'MB that are fetched from symbol servers for one report; its further modules go without.',
  }),
  SYMBOL_CACHE_MB: integer(2048, {
    min: 1,
    max: 1_000_000_000,
    sentence: 'Disk space in MB for what came from symbol servers; the longest unused go first.',
  }),
  SECRET_KEYS_COMMAND: text('', {
    sentence:
      'Command of a shell that prints the keys of secrets, one a line as base64 of 32 bytes, the one that seals first; unset: the file mayday.keys in the data folder.',
    example: 'vault kv get -field=keys secret/mayday',
  }),
  ENCRYPTION_AT_REST: flag(
    false,
    'Whether what clients sent is encrypted in the data folder (docs/encryption.md); a store that once was stays so.',
  ),
  OIDC_PROVIDERS: json<readonly ProviderSettings[]>([], {
    shown: 'none',
    sentence: 'Providers of sign-ins (OpenID Connect), a list of objects (docs/signing-in.md).',
    example: '[{"id":"corp","issuer":"https://id.example.com","clientId":"mayday","clientSecret":"…"}]',
    check: checkProviders,
  }),
  PASSWORD_SIGN_IN: flag(
    true,
    'Whether people may sign in with a password; false: by a provider or a passkey only.',
  ),
  SECOND_FACTOR: choice('optional', {
    of: ['optional', 'admins', 'everybody'],
    sentence:
      'Who must have a second factor (optional, admins, everybody); whoever has none adds one at the next sign-in, before anything else.',
  }),
  SESSION_IDLE_HOURS: integer(336, {
    min: 1,
    max: 8760,
    sentence: 'Hours after its last use at which a sign-in ends.',
    example: '12',
  }),
  SESSION_MAX_DAYS: integer(90, {
    min: 1,
    max: 365,
    sentence: 'Days after which a sign-in ends, however much it is used.',
    example: '7',
  }),
  MAYDAY_ADMIN_TOKEN: text('', {
    sentence: "An administrator's API token for automation.",
    example: 'a-long-random-text',
    form: /^\S{16,}$/,
    wrong: 'is shorter than 16 characters or has spaces',
  }),
  LOG_LEVEL: choice('info', { of: LOG_LEVELS, sentence: 'Least level of the log lines.' }),
} as const;

/** Name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** The checked configuration: one value for each setting. */
export type Config = {
  readonly [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
};

/** A configuration, or one sentence for each fault. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Name of the variable that names the configuration file, and the file that is read without it where it exists. */
export const CONFIG_FILE_VARIABLE = 'MAYDAY_CONFIG';
const DEFAULT_FILE = 'mayday.config.json';
const SECRETS: ReadonlySet<string> = new Set([
  'UUID_TOKEN',
  'MAYDAY_ADMIN_TOKEN',
  'SMTP_URL',
  'OIDC_PROVIDERS',
]);

/** Reads the environment and the configuration file (the environment wins); never throws. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): ConfigResult {
  const file = readConfigFile(environment[CONFIG_FILE_VARIABLE]);
  if (!file.ok) return { ok: false, faults: [file.fault] };

  const faults = Object.keys(file.values)
    .filter((name) => !Object.hasOwn(SETTINGS, name))
    .map((name) => `${name} in ${file.name} is not a setting. See "${COMMAND} serve --help" for the names.`);
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const fromEnvironment = environment[name];
    const given =
      fromEnvironment === undefined || fromEnvironment.trim() === '' ? undefined : fromEnvironment;
    const raw = given ?? (Object.hasOwn(file.values, name) ? file.values[name] : undefined);
    if (raw === undefined || raw === null) {
      config[name] = setting.default;
      continue;
    }
    const parsed = setting.parse(raw);
    if (parsed.ok) config[name] = parsed.value;
    else {
      const shown = SECRETS.has(name) ? '(hidden)' : `"${shorten(raw)}"`;
      faults.push(`${name} is ${shown}, which ${parsed.wrong}. Example: ${name}=${setting.example}`);
    }
  }
  faults.push(...tlsFaults(config as Pick<Config, 'TLS_CERT' | 'TLS_KEY'>));
  return faults.length === 0 ? { ok: true, config: config as Config } : { ok: false, faults };
}

/** A certificate and its key come together and can be used together. */
function tlsFaults({
  TLS_CERT: cert,
  TLS_KEY: key,
}: Pick<Config, 'TLS_CERT' | 'TLS_KEY'>): readonly string[] {
  if (cert === '' && key === '') return [];
  if (cert === '' || key === '')
    return [
      `${cert === '' ? 'TLS_CERT' : 'TLS_KEY'} is missing: a certificate and its key are set together.`,
    ];
  try {
    createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) });
    return [];
  } catch (error) {
    return [
      `TLS_CERT and TLS_KEY cannot be used: ${(error as Error).message}. They name PEM files of one pair.`,
    ];
  }
}

type FileResult =
  | { readonly ok: true; readonly name: string; readonly values: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly fault: string };

function readConfigFile(named: string | undefined): FileResult {
  const name = named ?? DEFAULT_FILE;
  if (named === undefined && !existsSync(name)) return { ok: true, name, values: {} };
  let content: string;
  try {
    content = readFileSync(name, 'utf8');
  } catch (error) {
    return {
      ok: false,
      fault: `The configuration file ${name} cannot be read: ${(error as Error).message}.`,
    };
  }
  try {
    const values: unknown = JSON.parse(content);
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
      return { ok: true, name, values: { ...values } };
    }
    return {
      ok: false,
      fault: `The configuration file ${name} is not a JSON object, such as {"KEEP_DAYS": 90}.`,
    };
  } catch (error) {
    return { ok: false, fault: `The configuration file ${name} is not JSON: ${(error as Error).message}.` };
  }
}

function shorten(raw: unknown): string {
  const shown = typeof raw === 'string' ? raw : JSON.stringify(raw);
  return shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
}

/** The table of settings as `mayday serve --help` prints it. */
export function settingsHelp(): string {
  return (Object.entries(SETTINGS) as [string, Setting<unknown>][])
    .map(([name, setting]) => `  ${name}  (default: ${setting.shown})\n      ${setting.sentence}`)
    .join('\n');
}
