// The set-up of each of Sentry's SDKs with a product's DSN.

/** One SDK on the integration page. */
export interface SentrySample {
  /** Anchor on the page. */
  readonly id: string;
  readonly title: string;
  readonly sample: (dsn: string) => string;
}

const double = (text: string): string => JSON.stringify(text);
const single = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;

const browser =
  (name: string) =>
  (dsn: string): string =>
    `// npm install ${name}\nimport * as Sentry from ${single(name)};\n\nSentry.init({\n  dsn: ${single(dsn)},\n  release: 'my-app@1.0',\n  environment: 'production',\n});`;

/** Every SDK whose traffic is understood, by name. */
export const SENTRY_SAMPLES: readonly SentrySample[] = [
  { id: 'sentry-browser', title: '@sentry/browser', sample: browser('@sentry/browser') },
  {
    id: 'sentry-react',
    title: '@sentry/react',
    sample: (dsn) =>
      `${browser('@sentry/react')(dsn)}\n\ncreateRoot(document.getElementById('root'), {\n  onUncaughtError: Sentry.reactErrorHandler(),\n}).render(<App />);`,
  },
  {
    id: 'sentry-node',
    title: '@sentry/node',
    sample: (dsn) =>
      `// npm install @sentry/node; node --import ./instrument.mjs app.mjs\nimport * as Sentry from '@sentry/node';\n\nSentry.init({ dsn: ${single(dsn)}, release: 'my-app@1.0' });`,
  },
  {
    id: 'sentry-python',
    title: 'sentry-sdk (Python)',
    sample: (dsn) =>
      `# pip install sentry-sdk\nimport sentry_sdk\n\nsentry_sdk.init(dsn=${double(dsn)}, release="my-app@1.0")`,
  },
  {
    id: 'sentry-go',
    title: 'sentry-go',
    sample: (dsn) =>
      `// go get github.com/getsentry/sentry-go\nerr := sentry.Init(sentry.ClientOptions{Dsn: ${double(dsn)}, Release: "my-app@1.0"})\nif err != nil {\n\tlog.Fatal(err)\n}\ndefer sentry.Flush(2 * time.Second)\ndefer sentry.Recover()`,
  },
  {
    id: 'sentry-java',
    title: 'io.sentry:sentry (Java, Kotlin)',
    sample: (dsn) =>
      `Sentry.init(options -> {\n  options.setDsn(${double(dsn)});\n  options.setRelease("my-app@1.0");\n});`,
  },
  {
    id: 'sentry-spring',
    title: 'io.sentry:sentry-spring-boot-starter-jakarta',
    sample: (dsn) => `# application.properties\nsentry.dsn=${dsn}\nsentry.release=my-app@1.0`,
  },
  {
    id: 'sentry-php',
    title: 'sentry/sentry (PHP)',
    sample: (dsn) =>
      `// composer require sentry/sentry\n\\Sentry\\init(['dsn' => ${single(dsn)}, 'release' => 'my-app@1.0']);`,
  },
  {
    id: 'sentry-ruby',
    title: 'sentry-ruby',
    sample: (dsn) =>
      `# gem install sentry-ruby\nSentry.init do |config|\n  config.dsn = ${single(dsn)}\n  config.release = 'my-app@1.0'\nend`,
  },
  {
    id: 'sentry-rust',
    title: 'sentry (Rust)',
    sample: (dsn) =>
      `// cargo add sentry\nlet _guard = sentry::init((${double(dsn)}, sentry::ClientOptions {\n    release: sentry::release_name!(),\n    ..Default::default()\n}));`,
  },
  {
    id: 'sentry-native',
    title: 'sentry-native (C, C++)',
    sample: (dsn) =>
      `#include <sentry.h>\n\nsentry_options_t *options = sentry_options_new();\nsentry_options_set_dsn(options, ${double(dsn)});\nsentry_options_set_release(options, "my-app@1.0");\nsentry_init(options);`,
  },
  {
    id: 'sentry-unreal',
    title: 'Unreal Engine',
    sample: (dsn) => `; DefaultEngine.ini\n[CrashReportClient]\nDataRouterUrl=${double(unrealAddress(dsn))}`,
  },
  {
    id: 'sentry-cli',
    title: 'sentry-cli',
    sample: (dsn) => `SENTRY_DSN=${single(dsn)} sentry-cli send-event -m 'hello'`,
  },
];

/** `https://KEY@host/ID` → `https://host/api/ID/unreal/KEY/`. */
function unrealAddress(dsn: string): string {
  const url = new URL(dsn);
  const key = url.username;
  const at = url.pathname.lastIndexOf('/');
  return `${url.protocol}//${url.host}${url.pathname.slice(0, at)}/api/${url.pathname.slice(at + 1)}/unreal/${key}/`;
}
