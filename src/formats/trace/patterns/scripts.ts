// Perl, Lua, R and Julia. Sources: perldoc Carp and die; luaL_traceback of Lua 5.1 to 5.4 and LuaJIT; ?traceback and
// rlang's backtraces of R; Base.show_backtrace of Julia.
import type { Patterns } from '../pattern-language.ts';

export const PERL: Patterns = {
  format: 'perl',
  heads: [
    {
      pattern:
        /^(?<message>\S.{0,1500}?) at (?<file>\S{1,300}) line (?<line>\d{1,9})(?:, <[^>]{0,80}> (?:line|chunk) \d{1,12})?\.?\s*$/,
      kind: 'die',
      alone: true,
    },
  ],
  frames: [
    /^\s{1,8}(?<function>[\w:']{1,200}|eval \{\.\.\.\}|eval '.{0,300}'|require [\w./:-]{1,200})(?:\(.{0,1500}\))? called at (?<file>.{1,300}?) line (?<line>\d{1,9})/,
  ],
  inside: /^(?:Compilation failed in require|BEGIN failed--|Execution of .{1,200} aborted)/,
  order: 'innermost first',
  places: 'callee',
  foreign: /\/(?:perl5?|perl\/\d[\d.]*)\/|^ (?:Carp|Try::Tiny|Moose|Moo|DBI|Test)::/,
  trigger:
    /^\S.{0,1500} at \S{1,300}(?:\.(?:pl|pm|t|cgi|psgi|PL)|-e) line \d{1,9}(?:, <[^>]{0,80}> (?:line|chunk) \d{1,12})?\.\s*$|^\s{1,8}\S.{0,1500} called at .{1,300} line \d{1,9}/,
};

export const LUA: Patterns = {
  format: 'lua',
  heads: [
    {
      pattern:
        /(?:(?:lua[\d.]{0,6}|luajit|love|texlua|runtime error|Error): )?(?:\[string "[^"]{0,200}"\]|[\w./\\@-]{1,300}\.lua|\S{1,200}\.luau):(?<line>\d{1,9}): (?<message>.*)$/,
      kind: 'error',
      sure: false,
    },
    { pattern: /^(?:lua[\d.]{0,6}|luajit): (?<message>.*)$/, kind: 'error' },
  ],
  frames: [
    /^\s{1,8}(?<file>\[C\]|\[string "[^"]{0,200}"\]|\[love "[^"]{0,200}"\]|\S{1,300}?):(?:(?<line>\d{1,9}):)? in (?:(?:function|local|upvalue|method|field|metamethod|global|constant|hook) )?(?:'(?<function>[^']{1,200})'|<(?:[^<>]{1,300})>|main chunk|\?)/,
  ],
  inside:
    /^\s{0,8}(?:stack traceback:|\.{3}\s*(?:\(skipping \d{1,6} levels\))?$|\(\.\.\.tail calls\.\.\.\)|coroutine \d{1,6}:$)/,
  order: 'innermost first',
  foreign: / (?:\[C\]|\[love ".{1,200}"\])$/,
  trigger: /^\s{0,8}stack traceback:\s*$/,
  headless: 'error',
};

export const R: Patterns = {
  format: 'r',
  heads: [
    {
      pattern:
        /^(?:! )?Error in (?:`(?<function>[^`]{1,200})`|(?<class>[\w.]{1,80})::{2,3}(?<inner>[\w.]{1,100})|(?<call>[\w.]{1,100}))\(.{0,800}?\) ?: ?(?<message>.*)$/,
      kind: 'Error',
      alone: true,
    },
    {
      pattern: /^Error in `(?<function>[^`(]{1,200})(?:\(\))?`:\s*(?<message>.*)$/,
      kind: 'Error',
      alone: true,
    },
    { pattern: /^Error: (?<message>.*)$/, kind: 'Error', sure: false },
  ],
  frames: [
    /^\s{0,8}\d{1,5}: (?<function>[\w.]{1,100}(?:::{1,3}[\w.]{1,100})?)\(.{0,1500}\)(?: at (?<file>[^#\s]{1,300})?#(?<line>\d{1,9}))?$/,
    /^\s{0,8}\d{1,5}\. (?:[│├└ ─]{1,80})(?:base::|global )?(?<class>[\w.]{1,80})(?:::{1,3})(?<function>[\w.]{1,100})\(/,
  ],
  inside: /^(?:Calls: |Execution halted|In addition: |Backtrace:|\s{2,20}▆)/,
  order: 'innermost first',
  foreign:
    /^ (?:base|stats|utils|methods|rlang|purrr|dplyr|tidyselect|vctrs|withCallingHandlers|tryCatch\w{0,20}|try|doTryCatch|stop|abort)(?:\.| |$)/,
  trigger: /^(?:! )?Error in (?:`|[\w.:]{1,200}\()|^Execution halted|^\s{0,8}\d{1,5}: stop\(/,
};

export const JULIA: Patterns = {
  format: 'julia',
  heads: [
    {
      pattern:
        /ERROR: (?:LoadError: |InitError: |TaskFailedException\s*)*(?:(?<kind>[A-Z]\w{0,100}(?:Error|Exception)): ?|(?<other>[A-Z]\w{1,100}Error)\()?(?<message>.*)$/,
      kind: 'ErrorException',
      fate: 'ended',
    },
    {
      pattern: /^\s{0,8}nested task error: (?:(?<kind>[A-Z]\w{0,100}(?:Error|Exception)): ?)?(?<message>.*)$/,
      kind: 'ErrorException',
    },
    {
      pattern: /^(?:caused by: )?(?<kind>[A-Z]\w{0,100}(?:Error|Exception))(?:: (?<message>.*)|\(.*\))$/,
      sure: false,
    },
  ],
  frames: [
    /^\s{0,8}\[\d{1,5}\] (?<function>[^\s({]{1,200}|top-level scope|\(::.{1,200}\))(?:[{(].{0,1500}?)? at (?<file>\S.{0,300}?):(?<line>\d{1,9})$/,
    /^\s{0,8}\[\d{1,5}\] (?<function>top-level scope|[^\s({]{1,200}|\(::.{1,200}\))(?:[{(].{0,1500})?$/,
  ],
  place:
    /^\s{2,12}@ (?:(?<package>[A-Z][\w.]{0,100}) )?(?<file>\S.{0,300}?):(?<line>\d{1,9})(?: \[inlined\])?$/,
  inside: /^(?:Stacktrace:|in expression starting at |\s{0,8}⋮|\s{0,8}\.{3} )/,
  joins: /^\s{0,8}caused by: /,
  order: 'innermost first',
  foreign:
    /^ (?:Base|Core|Distributed|Random|LinearAlgebra|Printf|REPL|Test|Main\.Base)(?:\.|$| )| \.\/(?:array|essentials|boot|loading|client|error|dict|strings|abstractarray|task|Base)[\w/]{0,40}\.jl$/,
  trigger: /^\s{0,8}(?:Stacktrace:|ERROR: )/,
};
