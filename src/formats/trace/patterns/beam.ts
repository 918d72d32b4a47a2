// Elixir and Erlang. Sources: Exception.format_banner and format_stacktrace of Elixir, the shell and crash reports of OTP.
import type { Patterns } from '../pattern-language.ts';

const FOREIGN =
  /^(?:stdlib|kernel|elixir|ex_unit|mix|logger|iex|phoenix\w*|plug\w*|cowboy\w*|ecto\w*|postgrex|db_connection|telemetry|ranch|bandit|thousand_island|oban|absinthe|tesla|finch|mint)(?: [\d.]{1,20}\S{0,20})? |^ (?:gen_server|gen_statem|proc_lib|supervisor|erl_eval|lists|maps|erlang|shell|timer|application_master|error_handler|io|ets)\.| (?:gen_server|gen_statem|proc_lib|supervisor|lists|maps|erl_eval|shell)\.erl$/;

export const ELIXIR: Patterns = {
  format: 'elixir',
  heads: [
    {
      pattern:
        /^\s*\*\* \((?<kind>EXIT|exit|throw|stop)(?: from #PID<[\d.]{1,30}>)?\) (?:an exception was raised:|exited in: .{0,500}|(?<message>.*))$/,
      fate: 'thread',
      alone: true,
    },
    {
      pattern: /^\s*\*\* \((?<kind>[A-Z][\w.]{0,200}|ErlangError)\) ?(?<message>.*)$/,
      fate: 'thread',
      alone: true,
    },
  ],
  frames: [
    /^\s{2,16}(?:\((?<module>[\w.]{1,80}(?: [\w.+-]{1,40})?)\) )?(?<file>[\w./@-]{1,300}\.(?:ex|exs|eex|heex|leex)):(?<line>\d{1,9}): (?:anonymous fn\/\d{1,3} in )?(?<class>(?:[A-Z]\w*)(?:\.[A-Z]\w*){0,20})\.(?<function>[^(/]{1,120})[(/]/,
    /^\s{2,16}(?:\((?<module>[\w.]{1,80}(?: [\w.+-]{1,40})?)\) )(?:(?<file>[\w./@-]{1,300}):(?<line>\d{1,9}): )?(?:anonymous fn\/\d{1,3} in )?:?(?<class>[\w.]{1,200}|"[^"]{1,100}")\.(?<function>[^(/]{1,120})[(/]/,
    /^\s{2,16}(?:\((?<module>[\w.]{1,80}(?: [\w.+-]{1,40})?)\) )?(?<file>[\w./@-]{1,300}\.(?:ex|exs|erl)):(?<line>\d{1,9}): \((?<function>file|module|line)\)/,
  ],
  joins: /^\s{0,16}\*\* \(EXIT\) an exception was raised:\s*$/,
  inside:
    /^\s{4,16}(?:The following arguments were given to |# \d{1,3}$|Attempted function clauses |def |and \d)/,
  order: 'innermost first',
  foreign: FOREIGN,
};

export const ERLANG: Patterns = {
  format: 'elixir',
  dialect: 'erlang',
  heads: [
    // The words of the shell for the reasons that have a name.
    ...(
      [
        ['badmatch', 'no match of right hand side value'],
        ['function_clause', 'no function clause matching'],
        ['case_clause', 'no case clause matching'],
        ['if_clause', 'no true branch found when evaluating an if expression'],
        ['undef', 'undefined function'],
        ['badarith', 'an error occurred when evaluating an arithmetic expression'],
        ['badarg', 'bad argument'],
        ['badkey', 'bad key'],
      ] as const
    ).map(([kind, words]) => ({
      pattern: new RegExp(`(?:exception|Exception) error: (?<message>${words}.*)$`),
      kind,
      fate: 'thread' as const,
    })),
    {
      pattern: /\*{0,2} ?(?:exception|Exception) (?<kind>error|exit|throw)(?:: (?<message>.*))$/,
      fate: 'thread',
    },
    {
      pattern: /^\s*(?:\*\* )?[Rr]eason for termination(?: ==|:)?\s*(?<message>.*)$/,
      kind: 'terminated',
      fate: 'thread',
    },
  ],
  frames: [
    /^\s{2,16}in (?:function|call from)\s{1,4}(?<class>[\w']{1,100}):(?<function>(?:'[^']{1,200}'|[^/\s(]{1,100}))\/\d{1,3}(?: \((?<file>[^,()]{1,300}), line (?<line>\d{1,9})\))?/,
    /^\s{2,16}in call from (?<class>[\w']{1,100}):(?<function>(?:'[^']{1,200}'|[^/\s(]{1,100}))/,
  ],
  inside: /^\s{4,16}(?:called as |\*\* (?:argument|in))/,
  order: 'innermost first',
  foreign: FOREIGN,
};
