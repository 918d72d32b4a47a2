// Every language and tool whose traces are found in logs, in the order in which a line is offered to them.
import { nativeLanguage } from '../native-text/native-finder.ts';
import { dotnetLanguage } from '../trace/dotnet-finder.ts';
import { goLanguage } from '../trace/go-finder.ts';
import { javaLanguage } from '../trace/java-finder.ts';
import { javascriptLanguage } from '../trace/javascript-finder.ts';
import { patternLanguage } from '../trace/pattern-language.ts';
import { ELIXIR, ERLANG } from '../trace/patterns/beam.ts';
import { DART } from '../trace/patterns/dart.ts';
import { HASKELL, HASKELL_PROFILED } from '../trace/patterns/haskell.ts';
import { JULIA, LUA, PERL, R } from '../trace/patterns/scripts.ts';
import { phpLanguage } from '../trace/php-finder.ts';
import { powershellLanguage } from '../trace/powershell-finder.ts';
import { prettyPythonLanguage } from '../trace/python-pretty.ts';
import { pythonLanguage } from '../trace/python-finder.ts';
import { rubyLanguage } from '../trace/ruby-finder.ts';
import { rustLanguage } from '../trace/rust-finder.ts';
import { threadDumpLanguage } from '../trace/thread-dump.ts';
import type { TraceLanguage } from '../trace/trace-language.ts';

export const LANGUAGES: readonly TraceLanguage[] = [
  goLanguage,
  // Before the languages whose frames stand in it.
  threadDumpLanguage,
  javaLanguage,
  prettyPythonLanguage,
  pythonLanguage,
  // Before PHP, whose numbered entries have brackets, too.
  patternLanguage(DART),
  phpLanguage,
  rubyLanguage,
  // Before JavaScript, whose frames say "at" a place too.
  rustLanguage,
  javascriptLanguage,
  powershellLanguage,
  dotnetLanguage,
  nativeLanguage,
  ...[ELIXIR, ERLANG, HASKELL, HASKELL_PROFILED, LUA, JULIA, R, PERL].map((patterns) =>
    patternLanguage(patterns),
  ),
];
