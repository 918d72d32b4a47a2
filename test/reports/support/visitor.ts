// A client that keeps cookies, follows no redirects, and posts forms as a browser does: with the fields of the page.

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** HTML with its white space collapsed: how a template is laid out in its source does not matter. */
  readonly text: string;
  readonly byteLength: number;
}

export class Visitor {
  readonly #base: string;
  readonly cookies = new Map<string, string>();

  constructor(base: string) {
    this.#base = base;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send(path, { headers });
  }

  /** Posts fields as they are, without looking at the page first. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return this.#send(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: this.#base, ...headers },
    });
  }

  /** Loads the page, takes the token of its forms, and posts an action to it. */
  async act(path: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const page = await this.get(path);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    return this.post(path, { csrf, action, ...fields });
  }

  async signIn(email: string, password: string): Promise<Answer> {
    return this.act('/sign-in', 'sign-in', { email, password });
  }

  async #send(
    path: string,
    init: {
      readonly method?: string;
      readonly body?: URLSearchParams;
      readonly headers: Readonly<Record<string, string>>;
    },
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.#base}${path}`, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie !== '' && { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const raw = await response.text();
    const isHtml = response.headers.get('content-type')?.startsWith('text/html') === true;
    const text = isHtml ? raw.replaceAll(/\s+/g, ' ') : raw;
    return { status: response.status, headers: response.headers, text, byteLength: Buffer.byteLength(raw) };
  }
}
