// The set-up of each of Sentry's SDKs with a product's DSN, and of the tools that upload for it.

/** What samples are made of. */
export interface SentryTarget {
  readonly dsn: string;
  readonly reportsUrl: string;
  readonly account: string;
  readonly product: string;
}

/** One SDK on the integration page. */
export interface SentrySample {
  /** Anchor on the page. */
  readonly id: string;
  readonly title: string;
  readonly sample: (target: SentryTarget) => string;
}

const double = (text: string): string => JSON.stringify(text);
const single = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;

const browser =
  (name: string, from = name) =>
  ({ dsn }: SentryTarget): string =>
    `// npm install ${name}\nimport * as Sentry from ${single(from)};\n\nSentry.init({\n  dsn: ${single(dsn)},\n  release: 'my-app@1.0',\n  environment: 'production',\n});`;

/** Every SDK whose traffic is understood, by name. */
export const SENTRY_SAMPLES: readonly SentrySample[] = [
  { id: 'sentry-browser', title: '@sentry/browser', sample: browser('@sentry/browser') },
  {
    id: 'sentry-react',
    title: '@sentry/react',
    sample: (target) =>
      `${browser('@sentry/react')(target)}\n\ncreateRoot(document.getElementById('root'), {\n  onUncaughtError: Sentry.reactErrorHandler(),\n}).render(<App />);`,
  },
  {
    id: 'sentry-node',
    title: '@sentry/node',
    sample: ({ dsn }) =>
      `// npm install @sentry/node; node --import ./instrument.mjs app.mjs\nimport * as Sentry from '@sentry/node';\n\nSentry.init({ dsn: ${single(dsn)}, release: 'my-app@1.0' });`,
  },
  {
    id: 'sentry-python',
    title: 'sentry-sdk (Python)',
    sample: ({ dsn }) =>
      `# pip install sentry-sdk\nimport sentry_sdk\n\nsentry_sdk.init(dsn=${double(dsn)}, release="my-app@1.0")`,
  },
  {
    id: 'sentry-go',
    title: 'sentry-go',
    sample: ({ dsn }) =>
      `// go get github.com/getsentry/sentry-go\nerr := sentry.Init(sentry.ClientOptions{Dsn: ${double(dsn)}, Release: "my-app@1.0"})\nif err != nil {\n\tlog.Fatal(err)\n}\ndefer sentry.Flush(2 * time.Second)\ndefer sentry.Recover()`,
  },
  {
    id: 'sentry-java',
    title: 'io.sentry:sentry (Java, Kotlin)',
    sample: ({ dsn }) =>
      `Sentry.init(options -> {\n  options.setDsn(${double(dsn)});\n  options.setRelease("my-app@1.0");\n});`,
  },
  {
    id: 'sentry-spring',
    title: 'io.sentry:sentry-spring-boot-starter-jakarta',
    sample: ({ dsn }) => `# application.properties\nsentry.dsn=${dsn}\nsentry.release=my-app@1.0`,
  },
  {
    id: 'sentry-php',
    title: 'sentry/sentry (PHP)',
    sample: ({ dsn }) =>
      `// composer require sentry/sentry\n\\Sentry\\init(['dsn' => ${single(dsn)}, 'release' => 'my-app@1.0']);`,
  },
  {
    id: 'sentry-ruby',
    title: 'sentry-ruby',
    sample: ({ dsn }) =>
      `# gem install sentry-ruby\nSentry.init do |config|\n  config.dsn = ${single(dsn)}\n  config.release = 'my-app@1.0'\nend`,
  },
  {
    id: 'sentry-rust',
    title: 'sentry (Rust)',
    sample: ({ dsn }) =>
      `// cargo add sentry\nlet _guard = sentry::init((${double(dsn)}, sentry::ClientOptions {\n    release: sentry::release_name!(),\n    ..Default::default()\n}));`,
  },
  {
    id: 'sentry-native',
    title: 'sentry-native (C, C++)',
    sample: ({ dsn }) =>
      `#include <sentry.h>\n\nsentry_options_t *options = sentry_options_new();\nsentry_options_set_dsn(options, ${double(dsn)});\nsentry_options_set_release(options, "my-app@1.0");\nsentry_init(options);`,
  },
  {
    id: 'sentry-unreal',
    title: 'Unreal Engine',
    sample: ({ dsn }) =>
      `; DefaultEngine.ini\n[CrashReportClient]\nDataRouterUrl=${double(unrealAddress(dsn))}`,
  },
  {
    id: 'sentry-crashpad',
    title: 'sentry-crashpad handler',
    sample: ({ dsn }) => `crashpad_handler --url=${single(minidumpAddress(dsn))} …`,
  },
  {
    id: 'sentry-electron',
    title: '@sentry/electron',
    sample: browser('@sentry/electron', '@sentry/electron/main'),
  },
  {
    id: 'sentry-react-native',
    title: '@sentry/react-native',
    sample: browser('@sentry/react-native'),
  },
  {
    id: 'sentry-dotnet',
    title: 'Sentry (.NET)',
    sample: ({ dsn }) =>
      `// dotnet add package Sentry\nSentrySdk.Init(options =>\n{\n    options.Dsn = ${double(dsn)};\n    options.Release = "my-app@1.0";\n});`,
  },
  {
    id: 'sentry-android',
    title: 'io.sentry:sentry-android',
    sample: ({ dsn }) =>
      `<!-- AndroidManifest.xml -->\n<meta-data android:name="io.sentry.dsn" android:value=${double(dsn)} />`,
  },
  {
    id: 'sentry-cocoa',
    title: 'sentry-cocoa (iOS, macOS)',
    sample: ({ dsn }) => `SentrySDK.start { options in\n    options.dsn = ${double(dsn)}\n}`,
  },
  {
    id: 'sentry-flutter',
    title: 'sentry_flutter',
    sample: ({ dsn }) =>
      `await SentryFlutter.init(\n  (options) => options.dsn = ${single(dsn)},\n  appRunner: () => runApp(const MyApp()),\n);`,
  },
  {
    id: 'sentry-laravel',
    title: 'sentry/sentry-laravel',
    sample: ({ dsn }) => `# .env\nSENTRY_LARAVEL_DSN=${dsn}\nSENTRY_RELEASE=my-app@1.0`,
  },
  {
    id: 'sentry-unity',
    title: 'io.sentry.unity',
    sample: ({ dsn }) => `# Tools → Sentry → DSN\n${dsn}`,
  },
  {
    id: 'sentry-other',
    title: 'Every other SDK',
    sample: ({ dsn }) => `# most read it from the environment\nSENTRY_DSN=${single(dsn)}`,
  },
  {
    id: 'sentry-vite',
    title: '@sentry/vite-plugin (webpack, Rollup and esbuild likewise)',
    sample: ({ reportsUrl, account, product }) =>
      `// npm install @sentry/vite-plugin; SENTRY_AUTH_TOKEN has a token of the account page\nimport { sentryVitePlugin } from '@sentry/vite-plugin';\n\nexport default {\n  build: { sourcemap: 'hidden' },\n  plugins: [\n    sentryVitePlugin({\n      url: ${single(reportsUrl)},\n      org: ${single(account)},\n      project: ${single(product)},\n    }),\n  ],\n};`,
  },
  {
    id: 'sentry-cli',
    title: 'sentry-cli (@sentry/cli)',
    sample: ({ dsn }) => `SENTRY_DSN=${single(dsn)} sentry-cli send-event -m 'hello'`,
  },
];

function unrealAddress(dsn: string): string {
  const { endpoint, key } = endpointOf(dsn, 'unreal');
  return `${endpoint}${key}/`;
}

function minidumpAddress(dsn: string): string {
  const { endpoint, key } = endpointOf(dsn, 'minidump');
  return `${endpoint}?sentry_key=${key}`;
}

/** `https://KEY@host/ID` → `https://host/api/ID/ENDPOINT/` and the key. */
function endpointOf(dsn: string, name: string): { readonly endpoint: string; readonly key: string } {
  const url = new URL(dsn);
  const at = url.pathname.lastIndexOf('/');
  return {
    endpoint: `${url.protocol}//${url.host}${url.pathname.slice(0, at)}/api/${url.pathname.slice(at + 1)}/${name}/`,
    key: url.username,
  };
}
