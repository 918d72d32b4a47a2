// Stacks that a logger writes as lists: of lines (AWS Lambda), or of objects for each frame (log4j, zerolog, structlog).

const MAX_FRAMES = 1000;

/** The list as the text of a stack; empty where it is no stack. */
export function listedFrames(list: readonly unknown[]): string {
  const lines = list
    .slice(0, MAX_FRAMES)
    .map((item) => (typeof item === 'string' ? item.replace(/\n$/, '') : frameLine(item)));
  if (lines.length === 0 || lines.some((line) => line === null)) return '';
  return lines.join('\n');
}

function frameLine(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return null;
  const fields = item as Readonly<Record<string, unknown>>;
  const text = (...names: readonly string[]): string => {
    for (const name of names) {
      const value = fields[name];
      if (typeof value === 'string' && value !== '') return value;
      if (typeof value === 'number') return String(value);
    }
    return '';
  };
  // structlog's dict tracebacks: one object for each exception, with its frames.
  const frames = fields['frames'];
  if (Array.isArray(frames)) {
    const inner = frames.slice(0, MAX_FRAMES).map((frame) => frameLine(frame) ?? '');
    return ['Traceback (most recent call last):', ...inner, `${text('exc_type')}: ${text('exc_value')}`].join(
      '\n',
    );
  }
  const file = text('file', 'fileName', 'filename', 'source', 'path');
  const line = text('line', 'lineNumber', 'lineno');
  const called = text('method', 'methodName', 'func', 'function', 'name');
  const owner = text('class', 'className', 'declaringClass');
  if (owner !== '' && called !== '')
    return `\tat ${owner}.${called}(${file === '' ? 'Unknown Source' : file}${line === '' ? '' : `:${line}`})`;
  if (called === '' || file === '') return null;
  if (file.endsWith('.py')) return `  File "${file}", line ${line}, in ${called}`;
  if (file.endsWith('.go')) return `${called}(...)\n\t${file}:${line} +0x0`;
  return `    at ${called} (${file}:${line === '' ? '1' : line}:1)`;
}
