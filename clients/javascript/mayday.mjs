// Written by scripts/client-files.ts from mayday.js.
/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Mayday crash reports for JavaScript: browsers of the last five years and Node 18 or newer. One file, no dependencies.
 *
 *   <script src="mayday.js" data-url="http://localhost:8080" data-product="my-site" data-version="1.2.3"></script>
 *
 *   const mayday = require('./mayday.js');
 *   mayday.install({ url: 'http://localhost:8080', product: 'my-app', version: '1.2.3' });
 *
 * Reports uncaught errors and unhandled promise rejections to a Mayday server, and those handed to report(). It never throws,
 * never waits for the network in report(), and changes nothing that the program prints.
 */
const mayday = (function maydayLibrary(root, nodeRequire) {
  'use strict';

  // Evaluated again (hot reload, test runners, two script tags): the first copy has the handlers and the queue, and stays.
  const KNOWN = Symbol.for('mayday.client.1');
  const home = typeof process === 'object' && process !== null ? process : root;
  if (home[KNOWN]) return home[KNOWN];

  const VERSION = '1.0.0';

  // Bounds. A report is at most `body` bytes; browsers refuse more than 64 KiB in requests that outlive their page.
  const MAX = {
    causes: 10,
    locations: 100,
    entries: 100,
    sectionEntries: 400,
    items: 50,
    depth: 5,
    message: 8192,
    string: 2048,
    sourceLine: 300,
    sourceFile: 4 * 1024 * 1024,
    stackText: 256 * 1024,
    innerJson: 64 * 1024,
    breadcrumbs: 50,
  };
  const SOURCE_CONTEXT = 5;
  const FILTERED = '[filtered]';
  const TOLD = 'maydayOccurrence';
  // How long a page waits for a worker's word that it has reported its error itself.
  const WORKER_GRACE_MS = 200;
  const TEXT_KEYS = ['id', 'name', 'email', 'url', 'number', 'revision', 'build', 'edition'];

  const isNode =
    typeof process === 'object' && process !== null && !!(process.versions && process.versions.node);
  const isBrowser = !isNode && typeof root.addEventListener === 'function';

  let client = null;
  let reporting = false;
  let breadcrumbs = [];
  let errorHandlers = 0;
  let handlersInstalled = false;
  const seen = new WeakMap(); // error -> what became of it
  let scopes = null; // Node: AsyncLocalStorage
  let scopeStack = []; // elsewhere

  function builtin(name) {
    // getBuiltinModule works where there is no require: in a file that Node takes for an ES module.
    if (typeof process.getBuiltinModule === 'function') return process.getBuiltinModule(name);
    if (nodeRequire === null) throw new Error('name this file mayday.cjs');
    return nodeRequire(name);
  }

  // --- What an application calls -----------------------------------------------------------------------------------

  /** Starts reporting. Calling it again changes the options. Returns whether reports will be sent. */
  function install(given) {
    try {
      const options = platformOptions(given || {});
      if (options.role === 'disabled') {
        if (client) client.sender.stop();
        client = null;
        return false;
      }
      const previous = client;
      client = {
        options: options,
        canSend: !!(options.url && options.product),
        context: previous ? previous.context : {},
        session: (previous && previous.session) || null,
        secrets: secretRules(options.secrets),
        hostId: null,
        sender: null,
      };
      client.endpoint = client.canSend ? endpoint(options) : null;
      if (!options.sessions || !client.canSend) client.session = null;
      else if (!client.session)
        client.session = {
          sid: randomId(),
          started: new Date().toISOString(),
          status: 'ok',
          errors: 0,
          seq: 0,
        };
      client.sender = isNode
        ? nodeSenderFor(client, previous && previous.sender)
        : browserSender(client, previous && previous.sender);
      if (previous && previous.sender !== client.sender) previous.sender.stop();
      client.hostId = client.canSend ? client.sender.installationId() : randomId();
      if (!client.canSend) say('nothing will be sent: set url (http://...) and product');
      if (given && given.tags && typeof given.tags === 'object')
        client.context.tags = Object.assign({}, client.context.tags, given.tags);
      if (options.hooks !== false && !handlersInstalled) {
        handlersInstalled = true;
        // Ten frames are often those of a framework alone. What the application has set itself stays.
        if (Error.stackTraceLimit === 10) Error.stackTraceLimit = 50;
        if (isNode) installNodeHandlers();
        else if (isBrowser) installBrowserHandlers();
      }
      if (client.session && client.session.seq === 0) tellSession(client);
      if (client.canSend) client.sender.wake();
      return client.canSend;
    } catch (problem) {
      client = null;
      return false;
    }
  }

  /** The whole state of this run of the program, for crash-free rates; it is told when it begins and when it ends. */
  function sessionState(current) {
    const session = current.session;
    const version = current.options.version;
    const user = current.context.user;
    session.seq += 1;
    const state = {
      sid: session.sid,
      status: session.status,
      errors: session.errors,
      started: session.started,
      seq: session.seq,
    };
    const more = {
      release: version && typeof version === 'object' ? version.number : version,
      environment: current.options.environment,
      user: user && typeof user === 'object' ? user.id : null,
    };
    Object.keys(more).forEach(function (name) {
      if (more[name] !== undefined && more[name] !== null) state[name] = text(more[name], 200);
    });
    return JSON.stringify(state);
  }

  function tellSession(current) {
    current.sender.ping(sessionState(current));
  }

  function endSession(status) {
    if (!client || !client.session || client.session.status !== 'ok') return false;
    client.session.status = status;
    tellSession(client);
    return true;
  }

  /** Reports an error with a map of data. Returns the id of the occurrence, or null. */
  function report(error, data) {
    return capture(error, data, 'normal', null, false, null);
  }

  /** Tries to send everything that waits, now. Resolves to whether nothing is left; never rejects. */
  function flush(timeoutMs) {
    const current = client;
    if (!current || !current.canSend) return Promise.resolve(true);
    const limit = new Promise(function (resolve) {
      const timer = setTimeout(resolve, timeoutMs || current.options.timeoutMs + 500);
      if (timer && timer.unref) timer.unref();
    });
    return Promise.race([current.sender.flush(), limit]).then(
      function () {
        return current.sender.isEmpty();
      },
      function () {
        return false;
      },
    );
  }

  /** Notes what the program did; the last 50 notes go with each report. */
  function breadcrumb(message, data, category) {
    try {
      const crumb = { time: new Date().toISOString(), message: text(message, MAX.string) };
      if (category) crumb.category = text(category, 100);
      if (data && typeof data === 'object') crumb.data = Object.assign({}, data);
      breadcrumbs = breadcrumbs.slice(1 - MAX.breadcrumbs).concat([crumb]);
    } catch (problem) {
      // A note is no reason to fail.
    }
  }

  /** Sets what every later report carries: user, account, configuration, request, host, tags (maps; null removes one). */
  function setContext(sections) {
    if (!client || !sections || typeof sections !== 'object') return;
    for (const name of Object.keys(sections)) {
      if (sections[name] === null || sections[name] === undefined) delete client.context[name];
      else client.context[name] = sections[name];
    }
  }

  /** Runs a function with a context of its own. In Node it holds for what the function starts, too. */
  function withContext(sections, run) {
    if (isNode) {
      if (!scopes) scopes = new (builtin('async_hooks').AsyncLocalStorage)();
      return scopes.run(Object.assign({}, scopes.getStore(), sections), run);
    }
    scopeStack.push(sections || {});
    try {
      return run();
    } finally {
      scopeStack.pop();
    }
  }

  /** Connect, Express: gives the reports of a request the request. Use it first. */
  function requestContext() {
    return function maydayRequestContext(request, response, next) {
      withContext({ request: lazy(nodeRequest, request), environment: lazy(cgiVariables, request) }, next);
    };
  }

  /** Connect, Express: reports errors and passes them on. Use it after the routes, before other error handlers. */
  function errorHandler() {
    // One on each router: an error passes several on its way out.
    const name = 'middleware ' + errorHandlers++;
    return function maydayErrorHandler(error, request, response, next) {
      const status = error && (error.status || error.statusCode);
      if (!(status >= 400 && status < 500)) {
        withContext(
          { request: lazy(nodeRequest, request), environment: lazy(cgiVariables, request) },
          function () {
            capture(error, null, 'major', null, false, name);
          },
        );
      }
      next(error);
    };
  }

  // --- Options -----------------------------------------------------------------------------------------------------

  function platformOptions(given) {
    const environment = isNode ? process.env : {};
    const script = isBrowser ? scriptOptions() : {};
    const options = {
      url: given.url || script.url || environment.MAYDAY_URL || null,
      account: given.account || script.account || environment.MAYDAY_ACCOUNT || 'default',
      product: given.product || script.product || environment.MAYDAY_PRODUCT || null,
      version: given.version || script.version || environment.MAYDAY_VERSION || null,
      environment: given.environment || script.environment || environment.MAYDAY_ENVIRONMENT || null,
      ignore: Array.isArray(given.ignore) ? given.ignore : [],
      scriptErrors: given.scriptErrors === true,
      sessions: isOn(environment.MAYDAY_SESSIONS) || (!environment.MAYDAY_SESSIONS && (!!given.sessions || isOn(script.sessions))),
      sampleRate: rate(given.sampleRate !== undefined ? given.sampleRate : environment.MAYDAY_SAMPLE_RATE),
      token: given.token || script.token || environment.MAYDAY_TOKEN || null,
      key: given.key || script.key || environment.MAYDAY_KEY || null,
      debug: !!(given.debug || isOn(script.debug)),
      queueDir: given.queueDir || environment.MAYDAY_QUEUE_DIR || null,
      timeoutMs: Math.min(60000, Math.max(100, Number(given.timeoutMs) || 3000)),
      exitMs: exitWait(given.exitMs !== undefined ? given.exitMs : environment.MAYDAY_EXIT_MS),
      ownership: given.ownership || null,
      secrets: Array.isArray(given.secrets) ? given.secrets : [],
      variables: String(environment.MAYDAY_VARIABLES || '')
        .split(',')
        .concat(given.variables || [])
        .map(function (name) {
          return String(name).trim();
        })
        .filter(Boolean),
      beforeSend: typeof given.beforeSend === 'function' ? given.beforeSend : null,
      hooks: given.hooks,
      role: 'customer',
    };
    if (environment.MAYDAY_DEBUG) options.debug = isOn(environment.MAYDAY_DEBUG);
    if (!/^https?:\/\//.test(String(options.url))) options.url = null;
    else options.url = String(options.url).replace(/\/+$/, '');
    const candidates = [
      environment.MAYDAY_ROLE,
      isNode ? roleFile(options.queueDir) : stored('mayday:role'),
      given.role || script.role,
    ].filter(function (role) {
      return role === 'customer' || role === 'tester' || role === 'disabled';
    });
    options.role = candidates.indexOf('disabled') >= 0 ? 'disabled' : candidates[0] || 'customer';
    if (isOn(environment.MAYDAY_DISABLED)) options.role = 'disabled';
    return options;
  }

  function exitWait(value) {
    const found = value === undefined || value === null || value === '' ? 2000 : Number(value);
    return found >= 0 ? Math.min(60000, found) : 2000;
  }

  function rate(value) {
    const found = value === undefined || value === null || value === '' ? 1 : Number(value);
    return found >= 0 && found < 1 ? found : 1;
  }

  /** What is not reported: by the options, and what a script of another origin hides. */
  function isLeftOut(current, error, extra) {
    if (current.options.sampleRate < 1 && Math.random() >= current.options.sampleRate) return true;
    if (error instanceof Opaque && !current.options.scriptErrors && /^Script error\.?$/i.test(error.message))
      return true;
    if (!current.options.ignore.length) return false;
    const words = kindOf(error) + ': ' + messageOf(error, extra);
    return current.options.ignore.some(function (known) {
      if (known instanceof RegExp) return words.search(known) >= 0;
      if (typeof known === 'function') return error instanceof known;
      return words.indexOf(String(known)) >= 0;
    });
  }

  function isOn(value) {
    return value !== undefined && value !== null && ['', '0', 'false', 'no'].indexOf(String(value)) < 0;
  }

  function sessionEndpoint(options) {
    return endpoint(Object.assign({}, options, { debug: false, token: null, key: null })).replace(
      /\/reports$/,
      '/session',
    );
  }

  function endpoint(options) {
    const query = [];
    if (options.debug) query.push('debug=1');
    if (options.token) query.push('token=' + encodeURIComponent(options.token));
    if (options.key) query.push('key=' + encodeURIComponent(options.key));
    return (
      options.url +
      '/api/1/' +
      encodeURIComponent(options.account) +
      '/products/' +
      encodeURIComponent(options.product) +
      '/reports' +
      (query.length ? '?' + query.join('&') : '')
    );
  }

  function say(text) {
    if (!client || !client.options.debug) return;
    try {
      if (isNode) builtin('fs').writeSync(2, 'mayday: ' + text + '\n');
      else console.info('mayday: ' + text);
    } catch (problem) {
      // There may be no console, or nobody who reads stderr.
    }
  }

  // --- Making a report ---------------------------------------------------------------------------------------------

  /** `handler` names the library's own ones; null: whoever called report(). */
  function capture(error, data, severity, extra, dying, handler) {
    const current = client;
    if (!current || reporting) return null;
    reporting = true;
    try {
      const isObject = error !== null && (typeof error === 'object' || typeof error === 'function');
      const known = isObject ? seen.get(error) : undefined;
      const place = !isObject ? '' : handler || placeOutside();
      if (known && known.places.indexOf(place) < 0) {
        // The same error passes several handlers on its way out; it is one occurrence, and fatal when it ends the program.
        known.places.push(place);
        if (severity === 'major' && known.severity !== 'major') {
          known.severity = severity;
          if (current.canSend) current.sender.upgrade(known.fingerprint);
        }
        if (dying && current.canSend && current.sender.drainSync) current.sender.drainSync();
        return known.id;
      }
      if (isObject && !known && handler === 'uncaught' && typeof property(error, TOLD) === 'string')
        return property(error, TOLD);
      if (isLeftOut(current, error, extra)) return null;
      // At the same place again, it was thrown again: a cached failure, say.
      let made = makeReport(current, error, data, severity, extra);
      if (current.options.beforeSend) made = current.options.beforeSend(made);
      if (!made || typeof made !== 'object') return null;
      if (current.options.debug) say('report:\n' + JSON.stringify(made, null, 1));
      const fingerprint = fingerprintText(made);
      if (current.session) {
        current.session.errors += 1;
        if (dying && current.session.status === 'ok') {
          current.session.status = 'crashed';
          tellSession(current);
        }
      }
      if (isObject)
        seen.set(error, {
          places: [place],
          severity: severity,
          fingerprint: fingerprint,
          id: made.occurrence_id || null,
        });
      if (current.canSend) current.sender.accept(fingerprint, made, dying);
      if (isObject && handler === 'uncaught' && isNodeWorker()) markTold(error, made.occurrence_id);
      return made.occurrence_id || null;
    } catch (problem) {
      say('could not report: ' + text(problem, 200));
      if (current.canSend) current.sender.drop('failed');
      return null;
    } finally {
      reporting = false;
    }
  }

  function isNodeWorker() {
    return isNode && !builtin('worker_threads').isMainThread;
  }

  /** The thread that started a worker gets a copy of the error that ended it, with what is marked on it. */
  function markTold(error, id) {
    try {
      Object.defineProperty(error, TOLD, { value: String(id), configurable: true });
    } catch (problem) {
      // Frozen: it is told twice.
    }
  }

  /** The first place outside of this library. */
  function placeOutside() {
    const place = parseStack(new Error().stack).filter(isForeign)[0];
    return place ? (place.absolute_file || place.absolute_url) + ':' + place.line + ':' + place.column : '';
  }

  function makeReport(current, error, data, severity, extra) {
    const clean = cleaner(current.secrets);
    const isError = error !== null && typeof error === 'object';
    const here = extra || (isError && property(error, 'stack')) ? [] : parseStack(new Error().stack);
    const sections = contextSections(current, clean);
    const made = {
      occurrence_id: randomId(),
      date: new Date().toISOString().slice(0, 10),
      time: new Date().toISOString(),
      language: 'javascript',
      client_version: VERSION,
      role: current.options.role,
      severity: severity,
      host: Object.assign(
        { id: current.hostId },
        isNode ? { hostname: builtin('os').hostname() } : {},
        sections.host,
      ),
      data: clean(
        data && typeof data === 'object' && !Array.isArray(data)
          ? data
          : data === undefined || data === null
            ? {}
            : { value: data },
        0,
        MAX.entries,
      ),
      env: isNode ? nodeRuntime() : browserRuntime(),
      stacktrace: stacktrace(current, error, extra, here, clean),
    };
    const version = current.options.version;
    if (version)
      made.version = texts(
        clean(typeof version === 'object' ? version : { number: String(version) }, 0, MAX.entries),
      );
    const variables = Object.assign(isNode ? sentVariables(current.options.variables) : {}, sections.environment);
    if (Object.keys(variables).length)
      made.environment = { variables: clean(variables, 0, MAX.sectionEntries) };
    if (current.options.environment)
      made.environment = Object.assign({ name: limit(current.options.environment, 200) }, made.environment);
    if (current.options.sampleRate < 1) made.sample_rate = current.options.sampleRate;
    if (sections.tags) made.tags = sections.tags;
    if (breadcrumbs.length) {
      made.breadcrumbs = breadcrumbs.map(function (crumb) {
        return clean(crumb, 0, MAX.entries);
      });
    }
    for (const name of ['user', 'account', 'configuration', 'request']) {
      if (sections[name])
        made[name] = name === 'user' || name === 'account' ? texts(sections[name]) : sections[name];
    }
    const ownership = current.options.ownership || defaultOwnership();
    if (ownership) made.ownership = ownership;
    return made;
  }

  function contextSections(current, clean) {
    const scope = isNode
      ? (scopes && scopes.getStore()) || {}
      : Object.assign.apply(null, [{}].concat(scopeStack));
    const all = Object.assign(isBrowser ? { request: lazy(browserRequest) } : {}, current.context, scope);
    const found = {};
    for (const name of ['user', 'account', 'configuration', 'request', 'host', 'environment', 'tags']) {
      try {
        let value = all[name];
        if (value instanceof Lazy) value = value.compute(value.argument);
        if (value === null || typeof value !== 'object' || Array.isArray(value)) continue;
        found[name] = name === 'environment' ? value : clean(value, 0, MAX.sectionEntries);
      } catch (problem) {
        // One section that cannot be read is no reason to lose the report.
      }
    }
    return found;
  }

  function Lazy(compute, argument) {
    this.compute = compute;
    this.argument = argument;
  }

  function lazy(compute, argument) {
    return new Lazy(compute, argument);
  }

  function stacktrace(current, error, extra, here, clean) {
    const chain = causes(error);
    return chain.map(function (item) {
      const isError = item !== null && typeof item === 'object';
      let locations = isError ? parseStack(property(item, 'stack')) : [];
      if (item === error && extra && locations.length === 0) locations = extra.locations.slice();
      if (item === error && locations.length === 0) locations = here;
      const found = {
        kind: kindOf(item),
        message: current.secrets.safe(messageOf(item, item === error ? extra : null), MAX.message),
        locations: bounded(locations.filter(isForeign)).map(function (location) {
          return finishLocation(location, current.secrets);
        }),
      };
      const details = isError ? ownDetails(item) : {};
      if (Object.keys(details).length) found.data = clean(details, 0, MAX.entries);
      return found;
    });
  }

  function causes(error) {
    const found = [];
    (function add(item) {
      if (found.length >= MAX.causes || found.indexOf(item) >= 0) return;
      found.push(item);
      if (item === null || typeof item !== 'object') return;
      const parts = property(item, 'errors');
      if (Array.isArray(parts) && item instanceof Error) parts.slice(0, MAX.causes).forEach(add);
      const cause = property(item, 'cause');
      if (cause !== undefined && cause !== null && item instanceof Error) add(cause);
    })(error);
    return found.reverse();
  }

  function kindOf(item) {
    if (item === null || typeof item !== 'object') return typeof item;
    if (item instanceof Opaque) return 'Error';
    const name = property(item, 'name');
    const maker = property(property(item, 'constructor') || {}, 'name');
    // A subclass that does not set its name calls itself Error.
    if (typeof name === 'string' && name && !(name === 'Error' && typeof maker === 'string' && maker))
      return limit(name, 200);
    return typeof maker === 'string' && maker ? limit(maker, 200) : 'Error';
  }

  function messageOf(item, extra) {
    if (item !== null && typeof item === 'object') {
      const message = property(item, 'message');
      if (message !== undefined) return text(message, MAX.message);
      if (extra && extra.message) return extra.message;
      return text(safeJson(item), MAX.message);
    }
    return extra && extra.message && (item === undefined || item === null)
      ? extra.message
      : text(item, MAX.message);
  }

  function ownDetails(item) {
    // Such as code, errno, syscall and path of Node's errors; objects (a response, a request) may hold anything. What is no error has
    // nothing but its content.
    const found = {};
    if (Object.getPrototypeOf(item) === Object.prototype) return item;
    try {
      for (const name of Object.keys(item).slice(0, MAX.items)) {
        const value = property(item, name);
        if (name === 'stack' || name === 'message' || name === 'name') continue;
        if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
          found[name] = value;
      }
    } catch (problem) {
      // A proxy.
    }
    return found;
  }

  function property(item, name) {
    try {
      return item[name];
    } catch (problem) {
      return undefined;
    }
  }

  /** Whether a place is outside of this library. Bundlers put both into one file, minifiers even onto one line. */
  function isForeign(location) {
    if (!own || (location.absolute_file || location.absolute_url) !== own.file) return true;
    return !own.whole && (isBefore(location, own.start) || isBefore(own.end, location));
  }

  function isBefore(place, other) {
    return place.line !== other.line ? place.line < other.line : (place.column || 0) < (other.column || 0);
  }

  function bounded(locations) {
    if (locations.length <= MAX.locations) return locations;
    return locations.slice(0, MAX.locations / 2).concat(locations.slice(-MAX.locations / 2));
  }

  /** V8 ("at Desk.read (file:///x.js:1:2)"), Firefox and Safari ("read@http://host/x.js:1:2"). */
  function parseStack(stack) {
    if (typeof stack !== 'string') return [];
    const found = [];
    for (const line of stack.slice(0, MAX.stackText).split('\n')) {
      const location = parseV8(line) || parseAt(line);
      if (location) found.push(location);
    }
    return found;
  }

  function parseV8(line) {
    const match = /^\s*at (.*)$/.exec(line);
    if (!match) return null;
    const rest = match[1].slice(0, MAX.string);
    // "eval (eval at run (file:1:2), <anonymous>:1:1)" names two places; the inner one is in no file.
    const evaluated = /^(.*?) ?\(eval at [^(]*\((?:eval at [^(]*\()*([^()]+:\d+:\d+)\)/.exec(rest);
    if (evaluated) return placed(evaluated[1], evaluated[2]);
    if (rest.charAt(rest.length - 1) !== ')') return placed('', rest);
    const open = rest.lastIndexOf(' (');
    if (open >= 0) return placed(rest.slice(0, open), rest.slice(open + 2, -1));
    return rest.charAt(0) === '(' ? placed('', rest.slice(1, -1)) : placed('', rest);
  }

  function parseAt(line) {
    const at = line.indexOf('@');
    if (at < 0 || at > 1000) return null;
    const place = line.slice(at + 1);
    return /:\d+(:\d+)?$/.test(place)
      ? placed(line.slice(0, at), place.replace(/ line (\d+) > (?:eval|Function)(?::\d+:\d+)?$/, ':$1'))
      : null;
  }

  function placed(name, place) {
    const match = /^(.*?):(\d+)(?::(\d+))?$/.exec(place);
    const file = match ? match[1] : place;
    if (!match && file !== 'native' && file.indexOf('<anonymous>') < 0) return null;
    const location = {};
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file)) {
      if (isNode && file.indexOf('file://') === 0) location.absolute_file = pathOfUrl(file);
      else location.absolute_url = file;
    } else if (file.indexOf('<anonymous>') < 0 && file !== 'native') {
      location.absolute_file = file;
    }
    let method = name
      .replace(/ \[as [^\]]*\]$/, '')
      .replace(/^async /, '')
      .replace(/\/<$|^\*+/, '');
    const dot = method.replace(/^new /, '').lastIndexOf('.');
    if (dot > 0 && /^[\w$.]+$/.test(method.slice(0, dot))) {
      const owner = method.slice(0, dot).replace(/\.$/, '');
      method = method.slice(dot + 1);
      if (['Object', 'Function', 'global', 'globalThis', 'Window', 'process'].indexOf(owner) < 0)
        location.class = limit(owner, 200);
    }
    location.method = limit(method || '<anonymous>', 200);
    location.line = match ? Number(match[2]) : 0;
    if (match && match[3]) location.column = Number(match[3]);
    return location;
  }

  function pathOfUrl(url) {
    try {
      return builtin('url').fileURLToPath(url);
    } catch (problem) {
      return url;
    }
  }

  function finishLocation(location, secrets) {
    const module = isNode ? nodeModule(location) : browserModule(location);
    if (module) location.module = module;
    if (location.absolute_file) location.absolute_file = limit(location.absolute_file, MAX.string);
    if (location.absolute_url) location.absolute_url = secrets.safe(location.absolute_url, MAX.string);
    if (isNode) {
      const lines = nodeSource(location.absolute_file);
      if (lines) addSource(location, lines, secrets);
    }
    return location;
  }

  function addSource(location, lines, secrets) {
    if (!location.line || location.line > lines.length) return;
    const found = [];
    for (let number = location.line - SOURCE_CONTEXT; number <= location.line + SOURCE_CONTEXT; number++) {
      let line = lines[number - 1] === undefined ? '' : lines[number - 1];
      if (line.length > MAX.sourceLine) {
        // A minified file is one line: what stands around the column is worth more than its beginning.
        const middle = number === location.line && location.column ? location.column : 0;
        const start = Math.max(0, Math.min(middle - MAX.sourceLine / 2, line.length - MAX.sourceLine + 2));
        line = (start > 0 ? '\u2026' : '') + line.slice(start, start + MAX.sourceLine - 2) + '\u2026';
      }
      found.push(secrets.text(line, 'source', 0));
    }
    location.source = found;
  }

  /** Kinds and locations of all causes, not messages: the same for repeats of one error. */
  function fingerprintText(made) {
    const parts = [];
    for (const item of made.stacktrace || []) {
      parts.push(item.kind);
      for (const place of item.locations || []) {
        parts.push(
          [place.absolute_file || place.absolute_url, place.method, place.line, place.column].join(':'),
        );
      }
    }
    return parts.join('\n');
  }

  // --- Cleaning: plain JSON of bounded size, secrets filtered ------------------------------------------------------

  function cleaner(secrets) {
    return function clean(value, depth, entries) {
      switch (typeof value) {
        case 'string':
          return secrets.safe(value, MAX.string);
        case 'boolean':
          return value;
        case 'number':
          return isFinite(value) ? value : String(value);
        case 'object':
          break;
        default:
          return secrets.safe(text(value, MAX.string), MAX.string);
      }
      if (value === null) return null;
      if (value instanceof Date || value instanceof RegExp || value instanceof Error)
        return secrets.safe(text(value, MAX.string), MAX.string);
      if (depth >= MAX.depth) return '[too deep]';
      try {
        if (value instanceof Map) value = Object.fromEntries(Array.from(value).slice(0, MAX.entries));
        if (value instanceof Set) value = Array.from(value);
        if (typeof ArrayBuffer === 'function' && ArrayBuffer.isView(value))
          return '[' + value.constructor.name + ' ' + value.byteLength + ']';
        if (Array.isArray(value)) return list(value.slice(0, MAX.items), depth);
        const found = {};
        for (const key of Object.keys(value).slice(0, entries)) {
          const item = property(value, key);
          if (item !== undefined) found[limit(key, 200)] = named(key, item, depth);
        }
        return found;
      } catch (problem) {
        return '[unreadable]';
      }
    };

    function named(name, item, depth) {
      if (secrets.isSecret(name)) return secrets.hidden(item);
      if (typeof item === 'string' && /QUERY_STRING$/.test(name))
        return limit(secrets.text(item.slice(0, 4 * MAX.string), 'query', 0), MAX.string);
      return cleaner(secrets)(item, depth + 1, MAX.entries);
    }

    // A list; one of pairs is read by their names, one of a command's arguments by its options.
    function list(items, depth) {
      if (items.length && items.every(isPair)) {
        return items.map(function (pair) {
          return [pair[0], named(pair[0], pair[1], depth + 1)];
        });
      }
      let before = '';
      return items.map(function (item) {
        const option = typeof item === 'string' ? ARGUMENT.exec(item) : null;
        const name = option ? option[1].replace(/^-+/, '') : '';
        const waiting = before;
        before = '';
        if (
          typeof item === 'string' &&
          ((waiting && item.charAt(0) !== '-' && secrets.isSecret(waiting)) || (waiting === 'p' && isMixed(item)))
        )
          return secrets.hidden(item);
        if (option && option[2] === undefined && item.charAt(0) === '-') before = name;
        if (option && option[2] !== undefined && secrets.isSecret(name))
          return limit(option[1], 200) + '=' + secrets.hidden(option[2]);
        return cleaner(secrets)(item, depth + 1, MAX.entries);
      });
    }
  }

  // --- Secrets: the rules of the server, which testdata/privacy-vectors.json shows by example ----------------------

  function wordSet(words) {
    return new Set(words.split(' '));
  }

  /** Tells secrets by their names and by what texts show; `more` are the application's own (parts of) names. */
  function secretRules(more) {
    const own = more
      .map(function (name) {
        return String(name).toLowerCase();
      })
      .filter(Boolean);
    let known = new Map();

    function isSecret(name) {
      let found = known.get(name);
      if (found === undefined) {
        if (known.size > 5000) known = new Map();
        found = has(name, WORDS, PAIRS);
        known.set(name, found);
      }
      return found;
    }

    function has(name, single, pairs) {
      const lower = name.slice(0, 200).toLowerCase();
      if (HARMLESS.has(lower) || name === 'PWD' || name === 'OLDPWD') return false;
      const words = name
        .slice(0, 200)
        .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
        .toLowerCase()
        .split(/[^a-z0-9\u0080-\uffff]+/)
        .filter(Boolean);
      return (
        words.some(function (word, index) {
          const plain = word.replace(/[0-9]+$/, '');
          return single.has(plain) || GLUED.test(plain) || pairs.has(word + (words[index + 1] || ''));
        }) ||
        own.some(function (part) {
          return lower.indexOf(part) >= 0;
        })
      );
    }

    function isSecretInText(name) {
      return has(name, STRICT_WORDS, STRICT_PAIRS);
    }

    /** What stands in the place of a secret; nothing, yes and no, and an empty text are none. */
    function hidden(value) {
      if (value === null || value === undefined || typeof value === 'boolean' || value === '') return value;
      return typeof value === 'object' && !Array.isArray(value) && isEmpty(value) ? value : FILTERED;
    }

    function isEmpty(value) {
      return Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).length === 0;
    }

    /** A text of bounded length; one that is JSON itself is looked into. */
    function safe(value, length) {
      const whole = String(value);
      if (whole.length >= 4 && whole.length <= MAX.innerJson && /^\s*[{[]/.test(whole)) {
        try {
          const parsed = JSON.parse(whole);
          const after = inner(parsed, 0);
          return limit(after === parsed ? whole : JSON.stringify(after), length);
        } catch (problem) {
          // No JSON.
        }
      }
      return limit(filterText(whole.slice(0, 2 * length), 'text', 0), length);
    }

    function inner(value, depth) {
      if (typeof value === 'string') return safe(value, MAX.message);
      if (value === null || typeof value !== 'object') return value;
      if (depth > 20) return FILTERED;
      const pairs = Array.isArray(value) && value.length > 0 && value.every(isPair);
      const found = Array.isArray(value) ? [] : {};
      let changed = false;
      for (const key of Object.keys(value)) {
        const item = value[key];
        let after;
        if (pairs) {
          const second = isSecret(item[0]) ? hidden(item[1]) : inner(item[1], depth + 1);
          after = second === item[1] ? item : [item[0], second];
        } else after = !Array.isArray(value) && isSecret(key) ? hidden(item) : inner(item, depth + 1);
        changed = changed || after !== item;
        Object.defineProperty(found, key, { value: after, enumerable: true, configurable: true, writable: true });
      }
      return changed ? found : value;
    }

    /** A text without its secrets. `kind`: text, query (a=b&c=d) or source (a line of a program). */
    function filterText(value, kind, level) {
      if (kind !== 'query' && !WORTH_LOOKING.test(value)) return value;
      let out = (kind === 'query' ? '&' + value : value).replace(
        kind === 'query' ? WHOLE_QUERY : QUERY,
        function (all, mark, name, item) {
          if (item === FILTERED) return all;
          if (isSecret(decoded(name))) return mark + name + '=' + FILTERED;
          if (level === 2 || item.indexOf('%') < 0) return all;
          const plain = decoded(item);
          const after = filterText(plain, 'text', level + 1);
          return after === plain
            ? all
            : mark + name + '=' + after.split(FILTERED).map(encodeURIComponent).join(FILTERED);
        },
      );
      if (kind === 'query') out = out.slice(1);
      [CREDENTIALS, SLASHED_CREDENTIALS].forEach(function (pattern) {
        out = out.replace(pattern, function (all, user, secret) {
          return secret.indexOf(FILTERED) >= 0 ? all : user + ':' + FILTERED + '@';
        });
      });
      TOKENS.forEach(function (pattern) {
        out = out.replace(pattern, function (all) {
          return all.indexOf(FILTERED) >= 0 ? all : FILTERED;
        });
      });
      out = out.replace(CARD, function (all, before, number) {
        return isCard(number) ? before + FILTERED : all;
      });
      if (kind === 'text') {
        out = out.replace(HEADER_LINE, function (all, name, item) {
          const told = HEADER.test(name) || (name.indexOf('-') >= 0 && isSecretInText(name));
          return told && item.indexOf(FILTERED) !== 0 ? name + ': ' + FILTERED : all;
        });
      }
      out = filterAssigned(out, kind === 'source');
      if (kind === 'source') {
        return out.replace(LITERAL, function (all) {
          const mark = all.charAt(0);
          const plain = all.slice(1, -1).replace(/\\(["'`\\])/g, '$1');
          const after = filterText(plain, 'text', level);
          return after === plain ? all : mark + after.split(mark).join('\\' + mark) + mark;
        });
      }
      if (kind !== 'text') return out;
      return out
        .replace(OPTION, function (all, before, dashes, name, gap, item) {
          return item.indexOf(FILTERED) < 0 && isSecret(name) ? before + dashes + name + gap + FILTERED : all;
        })
        .replace(SHORT_OPTION, function (all, before, option, item) {
          return item.indexOf(FILTERED) >= 0 ? all : before + option + FILTERED;
        });
    }

    function filterAssigned(value, literalsOnly) {
      let out = '';
      let done = 0;
      const pattern = new RegExp(ASSIGNED.source, 'g');
      for (let match = pattern.exec(value); match; match = pattern.exec(value)) {
        const at = match.index + match[0].length;
        const isProse = match[4].indexOf(':') >= 0 && match[4].indexOf('=') < 0 && !match[1] && !match[3];
        // `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
        if (!isSecretInText(match[2]) || (isProse && !MIXED.test(value.slice(at, at + 100)))) continue;
        const place = valueAt(value, at, literalsOnly);
        if (place[1] <= place[0] || value.slice(place[0], place[1]) === FILTERED) continue;
        out += value.slice(done, place[0]) + FILTERED;
        done = Math.max(at, place[1]);
        pattern.lastIndex = done;
      }
      return done === 0 ? value : out + value.slice(done);
    }

    return { isSecret: isSecret, hidden: hidden, safe: safe, text: filterText };
  }

  const WORDS = wordSet(
    'password passwords passwd passphrase pwd pass pw secret secrets token tokens auth authorization authentication authenticate ' +
      'cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card cards cardnumber creditcard cvv cvc iban key ' +
      'keys apikey accesskey secretkey privatekey credential credentials creds csrf xsrf csrftoken jwt bearer otp mfa totp pin ssn ' +
      'signature dsn connectionstring mysqlpwd pgpassword sig',
  );
  const PAIRS = wordSet('ccnumber ccnum creditnumber');
  // In running text "key" and "session" say too little.
  const STRICT_WORDS = wordSet(
    'password passwd passphrase pwd pw secret token authorization apikey accesskey secretkey privatekey credential credentials cookie ' +
      'csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword mysqlpwd',
  );
  const STRICT_PAIRS = wordSet(
    'apikey accesskey secretkey privatekey sessionid cardnumber creditcard accountkey masterkey signingkey encryptionkey ccnumber',
  );
  // What a line of a program holds between quotes is text.
  const LITERAL = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g;
  const HARMLESS = wordSet('public_key publickey auth_type key_type token_type');
  const GLUED = /passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$/;
  // One look that most texts end with.
  const WORTH_LOOKING =
    /[?&;][\w.[\]%-]{1,60}=|:\/\/[^\s]{1,300}@|(?:^|\s)-p|pass|pw|secret|token|auth|cookie|key|credential|sess(?:ion)?.?id|bearer|basic |jwt|cvv|cvc|eyJ|AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk[_-]|rk_live|sntry[su]_|npm_|[3-6]\d{3}[\d -]{9}/i;
  const QUERY = /([?&;])([A-Za-z0-9_.[\]%-]{1,60})=([^&;#\s"'<>\\)]{1,4000})/g;
  const WHOLE_QUERY = /([?&;])([A-Za-z0-9_.[\]%-]{1,60})=([^&;#]+)/g;
  const CREDENTIALS = /(:\/\/[^/\s:@?#"']{0,100}):([^/\s?#"']{1,200})@/g;
  const SLASHED_CREDENTIALS =
    /(:\/\/[^/\s:@?#"']{0,100}):(?!\d{1,5}(?:[/?#]|$))(?=[^\s?#"'@/]{0,200}\/)([^\s?#"'@]{1,200})@/g;
  const OPTION = /(^|\s)(--?)([A-Za-z][\w.-]{1,60})([ \t]{1,3})(?!-)([^\s"'`;|&]{1,400})/g;
  // mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits.
  const SHORT_OPTION =
    /(^|\s)(-p[ \t]{0,3})(?![-./~])(?=[^\s]{0,60}[A-Za-z])(?=[^\s]{0,60}\d)([^\s"'`;|&]{4,400})/g;
  const ASSIGNED = /(["'`]?)([A-Za-z_][\w.-]{0,60})(["'`]?\]?)(\s{0,3}(?:=>|:=|[:=])\s{0,3})/;
  const HEADER_LINE = /^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]{0,3}(\S[^\r\n]{0,4000})$/gm;
  const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?)$/i;
  const TOKENS = [
    /\beyJ[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,2000})?/g,
    // "Basic validation" is prose: a credential has a digit, a sign or padding in it.
    /\b(?:Bearer|Basic)[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}/gi,
    /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\b/g,
    /\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\b/g,
    /\bsk-[A-Za-z0-9_-]{20,200}\b/g,
    /\bxox[abprs]-[A-Za-z0-9-]{10,200}\b/g,
    /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
    /\bAIza[\w-]{35}\b/g,
    /\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}/g,
    /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  ];
  // No look-behind: Safari knows it since 16.4 only. What stands before is kept.
  const CARD = /(^|[^\w.-])([3-6]\d{3}(?:[ -]?\d){9,12})(?![\w-]|\.\d)/g;
  const MIXED = /^(?=[^\s"'`]{0,60}[A-Za-z])(?=[^\s"'`]{0,60}\d)[^\s"'`()[\]{}<>]{6,}/;
  const NO_LITERAL = /^(?:null|none|nil|undefined|true|false|=[\s\S]*)$/i;
  const ARGUMENT = /^(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:=([\s\S]*))?$/;

  /** Where the value that begins here stands: a quoted literal, else what comes before the next space or separator. */
  function valueAt(value, at, literalsOnly) {
    if (value.slice(at, at + FILTERED.length) === FILTERED) return [at, at];
    const mark = value.charAt(at);
    if (mark && '"\'`'.indexOf(mark) >= 0) {
      let end = at + 1;
      while (end < value.length && end - at < 4000 && value.charAt(end) !== mark)
        end += value.charAt(end) === '\\' ? 2 : 1;
      return [at + 1, Math.min(end, value.length)];
    }
    const match = literalsOnly ? null : /^[^\s,;&)}\]"']{1,4000}/.exec(value.slice(at, at + 4000));
    return match && !NO_LITERAL.test(match[0]) ? [at, at + match[0].length] : [at, at];
  }

  function isPair(value) {
    return (
      Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && /^(?!-)[^\s]{0,100}$/.test(value[0])
    );
  }

  function isMixed(value) {
    return value.length >= 4 && /^[^-./~]/.test(value) && /[A-Za-z]/.test(value) && /\d/.test(value);
  }

  /** The check digit of ISO/IEC 7812 (Luhn). */
  function isCard(value) {
    const digits = value.replace(/\D/g, '');
    let sum = 0;
    for (let index = 0; index < digits.length; index++) {
      const digit = Number(digits.charAt(digits.length - 1 - index)) * ((index % 2) + 1);
      sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 === 0;
  }

  function decoded(value) {
    if (value.indexOf('%') < 0) return value;
    try {
      return decodeURIComponent(value);
    } catch (problem) {
      return value;
    }
  }

  // What tells where a program runs and how it was started. All others are left out: every secret of a service may be one.
  const SENT_VARIABLES = wordSet(
    'LANG LANGUAGE TZ TERM SHELL PATH PWD HOSTNAME COMPUTERNAME OS PROCESSOR_ARCHITECTURE CI DYNO KUBERNETES_SERVICE_HOST K_SERVICE ' +
      'K_REVISION FUNCTION_NAME WEBSITE_SITE_NAME AWS_REGION AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_NAME AWS_EXECUTION_ENV FLY_REGION ' +
      'FLY_APP_NAME VERCEL_ENV VERCEL_REGION MAYDAY_PRODUCT MAYDAY_ACCOUNT MAYDAY_ROLE MAYDAY_VERSION MAYDAY_ENVIRONMENT NODE_ENV ' +
      'NODE_VERSION APP_ENV APP_DEBUG ENVIRONMENT npm_package_name npm_package_version npm_lifecycle_event',
  );

  /** Variables of the process that are sent; `more` names further ones, `X_*` and `*` many at once. */
  function sentVariables(more) {
    const starts = ['LC_'];
    const names = [];
    more.forEach(function (name) {
      if (name.slice(-1) === '*') starts.push(name.slice(0, -1));
      else names.push(name);
    });
    const found = {};
    for (const name of Object.keys(process.env)) {
      const begins = starts.some(function (start) {
        return name.indexOf(start) === 0;
      });
      if (begins || SENT_VARIABLES.has(name) || names.indexOf(name) >= 0) found[name] = process.env[name];
    }
    return found;
  }

  function limit(value, length) {
    value = String(value);
    return value.length > length ? value.slice(0, length - 1) + '\u2026' : value;
  }

  function text(value, length) {
    try {
      return String(value).slice(0, length);
    } catch (problem) {
      return '<unprintable ' + typeof value + '>';
    }
  }

  function safeJson(value) {
    try {
      return JSON.stringify(cleaner(client.secrets)(value, 0, MAX.entries));
    } catch (problem) {
      return value;
    }
  }

  function texts(section) {
    // The API wants these as strings, also where an application counts its users with integers.
    if (section === null || typeof section !== 'object') return section;
    for (const name of TEXT_KEYS)
      if (typeof section[name] === 'number') section[name] = String(section[name]);
    return section;
  }

  function randomId() {
    const source = root.crypto || (isNode ? builtin('crypto').webcrypto : null);
    if (source && source.randomUUID) return source.randomUUID();
    const bytes = new Uint8Array(16);
    if (source && source.getRandomValues) source.getRandomValues(bytes);
    else for (let index = 0; index < 16; index++) bytes[index] = Math.random() * 256;
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, function (byte) {
      return (byte + 256).toString(16).slice(1);
    }).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** The JSON of a report, without its less important parts where it is too large; null where nothing helps. */
  function bodyOf(made, maxBytes) {
    let body = JSON.stringify(made);
    if (byteLength(body) <= maxBytes) return body;
    const smaller = JSON.parse(body);
    const each = function (change) {
      smaller.stacktrace.forEach(function (item) {
        item.locations.forEach(change);
      });
    };
    const steps = [
      function () {
        each(function (place) {
          delete place.locals;
        });
      },
      function () {
        each(function (place) {
          delete place.source;
        });
      },
      function () {
        smaller.data = {};
        ['request', 'environment', 'configuration', 'ownership', 'breadcrumbs'].forEach(function (name) {
          delete smaller[name];
        });
      },
      function () {
        smaller.stacktrace.forEach(function (item) {
          item.locations = item.locations.slice(0, 10);
          item.message = item.message.slice(0, 1000);
        });
      },
    ];
    for (const step of steps) {
      step();
      body = JSON.stringify(smaller);
      if (byteLength(body) <= maxBytes) return body;
    }
    return null;
  }

  function byteLength(body) {
    return isNode ? Buffer.byteLength(body) : new Blob([body]).size;
  }

  // --- Node --------------------------------------------------------------------------------------------------------

  const own = findOwnPlace();

  /**
   * Where the function of this library begins and ends: told from one place inside of it, and from how much of its text stands
   * before and after that place. Names would not do: minifiers change them.
   */
  function findOwnPlace() {
    try {
      const mark = 'mayday: where this library is';
      const place = parseStack(new Error('mayday: where this library is').stack)[0];
      const found = { file: place.absolute_file || place.absolute_url, whole: true, start: null, end: null };
      const code = Function.prototype.toString.call(maydayLibrary);
      // Minifiers put the text itself into the call, or leave the name in front; the call is what the stack names.
      const call = Math.max(code.indexOf('Error("' + mark), code.indexOf("Error('" + mark), code.indexOf('Error(`' + mark));
      if (call < 0 || !place.column) return found;
      const before = code.slice(0, call).split('\n');
      const after = code.slice(call).split('\n');
      // Engines name the column of `new`, of the name or of the bracket.
      const slack = 16;
      found.start = { line: place.line - before.length + 1, column: 0 };
      if (before.length === 1) found.start.column = place.column - before[0].length - slack;
      found.end = { line: place.line + after.length - 1, column: after[after.length - 1].length + 2 + slack };
      if (after.length === 1) found.end.column = place.column + code.length - call + slack;
      // Outside of the file: stacks are told in places of the original sources, where this library is a file by itself.
      found.whole = found.start.line < 1 || found.start.column < -slack;
      return found;
    } catch (problem) {
      return null;
    }
  }

  const sources = new Map();
  let mainFolder = null;

  function nodeRuntime() {
    const os = builtin('os');
    return {
      node_version: process.versions.node,
      os_kernel_name: os.type(),
      os_kernel_version: os.release(),
      cpu_arch: process.arch,
    };
  }

  function applicationFolder() {
    if (mainFolder === null) {
      const path = builtin('path');
      mainFolder = process.argv[1] ? path.dirname(path.resolve(process.argv[1])) : process.cwd();
    }
    return mainFolder;
  }

  function nodeModule(location) {
    const file = location.absolute_file;
    if (!file) return null;
    const path = builtin('path');
    const installed = file.lastIndexOf('node_modules' + path.sep);
    if (installed >= 0)
      return file
        .slice(installed + 13)
        .split(path.sep)
        .join('/');
    if (!path.isAbsolute(file)) return file;
    const relative = path.relative(applicationFolder(), file);
    return relative.slice(0, 2) === '..' || path.isAbsolute(relative)
      ? null
      : relative.split(path.sep).join('/');
  }

  function nodeSource(file) {
    if (!file) return null;
    if (sources.has(file)) return sources.get(file);
    let lines = null;
    try {
      const fs = builtin('fs');
      const path = builtin('path');
      if (path.isAbsolute(file) && fs.statSync(file).size <= MAX.sourceFile)
        lines = fs.readFileSync(file, 'utf8').split(/\r\n|\n|\r/);
    } catch (problem) {
      // Not readable: the frame goes without its source.
    }
    if (sources.size >= 20) sources.clear();
    sources.set(file, lines);
    return lines;
  }

  function nodeRequest(request) {
    const headers = request.headers || {};
    const secure = request.socket && request.socket.encrypted;
    const target = String(request.originalUrl || request.url || '');
    const found = {
      method: request.method,
      url: (secure ? 'https://' : 'http://') + (headers.host || '') + target,
    };
    const query = target.indexOf('?') < 0 ? '' : target.slice(target.indexOf('?') + 1);
    addPairs(found, 'G_', new URLSearchParams(query));
    // Only what the application has parsed itself: reading a body now would take it away.
    if (request.body && typeof request.body === 'object' && !Buffer.isBuffer(request.body)) {
      for (const name of Object.keys(request.body).slice(0, MAX.entries))
        found['P_' + name] = request.body[name];
    }
    cookieNames(headers.cookie).forEach(function (name) {
      found['C_' + name] = FILTERED;
    });
    if (request.route && request.route.path) found.route = String(request.route.path);
    return found;
  }

  function cgiVariables(request) {
    const target = String(request.originalUrl || request.url || '');
    const cut = target.indexOf('?');
    const variables = {
      REQUEST_METHOD: String(request.method),
      PATH_INFO: cut < 0 ? target : target.slice(0, cut),
      QUERY_STRING: cut < 0 ? '' : target.slice(cut + 1),
      SERVER_PROTOCOL: 'HTTP/' + request.httpVersion,
    };
    if (request.socket && request.socket.remoteAddress) variables.REMOTE_ADDR = request.socket.remoteAddress;
    for (const name of Object.keys(request.headers || {}).slice(0, MAX.entries)) {
      variables['HTTP_' + name.toUpperCase().replace(/-/g, '_')] = String(request.headers[name]);
    }
    return variables;
  }

  function addPairs(found, prefix, pairs) {
    let count = 0;
    for (const pair of pairs) {
      if (count++ >= MAX.entries) return;
      found[prefix + pair[0]] = pair[1];
    }
  }

  function cookieNames(header) {
    return String(header || '')
      .split(';')
      .slice(0, MAX.entries)
      .map(function (pair) {
        return pair.split('=')[0].trim();
      })
      .filter(Boolean);
  }

  function defaultOwnership() {
    if (isNode) {
      const path = builtin('path');
      const folder = applicationFolder();
      const paths = [{ absolute_path: path.join(folder, 'node_modules'), kind: 'external' }];
      return { paths: paths.concat([{ absolute_path: folder, kind: 'application' }]) };
    }
    if (!isBrowser || !root.location) return null;
    return { paths: [{ absolute_path: root.location.origin, kind: 'application' }] };
  }

  function nodeHome(queueDir) {
    const fs = builtin('fs');
    const os = builtin('os');
    const path = builtin('path');
    const user = process.getuid ? process.getuid() : null;
    const candidates = queueDir
      ? [queueDir]
      : [
          path.join(os.homedir(), '.mayday'),
          path.join(os.tmpdir(), 'mayday-' + (user === null ? os.userInfo().username : user)),
        ];
    for (const folder of candidates) {
      try {
        fs.mkdirSync(folder, { recursive: true, mode: 448 });
        // In a shared temporary folder somebody else may have made it first.
        if (!queueDir && user !== null && fs.lstatSync(folder).uid !== user) continue;
        fs.accessSync(folder, fs.constants.W_OK);
        return path.resolve(folder);
      } catch (problem) {
        // Try the next one.
      }
    }
    return null;
  }

  function roleFile(queueDir) {
    try {
      const path = builtin('path');
      const file = path.join(queueDir || path.join(builtin('os').homedir(), '.mayday'), 'role');
      return builtin('fs').readFileSync(file, 'utf8').slice(0, 100).trim();
    } catch (problem) {
      return null;
    }
  }

  function nodeSenderFor(current, previous) {
    const options = current.options;
    const home = current.canSend ? nodeHome(options.queueDir) : null;
    const settings = {
      home: home,
      folder: home
        ? builtin('path').join(home, 'queue', folderName(options.account), folderName(options.product))
        : null,
      endpoint: current.endpoint,
      sessionEndpoint: options.sessions && current.canSend ? sessionEndpoint(options) : null,
      // The state of the session that is to be told.
      ping: null,
      timeoutMs: options.timeoutMs,
      exitMs: options.exitMs,
      debug: options.debug,
      userAgent: 'mayday-javascript/' + VERSION,
    };
    if (previous && settings.folder && previous.settings.folder === settings.folder) {
      // One sender for one folder: two would send the same reports.
      settings.ping = previous.settings.ping;
      Object.assign(previous.settings, settings);
      return previous;
    }
    const sender = nodeSender(builtin, settings);
    let exitUntil = 0;

    function shortHash(value) {
      return builtin('crypto').createHash('sha256').update(value).digest('hex').slice(0, 16);
    }

    function drainSync() {
      // The process ends: its own event loop will not turn again, a worker's does.
      if (!sender.prepareExit()) return;
      exitUntil = exitUntil || Date.now() + settings.exitMs;
      const waitMs = exitUntil - Date.now();
      if (waitMs <= 0) return;
      try {
        const threads = builtin('worker_threads');
        const flag = new Int32Array(new SharedArrayBuffer(4));
        const data = { settings: settings, flag: flag, memory: sender.takeMemory(), until: exitUntil - 50 };
        // Bundlers that keep names wrap functions into a helper, whose name only its absence tells. What needs more than that
        // (counters of coverage, say) ends the wait at once, and the queue keeps the report.
        const code =
          'for(var turn=0;;turn++)try{(' +
          exitWorker +
          ')(require,' +
          nodeSender +
          ');break}catch(e){var name=/^([\\w$]+) is not defined/.exec(e&&e.message);if(name&&turn<9)' +
          'globalThis[name[1]]=function(f){return f};else{var flag=require("worker_threads").workerData.flag;' +
          'Atomics.store(flag,0,2);Atomics.notify(flag,0);break}}';
        const worker = new threads.Worker(code, {
          eval: true,
          execArgv: [],
          env: Object.assign({}, process.env, { NODE_OPTIONS: '' }),
          workerData: data,
        });
        worker.on('error', function () {});
        worker.unref();
        if (Atomics.wait(flag, 0, 0, waitMs) === 'timed-out') sender.countFailure();
      } catch (problem) {
        // No threads: the queue keeps the report.
      }
    }

    return {
      installationId: function () {
        return sender.installationId(randomId());
      },
      accept: function (fingerprint, made, dying) {
        sender.accept(shortHash(fingerprint), made, bodyOf);
        if (dying) drainSync();
        else sender.wake(false);
      },
      upgrade: function (fingerprint) {
        sender.upgrade(shortHash(fingerprint));
      },
      drop: function (reason) {
        sender.drop(reason);
      },
      wake: function () {
        if (sender.hasWaiting()) sender.wake(false);
      },
      flush: function () {
        return sender.flush();
      },
      release: function () {
        return sender.release();
      },
      isEmpty: function () {
        return sender.isEmpty();
      },
      ping: function (body) {
        settings.ping = body;
        sender.wake(false);
      },
      drainSync: drainSync,
      stop: function () {
        sender.stop();
      },
      settings: settings,
    };
  }

  function folderName(name) {
    const plain = String(name)
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .slice(0, 100);
    return /[^.]/.test(plain) ? plain : '_';
  }

  function exitWorker(load, makeSender) {
    const data = load('worker_threads').workerData;
    const finish = function () {
      Atomics.store(data.flag, 0, 1);
      Atomics.notify(data.flag, 0);
    };
    data.settings.until = data.until;
    const sender = makeSender(load, data.settings);
    sender.addMemory(data.memory);
    sender.release().then(finish, finish);
  }

  /*
   * The queue on disk and its sender. This function uses nothing outside of itself: its text also runs in a worker
   * thread. Names and rules are those of the contract's README, the same in every language.
   */
  function nodeSender(load, settings) {
    const fs = load('fs');
    const path = load('path');
    const crypto = load('crypto');
    const MAX_BODY = 256 * 1024;
    const MAX_FILES = 50;
    const MAX_BYTES = 5 * 1024 * 1024;
    const MAX_AGE_MS = 14 * 86400000;
    const MAX_TMP_AGE_MS = 3600000;
    const MERGE_MS = 60000;
    // A handled error may still turn out to be what the program dies of.
    const GRACE_MS = 150;
    const FIRST_BACKOFF_MS = 30000;
    const MAX_BACKOFF_MS = 3600000;
    const EARLIEST_CLOCK_MS = 1577836800000; // 2020
    const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
    const NEW_FILE = new RegExp('^([0-9a-f]{16})\\.(' + UUID + ')\\.new$');
    const TRIED_FILE = new RegExp('^' + UUID + '\\.json$');

    let memory = [];
    const held = new Map(); // fingerprint -> { name, report, count, writtenAt, body }
    const sentAt = new Map(); // fingerprint -> time of the last try
    let running = null;
    let again = false;
    let wantRelease = false;
    let wantForce = false;
    let inFlight = false;
    let counted = false;
    let timer = null;
    let stopped = false;
    let unsaved = {}; // dropped reports by reason that are in no file yet
    let savedAt = 0;

    function say(line) {
      if (!settings.debug) return;
      try {
        fs.writeSync(2, 'mayday: ' + line + '\n');
      } catch (problem) {
        // Nobody reads stderr.
      }
    }

    function file(name) {
      return path.join(settings.folder, name);
    }

    function write(name, body) {
      fs.mkdirSync(settings.folder, { recursive: true, mode: 448 });
      const temporary = file(name + '.' + crypto.randomBytes(4).toString('hex') + '.tmp');
      try {
        fs.writeFileSync(temporary, body, { mode: 384, flag: 'wx' });
        fs.renameSync(temporary, file(name));
      } catch (problem) {
        remove(path.basename(temporary));
        throw problem;
      }
    }

    function remove(name) {
      try {
        fs.unlinkSync(file(name));
      } catch (problem) {
        // Gone already.
      }
    }

    /** The reports, oldest first, after dropping what is too old. */
    function waiting() {
      const now = Date.now();
      const found = [];
      let names = [];
      try {
        names = settings.folder ? fs.readdirSync(settings.folder) : [];
      } catch (problem) {
        return found;
      }
      for (const name of names) {
        const isReport = NEW_FILE.test(name) || TRIED_FILE.test(name);
        if (!isReport && !name.endsWith('.tmp')) continue;
        try {
          const stat = fs.statSync(file(name));
          let changed = stat.mtimeMs;
          if (changed > now + 60000 || changed < EARLIEST_CLOCK_MS) {
            changed = now;
            fs.utimesSync(file(name), now / 1000, now / 1000);
          }
          if (now - changed > (isReport ? MAX_AGE_MS : MAX_TMP_AGE_MS)) {
            remove(name);
            if (isReport) drop('expired');
          } else if (isReport) found.push({ name: name, changed: changed, size: stat.size });
        } catch (problem) {
          // Another process was faster.
        }
      }
      return found.sort(function (a, b) {
        return a.changed - b.changed || (a.name < b.name ? -1 : 1);
      });
    }

    /** Whether there is room for one more; the first of each kind stay, and what lies here from earlier goes. */
    function makeRoom(size, isFatal) {
      const files = waiting();
      let total = files.reduce(function (sum, entry) {
        return sum + entry.size;
      }, size);
      while (files.length && (files.length >= MAX_FILES || total > MAX_BYTES)) {
        const index = files.findIndex(function (entry) {
          return isFatal || (TRIED_FILE.test(entry.name) && Date.now() - entry.changed > MERGE_MS);
        });
        drop('queue_full');
        if (index < 0) return false;
        total -= files[index].size;
        remove(files[index].name);
        files.splice(index, 1);
      }
      return true;
    }

    /** Counts a report that will never be sent; what is counted goes with the next one that is. */
    function drop(reason) {
      unsaved[reason] = (unsaved[reason] || 0) + 1;
      if (Math.abs(Date.now() - savedAt) > 500) saveDropped({});
    }

    /** What was dropped and has not been told, after what has been told just now. Kept in a file, for the next run. */
    function saveDropped(sent) {
      savedAt = Date.now();
      const after = {};
      let before = '';
      try {
        before = fs.readFileSync(file('dropped'), 'utf8').slice(0, 4000);
        const read = JSON.parse(before);
        for (const reason of Object.keys(read)) if (Number.isSafeInteger(read[reason])) after[reason] = read[reason];
      } catch (problem) {
        // Nothing was dropped before.
      }
      for (const reason of Object.keys(unsaved)) after[reason] = (after[reason] || 0) + unsaved[reason];
      for (const reason of Object.keys(sent)) after[reason] = (after[reason] || 0) - sent[reason];
      for (const reason of Object.keys(after)) if (!(after[reason] > 0)) delete after[reason];
      try {
        const now = JSON.stringify(after);
        if (now === '{}') remove('dropped');
        else if (now !== before) write('dropped', now);
        unsaved = {};
      } catch (problem) {
        // This process still remembers.
      }
      return after;
    }

    /** A report that was handled turned out to be what ended the program. */
    function upgrade(fingerprint) {
      const entry = held.get(fingerprint);
      if (entry) entry.report.severity = 'major';
      const known = waiting().find(function (candidate) {
        return NEW_FILE.test(candidate.name) && candidate.name.slice(0, 16) === fingerprint;
      });
      const body = known ? read(known.name) : null;
      if (!body) return;
      try {
        write(known.name, JSON.stringify(Object.assign(JSON.parse(body), { severity: 'major' })));
      } catch (problem) {
        // It stays what it was thought to be.
      }
    }

    /** The body of a report; null where the file is gone, or was no report and is removed. */
    function read(name) {
      let body;
      try {
        if (fs.statSync(file(name)).size > 2 * MAX_BODY) {
          remove(name);
          return null;
        }
        body = fs.readFileSync(file(name), 'utf8');
      } catch (problem) {
        return null;
      }
      try {
        const report = JSON.parse(body);
        if (report !== null && typeof report === 'object' && !Array.isArray(report)) return body;
      } catch (problem) {
        // Half written by a machine that lost its power.
      }
      remove(name);
      return null;
    }

    function state() {
      try {
        const found = JSON.parse(fs.readFileSync(file('state.json'), 'utf8'));
        const until = Number(found.not_before) || 0;
        return {
          failures: Math.max(0, Math.floor(Number(found.failures)) || 0),
          until: until > Date.now() + MAX_BACKOFF_MS ? 0 : until,
        };
      } catch (problem) {
        return { failures: 0, until: 0 };
      }
    }

    function failed(retryAfterMs) {
      const failures = state().failures + 1;
      let pause = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * Math.pow(2, Math.min(failures - 1, 20)));
      if (retryAfterMs !== null) pause = Math.min(MAX_BACKOFF_MS, Math.max(pause, retryAfterMs));
      try {
        write('state.json', JSON.stringify({ failures: failures, not_before: Date.now() + pause }));
      } catch (problem) {
        // Without a folder there is no queue to wait for.
      }
    }

    function accept(fingerprint, made, bodyOf) {
      if (merge(fingerprint, made, bodyOf)) return;
      const body = bodyOf(made, MAX_BODY);
      if (body === null) return drop('too_large');
      const name = fingerprint + '.' + made.occurrence_id + '.new';
      try {
        if (!settings.folder) throw new Error('no folder');
        if (!makeRoom(Buffer.byteLength(body), made.severity === 'major')) return undefined;
        write(name, body);
        if (isRecent(fingerprint) && held.size < MAX_FILES) {
          held.set(fingerprint, {
            name: name,
            report: made,
            count: made.count || 1,
            writtenAt: Date.now(),
            bodyOf: bodyOf,
          });
        }
      } catch (problem) {
        if (memory.length < MAX_FILES) memory.push(body);
        else drop('queue_full');
      }
      return undefined;
    }

    /** Whether the report became a repeat of one that has not been tried yet. */
    function merge(fingerprint, made, bodyOf) {
      if (!settings.folder) return false;
      let entry = held.get(fingerprint);
      if (entry && fs.existsSync(file(entry.name))) {
        entry.count += 1;
        // Often enough that a kill loses few, seldom enough for a loop that fails a thousand times a second.
        if (Date.now() - entry.writtenAt > 500) writeCount(entry);
        return true;
      }
      const known = waiting().find(function (candidate) {
        return NEW_FILE.test(candidate.name) && candidate.name.slice(0, 16) === fingerprint;
      });
      const body = known ? read(known.name) : null;
      if (!body) return false;
      const report = JSON.parse(body);
      entry = {
        name: known.name,
        report: report,
        count: (Number.isSafeInteger(report.count) ? report.count : 1) + 1,
        writtenAt: 0,
        bodyOf: bodyOf,
      };
      writeCount(entry);
      if (held.size < MAX_FILES) held.set(fingerprint, entry);
      return true;
    }

    function writeCount(entry) {
      entry.writtenAt = Date.now();
      entry.report.count = entry.count;
      const body = entry.bodyOf(entry.report, MAX_BODY);
      try {
        if (body !== null) write(entry.name, body);
      } catch (problem) {
        // The count stays lower than it was.
      }
    }

    function settle(fingerprint, name) {
      const entry = held.get(fingerprint);
      if (!entry) return;
      held.delete(fingerprint);
      if (entry.name === name && entry.count > 1 && entry.report.count !== entry.count) writeCount(entry);
    }

    function isRecent(fingerprint) {
      const at = sentAt.get(fingerprint);
      return at !== undefined && Date.now() - at < MERGE_MS && Date.now() >= at;
    }

    function wake(release) {
      wantRelease = wantRelease || release;
      if (stopped) return Promise.resolve();
      if (running) {
        again = true;
        return running;
      }
      if (timer) clearTimeout(timer);
      timer = null;
      const rest = function (pauseMs) {
        running = null;
        if (again) {
          again = false;
          return wake(false);
        }
        if (!stopped && !settings.until && (held.size || hasWaiting())) {
          timer = setTimeout(wake, Math.min(pauseMs, MAX_BACKOFF_MS), pauseMs > GRACE_MS);
          timer.unref();
        }
        return undefined;
      };
      running = Promise.resolve().then(round).then(rest, function (problem) {
        say('could not send: ' + problem);
        return rest(MAX_BACKOFF_MS);
      });
      return running;
    }

    // No `async` here: compilers for older engines would turn it into a call of a helper that the worker thread does not have.
    /** Sends what may be sent. Resolves to the milliseconds until there may be more. */
    function round() {
      const release = wantRelease;
      const force = wantForce;
      wantRelease = false;
      wantForce = false;
      return memory
        .splice(0)
        .reduce(function (before, body) {
          return before.then(function () {
            return post(body);
          });
        }, tellPing())
        .then(function () {
          return sendNext(waiting(), 0, release, force);
        });
    }

    function sendNext(entries, index, release, force) {
      let soon = false;
      for (; index < entries.length; index++) {
        const until = state().until;
        if (until > Date.now() && !force) return until - Date.now();
        const age = Date.now() - entries[index].changed;
        if (!release && !force && NEW_FILE.test(entries[index].name) && age >= 0 && age < GRACE_MS) {
          soon = true;
          continue;
        }
        const body = take(entries[index].name, release || force);
        if (body === null) continue;
        return post(body.text).then(function (answer) {
          if (answer.done) {
            remove(body.name);
            remove('state.json');
            return sendNext(entries, index + 1, release, force);
          }
          if (!counted) failed(answer.retryAfterMs);
          return Math.max(100, state().until - Date.now());
        });
      }
      return soon ? GRACE_MS : MERGE_MS;
    }

    /** Marks a report as tried and reads it, with the count that it has by now. Null: not now, or somebody else's. */
    function take(known, now) {
      const match = NEW_FILE.exec(known);
      let name = known;
      if (match) {
        if (!now && isRecent(match[1])) return null;
        settle(match[1], name);
        name = match[2] + '.json';
        try {
          fs.renameSync(file(known), file(name));
        } catch (problem) {
          return null; // Another process took it.
        }
        if (sentAt.size > 1000) sentAt.clear();
        sentAt.set(match[1], Date.now());
      }
      const text = read(name);
      return text === null ? null : { name: name, text: text };
    }

    /** Tells the state of the session, once; a state that does not arrive is not told again. */
    function tellPing() {
      const body = settings.ping;
      if (!body || state().until > Date.now()) return Promise.resolve();
      settings.ping = null;
      return post(body, settings.sessionEndpoint).then(function (answer) {
        if (!answer.done && !counted) failed(answer.retryAfterMs);
      });
    }

    function post(body, address) {
      inFlight = true;
      counted = false;
      const dropped = address ? {} : saveDropped({});
      return new Promise(function (resolve) {
        let settled = false;
        let request = null;
        const timeoutMs = settings.until ? settings.until - Date.now() : settings.timeoutMs;
        const limit = setTimeout(end, Math.max(1, timeoutMs), 'no answer in time');
        function end(problem, status, answer, retryAfter) {
          if (settled) return;
          settled = true;
          clearTimeout(limit);
          inFlight = false;
          if (request) request.destroy();
          if (problem) say('server said nothing: ' + problem);
          else say('server said ' + status + ' ' + answer.slice(0, 2000));
          const accepted =
            status >= 200 && status < 300 && answer.trim().split('&').indexOf('response=ok') >= 0;
          const hopeless =
            status === 400 ||
            status === 413 ||
            status === 422 ||
            (!!address && status >= 400 && status < 500 && status !== 429);
          if (accepted && Object.keys(dropped).length) saveDropped(dropped);
          const seconds = /^[0-9]{1,6}$/.test(String(retryAfter)) ? Number(retryAfter) : null;
          resolve({ done: accepted || hopeless, retryAfterMs: seconds === null ? null : seconds * 1000 });
        }
        try {
          const url = new URL(address || settings.endpoint);
          const told = Object.keys(dropped).map(function (reason) {
            return reason + ':' + dropped[reason];
          });
          if (told.length) url.searchParams.set('dropped', told.join(','));
          const content = Buffer.from(body, 'utf8');
          request = load(url.protocol === 'https:' ? 'https' : 'http').request(
            url,
            {
              method: 'POST',
              agent: false,
              headers: {
                'Content-Type': 'application/json',
                'Content-Length': content.length,
                'User-Agent': settings.userAgent,
                Connection: 'close',
              },
            },
            function (response) {
              let answer = '';
              const finish = function () {
                end(null, response.statusCode, answer, response.headers['retry-after']);
              };
              response.setEncoding('utf8');
              response.on('data', function (chunk) {
                answer += chunk;
                if (answer.length > 65536) finish();
              });
              response.on('end', finish);
              response.on('error', function (problem) {
                end(String(problem));
              });
              response.on('aborted', function () {
                end('the answer was cut off');
              });
            },
          );
          request.on('error', function (problem) {
            end(String(problem));
          });
          request.end(content);
        } catch (problem) {
          end(String(problem));
        }
      });
    }

    function hasWaiting() {
      return memory.length > 0 || waiting().length > 0;
    }

    return {
      accept: accept,
      upgrade: upgrade,
      drop: drop,
      wake: wake,
      hasWaiting: hasWaiting,
      isEmpty: function () {
        return !hasWaiting();
      },
      release: function () {
        return wake(true);
      },
      flush: function () {
        wantForce = true;
        return wake(true);
      },
      stop: function () {
        held.forEach(writeCount);
        stopped = true;
        if (timer) clearTimeout(timer);
      },
      addMemory: function (bodies) {
        memory = memory.concat(bodies);
      },
      takeMemory: function () {
        return memory.splice(0);
      },
      /** Writes what is in memory only, and says whether a last try makes sense. */
      prepareExit: function () {
        held.forEach(function (entry, fingerprint) {
          settle(fingerprint, entry.name);
        });
        if (Object.keys(unsaved).length) saveDropped({});
        if (settings.exitMs === 0) return false;
        if (settings.ping !== null && state().until <= Date.now()) return true;
        if (memory.length > 0) return true;
        return !stopped && state().until <= Date.now() && waiting().length > 0;
      },
      countFailure: function () {
        failed(null);
      },
      installationId: function (fresh) {
        if (!settings.home) return fresh;
        const known = path.join(settings.home, 'installation-id');
        const temporary = known + '.' + fresh + '.tmp';
        for (let attempt = 0; attempt < 2; attempt++) {
          try {
            const id = fs.readFileSync(known, 'utf8').slice(0, 100).trim();
            if (new RegExp('^' + UUID + '$').test(id)) return id;
            fs.unlinkSync(known);
          } catch (problem) {
            // The first start.
          }
          try {
            // Written whole and linked into place, so that two first starts agree on one id.
            fs.writeFileSync(temporary, fresh + '\n', { mode: 384 });
            fs.linkSync(temporary, known);
          } catch (problem) {
            // Another process was faster; read its id.
          }
          try {
            fs.unlinkSync(temporary);
          } catch (problem) {
            // Never written.
          }
        }
        return fresh;
      },
    };
  }

  /** What was thrown is told by the engine, which does not say where unless it is an error. */
  function nowhere() {
    return { message: null, locations: [] };
  }

  function installNodeHandlers() {
    // The monitor sees every error that would end the process, and changes nothing about how it ends.
    process.on('uncaughtExceptionMonitor', function maydayMonitor(error) {
      // Where the application has a handler of its own, the process may live on: it is not held up.
      capture(error, null, 'major', nowhere(), process.listenerCount('uncaughtException') === 0, 'uncaught');
    });
    watchRejections();
    process.on('beforeExit', function maydayBeforeExit() {
      endSession('exited');
      if (client && client.canSend && client.sender.release && !client.released) {
        client.released = true;
        client.sender.release();
      }
    });
    process.on('exit', function maydayExit() {
      endSession('exited');
      if (client && client.canSend) client.sender.drainSync();
    });
  }

  function watchRejections() {
    // A listener would keep Node from ending at an unhandled rejection (which the monitor sees). Only where somebody else
    // listens, or where Node is told not to end, ours is added.
    const ours = function maydayRejection(reason) {
      capture(reason, null, 'major', nowhere(), false, 'rejection');
    };
    const flags = process.execArgv.join(' ') + ' ' + (process.env.NODE_OPTIONS || '');
    if (
      /--unhandled-rejections=(warn|none)(\s|$)/.test(flags) ||
      process.listenerCount('unhandledRejection') > 0
    ) {
      process.prependListener('unhandledRejection', ours);
    }
    process.on('newListener', function (name, listener) {
      if (name !== 'unhandledRejection' || listener === ours) return;
      if (process.listeners(name).indexOf(ours) < 0) process.prependListener(name, ours);
    });
    process.on('removeListener', function (name) {
      if (name !== 'unhandledRejection') return;
      const left = process.listeners(name);
      if (left.length === 1 && left[0] === ours) process.removeListener(name, ours);
    });
  }

  // --- Browser -----------------------------------------------------------------------------------------------------

  function scriptOptions() {
    return (ownScript && ownScript.dataset) || {};
  }

  function stored(key) {
    try {
      return root.localStorage.getItem(key);
    } catch (problem) {
      return null;
    }
  }

  function browserRuntime() {
    const navigator = root.navigator || {};
    const found = {
      user_agent: limit(navigator.userAgent || '', MAX.string),
      language: String(navigator.language || ''),
    };
    if (navigator.vendor) found.vendor = String(navigator.vendor);
    if (navigator.platform) found.platform = String(navigator.platform);
    if (root.innerWidth) found.viewport = root.innerWidth + 'x' + root.innerHeight;
    return found;
  }

  function browserRequest() {
    const location = root.location;
    if (!location) return {};
    const found = { url: location.href };
    if (root.document && root.document.referrer) found.referrer = root.document.referrer;
    addPairs(found, 'G_', new URLSearchParams(location.search));
    cookieNames(root.document && root.document.cookie).forEach(function (name) {
      found['C_' + name] = FILTERED;
    });
    if (currentEvent) Object.assign(found, currentEvent);
    return found;
  }

  function browserModule(location) {
    const url = location.absolute_url;
    if (!url) return null;
    const match = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/[^?#]*)/i.exec(url);
    return match ? limit(match[1].slice(1) || '/', MAX.string) : null;
  }

  let currentEvent = null;
  const ownScript = isBrowser && root.document ? root.document.currentScript : null;

  const workerErrors = workerErrorChannel();

  function installBrowserHandlers() {
    root.addEventListener('error', function maydayError(event) {
      // Failed images and scripts have a target and no message.
      if (!event || event.message === undefined) return;
      const location = { method: '<anonymous>', line: event.lineno || 0 };
      if (event.filename) location.absolute_url = event.filename;
      if (event.colno) location.column = event.colno;
      const extra = {
        message: String(event.message),
        locations: event.filename || event.lineno ? [location] : [],
      };
      const isHidden = event.error === undefined || event.error === null;
      const error = isHidden ? new Opaque(event.message) : event.error;
      const tell = function () {
        capture(error, null, 'major', extra, false, 'uncaught');
      };
      const place = [event.message, event.filename, event.lineno, event.colno].join('\n');
      // A page learns of a worker's error, too, by its place alone; where the library is in the worker it has said so.
      if (isHidden && root.document && event.filename) workerErrors.wait(place, tell);
      else tell();
      if (!root.document) workerErrors.say(place);
    });
    root.addEventListener('unhandledrejection', function maydayRejection(event) {
      capture(
        event && event.reason,
        null,
        'major',
        { message: 'a promise was rejected', locations: [] },
        false,
        'rejection',
      );
    });
    if (root.document) {
      // Closed while the page is left: browsers keep no page with an open channel for the way back.
      workerErrors.open();
      root.addEventListener('pageshow', workerErrors.open);
      root.addEventListener('pagehide', workerErrors.close);
    }
    const leave = function () {
      if (client && client.canSend) client.sender.leave();
    };
    root.addEventListener('pagehide', function (event) {
      // A page that the browser keeps may be shown again.
      if (!event || !event.persisted) endSession('exited');
      leave();
    });
    root.addEventListener('online', function () {
      if (client && client.canSend) client.sender.wake();
    });
    if (root.document) {
      watchJQuery();
      root.document.addEventListener('DOMContentLoaded', watchJQuery);
      root.document.addEventListener('visibilitychange', function () {
        if (root.document.visibilityState === 'hidden' && client && client.canSend) client.sender.release();
      });
    }
    root.addEventListener('load', watchJQuery);
  }

  /** Between a worker that has reported its error and the pages that learn of it. */
  function workerErrorChannel() {
    const NAME = 'mayday';
    const said = [];
    const waiting = [];
    let channel = null;

    function open() {
      if (channel || typeof root.BroadcastChannel !== 'function') return;
      try {
        channel = new root.BroadcastChannel(NAME);
        channel.onmessage = function (event) {
          if (said.length < MAX.items) said.push(String(event.data));
        };
      } catch (problem) {
        // A page without an origin.
      }
    }

    function settle(entry) {
      const at = waiting.indexOf(entry);
      if (at < 0) return;
      waiting.splice(at, 1);
      const index = said.indexOf(entry.place);
      if (index >= 0) said.splice(index, 1);
      else entry.tell();
    }

    return {
      open: open,
      close: function () {
        waiting.slice().forEach(settle);
        if (channel) channel.close();
        channel = null;
      },
      wait: function (place, tell) {
        if (waiting.length >= MAX.items) return;
        const entry = { place: place, tell: tell };
        waiting.push(entry);
        setTimeout(settle, WORKER_GRACE_MS, entry);
      },
      say: function (place) {
        open();
        if (channel) channel.postMessage(place);
      },
    };
  }

  // What a script of another origin throws is told as "Script error." alone.
  function Opaque(message) {
    this.name = 'Error';
    this.message = String(message);
  }

  /** jQuery: which event a failing handler was for, and the errors that its promises swallow. */
  function watchJQuery() {
    const jQuery = root.jQuery;
    if (!jQuery || !jQuery.event || jQuery.event.maydayWatches) return;
    try {
      jQuery.event.maydayWatches = true;
      const dispatch = jQuery.event.dispatch;
      jQuery.event.dispatch = function maydayDispatch(event) {
        const outer = currentEvent;
        currentEvent = describeEvent(event);
        try {
          return dispatch.apply(this, arguments);
        } catch (error) {
          capture(error, null, 'major', null, false, 'jquery');
          throw error;
        } finally {
          currentEvent = outer;
        }
      };
      if (jQuery.Deferred) {
        const previous = jQuery.Deferred.exceptionHook;
        jQuery.Deferred.exceptionHook = function maydayExceptionHook(error) {
          if (error instanceof Error) capture(error, null, 'normal', null, false, 'jquery promise');
          return previous ? previous.apply(this, arguments) : undefined;
        };
      }
    } catch (problem) {
      // A jQuery that cannot be changed.
    }
  }

  function describeEvent(event) {
    const target = event && event.target;
    const found = { event: limit((event && event.type) || '', 100) };
    if (target && target.nodeName) {
      const id = target.id ? '#' + target.id : '';
      const classes =
        typeof target.className === 'string' && target.className
          ? '.' + target.className.trim().split(/\s+/).join('.')
          : '';
      found.target = limit(String(target.nodeName).toLowerCase() + id + classes, 200);
    }
    return found;
  }

  /** The queue in localStorage (or in memory where that is closed) and its sender. */
  function browserSender(current, previous) {
    const MAX_BODY = 60 * 1024;
    const MAX_ENTRIES = 20;
    const MAX_CHARACTERS = 300 * 1024;
    const MAX_AGE_MS = 14 * 86400000;
    const MERGE_MS = 60000;
    const FIRST_BACKOFF_MS = 30000;
    const MAX_BACKOFF_MS = 3600000;
    const EARLIEST_CLOCK_MS = 1577836800000;
    const options = current.options;
    const prefix = 'mayday:' + options.account + '/' + options.product + ':';
    let dropped = {}; // by reason; kept in localStorage, for the next page
    let pending = null; // the state of the session that is to be told
    const memory = (previous && previous.memory) || new Map(); // id -> entry, where localStorage refuses
    const sentAt = (previous && previous.sentAt) || new Map();
    let running = null;
    let again = false;
    let wantRelease = false;
    let wantForce = false;
    let timer = null;
    let stopped = false;

    function storage() {
      try {
        return root.localStorage || null;
      } catch (problem) {
        return null;
      }
    }

    function save(entry) {
      const store = storage();
      try {
        if (!store) throw new Error('no storage');
        store.setItem(prefix + 'report:' + entry.id, JSON.stringify(entry));
        memory.delete(entry.id);
      } catch (problem) {
        // Closed or full: the page is all we have.
        if (memory.size < MAX_ENTRIES) memory.set(entry.id, entry);
      }
    }

    function drop(id) {
      memory.delete(id);
      try {
        storage().removeItem(prefix + 'report:' + id);
      } catch (problem) {
        // Never stored.
      }
    }

    function load(id) {
      if (memory.has(id)) return memory.get(id);
      try {
        const entry = JSON.parse(storage().getItem(prefix + 'report:' + id));
        return entry &&
          typeof entry === 'object' &&
          entry.id === id &&
          entry.report &&
          typeof entry.report === 'object'
          ? entry
          : null;
      } catch (problem) {
        return null;
      }
    }

    /** The entries, oldest first, after dropping what is too old or no report. */
    function waiting() {
      const now = Date.now();
      const found = [];
      const ids = new Set(memory.keys());
      const store = storage();
      try {
        for (let index = 0; store && index < store.length; index++) {
          const key = store.key(index);
          if (key && key.indexOf(prefix + 'report:') === 0) ids.add(key.slice(prefix.length + 7));
        }
      } catch (problem) {
        // Closed.
      }
      ids.forEach(function (id) {
        const entry = load(id);
        if (!entry) return drop(id);
        if (!(entry.at <= now + 60000 && entry.at >= EARLIEST_CLOCK_MS)) {
          entry.at = now;
          save(entry);
        }
        if (now - entry.at > MAX_AGE_MS) {
          countDropped('expired');
          return drop(id);
        }
        found.push(entry);
        return undefined;
      });
      return found.sort(function (a, b) {
        return a.at - b.at;
      });
    }

    /** Whether there is room for one more; the first of each kind stay, and what lies here from earlier goes. */
    function makeRoom(size, isFatal) {
      const entries = waiting();
      const sizeOf = function (entry) {
        return JSON.stringify(entry.report).length;
      };
      let total = entries.reduce(function (sum, entry) {
        return sum + sizeOf(entry);
      }, size);
      while (entries.length && (entries.length >= MAX_ENTRIES || total > MAX_CHARACTERS)) {
        const index = entries.findIndex(function (entry) {
          return (entry.tried && Date.now() - entry.at > MERGE_MS) || (isFatal && entry.report.severity !== 'major');
        });
        countDropped('queue_full');
        if (index < 0) return false;
        total -= sizeOf(entries[index]);
        drop(entries[index].id);
        entries.splice(index, 1);
      }
      return true;
    }

    /** Counts a report that will never be sent; what is counted goes with the next one that is. */
    function countDropped(reason) {
      readDropped();
      dropped[reason] = (dropped[reason] || 0) + 1;
      writeDropped();
    }

    function readDropped() {
      try {
        const read = JSON.parse(storage().getItem(prefix + 'dropped'));
        if (read && typeof read === 'object') dropped = read;
      } catch (problem) {
        // What this page remembers holds.
      }
      return dropped;
    }

    function writeDropped() {
      try {
        if (Object.keys(dropped).length) storage().setItem(prefix + 'dropped', JSON.stringify(dropped));
        else storage().removeItem(prefix + 'dropped');
      } catch (problem) {
        // Closed or full.
      }
    }

    function tellDropped() {
      const told = Object.keys(readDropped()).map(function (reason) {
        return encodeURIComponent(reason) + ':' + Number(dropped[reason]);
      });
      if (!told.length) return current.endpoint;
      return current.endpoint + (current.endpoint.indexOf('?') < 0 ? '?' : '&') + 'dropped=' + told.join(',');
    }

    function upgrade(fingerprintSource) {
      const fingerprint = hash(fingerprintSource);
      waiting().forEach(function (entry) {
        if (entry.tried || entry.fingerprint !== fingerprint) return;
        entry.report.severity = 'major';
        save(entry);
      });
    }

    function state() {
      try {
        const found = JSON.parse(storage().getItem(prefix + 'state'));
        const until = Number(found.not_before) || 0;
        return {
          failures: Math.max(0, Math.floor(Number(found.failures)) || 0),
          until: until > Date.now() + MAX_BACKOFF_MS ? 0 : until,
        };
      } catch (problem) {
        return { failures: 0, until: 0 };
      }
    }

    function setState(value) {
      try {
        if (value) storage().setItem(prefix + 'state', JSON.stringify(value));
        else storage().removeItem(prefix + 'state');
      } catch (problem) {
        // Closed or full.
      }
    }

    function failed(retryAfterMs) {
      const failures = state().failures + 1;
      let pause = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * Math.pow(2, Math.min(failures - 1, 20)));
      if (retryAfterMs !== null) pause = Math.min(MAX_BACKOFF_MS, Math.max(pause, retryAfterMs));
      setState({ failures: failures, not_before: Date.now() + pause });
      return pause;
    }

    function isRecent(fingerprint) {
      const at = sentAt.get(fingerprint);
      return at !== undefined && Date.now() - at < MERGE_MS && Date.now() >= at;
    }

    function accept(fingerprintSource, made) {
      const fingerprint = hash(fingerprintSource);
      const same = waiting().find(function (entry) {
        return !entry.tried && entry.fingerprint === fingerprint;
      });
      if (same) {
        same.report.count = (Number.isSafeInteger(same.report.count) ? same.report.count : 1) + 1;
        save(same);
      } else {
        const body = bodyOf(made, MAX_BODY);
        if (body === null) return countDropped('too_large');
        if (!makeRoom(body.length, made.severity === 'major')) return undefined;
        save({
          id: made.occurrence_id,
          fingerprint: fingerprint,
          at: Date.now(),
          tried: false,
          report: JSON.parse(body),
        });
      }
      wake();
      return undefined;
    }

    function wake() {
      if (stopped) return Promise.resolve();
      if (running) {
        again = true;
        return running;
      }
      if (timer) clearTimeout(timer);
      timer = null;
      const rest = function (pauseMs) {
        running = null;
        if (again) {
          again = false;
          return wake();
        }
        if (!stopped && waiting().length) timer = setTimeout(release, Math.min(pauseMs, MAX_BACKOFF_MS));
        return undefined;
      };
      running = alone(round).then(rest, function (problem) {
        say('could not send: ' + text(problem, 200));
        return rest(MAX_BACKOFF_MS);
      });
      return running;
    }

    function release() {
      wantRelease = true;
      return wake();
    }

    // Two tabs of one site share a queue; one of them sends.
    function alone(run) {
      const locks = root.navigator && root.navigator.locks;
      if (!locks || !locks.request) return Promise.resolve().then(run);
      return locks.request(prefix + 'sender', { ifAvailable: true }, function (lock) {
        return lock ? run() : 5000;
      });
    }

    /** Sends what may be sent. Resolves to the milliseconds until there may be more. */
    async function round() {
      const releasing = wantRelease;
      const force = wantForce;
      wantRelease = false;
      wantForce = false;
      if (pending !== null && state().until <= Date.now()) {
        const body = pending;
        pending = null;
        await post(body, sessionEndpoint(options));
      }
      for (const known of waiting()) {
        const until = state().until;
        if (until > Date.now() && !force) return until - Date.now();
        if (!known.tried) {
          if (!releasing && !force && isRecent(known.fingerprint)) continue;
          if (!known.sourced) await addSources(known.id);
        }
        const entry = load(known.id);
        if (!entry) continue;
        if (!entry.tried) {
          entry.tried = true;
          save(entry);
          if (sentAt.size > 1000) sentAt.clear();
          sentAt.set(entry.fingerprint, Date.now());
        }
        const body = bodyOf(entry.report, MAX_BODY);
        const answer = body === null ? { done: true } : await post(body);
        if (answer.done) {
          drop(entry.id);
          setState(null);
        } else {
          return failed(answer.retryAfterMs);
        }
      }
      return MERGE_MS;
    }

    async function post(body, sessionAddress) {
      const abort = typeof AbortController === 'function' ? new AbortController() : null;
      let status = 0;
      let answer = '';
      let retryAfter = null;
      const address = sessionAddress || tellDropped();
      const told = sessionAddress ? {} : Object.assign({}, dropped);
      const late = new Promise(function (resolve, reject) {
        setTimeout(function () {
          reject(new Error('no answer in time'));
          if (abort) abort.abort();
        }, options.timeoutMs);
      });
      const talk = (async function () {
        // text/plain: a simple request, which another origin may get without asking first. No cookies.
        const init = {
          method: 'POST',
          body: body,
          headers: { 'Content-Type': 'text/plain' },
          mode: 'cors',
          credentials: 'omit',
          redirect: 'manual',
          keepalive: true,
        };
        if (abort) init.signal = abort.signal;
        const response = await root.fetch(address, init).catch(function (problem) {
          if (abort && abort.signal.aborted) throw problem;
          // Too much may be under way already for one more request that outlives the page.
          init.keepalive = false;
          return root.fetch(address, init);
        });
        status = response.status;
        retryAfter = response.headers.get('Retry-After');
        answer = (await response.text()).slice(0, 65536);
      })();
      talk.catch(function () {});
      try {
        await Promise.race([talk, late]);
        say('server said ' + status + ' ' + answer.slice(0, 2000));
      } catch (problem) {
        status = 0;
        say('server said nothing: ' + text(problem, 200));
      }
      const accepted = status >= 200 && status < 300 && answer.trim().split('&').indexOf('response=ok') >= 0;
      const hopeless = status === 400 || status === 413 || status === 422;
      if (accepted && Object.keys(told).length) {
        readDropped();
        for (const reason of Object.keys(told)) {
          dropped[reason] -= told[reason];
          if (!(dropped[reason] > 0)) delete dropped[reason];
        }
        writeDropped();
      }
      const seconds = /^[0-9]{1,6}$/.test(String(retryAfter)) ? Number(retryAfter) : null;
      return { done: accepted || hopeless, retryAfterMs: seconds === null ? null : seconds * 1000 };
    }

    /** Reads the scripts of the same origin that the frames are in: few, small, and for a second at most. */
    async function addSources(id) {
      const entry = load(id);
      if (!entry) return;
      entry.sourced = true;
      const places = [];
      entry.report.stacktrace.forEach(function (item) {
        places.push.apply(places, item.locations.slice(0, 10));
      });
      const urls = [];
      places.forEach(function (place) {
        const url = place.absolute_url;
        if (
          url &&
          url.indexOf(root.location.origin + '/') === 0 &&
          url.indexOf(FILTERED) < 0 &&
          urls.indexOf(url) < 0 &&
          urls.length < 5
        )
          urls.push(url);
      });
      const late = new Promise(function (resolve) {
        setTimeout(resolve, 1000, null);
      });
      const texts = await Promise.all(
        urls.map(function (url) {
          const wanted = root
            .fetch(url, { cache: 'force-cache', credentials: 'same-origin' })
            .then(function (response) {
              return response.ok && !(Number(response.headers.get('Content-Length')) > MAX.sourceFile)
                ? response.text()
                : null;
            })
            .catch(function () {
              return null;
            });
          return Promise.race([wanted, late]);
        }),
      );
      const now = load(id); // It may have been counted up meanwhile.
      if (!now || now.tried) return;
      now.sourced = true;
      now.report.stacktrace.forEach(function (item) {
        item.locations.forEach(function (place) {
          const content = texts[urls.indexOf(place.absolute_url)];
          if (typeof content === 'string' && content.length <= MAX.sourceFile)
            addSource(place, content.split(/\r\n|\n|\r/), current.secrets);
        });
      });
      save(now);
    }

    /** The page goes away: what has not been tried is handed to the browser, which sends it without us. */
    function leave() {
      const survives = typeof Request === 'function' && 'keepalive' in Request.prototype;
      if (pending !== null && state().until <= Date.now() && root.navigator.sendBeacon) {
        root.navigator.sendBeacon(sessionEndpoint(options), new Blob([pending], { type: 'text/plain' }));
        pending = null;
      }
      if (state().until > Date.now() || !root.navigator.sendBeacon) return;
      for (const entry of waiting()) {
        // A request under way outlives the page where `keepalive` is known.
        if (entry.tried && (survives || !sentAt.has(entry.fingerprint))) continue;
        const body = bodyOf(entry.report, MAX_BODY);
        if (
          body === null ||
          !root.navigator.sendBeacon(current.endpoint, new Blob([body], { type: 'text/plain' }))
        )
          return;
        // It stays in the queue, since a beacon has no answer; the next page sends it again as a retry.
        entry.tried = true;
        save(entry);
      }
    }

    return {
      installationId: function () {
        const fresh = randomId();
        try {
          const known = storage().getItem('mayday:installation-id');
          if (known && /^[0-9a-f-]{36}$/.test(known)) return known;
          storage().setItem('mayday:installation-id', fresh);
        } catch (problem) {
          // A new one for each page.
        }
        return fresh;
      },
      ping: function (body) {
        pending = body;
        wake();
      },
      accept: accept,
      upgrade: upgrade,
      drop: countDropped,
      wake: wake,
      release: release,
      leave: leave,
      flush: function () {
        wantForce = true;
        return release();
      },
      isEmpty: function () {
        return waiting().length === 0;
      },
      stop: function () {
        stopped = true;
        if (timer) clearTimeout(timer);
      },
      memory: memory,
      sentAt: sentAt,
    };
  }

  function hash(value) {
    // FNV-1a over two seeds: enough to tell one error of a page from another.
    let found = '';
    for (const seed of [2166136261, 3421674724]) {
      let sum = seed;
      for (let index = 0; index < value.length; index++)
        sum = Math.imul(sum ^ value.charCodeAt(index), 16777619);
      found += ((sum >>> 0) + 4294967296).toString(16).slice(1);
    }
    return found;
  }

  const api = {
    version: VERSION,
    install: install,
    report: report,
    flush: flush,
    breadcrumb: breadcrumb,
    setContext: setContext,
    withContext: withContext,
    requestContext: requestContext,
    errorHandler: errorHandler,
  };
  try {
    Object.defineProperty(home, KNOWN, { value: api, configurable: true });
  } catch (problem) {
    // A frozen object: a second copy will not find the first.
  }
  if (ownScript && ownScript.dataset && ownScript.dataset.url && ownScript.dataset.product) install();
  return api;
})(typeof globalThis === 'object' ? globalThis : self, null);
export default mayday;
export const { version, install, report, flush, breadcrumb, setContext, withContext, requestContext, errorHandler } = mayday;
