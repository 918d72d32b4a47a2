// Reports of Ubuntu's apport (`/var/crash/_usr_bin_app.1000.crash`): fields as in a mail, values of several lines indented by a blank.
// Source: apport's doc/data-format.tex. The core file inside is no text and stays where it is.
import type { ForeignReport } from './panic-log-item.ts';

/** Fields with a stack, the best first. */
const STACKS = [
  'Traceback',
  'StacktraceSource',
  'Stacktrace',
  'ThreadStacktrace',
  'OopsText',
  'StacktraceTop',
] as const;
const MAX_FIELDS = 1000;
const SIGNALS: Readonly<Record<string, string>> = {
  '4': 'SIGILL',
  '5': 'SIGTRAP',
  '6': 'SIGABRT',
  '7': 'SIGBUS',
  '8': 'SIGFPE',
  '11': 'SIGSEGV',
  '31': 'SIGSYS',
};

/** Reads a report; null where the text is none. */
export function readApportReport(text: string): ForeignReport | null {
  if (!/^ProblemType: ?\w/m.test(text.slice(0, 4096))) return null;
  const fields = fieldsOf(text);
  const stack = STACKS.map((name) => fields.get(name)).find((value) => value !== undefined && value !== '');
  const signal = fields.get('Signal') ?? '';
  const said = fields.get('AssertionMessage') ?? fields.get('SegvReason') ?? '';
  const head = signal === '' ? '' : `Program terminated with signal ${SIGNALS[signal] ?? signal}\n`;
  const [name = '', version = ''] = (fields.get('Package') ?? '').split(' ');
  const at = Date.parse(fields.get('Date') ?? '');
  const program = (fields.get('ExecutablePath') ?? '').split('/').at(-1) ?? '';
  return {
    // A traceback has a head of its own.
    text: `${fields.has('Traceback') ? '' : `${said === '' ? '' : `${said}\n`}${head}`}${stack ?? ''}\n`,
    product: name || program || null,
    version: version || null,
    atMs: Number.isNaN(at) ? null : at,
  };
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of text.split('\n')) {
    if (fields.size > MAX_FIELDS) break;
    const begun = /^([A-Za-z][\w.-]{0,100}):(?: (.*))?$/.exec(line);
    if (begun !== null) {
      name = begun[1] ?? '';
      // What is encoded is no text.
      fields.set(name, begun[2] === 'base64' ? '' : (begun[2] ?? ''));
      if (begun[2] === 'base64') name = '';
    } else if (name !== '' && line.startsWith(' ')) {
      const before = fields.get(name) ?? '';
      fields.set(name, before === '' ? line.slice(1) : `${before}\n${line.slice(1)}`);
    }
  }
  return fields;
}
