// One line of a native stack, in the form of any tool that prints such: sanitizers, debuggers, system crash reporters,
// run-times that print their own. The forms are data; `#0`, `0x…`, `at`, a number or a word tell which can apply.
import { type TraceFrame, traceFrame, traceNumber } from '../trace/trace.ts';
import { demangle } from '../symbols/demangle/demangle.ts';
import { isForeignCode } from './foreign-code.ts';
import { nativeFunctionName } from './function-name.ts';
import type { NativeParts } from './native-parts.ts';
import { numberedFrame } from './numbered-frame.ts';

const HEX = '[0-9a-fA-F]';
/** Forms with named groups, by the first character that is no blank. */
const FORMS: readonly RegExp[] = [
  // Valgrind: `at 0x5A7C18: name (file.c:123)`, `by 0x56D9E8: name (in /usr/bin/python3)`
  new RegExp(
    String.raw`^(?:==\d{1,10}==)?\s{1,12}(?:at|by) 0x(?<address>${HEX}{1,16}): (?<function>\S.{0,1500}?)(?: \((?:in (?<module>[^()]{1,500})|(?<file>[^():]{1,500}):(?<line>\d{1,9}))\))?$`,
  ),
  // lldb: `frame #0: 0x0000000100003f5c app`shop::Cart::total(this=0x0) + 12 at cart.cc:42:3`
  new RegExp(
    String.raw`^\s{0,8}\*?\s{0,8}frame #\d{1,5}: 0x(?<address>${HEX}{1,16})(?: (?<module>[^\x60]{1,300}?)\x60(?<function>.{1,1500}?)(?: \+ \d{1,9})?)?(?: \[(?:inlined|opt|artificial)\](?: .{0,200})?)?(?: at (?<file>[^\s:]{1,500})(?::(?<line>\d{1,9}))?(?::(?<column>\d{1,9}))?)?(?: \[opt\])?$`,
  ),
  // Apple: `0   Shop   0x0000000104a3c1f4 shop::total() + 12 (cart.mm:12)`, `3 Shop 0x1048 0x1000 + 2920`
  new RegExp(
    String.raw`^\s{0,4}\d{1,4}\s{1,4}(?<module>[^\t]{1,120}?)\s{1,40}0x(?<address>${HEX}{6,16}) (?:0x${HEX}{6,16} \+ (?<decimal>\d{1,12})|(?<function>.{1,1500}?) \+ \d{1,12})(?: \((?<file>[^():]{1,300}):(?<line>\d{1,9})\))?$`,
  ),
  // Swift: `0 [ra] 0x00007f total() + 12 in app at /src/main.swift:3:5`
  new RegExp(
    String.raw`^\s{0,4}\d{1,4} (?:\[[a-z, ]{1,30}\] ){0,4}(?:0x(?<address>${HEX}{6,16}) )?(?<function>\S.{0,800}?)(?: \+ \d{1,9})? in (?<module>[^\s]{1,200})(?: at (?<file>\S{1,500}?):(?<line>\d{1,9})(?::(?<column>\d{1,9}))?)?$`,
  ),
  // glibc's backtrace_symbols: `./shop(total+0x12) [0x4006f4]`
  new RegExp(
    String.raw`^\s{0,8}(?<module>[^\s()[\]]{1,500})\((?<function>[^\[\]]{0,1000}?)\+0x(?<offset>${HEX}{1,16})\)\s{0,4}\[0x(?<address>${HEX}{1,16})\]$`,
  ),
  // Linux: `cart_ioctl+0x2a/0x80 [shop]`, `[<ffffffff81>] ? f+0x1/0x2`, with syzkaller's places
  new RegExp(
    String.raw`^\s{0,4}(?:\[<${HEX}{8,16}>\] {0,2}(?:\(<?${HEX}{0,16}>?\) {0,2})?)?(?<unreliable>\? )?(?<function>[A-Za-z_.$][\w.$]{0,200})\+0x${HEX}{1,8}\/0x${HEX}{1,8}(?: \[(?<module>[\w-]{1,60})[^\]]{0,80}\])?(?: (?<file>[\w./+-]{1,300}):(?<line>\d{1,9}))?(?: \[inline\])?$`,
  ),
  /^\s{1,4}(?<function>[A-Za-z_.$][\w.$]{0,200}) (?<file>[\w./+-]{1,300}\.[chS]):(?<line>\d{1,9}) \[inline\]$/,
  // HotSpot: `C  [libshop.so+0xa1b2]  shop::Cart::total()+0x12`, `V  [libjvm.so+0x6c]`, `j  shop.Cart.total()I+5`
  new RegExp(
    String.raw`^(?:# )?[CVv] {1,3}\[(?<module>[^\]]{1,300}?)\+0x(?<offset>${HEX}{1,16})\](?: {1,3}(?<function>\S.{0,1000}?)\+0x${HEX}{1,8})?(?: {1,3}\((?<file>[^():]{1,200}):(?<line>\d{1,9})\))?$`,
  ),
  new RegExp(
    String.raw`^(?:# )?(?:j {1,3}(?<function>[\w.$/<>]{1,500})\S{0,500}\+\d{1,9}|J {1,3}\d{1,9}%? {1,3}(?:c[12] )?(?<called>[\w.$/<>]{1,500})\(.{0,500})(?: [\w.@]{1,100})?$`,
  ),
  // Chromium on Windows: `name [0x00007FF+123] (file.cc:12)`
  new RegExp(
    String.raw`^\t(?<function>\S.{0,1000}?) \[0x(?<address>${HEX}{6,16})\+\d{1,12}\](?: \((?<file>.{1,500}?):(?<line>\d{1,9})\))?$`,
  ),
  // minidump_stackwalk: ` 0  XUL!name [file.cpp : 12 + 0x5]`, ` 1  libc.so + 0x123`
  new RegExp(
    String.raw`^\s{1,3}\d{1,4}  (?<module>[\w.+-]{1,200})(?:!(?<function>.{1,1000}?)(?: \[(?<file>.{1,500}?) : (?<line>\d{1,9})(?: \+ 0x${HEX}{1,8})?\]| \+ 0x${HEX}{1,8})?| \+ 0x(?<offset>${HEX}{1,16}))$`,
  ),
  // minidump_stackwalk -m: `0|0|XUL|name|hg:repository:path/file.cpp:revision|12|0x5`
  new RegExp(
    String.raw`^\d{1,5}\|\d{1,5}\|(?<module>[^|]{0,200})\|(?<function>[^|]{0,1000})\|(?:(?:hg|git|s3):[^|:]{1,200}:(?<file>[^|:]{1,300}):[^|]{0,100}|(?<path>[^|]{0,500}))\|(?<line>\d{0,9})\|0x(?<offset>${HEX}{1,16})$`,
  ),
  // Unreal: `0x00007ff6 Module.dll!name() [file.cpp:12]`, `[Callstack] …`
  new RegExp(
    String.raw`^(?:\[Callstack\] )?(?:0x(?<address>${HEX}{6,16}) )?(?<module>[\w.+-]{1,120})!(?<function>\S.{0,1000}?)(?: \[(?<file>[^\]]{1,500}?)(?::(?<line>\d{1,9}))?\])?$`,
  ),
  // Unity: `0x00007FF6AB (Unity) PlayerMain`
  new RegExp(
    String.raw`^0x(?<address>${HEX}{6,16}) \((?<module>[^()]{1,100})\) (?:\[[^\]]{1,300}\] )?(?<function>\S.{0,1000})$`,
  ),
  // Node: ` 1: 0xb7a940 node::Abort() [node]`; V8's with addresses alone
  new RegExp(
    String.raw`^\s{0,4}\d{1,4}: 0x(?<address>${HEX}{3,16})(?: (?<function>\S.{0,1000}?))?(?: \[(?<module>[^\]]{1,300})\])?$`,
  ),
  // Boost: ` 0# shop::open(int) at /src/till.cc:42`; the standard library of MSVC: `0> C:\till.cc(42): till!shop::open+0x12`
  /^\s{0,4}\d{1,4}# (?<function>\S.{0,1000}?)(?: at (?<file>\S.{0,500}?):(?<line>\d{1,9})| in (?<module>\S{1,300}))$/,
  /^\s{0,4}\d{1,4}> (?:(?<file>\S.{0,500}?)\((?<line>\d{1,9})\): )?(?<module>[\w.+-]{1,120})!(?<function>\S.{0,1000}?)(?:\+0x(?<offset>[0-9a-fA-F]{1,16}))?$/,
  // glog, abseil, folly: `@     0x7f1234  shop::total()`
  new RegExp(
    String.raw`^\s{0,8}@\s{1,20}(?:0x)?(?<address>${HEX}{6,16})\s{1,20}(?:\d{1,9}\s{1,20})?(?<function>\S.{0,1000})$`,
  ),
  // Honggfuzz: ` <0x0000555> [name():12 at /src/f.c]`
  new RegExp(
    String.raw`^\s{0,8}<0x(?<address>${HEX}{6,16})> \[(?:func:)?(?<function>[^\]]{1,500}?)(?:\(\))?(?:\s?(?:line)?:(?<line>\d{1,9}))?(?: (?:at|file:) ?(?<file>[^\]\s]{1,300}))?(?: module:(?<module>[^\]\s]{1,300}))?\]$`,
  ),
  // Unreal: `[Callstack] 0x00007ff6a1b21234 Till.exe!ATill::Open() [D:\Till.cpp:42]`
  new RegExp(
    String.raw`^(?:\[Callstack\] )?0x(?<address>${HEX}{8,16}) (?<module>[\w.+-]{1,120})!(?<function>[^\[]{1,800}?)(?: \[(?:(?<file>[^\]]{1,500}?):(?<line>\d{1,9}))?\])?$`,
  ),
  // cdb and WinDbg, 32 and 64 bit, with or without frame numbers and arguments: `00 0133f8e4 5a1b2c3d app!name+0x12 [file @ 12]`
  new RegExp(
    String.raw`^(?:${HEX}{1,3} )?(?:\(Inline(?: Function)?\) {1,3}-{8}(?:\x60-{8})?|${HEX}{8}(?:\x60?${HEX}{8})?)(?: -{8}| ${HEX}{8}(?:\x60?${HEX}{8})?){0,1}(?: {1,8}: .{0,120}? :|(?: ${HEX}{8}(?:\x60${HEX}{8})?){0,4}) {1,8}(?<module>[\w.+-]{1,120})(?:!(?<function>[^\s\[][^\[]{0,800}?))?(?:\+0x(?<offset>${HEX}{1,16}))?(?: \[(?<file>[^\]@]{1,500}?) @ (?<line>\d{1,9})\])?(?: \(FPO:[^)]{0,80}\))?$`,
  ),
];

const MAX_LINE = 2000;
const MAX_MANGLED = 500;
const LIBRARY = /^[\w./+-]{1,300}?(?:\.so(?:\.[\d.]{1,20})?|\.dll|\.dylib|\.DLL)$/;

/** Reads a line as a frame, or null where it is none. Frames that a kernel only guesses at are `unreliable`. */
export function nativeFrame(
  line: string,
): { readonly frame: TraceFrame; readonly unreliable: boolean } | null {
  const text = (line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line).trimEnd();
  const first = text.trimStart();
  const code = first.charCodeAt(0);
  // HotSpot puts its words and the frame that failed behind such a mark, too.
  if (code === 35 && first.charCodeAt(1) !== 32) {
    const parts = numberedFrame(first);
    return parts === null ? null : { frame: frameOf(line, parts), unreliable: false };
  }
  // dbgeng names the instruction so, above the stack in which it stands again.
  if (!COULD_BE.test(text) || (text.endsWith(':') && text.includes('!'))) return null;
  for (const form of FORMS) {
    const match = form.exec(text);
    if (match === null) continue;
    const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {};
    const decimal = groups['decimal'];
    const offset = decimal === undefined ? groups['offset'] : Number.parseInt(decimal, 10).toString(16);
    return {
      frame: frameOf(line, {
        ...groups,
        function: groups['function'] ?? groups['called'],
        file: groups['file'] ?? groups['path'],
        offset,
      }),
      unreliable: groups['unreliable'] !== undefined,
    };
  }
  return null;
}

/** All forms have an address, an offset, a place after `!`, or a kernel's file: most lines of a log have none. */
const COULD_BE =
  /0x[0-9a-fA-F]|!|\[inline\]| in \S|^j |^[0-9a-f]{1,3} [0-9a-f]{8}|^[0-9a-f]{8}|^\s{0,8}@ |\|0x| @ \d|^\s{0,4}\d{1,4}[#>] /;

/** The name as a person would write it, where the tool has printed the linker's. */
function readable(name: string): string {
  return /^_{1,3}[ZR]\w/.test(name) && name.length < MAX_MANGLED ? demangle(name) : name;
}

/** The frame of what was found. */
export function frameOf(raw: string, parts: NativeParts): TraceFrame {
  const named =
    parts.function === undefined
      ? null
      : nativeFunctionName(readable(parts.function.replace(/ _asan_rtl_$/, '')));
  // Where a tool knows no name, some put the library in its place.
  const isLibrary =
    named !== null && LIBRARY.test(named) && (parts.module === undefined || parts.module === '');
  const called = isLibrary ? null : named;
  const file =
    parts.file === undefined || parts.file === '' || parts.file === '??' || parts.file === '<null>'
      ? null
      : parts.file;
  const module = isLibrary
    ? named
    : parts.module === undefined || parts.module === '' || parts.module === '???'
      ? null
      : parts.module.trim();
  const frame = traceFrame(raw, {
    function: called,
    module,
    file,
    line: file === null || parts.line === '0' ? null : traceNumber(parts.line),
    column: traceNumber(parts.column),
    address: hex(parts.address),
    moduleOffset: hex(parts.offset),
    buildId: parts.buildId?.toLowerCase() ?? null,
  });
  return isForeignCode(frame) ? { ...frame, inApp: false } : frame;
}

function hex(digits: string | undefined): string | null {
  return digits === undefined || digits === ''
    ? null
    : `0x${digits
        .replace(/`/g, '')
        .replace(/^0+(?=.)/, '')
        .toLowerCase()}`;
}
