// Errors that a machine or a run-time raises by itself, in the middle of whatever runs: no function was called to raise them, so the
// frame where one happened is at fault, whatever its name says.

const KINDS =
  /(?:NullPointer|NullReference|ClassCast|InvalidCast|Arithmetic|DivideByZero|ZeroDivision|ArrayStore|IndexOutOfBounds|IndexOutOfRange|StackOverflow|OutOfMemory|SIGSEGV|SIGBUS|SIGFPE|ACCESS_VIOLATION|nil pointer)/i;
/** Kinds that programs raise, too; the engine's own words tell. V8, SpiderMonkey, JavaScriptCore, Hermes; CPython; MRI. */
const WORDED =
  /^(?:Uncaught )?(?:\(in promise\) )?(?:TypeError|ReferenceError|AttributeError|UnboundLocalError|NameError|NoMethodError)$/;
const WORDS =
  /^(?:Cannot (?:read|set|destructure|access|convert undefined)\b|[Cc]an't (?:access|convert|find variable)\b|(?:undefined|null) is not (?:an object|a function)\b|.{1,200} (?:is not (?:a function|defined|iterable|a constructor)|is (?:undefined|null)$)|Assignment to constant variable|'NoneType' object |'\w{1,100}' object (?:has no attribute|is not (?:callable|subscriptable|iterable))|(?:cannot access )?local variable '|name '\w{1,100}' is not defined|undefined (?:local variable or )?method )/;

/** Whether nobody called a function that raises it. */
export function isRaisedByItself(kind: string, message: string): boolean {
  return KINDS.test(kind) || (WORDED.test(kind) && WORDS.test(message.slice(0, 500)));
}
