// Makes crashes as a server would get them over some weeks: five products of different kinds, bugs of which few are frequent and many rare
// (Zipf), releases that come, spread and are replaced, installations of which some crash often. The same seed makes the same crashes.
import type { ProcessedCrash, ProcessedFrame, ProcessedReport } from '../../src/report/processed-report.ts';
import { PROCESSED_SCHEMA } from '../../src/report/processed-report.ts';

const DAY_MS = 86_400_000;

/** A draw from 0 to before 1 that is the same in every run. */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // xorshift, of which the upper bits are good enough for this.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Product {
  readonly name: string;
  readonly protocol: 'crashpad' | 'crashkit' | 'sentry';
  readonly kind: ProcessedCrash['kind'];
  readonly language: string | null;
  readonly reasons: readonly string[];
  readonly platforms: readonly (readonly [platform: string, os: string, osVersions: readonly string[]])[];
  readonly processTypes: readonly string[];
  readonly part: string;
  readonly file: string;
}

const WINDOWS = ['10.0.19045', '10.0.22631', '10.0.26100'];
const LINUX = ['5.15.0', '6.1.0', '6.8.0', '6.12.0'];
const MAC = ['13.6.1', '14.5', '15.1'];

/** What crashes, and as what. Their shares of all crashes fall in this order. */
export const PRODUCTS: readonly Product[] = [
  {
    name: 'Browser',
    protocol: 'crashpad',
    kind: 'native',
    language: 'c++',
    reasons: ['EXCEPTION_ACCESS_VIOLATION_READ', 'EXCEPTION_ACCESS_VIOLATION_WRITE', 'SIGSEGV', 'SIGABRT'],
    platforms: [
      ['windows', 'Windows', WINDOWS],
      ['linux', 'Linux', LINUX],
      ['macos', 'macOS', MAC],
    ],
    processTypes: ['main', 'content', 'gpu', 'utility'],
    part: 'render::layer',
    file: 'render/layer',
  },
  {
    name: 'Editor',
    protocol: 'crashpad',
    kind: 'native',
    language: 'rust',
    reasons: ['SIGABRT', 'SIGSEGV', 'SIGILL'],
    platforms: [
      ['linux', 'Linux', LINUX],
      ['windows', 'Windows', WINDOWS],
    ],
    processTypes: ['main', 'plugin'],
    part: 'buffer::rope',
    file: 'src/buffer',
  },
  {
    name: 'Pocket',
    protocol: 'crashkit',
    kind: 'java',
    language: 'kotlin',
    reasons: [
      'java.lang.NullPointerException',
      'java.lang.IllegalStateException',
      'java.lang.OutOfMemoryError',
    ],
    platforms: [['android', 'Android', ['12', '13', '14', '15']]],
    processTypes: ['main', 'service'],
    part: 'org.example.pocket.sync',
    file: 'Sync',
  },
  {
    name: 'Shop',
    protocol: 'sentry',
    kind: 'python',
    language: 'python',
    reasons: ['ZeroDivisionError', 'KeyError', 'ValueError', 'TimeoutError'],
    platforms: [['linux', 'Linux', LINUX]],
    processTypes: ['web', 'worker'],
    part: 'shop.cart',
    file: 'shop/cart',
  },
  {
    name: 'Console',
    protocol: 'sentry',
    kind: 'javascript',
    language: 'javascript',
    reasons: ['TypeError', 'RangeError', 'ReferenceError'],
    platforms: [
      ['windows', 'Windows', WINDOWS],
      ['macos', 'macOS', MAC],
      ['android', 'Android', ['13', '14', '15']],
    ],
    processTypes: ['page'],
    part: 'console.panels',
    file: 'assets/panels',
  },
];

/** How much there is, and over which time. */
export interface Filling {
  readonly reports: number;
  /** Bugs of all products together. */
  readonly bugs: number;
  readonly days: number;
  /** The end of the time, in milliseconds since 1970. */
  readonly now: number;
}

/** One crash, before it is put in the form in which it is stored. */
export interface MadeCrash {
  readonly product: number;
  /** Number of the bug within its product, 0 is the most frequent. */
  readonly bug: number;
  /** Number of the case within the bug. */
  readonly variant: number;
  readonly installation: number;
  readonly receivedAt: number;
  readonly processed: ProcessedReport;
}

/** Crashes in the order of their arrival. */
export function* makeCrashes(filling: Filling): Generator<MadeCrash> {
  const draw = draws(0x5eed);
  const installations = Math.max(Math.ceil(filling.reports * 0.28), 10);
  const span = filling.days * DAY_MS;
  const bugsOfProduct = Math.max(Math.floor(filling.bugs / PRODUCTS.length), 1);
  for (let at = 0; at < filling.reports; at += 1) {
    const product = Math.min(Math.floor(draw() ** 1.6 * PRODUCTS.length), PRODUCTS.length - 1);
    // Zipf with exponent 1, by its inverse: the hundredth bug is a hundred times as rare as the first.
    const bug = Math.min(Math.floor((bugsOfProduct + 1) ** draw()) - 1, bugsOfProduct - 1);
    const variant = Math.floor(draw() ** 3 * 4);
    const installation = Math.floor(draw() ** 1.5 * installations);
    const share = (at + draw()) / filling.reports;
    const receivedAt = Math.floor(filling.now - span + share * span);
    const processed = processedOf({ product, bug, variant, installation, receivedAt, share }, draw);
    yield { product, bug, variant, installation, receivedAt, processed };
  }
}

type Drawn = Omit<MadeCrash, 'processed'> & {
  /** How much of the time had passed. */
  readonly share: number;
};

function pick<T>(from: readonly T[], draw: number): T {
  const found = from[Math.min(Math.floor(draw * from.length), from.length - 1)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

/** What an installation is, whatever crashes on it: drawn by its number. */
function traits(installation: number): (index: number) => number {
  return (index) =>
    ((Math.imul(installation + 1, 2_654_435_761) ^ Math.imul(index + 7, 40_503)) >>> 0) / 2 ** 32;
}

const RELEASES = 24;
const CHANNELS = ['release', 'release', 'release', 'beta', 'nightly'];
const LOCALES = ['en-US', 'de', 'fr', 'es-ES', 'ja', 'pt-BR', 'ru', 'zh-CN', 'pl', 'it', 'nl', 'sv-SE'];
const VENDORS = ['0x10de', '0x1002', '0x8086', '0x5143'];
const MODELS = Array.from({ length: 60 }, (_, at) => `Model ${String.fromCharCode(65 + (at % 26))}${at}`);
const THEMES = ['light', 'dark', 'system'];
const EXTENSIONS = Array.from({ length: 40 }, (_, at) => `extension-${at}@example.org:1.${at % 9}`);

function processedOf(drawn: Drawn, draw: () => number): ProcessedReport {
  const product = pick(PRODUCTS, drawn.product / PRODUCTS.length);
  const trait = traits(drawn.installation);
  const [platform, os, osVersions] = pick(product.platforms, trait(1));
  const channel = pick(CHANNELS, trait(2));
  // A release spreads while the one before is still there; some installations stay behind.
  const newest = Math.floor(drawn.share * (RELEASES - 2)) + 1;
  const behind = trait(3) < 0.1 ? Math.floor(trait(4) * newest) : Math.floor(draw() ** 3 * 3);
  const release = Math.max(newest - behind, 0);
  const version = `${1 + Math.floor(release / 10)}.${release % 10}.${Math.floor(trait(5) * 2)}`;
  const { crash, uptime } = crashOf(product, drawn, draw, trait, channel);
  return {
    schema: PROCESSED_SCHEMA,
    processor: 'filler',
    processedAt: drawn.receivedAt,
    status: 'processed',
    problem: null,
    product: product.name,
    version,
    platform,
    os,
    osVersion: pick(osVersions, trait(6)),
    cpu: trait(7) < 0.8 ? 'amd64' : 'arm64',
    installation: `installation ${drawn.installation}`,
    buildId: `2026${String(1000 + release)}${channel === 'nightly' ? '01' : '00'}`,
    processType: pick(product.processTypes, draw() ** 1.5),
    uptimeSeconds: uptime,
    crashes: [crash],
    crashReportKeys: [],
    notes: [],
    timings: {},
    minidumps: {},
    missingSymbols: [],
  };
}

/** Stacks are the same for all crashes of a case, so they are made once. */
const stacks = new Map<string, readonly ProcessedFrame[]>();

function stackOf(product: Product, { product: number, bug, variant }: Drawn): readonly ProcessedFrame[] {
  const name = `${number}:${bug}:${variant}`;
  let stack = stacks.get(name);
  if (stack === undefined) {
    const draw = draws(1 + number * 1_000_003 + bug * 8 + variant);
    draw();
    stack = Array.from({ length: 6 + Math.floor(draw() * 10) }, (_, depth) =>
      frameOf(product, depth === 0 ? bug : Math.floor(draw() ** 2 * 3000), depth),
    );
    if (stacks.size > 200_000) stacks.clear();
    stacks.set(name, stack);
  }
  return stack;
}

function frameOf(product: Product, number: number, depth: number): ProcessedFrame {
  const own = depth % 3 !== 2;
  return {
    function: own ? `${product.part}${number % 60}::step_${number}` : `std::call_${number % 200}`,
    class: null,
    package: product.kind === 'native' ? null : product.part,
    module:
      product.kind === 'native' ? (own ? `${product.name.toLowerCase()}.so` : `lib${number % 30}.so`) : null,
    file: `${product.file}${number % 90}.x`,
    line: 1 + (number % 700),
    column: null,
    inApp: own,
    trust: product.kind === 'native' ? 'cfi' : 'given',
    address: null,
    moduleOffset: null,
    source: null,
    locals: null,
  };
}

function crashOf(
  product: Product,
  drawn: Drawn,
  draw: () => number,
  trait: (index: number) => number,
  channel: string,
): { readonly crash: ProcessedCrash; readonly uptime: number } {
  const { bug, variant, receivedAt } = drawn;
  const reason = pick(product.reasons, ((bug * 7) % 10) / 10);
  const frames = stackOf(product, drawn);
  const uptime = Math.floor(draw() ** 4 * 200_000);
  const total = 2 ** (31 + Math.floor(trait(8) * 5));
  const name = frames[0]?.function ?? '';
  const environment: [string, string][] = [
    ['channel', channel],
    ['environment', channel === 'nightly' ? 'staging' : 'production'],
    ['locale', pick(LOCALES, trait(9) ** 2)],
    ['total_memory', String(total)],
    ['available_memory', String(Math.floor(total * draw()))],
    ['cores', String(2 ** (1 + Math.floor(trait(10) * 5)))],
    ['gpu_vendor', pick(VENDORS, trait(11))],
    [
      'gpu_driver',
      `${20 + Math.floor(trait(12) * 12)}.${Math.floor(trait(13) * 40)}.${Math.floor(trait(14) * 90)}`,
    ],
    ['device', pick(MODELS, trait(15) ** 2)],
    ['theme', pick(THEMES, trait(16))],
    ['window_count', String(1 + Math.floor(draw() ** 3 * 12))],
    ['seconds_since_last_crash', String(Math.floor(draw() ** 3 * 1_000_000))],
    ['startup_time', String(Math.floor(receivedAt / 1000) - uptime)],
    ['safe_mode', trait(17) < 0.02 ? '1' : '0'],
    ['timezone', `UTC${Math.floor(trait(18) * 24) - 11}`],
  ];
  if (draw() < 0.08) environment.push(['oom_size', String(2 ** (12 + Math.floor(draw() * 20)))]);
  if (draw() < 0.3) environment.push(['shutdown_progress', pick(['quit', 'profile', 'net'], draw())]);
  if (trait(19) < 0.6) environment.push(['extensions', pick(EXTENSIONS, trait(20))]);
  const annotations: [string, string][] = [
    ['url', `https://${Math.floor(draw() ** 2 * 5000)}.example.org/${Math.floor(draw() * 1000)}`],
    ['email', `user${drawn.installation}@example.org`],
  ];
  return {
    uptime,
    crash: {
      kind: product.kind,
      language: product.language,
      signature: product.kind === 'native' ? name : `${reason} | ${name}`,
      signatureSteps: [],
      message: `${reason} in step ${bug}`,
      reason,
      address: null,
      exceptions:
        product.kind === 'native'
          ? []
          : [{ kind: reason, message: `${reason} in step ${bug}`, frames, omittedFrames: 0, data: [] }],
      threads:
        product.kind === 'native'
          ? [{ name: 'main', state: null, crashed: true, frames, omittedFrames: 0 }]
          : [],
      sections: [
        { name: 'environment', protected: false, values: environment },
        { name: 'annotations', protected: true, values: annotations },
      ],
      count: 1,
      day: new Date(receivedAt).toISOString().slice(0, 10),
      severity: bug % 5 === 0 ? 'major' : 'normal',
      role: null,
      context: null,
      grouping: {
        key: `key ${bug}`,
        source: 'stack',
        because: 'The frames of the application decide.',
        rule: null,
        caseKey: `case ${variant}`,
      },
    },
  };
}
