// The URL that people give → the URL of each protocol on that server.

/** Paths of Mayday's submit server with which a given URL may end; what stands before them is where the server lives. */
const KNOWN_ENDING = /\/(?:submit(?:\/[^/]+)?|newcrash)$/;

/** Where a server takes what; made from one URL. */
export interface ServerAddress {
  /** `POST` of forms. */
  readonly form: string;
  /** `HEAD` and `PUT` of panic logs, with the id (64 hexadecimal digits) behind. */
  panicLog(id: string): string;
  /** Any other path of the submit server, which begins with a slash. */
  at(path: string): string;
}

/** Whether a text is a URL that can be sent to. */
export function isServerUrl(text: string): boolean {
  return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
}

/**
 * Reads a URL: a bare server (`http://host:8080`), one behind a path, or the whole upload URL as Breakpad and Syncthing
 * name it (`…/submit`, `…/newcrash`). A form goes to a URL with another path as it is given. A query is kept.
 */
export function serverAddress(text: string, key: string | null = null): ServerAddress {
  const url = new URL(text);
  url.hash = '';
  if (key !== null) url.searchParams.set('key', key);
  const path = url.pathname.replace(/\/+$/, '');
  const base = path.replace(KNOWN_ENDING, '');
  const at = (suffix: string): string => {
    const result = new URL(url);
    result.pathname = `${base}${suffix}`;
    return result.href;
  };
  return {
    form: path === '' || path.endsWith('/newcrash') ? at('/submit') : at(path.slice(base.length)),
    panicLog: (id) => at(`/newcrash/${id}`),
    at,
  };
}
