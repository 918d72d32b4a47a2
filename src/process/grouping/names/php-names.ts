// Frames of PHP.
import type { GroupingFrame } from '../stacked-crash.ts';
import { baseName, type FrameName, plainName } from './frame-naming.ts';

/** `App\Cart::total`; closures under the function that they are written in, anonymous classes without their place. */
export function phpName(frame: GroupingFrame): FrameName {
  const space = frame.package === null || frame.package === '' ? '' : `${frame.package}\\`;
  const owner = (frame.class ?? '').replace(/@anonymous.*$/s, '@anonymous');
  const sent = frame.function ?? '';
  const closure = /^[^{]*\{closure(?::([^{}]*?)(?:\(\))?(?::\d+)?)?\}?/s.exec(sent);
  // From PHP 8.4 on a closure names the function that it is written in: `{closure:App\Foo::bar():12}`.
  const within = closure?.[1] ?? '';
  if (within !== '' && !within.includes('/'))
    return plainName(within, { member: within.split('::').at(-1) ?? '' });
  const called = closure === null ? sent : '{closure}';
  // The code of a file outside of any function.
  if (called === '{main}' || called === 'include' || called === 'require') {
    const file = baseName(frame.file ?? '');
    return plainName(file === '' ? called : `${called} (${file})`, { member: called, owner: file });
  }
  const shown = owner === '' ? `${space}${called}` : `${space}${owner}::${called}`;
  // A closure without a class is known by its file alone.
  const compared =
    called === '{closure}' && owner === '' ? `${shown} (${baseName(frame.file ?? '')})` : shown;
  return plainName(shown, { compared, member: called, owner });
}
