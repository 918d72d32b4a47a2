// Crashes of Java and Kotlin programs that come with a stack trace or a structured exception.
import { type ProcessingRule, valueAt } from '../rule.ts';
import { parseJavaStackTrace, publicJavaStackTrace } from './java-stack-trace.ts';

/** Sets `java_stack_trace` without its message (`malformed` where it is no such text), and `java_stack_trace_raw` with it. */
export const javaStackTraceRule: ProcessingRule = {
  name: 'JavaStackTraceRule',
  applies: ({ annotations }) => Boolean(annotations['JavaStackTrace']),
  act: ({ annotations }) => {
    const trace = annotations['JavaStackTrace'];
    const parsed = parseJavaStackTrace(trace);
    return {
      found: {
        java_stack_trace_raw: trace,
        java_stack_trace: parsed === null ? 'malformed' : publicJavaStackTrace(parsed),
      },
      notes: parsed === null ? ['JavaStackTrace: malformed JavaStackTrace'] : [],
    };
  },
};

/** Sets `java_exception` without its messages, and `java_exception_raw` with them. */
export const javaExceptionRule: ProcessingRule = {
  name: 'JavaExceptionRule',
  applies: ({ annotations }) => Boolean(annotations['JavaException']),
  act: ({ annotations }) => {
    const decoded = decode(annotations['JavaException']);
    return Array.isArray(valueAt(decoded, 'exception.values'))
      ? { found: { java_exception_raw: decoded, java_exception: withoutMessages(decoded) } }
      : { notes: ['JavaException value is malformed java_exception'] };
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
