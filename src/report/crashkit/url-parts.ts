// The parts of a URL as the browser client means them. Lenient: a text that is no URL is a path.

/** Parts of a URL; missing ones are empty. */
export interface UrlParts {
  readonly path: string;
  readonly host: string;
  readonly port: string;
  readonly query: string;
}

/** Splits a URL without judging it: `http://h:1/a.js?v=2#x` has the path `/a.js`. The fragment is dropped. */
export function urlParts(url: string): UrlParts {
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]{0,30}:/.exec(url)?.[0] ?? '';
  let rest = url.slice(scheme.length);
  let authority = '';
  if (rest.startsWith('//')) {
    const end = rest.slice(2).search(/[/?#]/);
    authority = end < 0 ? rest.slice(2) : rest.slice(2, end + 2);
    rest = end < 0 ? '' : rest.slice(end + 2);
  }
  const withoutFragment = rest.split('#', 1)[0] ?? '';
  const question = withoutFragment.indexOf('?');
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  const port = /:(\d{1,5})$/.exec(hostAndPort)?.[1] ?? '';
  const host = port === '' ? hostAndPort.replace(/:$/, '') : hostAndPort.slice(0, -port.length - 1);
  return {
    path: question < 0 ? withoutFragment : withoutFragment.slice(0, question),
    host: host.toLowerCase().replace(/^\[(.*)\]$/, '$1'),
    port,
    query: question < 0 ? '' : withoutFragment.slice(question + 1),
  };
}
