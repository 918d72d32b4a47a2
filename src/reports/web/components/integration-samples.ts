// What to paste where, so that a program reports to this server: one function per client library or tool.
import { COMMAND } from '../../../base/command-name.ts';

/** A shell word in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What a sample is made for. URLs without a slash at the end. */
export interface SampleTarget {
  readonly submitUrl: string;
  readonly account: string;
  readonly product: string;
  /** Null: the product has no key, or none is needed. */
  readonly uploadKey: string | null;
}

/** `/submit`, with the upload key where the product has one. */
export function submitAddress({ submitUrl, uploadKey }: SampleTarget): string {
  return uploadKey === null ? `${submitUrl}/submit` : `${submitUrl}/submit/${encodeURIComponent(uploadKey)}`;
}

/** Posts a sample crash without needing any file. */
export function sampleCurl(submitUrl: string): string {
  return [
    `curl -F ProductName=Sample -F Version=1.0 -F platform="$(uname -s)" \\`,
    `  -F CrashReason='sample crash' \\`,
    `  ${quoted(`${submitUrl}/submit`)}`,
  ].join('\n');
}

/** curl with a dump. */
export function curlSample(target: SampleTarget): string {
  return [
    `curl -F ${quoted(`ProductName=${target.product}`)} -F Version=1.0 \\`,
    `  -F upload_file_minidump=@crash.dmp \\`,
    `  ${quoted(submitAddress(target))}`,
  ].join('\n');
}

const cString = (text: string): string => JSON.stringify(text);

/** Crashpad, C++. */
export function crashpadSample(target: SampleTarget): string {
  return `#include "client/crashpad_client.h"

crashpad::CrashpadClient client;
client.StartHandler(
    handler,              // path of crashpad_handler beside your program
    database, metrics,    // folders that your program may write to
    ${cString(submitAddress(target))},
    {{"product", ${cString(target.product)}}, {"version", "1.0"}},
    {},                   // arguments; Mayday takes gzip, so none is needed
    /*restartable=*/true, /*asynchronous_start=*/false);`;
}

/** Breakpad's uploader for Linux, and its client for Windows. */
export function breakpadSample(target: SampleTarget): string {
  return `# Linux: Breakpad's uploader
minidump_upload -p ${quoted(target.product)} -v 1.0 crash.dmp ${quoted(submitAddress(target))}

// Windows: client/windows/sender
google_breakpad::CrashReportSender sender(L"checkpoint");
sender.SendCrashReport(L${cString(submitAddress(target))},
    {{L"ProductName", L${cString(target.product)}}, {L"Version", L"1.0"}},
    {{L"upload_file_minidump", dump_path}}, nullptr);`;
}

/** Electron, main process. */
export function electronSample(target: SampleTarget): string {
  return `const { app, crashReporter } = require('electron');

// Before app.whenReady(): what crashes before this line is not reported.
crashReporter.start({
  submitURL: ${cString(submitAddress(target))},
  productName: ${cString(target.product)},
  uploadToServer: true,
  compress: true,
  rateLimit: false, // Mayday bounds floods itself
  ignoreSystemCrashHandler: true,
  globalExtra: { _version: app.getVersion() },
  extra: {},
});`;
}

/** The upload key as the APIs without forms take it. */
function keyParameter({ uploadKey }: SampleTarget, mark: '?' | '&'): string {
  return uploadKey === null ? '' : `${mark}key=${encodeURIComponent(uploadKey)}`;
}

/** The base of CrashKit's current API for one product. */
function crashkitBase({ submitUrl, account, product }: SampleTarget): string {
  return `${submitUrl}/${encodeURIComponent(account)}/products/${encodeURIComponent(product)}`;
}

/** CrashKit's current API: the addresses, and a report by hand. */
export function crashkitSample(target: SampleTarget): string {
  const base = crashkitBase(target);
  const report = [
    {
      language: 'python',
      client_version: '1.0',
      exceptions: [
        {
          name: 'ValueError',
          message: 'sample',
          locations: [{ package: 'app.main', method: 'run', file: 'main.py', line: 1, claimed: true }],
        },
      ],
      data: {},
      env: {},
    },
  ];
  return `# Addresses for CrashKit clients
${base}/obtain-client-id
${base}/post-report/{client_id}/{client_cookie}${keyParameter(target, '?')}

# A report by hand, from the anonymous client
curl --data ${quoted(JSON.stringify(report))} \\
  ${quoted(`${base}/post-report/0/0${keyParameter(target, '?')}`)}`;
}

/** CrashKit's 1.0 API; `debug=1` names every fault of a payload and stores nothing that has one. */
export function crashkit1Sample(target: SampleTarget): string {
  const { submitUrl, account, product } = target;
  const url = `${submitUrl}/api/1/${encodeURIComponent(account)}/products/${encodeURIComponent(product)}/reports`;
  const report = {
    'version.number': '1.0',
    'host.id': 'sample-host',
    stacktrace: [
      {
        kind: 'ValueError',
        message: 'sample',
        locations: [{ module: 'app.main', method: 'run', absolute_file: '/srv/app/main.py', line: 1 }],
      },
    ],
  };
  return `# While you write a client: every fault is named
curl --data ${quoted(JSON.stringify(report))} \\
  ${quoted(`${url}?debug=1${keyParameter(target, '&')}`)}

# In the field
${url}${keyParameter(target, '?')}`;
}

/** Syncthing's configuration. */
export function syncthingSample({ submitUrl }: SampleTarget): string {
  const url = `${submitUrl}/newcrash`;
  const xml = url.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!-- config.xml, inside <options> -->
<crashReportingEnabled>true</crashReportingEnabled>
<crashReportingURL>${xml}</crashReportingURL>

# or, while Syncthing runs
syncthing cli config options crash-reporting-url set ${quoted(url)}`;
}

/** Any program, under the monitor; the log of each crash names the program and its version. */
export function watchSample(target: SampleTarget): string {
  const key = target.uploadKey === null ? '' : ` --key ${quoted(target.uploadKey)}`;
  return `${COMMAND} watch --url ${quoted(target.submitUrl)}${key} \\
  --product ${quoted(target.product)} --version-string ${quoted(`${target.product} 1.0`)} -- ./your-program`;
}
