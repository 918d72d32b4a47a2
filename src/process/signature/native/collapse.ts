// Takes template arguments, types and call arguments out of function names.
import { replaceSlices } from './slices.ts';

/** `Foo<bar>` becomes `Foo<T>`; Rust trait paths, `<name omitted>`, gdb's `<signal handler called>` and operators stay. */
export function collapseTypes(text: string): string {
  return replaceSlices(text, '<', '>', (slice, before) => {
    if (
      slice === '<name omitted>' ||
      slice === '<signal handler called>' ||
      slice.includes(' as ') ||
      slice.includes(' in ')
    )
      return slice;
    if (before.endsWith('operator')) return slice;
    // Serialisers of IPC differ by exactly this one type, so it stays, and what is within it is collapsed.
    if (before.endsWith('IPC::ParamTraits')) {
      const closed = slice.endsWith('>');
      return `<${collapseTypes(slice.slice(1, closed ? -1 : undefined))}${closed ? '>' : ''}`;
    }
    return '<T>';
  });
}

/** `<…>` of a Rust name becomes `<T>`, except `<Type as Trait>`. */
export function collapseRustTypes(text: string): string {
  return replaceSlices(text, '<', '>', (slice) => (slice.includes(' as ') ? slice : '<T>'));
}

/** `foo(int)` becomes `foo`; `(anonymous namespace)` and the brackets of `operator()` stay. */
export function collapseArguments(text: string): string {
  return replaceSlices(text, '(', ')', (slice, before) =>
    slice === '(anonymous namespace)' || before.endsWith('operator') ? slice : '',
  );
}

/** Every `(…)` goes, as in names of Rust functions. */
export function dropParentheses(text: string): string {
  return replaceSlices(text, '(', ')', () => '');
}

/** No blank before `*`, `&` and `,`; one blank after `,`. */
export function fixSpaces(text: string): string {
  return text.replace(/ (?=[*&,])/g, '').replace(/,(?! )/g, ', ');
}
