// The contract of a page: one file in pages/, one line in registry.ts. The path, who may see it and who may post to it
// are data, so that no page can forget a check; render.ts does the checks, calls the page and puts the layout around it.
import type { Context } from 'hono';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Access, Person } from '../auth/person.ts';
import type { Session } from '../auth/sessions.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Received } from '../symbols/receive.ts';
import type { DoneCode } from './done.ts';
import type { NavId } from './nav.ts';

/** What the `html` tag makes: text that has been escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What a page is called with. */
export interface PageRequest {
  readonly c: Context;
  readonly context: ReportsContext;
  /** Null only on pages for anyone. */
  readonly person: Person | null;
  readonly session: Session | null;
  /** The token that every form of the page carries. */
  readonly csrf: string;
  readonly url: URL;
  /** Milliseconds since 1970, one moment for the whole page. */
  readonly now: number;
  /** The decoded value of a path parameter. */
  param(name: string): string;
}

/** The request of a page that needs a sign-in. */
export interface MemberRequest extends PageRequest {
  readonly person: Person;
  /** What this person may see of everything that clients sent. */
  readonly seen: SeenStore;
}

/** The fields of a posted form; an absent one is empty. */
export interface Form {
  text(name: string): string;
  checked(name: string): boolean;
  /** All values of a repeated field. */
  all(name: string): readonly string[];
  /** The names of all fields, in order. */
  names(): readonly string[];
}

/** What a page answers. */
export type PageAnswer =
  | {
      readonly kind: 'html';
      readonly title: string;
      readonly body: Html;
      readonly status?: 200 | 400 | 429;
      /** The page holds a secret or protected data: no copy of it in any cache. */
      readonly secret?: boolean;
    }
  /** After a post; `done` is told on the next page. */
  | { readonly kind: 'redirect'; readonly to: string; readonly done?: DoneCode }
  /** A download. */
  | { readonly kind: 'response'; readonly response: Response };

interface Action<R> {
  readonly access: Access;
  /**
   * Only for somebody who has given a password or a second factor within the last ten minutes; others are asked for it first, and the
   * form goes on from there. For what gives rights, takes safety or cannot be undone.
   */
  readonly recent?: true;
  run(request: R, form: Form): Promise<PageAnswer>;
}

/** What takes files out of a browser: they are received whole, and gone when it has answered. */
interface Upload<R> {
  readonly access: Access;
  run(request: R, received: Received): Promise<PageAnswer>;
}

interface PageOf<A, R> {
  /** Hono's pattern; `:name` binds one segment. */
  readonly path: string;
  readonly access: A;
  /** The entry of the navigation that is lit; null: none. */
  readonly nav: NavId | null;
  view(request: R): Promise<PageAnswer>;
  /** What can be posted to the path: the hidden field `action` names one. */
  readonly actions?: Readonly<Record<string, Action<R>>>;
  /** A page that takes files takes nothing else. */
  readonly upload?: Upload<R>;
}

/** A page that nobody needs to sign in for. */
export type OpenPage = PageOf<'anyone', PageRequest>;
/** A page for people. */
export type MemberPage = PageOf<Exclude<Access, 'anyone'>, MemberRequest>;
export type Page = OpenPage | MemberPage;

/** Thrown by a page that cannot answer; becomes an error page that says what happened and what to do. */
export class PageError extends Error {
  readonly status: 400 | 403 | 404 | 405 | 409 | 413 | 421 | 429 | 500 | 503;
  readonly happened: string;
  readonly todo: string;

  constructor(status: PageError['status'], happened: string, todo: string) {
    super(happened);
    this.name = 'PageError';
    this.status = status;
    this.happened = happened;
    this.todo = todo;
  }
}
