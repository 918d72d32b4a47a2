// Parameters (`name=value`) in texts: queries, cookies and form bodies as a whole, and those that stand among other words. A value ends at a
// sign that no value has, however long it is, so that hostile text costs no more than its length.

const NAME = String.raw`[A-Za-z0-9_.[\]%+-]{1,200}`;
/** Cookies have a blank behind the `;`. */
const BEFORE = String.raw`(^|[?&;#]\s{0,3})(${NAME})=`;
/** Among other words quotes, blanks and brackets end a value, too. */
const AMONG_WORDS = new RegExp(`${BEFORE}([^&;#\\s"'<>\\\\)]+)`, 'gm');
/** In what is an address as a whole, quotes and brackets are part of a value (RFC 3986, section 3.4). */
const OF_ADDRESS = new RegExp(`${BEFORE}([^&;#]+)`, 'g');
/** In a query blanks and `#` are part of it, too, and a `;` that no further name follows. */
const OF_QUERY = new RegExp(`${BEFORE}([^&;]*(?:;(?!\\s{0,3}${NAME}=)[^&;]*){0,1000})`, 'g');

const QUERY_NAME = /^(?:query|query_?string|cookies?|set-cookie)$/i;
const BEGINS_AS_QUERY = new RegExp(`^${NAME}=`);

function formOf(text: string, name: string): RegExp {
  if (QUERY_NAME.test(name) || (BEGINS_AS_QUERY.test(text) && !/[\r\n]/.test(text))) return OF_QUERY;
  return /\s/.test(text) ? AMONG_WORDS : OF_ADDRESS;
}

/** The text with each value as `change` gives it; null: it stays. `name`: what the text is called; names and values come as they are written. */
export function replaceParameters(
  text: string,
  name: string,
  change: (parameter: string, value: string) => string | null,
): string {
  return text.replace(formOf(text, name), (all, mark: string, parameter: string, value: string) => {
    const after = value === '' ? null : change(parameter, value);
    return after === null ? all : `${mark}${parameter}=${after}`;
  });
}

/** What a parameter is called: as it is written, with `+` as a blank, and `user[email]` as the path `user.email`. */
export function namesOf(parameter: string): readonly string[] {
  const name = decoded(parameter);
  const names = [name];
  if (parameter.includes('+')) names.push(decoded(parameter.replaceAll('+', ' ')));
  if (name.includes('[')) names.push(name.replace(/\[\]/g, '').replaceAll('[', '.').replaceAll(']', ''));
  return names;
}

/** Without `%` and two digits; what is written wrongly stays. */
export function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
