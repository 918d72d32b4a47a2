// Crashes of Java and Kotlin programs that come with a stack trace or a structured exception.
import { type ProcessingRule, valueAt } from '../rule.ts';
import { parseJavaStackTrace, publicJavaStackTrace } from './java-stack-trace.ts';

/** Sets `java_stack_trace` without its message, `java_stack_trace_raw` with it, and `java_exception` likewise. */
export const javaProcessRule: ProcessingRule = {
  name: 'JavaProcessRule',
  applies: ({ annotations }) =>
    Boolean(annotations['JavaStackTrace']) || Boolean(annotations['JavaException']),
  act: ({ annotations }) => {
    const found: Record<string, unknown> = {};
    const notes: string[] = [];
    const trace = annotations['JavaStackTrace'];
    if (trace) {
      const parsed = parseJavaStackTrace(trace);
      if (parsed === null) notes.push('JavaProcessRule: malformed JavaStackTrace');
      found['java_stack_trace_raw'] = trace;
      found['java_stack_trace'] = parsed === null ? 'malformed' : publicJavaStackTrace(parsed);
    }
    const exception = annotations['JavaException'];
    if (exception) {
      const decoded = decode(exception);
      if (Array.isArray(valueAt(decoded, 'exception.values'))) {
        found['java_exception_raw'] = decoded;
        found['java_exception'] = withoutMessages(decoded);
      } else {
        notes.push('JavaProcessRule: malformed JavaException');
      }
    }
    return { found, notes };
  },
};

function decode(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

/** The exception without `value`, where programs put their messages. */
function withoutMessages(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, item: unknown) => (key === 'value' ? 'REDACTED' : item)));
}
