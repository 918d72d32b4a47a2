// Frames of the Java virtual machine: Java, Kotlin, Scala, Groovy. Compilers, proxies and serialisers put classes and methods of their
// own between those of the source, with numbers and hashes that change with every build.
import type { GroupingFrame } from '../stacked-crash.ts';
import { dotted, type FrameName, plainName } from './frame-naming.ts';

/** Subclasses and call sites made at run time, from where their name begins: what stands before is the class of the source. */
const GENERATED_CLASS =
  // Spring and CGLIB; the JDK's lambdas; D8 and R8 (Android); ByteBuddy, Hibernate, Mockito; javassist.
  /(?:\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB|Lambda|Proxy|ExternalSynthetic|InternalSynthetic)|\$(?:ByteBuddy|HibernateProxy|MockitoMock|auxiliary)\$|_\$\$_jvst|\$\$\$).*$/;
/** Android before D8: `-$$Lambda$Cart$5fJcha6…`. */
const OLD_ANDROID_LAMBDA = /^-\$\$Lambda\$([\w$]*?)\$[\w-]*$/;
/** Call sites without a method of the source in their name. */
const CALL_SITE = /\$\$(?:Lambda|ExternalSynthetic|InternalSynthetic)/;
/** The JDK's and Android's proxies implement an interface and have no source at all. */
const PROXY = /^\$Proxy\d+$/;
/** Kotlin's lambdas and coroutines: `Cart$total$2.invokeSuspend`, `Cart$total$$inlined$map$1.invoke`. */
const KOTLIN_LAMBDA = /^(.+?)\$(\w+?)(?:\$\$inlined\$\w+?)?(?:\$\d+)+$/;
const KOTLIN_BODY = /^(?:invoke|invokeSuspend|emit|create)$/;
/** Groovy's closures: `Cart$_total_closure2.doCall`. */
const GROOVY_CLOSURE = /^(.+?)\$_(\w+?)_closure\d+(?:_closure\d+)*$/;
/** Scala's functions: method `$anonfun$total$1`, or class `Cart$$anonfun$total$1` with `apply`. */
const SCALA_METHOD = /^\$anonfun\$(.+?)(?:\$adapted)?(?:\$\d+)*(?:\$adapted)?$/;
const SCALA_CLASS = /^(.+?)\$\$anonfun\$(.+?)(?:\$\d+)*$/;
/** Java's lambdas: `lambda$total$3`. Kotlin names them `total$lambda$3` (also `total$lambda-3`). */
const JAVA_LAMBDA = /^lambda\$(.*?)(?:\$[0-9a-f]+)?\$\d+$/;
const KOTLIN_METHOD = /^(.+?)\$lambda[$-][\d$]*(?:lambda[$-][\d$]*)*$/;
/** Scripts and pages are compiled to classes with a number: `Script1700000000001`, `index_jsp123456`. */
const NUMBERED_SCRIPT = /^(Script|.*_jsp|.*_jspx|groovy_script_?)\d+$/;

/** `com.example.Cart.total`. */
export function javaName(frame: GroupingFrame): FrameName {
  const sentClass = frame.class ?? '';
  const sentMethod = frame.function ?? '';
  // Most names have nothing that a compiler made up, and this runs for every frame of every trace.
  if (!sentClass.includes('$') && !sentMethod.includes('$')) {
    const script = endsInDigit(sentClass) ? NUMBERED_SCRIPT.exec(sentClass)?.[1] : undefined;
    return named(frame, script ?? sentClass, sentMethod, false);
  }
  const { owner, method, isGlue } = sourceOf(sentClass, sentMethod);
  return named(frame, owner, method, isGlue);
}

function endsInDigit(text: string): boolean {
  const code = text.charCodeAt(text.length - 1);
  return code >= 48 && code <= 57;
}

function sourceOf(sentClass: string, sentMethod: string): { owner: string; method: string; isGlue: boolean } {
  const android = OLD_ANDROID_LAMBDA.exec(sentClass);
  if (android !== null) return { owner: android[1] ?? '', method: sentMethod, isGlue: true };
  if (PROXY.test(sentClass)) return { owner: '$Proxy', method: sentMethod, isGlue: true };
  const script = NUMBERED_SCRIPT.exec(sentClass);
  if (script !== null) return { owner: script[1] ?? '', method: sentMethod, isGlue: false };
  const groovy = GROOVY_CLOSURE.exec(sentClass);
  if (groovy !== null) return { owner: groovy[1] ?? '', method: groovy[2] ?? '', isGlue: false };
  const scala = SCALA_CLASS.exec(sentClass);
  if (scala !== null) return { owner: withoutNumbers(scala[1] ?? ''), method: scala[2] ?? '', isGlue: false };
  const method = methodOf(sentMethod);
  if (CALL_SITE.test(sentClass)) {
    return { owner: withoutNumbers(sentClass.replace(GENERATED_CLASS, '')), method, isGlue: true };
  }
  const kotlin = KOTLIN_BODY.test(sentMethod) ? KOTLIN_LAMBDA.exec(sentClass) : null;
  if (kotlin !== null) return { owner: kotlin[1] ?? '', method: kotlin[2] ?? '', isGlue: false };
  return {
    owner: withoutNumbers(sentClass.replace(GENERATED_CLASS, '')),
    method,
    // Accessors for private members, and bridges for default arguments, hold nothing of the source.
    isGlue: sentMethod.startsWith('access$') || sentMethod.endsWith('$default'),
  };
}

function methodOf(sent: string): string {
  if (!sent.includes('$')) return sent;
  const source = JAVA_LAMBDA.exec(sent) ?? SCALA_METHOD.exec(sent) ?? KOTLIN_METHOD.exec(sent);
  if (source !== null && (source[1] ?? '') !== '') return source[1] ?? '';
  return sent.replace(/^access\$\d+$/, 'access').replace(/\$(?:default|adapted)$/, '');
}

/** Anonymous classes are numbered in the order of the source: `Cart$1` is `Cart$` with its method. Scala's objects end in `$`. */
function withoutNumbers(owner: string): string {
  return owner
    .replace(/\$\d+(?=\$|$)/g, '$')
    .replace(/\$+$/, '')
    .replace(/\${2,}/g, '$');
}

function named(
  { package: packageName }: GroupingFrame,
  owner: string,
  method: string,
  isGlue: boolean,
): FrameName {
  return plainName(dotted(packageName, owner, method), {
    member: method,
    owner: owner.slice(owner.lastIndexOf('$') + 1),
    isGlue,
  });
}
