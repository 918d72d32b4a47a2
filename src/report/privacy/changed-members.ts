// Objects with some members changed: what stays as it is comes back itself, since most of what is looked through holds nothing secret.

/** The object with each member as `change` gives it; the very same object where nothing changes. Own members only. */
export function changedMembers(
  object: Readonly<Record<string, unknown>>,
  change: (name: string, value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  let out: Record<string, unknown> | null = null;
  for (const name of Object.keys(object)) {
    const value = object[name];
    const after = change(name, value);
    if (after === value) continue;
    out ??= { ...object };
    setMember(out, name, after);
  }
  return out ?? object;
}

/** Sets an own member even where its name is `__proto__`. */
export function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else target[name] = value;
}
