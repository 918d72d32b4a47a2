// Haskell. Source: GHC.Stack.prettyCallStack and the handler of uncaught exceptions (GHC.TopHandler).
import type { Patterns } from '../pattern-language.ts';

export const HASKELL: Patterns = {
  format: 'haskell',
  heads: [
    {
      pattern:
        /^\S{1,100}: (?:Uncaught exception \S{1,100}:)?(?<kind>[A-Z]\w{0,80}(?:Exception|Error))?(?:: )?(?<message>.*)$/,
      kind: 'error',
      fate: 'ended',
      sure: false,
    },
  ],
  frames: [
    /^\s{2,8}(?<function>[^\s,]{1,200}), called at (?<file>\S{1,300}):(?<line>\d{1,9}):(?<column>\d{1,9}) in (?<module>[^\s:]{1,120}):(?<class>[\w.']{1,200})/,
  ],
  inside: /^(?:CallStack \(from HasCallStack\):|HasCallStack backtrace:|Backtraces?:)/,
  order: 'innermost first',
  places: 'caller',
  foreign:
    /^(?:base|ghc-prim|ghc-internal|containers|text|bytestring|unordered-containers|vector|mtl|transformers)(?:-[\d.]{1,20}\S{0,20})? /,
  headless: 'error',
};

export const HASKELL_PROFILED: Patterns = {
  format: 'haskell',
  dialect: 'profiled',
  heads: HASKELL.heads,
  frames: [
    /^\s{2,8}(?<class>[A-Z][\w.']{0,200})\.(?<function>[^\s.]{1,200}) \((?<file>[^\s:()]{1,300}):(?:\(?(?<line>\d{1,9})[,:](?<column>\d{1,9}))/,
  ],
  inside: /^CallStack \(from -prof\):/,
  order: 'outermost first',
  foreign: HASKELL.foreign,
  trigger: /^CallStack \(from -prof\):/,
  headless: 'error',
};
