// Two ways to name native frames.
//
// `default`: Mayday's. `socorro`: exactly what Mozilla's generator does, with the defects that its signatures have
// (SIGNATURE_DEFECTS says which), for those who move a history over and must not lose it.

/** How native frames are named. */
export const SIGNATURE_MODES = ['default', 'socorro'] as const;
export type SignatureMode = (typeof SIGNATURE_MODES)[number];

/** @internal A table that a test compares with its page. What differs between the modes: the function, its name in `socorro` mode, and by default. */
export const SIGNATURE_DEFECTS: readonly {
  readonly function: string;
  readonly socorro: string;
  readonly byDefault: string;
}[] = [
  { function: 'foo() const &&', socorro: 'const', byDefault: 'foo' },
  { function: 'foo() noexcept', socorro: 'noexcept', byDefault: 'foo' },
  { function: 'foo() volatile', socorro: 'volatile', byDefault: 'foo' },
  { function: 'ns::g() [abi:cxx11]', socorro: '[abi:cxx11]', byDefault: 'ns::g' },
  { function: 'App.f(App.A) -> ()', socorro: '->', byDefault: 'App.f' },
  { function: 'operator new(unsigned int)', socorro: 'new', byDefault: 'operator new' },
  {
    function: 'void (anonymous namespace)::f<int>(int)',
    socorro: 'void (anonymous namespace)::f<T>',
    byDefault: '(anonymous namespace)::f<T>',
  },
  { function: 'foo(int) [clone .isra.0]', socorro: 'foo [clone .isra.0]', byDefault: 'foo' },
  { function: 'foo.cold', socorro: 'foo.cold', byDefault: 'foo' },
];
