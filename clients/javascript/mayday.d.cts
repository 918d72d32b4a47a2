// Written by scripts/client-files.ts from mayday.d.ts.
// Types of mayday.js, for Node (`import mayday = require('./mayday.js')`) and for browsers (the global `Mayday`).

export = mayday;
declare const mayday: mayday.Mayday;

declare namespace mayday {
  interface Mayday {
    /** Version of this library. */
    readonly version: string;
    /** Starts reporting. Calling it again changes the options. Returns whether reports will be sent. */
    install(options?: Options): boolean;
    /** Reports an error with a map of data. Returns the id of the occurrence, or null. Never throws. */
    report(error: unknown, data?: Record<string, unknown>): string | null;
    /** Tries to send everything that waits, now. Resolves to whether nothing is left; never rejects. */
    flush(timeoutMs?: number): Promise<boolean>;
    /** Notes what the program did; the last 50 notes go with each report. */
    breadcrumb(message: string, data?: Record<string, unknown>, category?: string): void;
    /** Sets what every later report carries; null removes a section. */
    setContext(sections: Context): void;
    /** Runs a function with a context of its own; in Node, what the function starts has it, too. */
    withContext<Result>(sections: Context, run: () => Result): Result;
    /** Connect, Express: gives the reports of a request the request. Use it first. */
    requestContext(): (request: any, response: any, next: (error?: any) => void) => void;
    /** Connect, Express: reports errors and passes them on. Use it after the routes. */
    errorHandler(): (error: any, request: any, response: any, next: (error?: any) => void) => void;
  }

  type Role = 'customer' | 'tester' | 'disabled';

  interface Options {
    /** Base of the submit server, such as `http://localhost:8080`. */
    url?: string;
    product?: string;
    /** `default` unless given. */
    account?: string;
    version?: string | Version;
    /** The name of the environment, such as `production`. */
    environment?: string;
    tags?: Record<string, unknown>;
    /** Errors that are not reported: texts and expressions are looked for in "kind: message", classes are compared. */
    ignore?: readonly (string | RegExp | (abstract new (...args: any[]) => unknown))[];
    /** Tells the server that the program runs and how it ends, for crash-free rates. */
    sessions?: boolean;
    /** The share of errors that are reported, from 0 to 1. */
    sampleRate?: number;
    /** Browsers: report also what scripts of other origins hide ("Script error."). */
    scriptErrors?: boolean;
    role?: Role;
    /** Test token: the latest report with it can be fetched from the server. */
    token?: string;
    /** The product's upload key, where the server asks for it. */
    key?: string;
    /** Prints what is sent and what the server says. */
    debug?: boolean;
    /** Node: where reports wait. */
    queueDir?: string;
    /** The longest time for one request. 3000 unless given. */
    timeoutMs?: number;
    /** Node: the longest wait when the process ends, 0: none. 2000 unless given. */
    exitMs?: number;
    ownership?: Ownership;
    /** Further names (parts of names) whose values are filtered. */
    secrets?: readonly string[];
    /** Node: further environment variables that are sent; `X_*` names many. */
    variables?: readonly string[];
    /** Gets every report; what it returns is sent, nothing is sent when it returns nothing. */
    beforeSend?: (report: Record<string, any>) => Record<string, any> | null | undefined;
    /** false: install no handlers for uncaught errors. */
    hooks?: boolean;
  }

  interface Version {
    number?: string;
    revision?: string;
    build?: string;
    edition?: string;
    [name: string]: unknown;
  }

  interface Ownership {
    paths?: { absolute_path: string; kind: 'application' | 'external' }[];
    packages?: { package_prefix: string; kind: 'application' | 'external' }[];
    modules?: { module_prefix: string; kind: 'application' | 'external' }[];
  }

  interface Context {
    user?: {
      id?: string | number;
      name?: string;
      email?: string;
      url?: string;
      tags?: string[];
      [name: string]: unknown;
    } | null;
    account?: {
      id?: string | number;
      name?: string;
      url?: string;
      tags?: string[];
      [name: string]: unknown;
    } | null;
    configuration?: Record<string, unknown> | null;
    request?: Record<string, unknown> | null;
    host?: Record<string, unknown> | null;
    tags?: Record<string, unknown> | null;
  }
}
