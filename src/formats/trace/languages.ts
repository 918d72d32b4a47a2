// Every language and tool whose traces are found in logs, in the order in which a line is offered to them.
import { nativeLanguage } from '../native-text/native-finder.ts';
import { dotnetLanguage } from './dotnet-finder.ts';
import { goLanguage } from './go-finder.ts';
import { javaLanguage } from './java-finder.ts';
import { javascriptLanguage } from './javascript-finder.ts';
import { patternLanguage } from './pattern-language.ts';
import { ELIXIR, ERLANG } from './patterns/beam.ts';
import { DART } from './patterns/dart.ts';
import { HASKELL, HASKELL_PROFILED } from './patterns/haskell.ts';
import { JULIA, LUA, PERL, R } from './patterns/scripts.ts';
import { phpLanguage } from './php-finder.ts';
import { prettyPythonLanguage } from './python-pretty.ts';
import { pythonLanguage } from './python-finder.ts';
import { rubyLanguage } from './ruby-finder.ts';
import { rustLanguage } from './rust-finder.ts';
import type { TraceLanguage } from './trace-language.ts';

export const LANGUAGES: readonly TraceLanguage[] = [
  goLanguage,
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
  dotnetLanguage,
  nativeLanguage,
  ...[ELIXIR, ERLANG, HASKELL, HASKELL_PROFILED, LUA, JULIA, R, PERL].map((patterns) =>
    patternLanguage(patterns),
  ),
];
