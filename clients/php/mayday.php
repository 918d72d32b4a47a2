<?php
// SPDX-License-Identifier: Apache-2.0
// Mayday client for PHP 7.4 and later, in one file: catches uncaught exceptions, fatal errors and warnings, keeps them on
// disk, and posts them to a Mayday server over the CrashKit 1.0 API. See README.md beside this file. No dependencies.

/**
 * The whole public interface is static: start, report, set, wrap, flush, send. Every method swallows its own failures:
 * whatever happens here, the application goes on as if this class were absent.
 *
 * Types are those that PHP 7.4 has; what needs a union or mixed says so in its comment. Not strict_types: what an application has put
 * into its data, a number where a text is expected, is to be taken as it is.
 */
final class Mayday
{
    public const CLIENT_VERSION = '1.0.0';

    // Bounds, the same in every language (see ../contract/README.md). Lengths are in bytes.
    private const MAX_REPORT_BYTES = 262144;
    private const MAX_CAUSES = 10;
    private const MAX_FRAMES = 100;
    private const MAX_MESSAGE = 8192;
    private const MAX_STRING = 2048;
    private const MAX_LOCAL = 500;
    private const MAX_ENTRIES = 100;
    private const MAX_ITEMS = 50;
    private const MAX_DEPTH = 5;
    // In one section: five levels of a hundred entries would be too many.
    private const MAX_VALUES = 2000;
    private const MAX_SOURCE_BYTES = 1048576;
    private const SOURCE_CONTEXT = 5;
    private const MAX_SOURCE_LINE = 300;
    // Different errors of one request that are counted in memory; the others are merged on disk one by one.
    private const MAX_COUNTED = 20;
    private const MERGE_EVERY_SECONDS = 1.0;
    private const MAX_MEMORY_REPORTS = 20;
    private const MAX_ANSWER_BYTES = 65536;
    private const RESERVE_BYTES = 524288;
    private const FILTERED = '[filtered]';

    private const SENT_VARIABLES = [
        'LANG' => 1, 'LANGUAGE' => 1, 'TZ' => 1, 'TERM' => 1, 'SHELL' => 1, 'PATH' => 1, 'PWD' => 1, 'HOSTNAME' => 1, 'COMPUTERNAME' => 1,
        'OS' => 1, 'PROCESSOR_ARCHITECTURE' => 1, 'CI' => 1, 'DYNO' => 1, 'KUBERNETES_SERVICE_HOST' => 1, 'K_SERVICE' => 1,
        'K_REVISION' => 1, 'FUNCTION_NAME' => 1, 'WEBSITE_SITE_NAME' => 1, 'AWS_REGION' => 1, 'AWS_DEFAULT_REGION' => 1,
        'AWS_LAMBDA_FUNCTION_NAME' => 1, 'AWS_EXECUTION_ENV' => 1, 'FLY_REGION' => 1, 'FLY_APP_NAME' => 1, 'MAYDAY_PRODUCT' => 1,
        'MAYDAY_ACCOUNT' => 1, 'MAYDAY_ROLE' => 1, 'MAYDAY_VERSION' => 1, 'MAYDAY_ENVIRONMENT' => 1, 'APP_ENV' => 1, 'APP_DEBUG' => 1,
        'ENVIRONMENT' => 1, 'PHP_VERSION' => 1, 'PHP_INI_DIR' => 1,
    ];
    private const CGI_VARIABLE = '/^(?:HTTP_\w+|HTTPS|REQUEST_\w+|QUERY_STRING|SERVER_\w+|REMOTE_\w+|SCRIPT_\w+|PATH_INFO|PATH_TRANSLATED'
        . '|DOCUMENT_\w+|CONTENT_\w+|CONTEXT_\w+|GATEWAY_INTERFACE|AUTH_TYPE|REDIRECT_(?:STATUS|URL|QUERY_STRING)|PHP_SELF)$/D';

    /** PHP's own words for its levels; the kind of a report that no exception stands behind. */
    private const LEVELS = [
        E_ERROR => 'Fatal Error', E_PARSE => 'Parse Error', E_CORE_ERROR => 'Core Error', E_COMPILE_ERROR => 'Compile Error',
        E_USER_ERROR => 'User Error', E_RECOVERABLE_ERROR => 'Recoverable Error', E_WARNING => 'Warning',
        E_CORE_WARNING => 'Core Warning', E_COMPILE_WARNING => 'Compile Warning', E_USER_WARNING => 'User Warning',
        E_NOTICE => 'Notice', E_USER_NOTICE => 'User Notice', E_DEPRECATED => 'Deprecated', E_USER_DEPRECATED => 'User Deprecated',
        2048 => 'Strict Standards',
    ];
    private const FATAL = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;

    private static ?Mayday $current = null;
    private static bool $busy = false;
    private static bool $shutdownRegistered = false;

    /** @var array<string, mixed> */
    private array $options;
    private string $role;
    private MaydaySecrets $secrets;
    /** @var list<string> Names of further environment variables; a star at the end stands for any rest. */
    private array $variables = [];
    /** @var list<array{time: string, message: string, category?: string, data?: array}> */
    private array $breadcrumbs = [];
    /** @var array<string, array> */
    private array $sections = [];
    private MaydayQueue $queue;
    /** @var list<string> Reports that no disk took. */
    private array $memory = [];
    /** @var array<string, array{count: int, json: string}> Repeats by fingerprint that are in no file yet. */
    private array $counted = [];
    private float $mergedAt = 0.0;
    /** Memory that is given back when it has run out. */
    private ?string $reserve;
    // One run of the program, for crash-free rates; null where none is counted. PHP waits for every request, so that only its end is told.
    private ?array $session = null;
    /** @var callable|null */
    private $previousException = null;
    /** @var callable|null */
    private $previousError = null;
    /** What the error or exception handler has reported already, so that the end of the script does not report it again. */
    private ?array $seenFatal = null;
    private ?array $seenException = null;
    /** @var list<stdClass> The last exceptions that were reported, held weakly, with what became of them. */
    private array $seen = [];

    // ---- Public interface -------------------------------------------------------------------------------------------

    /**
     * Installs the handlers. Keys: url, account, product, version, role, token, key, debug, queueDir, timeoutMs, exitMs, locals,
     * ownership, secrets, variables, environment, tags, ignore, sampleRate, beforeSend, levels (default: warnings and worse), root, handlers, finishRequest. What is absent
     * comes from the environment (MAYDAY_URL, MAYDAY_PRODUCT, …). Without url or product nothing happens at all.
     */
    public static function start(array $options = []): void
    {
        self::guarded(static function () use ($options): void {
            if (self::$current !== null) {
                self::$current->uninstall();
                self::$current = null;
            }
            if (self::truthy(self::env('MAYDAY_DISABLED'))) {
                return;
            }
            $options += [
                'url' => self::env('MAYDAY_URL'),
                'account' => self::env('MAYDAY_ACCOUNT') ?? 'default',
                'product' => self::env('MAYDAY_PRODUCT'),
                'token' => self::env('MAYDAY_TOKEN'),
                'key' => self::env('MAYDAY_KEY'),
                'queueDir' => self::env('MAYDAY_QUEUE_DIR'),
                'version' => self::env('MAYDAY_VERSION'), 'role' => null, 'debug' => false, 'timeoutMs' => 3000, 'exitMs' => self::env('MAYDAY_EXIT_MS') ?? 2000, 'locals' => false, 'ownership' => null,
                'secrets' => [], 'variables' => [], 'environment' => self::env('MAYDAY_ENVIRONMENT'), 'tags' => [], 'ignore' => [],
                'sampleRate' => self::env('MAYDAY_SAMPLE_RATE') ?? 1, 'sessions' => false, 'beforeSend' => null, 'root' => null, 'handlers' => true, 'finishRequest' => true,
                'levels' => E_WARNING | E_CORE_WARNING | E_COMPILE_WARNING | E_USER_WARNING | self::FATAL,
            ];
            $options['timeoutMs'] = max(1, min((int) $options['timeoutMs'], 60000));
            $options['sampleRate'] = is_numeric($options['sampleRate']) ? max(0.0, min((float) $options['sampleRate'], 1.0)) : 1.0;
            $options['exitMs'] = max(0, min((int) $options['exitMs'], 60000));
            // The person at the machine has the last word here.
            if (self::env('MAYDAY_SESSIONS') !== null) {
                $options['sessions'] = self::truthy(self::env('MAYDAY_SESSIONS'));
            }
            if (self::env('MAYDAY_DEBUG') !== null) {
                $options['debug'] = self::truthy(self::env('MAYDAY_DEBUG'));
            }
            if (!is_string($options['url']) || !is_string($options['product'])) {
                if ($options['debug']) {
                    self::say('not started, ' . (is_string($options['url']) ? 'product' : 'url') . ' is not set');
                }
                return;
            }
            $options['queueDir'] = is_string($options['queueDir']) ? $options['queueDir'] : self::defaultQueueDir();
            $role = self::role($options);
            if ($role === 'disabled') {
                return;
            }
            $options['root'] = is_string($options['root']) ? rtrim($options['root'], '/\\') : self::applicationRoot();
            $client = new self();
            $client->options = $options;
            $client->role = $role;
            $client->sections['tags'] = is_array($options['tags']) ? $options['tags'] : [];
            $client->secrets = new MaydaySecrets((array) $options['secrets']);
            $client->variables = array_merge(array_map('trim', explode(',', self::env('MAYDAY_VARIABLES') ?? '')), (array) $options['variables']);
            $client->queue = new MaydayQueue($options['queueDir'], (string) $options['account'], (string) $options['product']);
            // A request of a web server is no run of a program.
            if ($options['sessions'] && in_array(PHP_SAPI, ['cli', 'phpdbg'], true)) {
                $client->session = ['sid' => self::uuid(), 'status' => 'exited', 'errors' => 0, 'started' => self::now()];
            }
            $client->reserve = str_repeat('x', self::RESERVE_BYTES);
            self::$current = $client;
        });
        // Outside the guard, whose own error handler would be the "previous" one.
        if (self::$current !== null) {
            self::$current->install();
        }
    }

    /** Reports an exception that the application caught, with details of this occurrence. Does not wait for the network. */
    public static function report(Throwable $error, array $data = []): void
    {
        $client = self::$current;
        if ($client === null) {
            return;
        }
        self::guarded(static function () use ($client, $error, $data): void {
            $caller = debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS, 6);
            $place = '';
            foreach ($caller as $entry) {
                if (($entry['file'] ?? __FILE__) !== __FILE__) {
                    $place = $entry['file'] . ':' . ($entry['line'] ?? 0);
                    break;
                }
            }
            $client->acceptThrowable($error, $data, 'normal', $place);
        });
    }

    /**
     * For loggers (Monolog): what is an error is reported, with its exception where there is one; what is less is noted as a breadcrumb.
     * An exception that is logged and then goes on its way is reported once.
     */
    public static function logged(bool $isError, string $logger, string $level, string $message, ?Throwable $error = null, array $data = []): void
    {
        $client = self::$current;
        if ($client === null) {
            return;
        }
        if (!$isError) {
            self::breadcrumb($message, $data, $logger);
            return;
        }
        self::guarded(static function () use ($client, $logger, $level, $message, $error, $data): void {
            $trace = debug_backtrace($client->options['locals'] ? 0 : DEBUG_BACKTRACE_IGNORE_ARGS, self::MAX_FRAMES + 20);
            // The last call of a logger is where the application called one.
            $from = 0;
            foreach (array_slice($trace, 0, 40) as $index => $entry) {
                if (preg_match('/^(?:' . preg_quote(self::class, '/') . '$|Monolog\\\\|Psr\\\\Log\\\\|Illuminate\\\\Log\\\\)/', $entry['class'] ?? '')) {
                    $from = $index;
                }
            }
            $caller = $trace[$from] ?? [];
            $data += ['logger' => $logger, 'level' => $level];
            if ($error !== null) {
                $client->acceptThrowable($error, $data + ['message' => $message], 'normal', 'log ' . ($caller['file'] ?? '') . ':' . ($caller['line'] ?? 0));
                return;
            }
            $frames = self::framesOfTrace(array_slice($trace, $from + 1), $caller['file'] ?? '', $caller['line'] ?? 0);
            $client->accept([['kind' => 'logging.' . $level, 'message' => $message, 'frames' => $frames, 'data' => []]], $data, 'normal');
        });
    }

    /** Notes what the script did; the last 50 notes go with each report. */
    public static function breadcrumb(string $message, array $data = [], ?string $category = null): void
    {
        $client = self::$current;
        if ($client === null) {
            return;
        }
        $crumb = ['time' => self::now(), 'message' => substr($message, 0, self::MAX_STRING)];
        if ($category !== null) {
            $crumb['category'] = substr($category, 0, 100);
        }
        if ($data) {
            $crumb['data'] = $data;
        }
        $client->breadcrumbs[] = $crumb;
        if (count($client->breadcrumbs) > 50) {
            array_shift($client->breadcrumbs);
        }
    }

    private static function now(): string
    {
        return DateTime::createFromFormat('U.u', sprintf('%.6F', microtime(true)))->format('Y-m-d\TH:i:s.v\Z');
    }

    /** Adds to one of host, user, account, version, configuration, request, tags or env. */
    public static function set(string $section, array $values): void
    {
        $client = self::$current;
        if ($client !== null) {
            $client->sections[$section] = array_merge($client->sections[$section] ?? [], $values);
        }
    }

    /** A callable whose exception is reported and then thrown on: for job queues and middleware that catch everything. */
    public static function wrap(callable $task): Closure
    {
        /** @return mixed */
        return static function (...$arguments) use ($task) {
            try {
                return $task(...$arguments);
            } catch (Throwable $error) {
                self::report($error);
                throw $error;
            }
        };
    }

    /** Tries at once to send whatever is waiting, within the set timeout; true when nothing is left. */
    public static function flush(): bool
    {
        return self::pass(true);
    }

    /** The same, but not while the server is known to be down: for programs that run for long, between two jobs. */
    public static function send(): bool
    {
        return self::pass(false);
    }

    // ---- Handlers ---------------------------------------------------------------------------------------------------

    private function install(): void
    {
        if ($this->options['handlers']) {
            $this->previousException = set_exception_handler([$this, 'onException']);
            $this->previousError = set_error_handler([$this, 'onError']);
            if ($this->previousError === null) {
                // Alone, it can ask for its own levels; the others go PHP's way at once.
                restore_error_handler();
                set_error_handler([$this, 'onError'], (int) $this->options['levels']);
            }
        }
        if (!self::$shutdownRegistered) {
            self::$shutdownRegistered = true;
            register_shutdown_function([self::class, 'onShutdown']);
        }
    }

    private function uninstall(): void
    {
        // Handlers stand in a stack: ours can be taken away only where it is on top.
        foreach ([['set_error_handler', 'restore_error_handler', 'onError'], ['set_exception_handler', 'restore_exception_handler', 'onException']] as [$set, $restore, $method]) {
            $top = $set === 'set_error_handler' ? set_error_handler(null) : set_exception_handler(null);
            $restore();
            if (is_array($top) && $top[0] === $this && $top[1] === $method) {
                $restore();
            }
        }
    }

    /** @internal */
    public function onException(Throwable $error): void
    {
        $client = self::$current ?? $this;
        self::guarded(static function () use ($client, $error): void {
            $client->seenException = [$error->getFile(), $error->getLine()];
            // A framework makes an exception of what ended the script (memory that ran out, say), which is reported already.
            if ($client->seenFatal === null || array_slice($client->seenFatal, 1) !== $client->seenException) {
                $client->acceptThrowable($error, [], 'major', 'handler');
            }
            if ($client->session !== null) {
                $client->session['status'] = 'crashed';
            }
        });
        if ($this->previousException !== null) {
            ($this->previousException)($error);
            return;
        }
        // Thrown again it prints and exits exactly as PHP does without this file: no handler is set while one runs. To restore what
        // stood before would be wrong: since 8.3 this one waits on that stack meanwhile, and would be called again and again.
        throw $error;
    }

    /** @internal */
    public function onError(int $level, string $message, ?string $file = '', ?int $line = 0, ...$rest): bool
    {
        if (self::$busy) {
            return true;
        }
        $client = self::$current ?? $this;
        // What @ silences, and what error_reporting leaves out, the application does not want to hear of.
        if ((error_reporting() & $level) && ($client->options['levels'] & $level)) {
            self::guarded(static function () use ($client, $level, $message, $file, $line): void {
                $severity = ($level & self::FATAL) ? 'major' : 'normal';
                if ($level & self::FATAL) {
                    $client->seenFatal = [$message, $file, $line];
                }
                $frames = self::framesOfWarning(debug_backtrace($client->options['locals'] ? 0 : DEBUG_BACKTRACE_IGNORE_ARGS, self::MAX_FRAMES + 20), (string) $file, (int) $line);
                $client->accept([['kind' => self::LEVELS[$level] ?? 'Error', 'message' => $message, 'frames' => $frames, 'data' => []]], [], $severity);
            });
        }
        // False lets PHP do what it would have done; any other answer of a handler means that it has done its work.
        return $this->previousError !== null && ($this->previousError)($level, $message, $file, $line, ...$rest) !== false;
    }

    /** @internal */
    public static function onShutdown(): void
    {
        $client = self::$current;
        if ($client === null) {
            return;
        }
        $client->reserve = null;
        $last = error_get_last();
        if ($last !== null && ($last['type'] & self::FATAL) && $client->options['handlers']) {
            $sameAsError = $client->seenFatal === [$last['message'], $last['file'], $last['line']];
            // "Uncaught …" for most, but for a ParseError its bare message.
            $sameAsException = $client->seenException !== null
                && (strpos($last['message'], 'Uncaught ') === 0 || $client->seenException === [$last['file'], $last['line']]);
            if (!$sameAsError && !$sameAsException) {
                // After memory ran out the limit stands where it stood: without a little more the report would die of it too.
                $limit = ini_get('memory_limit');
                $exhausted = strpos($last['message'], 'Allowed memory size') === 0;
                if ($exhausted) {
                    @ini_set('memory_limit', (string) (memory_get_usage(true) + 33554432));
                }
                $client->seenFatal = [$last['message'], $last['file'], $last['line']];
                if ($client->session !== null) {
                    $client->session['status'] = 'crashed';
                }
                self::guarded(static function () use ($client, $last): void {
                    $client->accept([self::fatalItem($last)], [], 'major');
                });
                if ($exhausted) {
                    @ini_set('memory_limit', (string) $limit);
                }
            }
        }
        if ($client->options['handlers']) {
            // PHP calls no handler for what shutdown functions and destructors throw; what it runs after them is the end of the output.
            // A chunk of one byte passes all output on at once.
            ob_start([self::class, 'onOutput'], 1);
        }
        // Registered now, it runs after everything that the application has registered.
        register_shutdown_function([self::class, 'onEnd']);
    }

    /** @internal */
    public static function onOutput(string $text, int $phase): string
    {
        $client = self::$current;
        $last = ($phase & PHP_OUTPUT_HANDLER_FINAL) ? error_get_last() : null;
        if ($client !== null && $last !== null && ($last['type'] & self::FATAL) && $client->seenException === null
            && $client->seenFatal !== [$last['message'], $last['file'], $last['line']]) {
            $client->seenFatal = [$last['message'], $last['file'], $last['line']];
            self::guarded(static function () use ($client, $last): void {
                $client->accept([self::fatalItem($last)], [], 'major');
            });
            self::pass(false, true);
        }
        return $text;
    }

    /** What PHP says of an error that ended the script; of an exception that reached no handler it is the text of it. */
    private static function fatalItem(array $last): array
    {
        if (!preg_match('/^Uncaught ([\w\\\\]+)(?:: (.*?))? in (.+):(\d+)\nStack trace:\n(.*)$/s', $last['message'], $found)) {
            $frame = ['file' => $last['file'], 'line' => $last['line'], 'function' => null, 'class' => null, 'args' => null];
            return ['kind' => self::LEVELS[$last['type']] ?? 'Fatal Error', 'message' => $last['message'], 'frames' => [$frame], 'data' => []];
        }
        $trace = [];
        foreach (array_slice(explode("\n", $found[5]), 0, self::MAX_FRAMES) as $line) {
            if (preg_match('/^#\d+ (?:\[internal function\]|(.+)\((\d+)\)): (?:([^(]+?)(?:->|::))?([^(]+)\(/', $line, $entry)) {
                $trace[] = ['file' => $entry[1] === '' ? null : $entry[1], 'line' => (int) $entry[2], 'class' => $entry[3] === '' ? null : $entry[3], 'function' => $entry[4]];
            }
        }
        return ['kind' => $found[1], 'message' => $found[2], 'frames' => self::framesOfTrace($trace, $found[3], (int) $found[4]), 'data' => []];
    }

    /** @internal */
    public static function onEnd(): void
    {
        $client = self::$current;
        if ($client !== null && $client->options['finishRequest'] && ($client->memory || $client->counted || $client->queue->hasFiles())) {
            self::finishRequest();
        }
        self::pass(false, true);
    }

    /** The visitor has the whole page, and the next request its session, before anything is sent. */
    private static function finishRequest(): void
    {
        foreach (['fastcgi_finish_request', 'litespeed_finish_request'] as $finish) {
            if (function_exists($finish)) {
                if (session_status() === PHP_SESSION_ACTIVE) {
                    session_write_close();
                }
                $finish();
                return;
            }
        }
    }

    /**
     * Runs our own code: never inside itself, with no warning of ours reaching another handler, and with everything that
     * it may throw kept in. Null where it cannot run, or has thrown.
     *
     * @return mixed
     */
    private static function guarded(callable $work)
    {
        if (self::$busy) {
            return null;
        }
        self::$busy = true;
        set_error_handler(static fn (): bool => true);
        try {
            return $work();
        } catch (Throwable $ignored) {
            return null;
        } finally {
            restore_error_handler();
            self::$busy = false;
        }
    }

    // ---- Collecting -------------------------------------------------------------------------------------------------

    private function acceptThrowable(Throwable $error, array $data, string $severity, string $place): void
    {
        $seen = $this->seenOf($error);
        if ($seen !== null && !isset($seen->places[$place])) {
            // The same error passes several handlers on its way out; it is one occurrence, and fatal when it ends the script.
            $seen->places[$place] = true;
            if ($severity === 'major' && $seen->severity !== 'major') {
                $seen->severity = $severity;
                $this->queue->upgrade((string) $seen->fingerprint);
                $this->memory = array_map([MaydayQueue::class, 'upgraded'], $this->memory);
            }
            return;
        }
        // At the same place again, it was thrown again: a cached failure, say.
        $chain = [];
        for ($cause = $error; $cause !== null && count($chain) < 1000; $cause = $cause->getPrevious()) {
            array_unshift($chain, $cause);
        }
        if (count($chain) > self::MAX_CAUSES) {
            // Of a chain that is too long, the root and the outermost exceptions are worth most.
            array_splice($chain, self::MAX_CAUSES >> 1, count($chain) - self::MAX_CAUSES);
        }
        $exceptions = [];
        foreach ($chain as $cause) {
            $data1 = $cause->getCode() ? ['code' => $cause->getCode()] : [];
            if ($cause instanceof ErrorException) {
                $data1['level'] = self::LEVELS[$cause->getSeverity()] ?? $cause->getSeverity();
            }
            $exceptions[] = [
                'kind' => self::className(get_class($cause)), 'message' => $cause->getMessage(),
                'frames' => self::framesOfTrace($cause->getTrace(), $cause->getFile(), $cause->getLine()), 'data' => $data1,
            ];
        }
        $fingerprint = $this->accept($exceptions, $data, $severity);
        if ($seen === null) {
            $this->seen = array_slice($this->seen, -49);
            $this->seen[] = $seen = (object) ['error' => WeakReference::create($error)];
        }
        $seen->places = [$place => true];
        $seen->severity = $severity;
        $seen->fingerprint = $fingerprint;
    }

    /** What became of an exception that was reported; the library keeps none alive. */
    private function seenOf(Throwable $error): ?stdClass
    {
        foreach ($this->seen as $one) {
            if ($one->error->get() === $error) {
                return $one;
            }
        }
        return null;
    }

    /** Each trace entry says where a function was called; a location is that function and where it stood. */
    private static function framesOfTrace(array $trace, ?string $file, int $line): array
    {
        // A built-in function that throws or warns stands in the trace at the very place of the trouble: no location of its own.
        while ($trace && ($trace[0]['file'] ?? null) === $file && ($trace[0]['line'] ?? null) === $line && self::isBuiltIn($trace[0])) {
            array_shift($trace);
        }
        $frames = [];
        foreach ($trace as $entry) {
            $frames[] = ['file' => $file, 'line' => $line, 'function' => $entry['function'] ?? null, 'class' => $entry['class'] ?? null, 'args' => $entry['args'] ?? null];
            $file = $entry['file'] ?? null;
            $line = $entry['line'] ?? 0;
        }
        $frames[] = ['file' => $file, 'line' => $line, 'function' => '{main}', 'class' => null, 'args' => null];
        return $frames;
    }

    /** The frames of this file stand on top of a warning's trace; below them is the function in which it happened. */
    private static function framesOfWarning(array $trace, string $file, int $line): array
    {
        while ($trace && (($trace[0]['class'] ?? '') === self::class)) {
            array_shift($trace);
        }
        return self::framesOfTrace($trace, $file, $line);
    }

    private static function isBuiltIn(array $entry): bool
    {
        if (isset($entry['class'])) {
            return method_exists($entry['class'], $entry['function']) && (new ReflectionMethod($entry['class'], $entry['function']))->isInternal();
        }
        return function_exists($entry['function']) && (new ReflectionFunction($entry['function']))->isInternal();
    }

    private function accept(array $exceptions, array $data, string $severity): ?string
    {
        $text = '';
        $outermost = end($exceptions);
        foreach ((array) $this->options['ignore'] as $ignored) {
            // A text that is in it, or a class.
            if (is_string($ignored) && $ignored !== '' && (strpos($outermost['kind'] . ': ' . $outermost['message'], $ignored) !== false || is_a($outermost['kind'], $ignored, true))) {
                return null;
            }
        }
        if ($this->options['sampleRate'] < 1 && mt_rand() / mt_getrandmax() >= $this->options['sampleRate']) {
            return null;
        }
        foreach ($exceptions as &$one) {
            if (count($one['frames']) > self::MAX_FRAMES) {
                $one['data']['frames_omitted'] = count($one['frames']) - self::MAX_FRAMES;
                array_splice($one['frames'], self::MAX_FRAMES >> 1, count($one['frames']) - self::MAX_FRAMES);
            }
            $text .= '|' . $one['kind'];
            foreach ($one['frames'] as $frame) {
                $text .= '|' . $frame['file'] . ':' . $frame['line'] . ':' . $frame['class'] . ':' . $frame['function'];
            }
        }
        unset($one);
        $fingerprint = substr(sha1($text), 0, 16);
        if ($this->session !== null) {
            $this->session['errors']++;
        }
        // A warning in a loop costs one report and a counter.
        if (isset($this->counted[$fingerprint])) {
            $this->counted[$fingerprint]['count']++;
            if (microtime(true) - $this->mergedAt > self::MERGE_EVERY_SECONDS) {
                $this->mergeCounted();
            }
            if ($severity === 'major') {
                $this->queue->upgrade($fingerprint);
            }
            return $fingerprint;
        }
        $report = $this->collect($exceptions, $data, $severity);
        if (is_callable($this->options['beforeSend'])) {
            $report = ($this->options['beforeSend'])($report);
            if (!is_array($report)) {
                return $fingerprint;
            }
        }
        $json = $this->bounded($report);
        if ($json === null) {
            $this->queue->drop('too_large');
            return $fingerprint;
        }
        if ($this->options['debug']) {
            self::say('report ' . $json);
        }
        $added = $this->queue->add($fingerprint, (string) $report['occurrence_id'], $json, 1, $severity === 'major');
        if ($added === null) {
            // No room: counted, and the first ones stay.
            return $fingerprint;
        }
        if (!$added) {
            if (count($this->memory) < self::MAX_MEMORY_REPORTS) {
                $this->memory[] = $json;
            } else {
                $this->queue->drop('queue_full');
            }
        } elseif (count($this->counted) < self::MAX_COUNTED) {
            $this->counted[$fingerprint] = ['count' => 0, 'json' => $json];
        }
        return $fingerprint;
    }

    /** Writes the counters of repeats into the reports that wait on disk. */
    private function mergeCounted(): void
    {
        $this->mergedAt = microtime(true);
        foreach ($this->counted as $fingerprint => $one) {
            if ($one['count'] > 0) {
                $id = self::uuid();
                // Used only when the first one is gone already: a repeat then becomes a report of its own.
                $json = preg_replace('/"occurrence_id":"[^"]*"/', '"occurrence_id":"' . $id . '"', $one['json'], 1);
                $this->queue->add((string) $fingerprint, $id, $json, $one['count']);
                $this->counted[$fingerprint]['count'] = 0;
            }
        }
    }

    private function collect(array $exceptions, array $data, string $severity): array
    {
        $report = [
            'occurrence_id' => self::uuid(), 'language' => 'php', 'client_version' => self::CLIENT_VERSION, 'role' => $this->role,
            'severity' => $severity, 'date' => gmdate('Y-m-d'), 'time' => self::now(), 'stacktrace' => [],
        ];
        foreach ($exceptions as $one) {
            $locations = [];
            foreach ($one['frames'] as $frame) {
                $locations[] = $this->location($frame);
            }
            $entry = ['kind' => self::cut($one['kind'], 500), 'message' => $this->scrub($one['message'], self::MAX_MESSAGE)];
            if ($one['data']) {
                $entry['data'] = $one['data'];
            }
            $report['stacktrace'][] = $entry + ['locations' => $locations];
        }
        $report['host'] = (object) (self::texts($this->clean($this->sections['host'] ?? [])) + ['id' => $this->queue->installation(), 'hostname' => (string) gethostname()]);
        $version = $this->options['version'];
        $version = is_array($version) ? $version : ($version === null ? [] : ['number' => (string) $version]);
        $request = $this->sections['request'] ?? [];
        foreach (['G_' => $_GET ?? [], 'P_' => $_POST ?? [], 'C_' => $_COOKIE ?? []] as $prefix => $values) {
            foreach (is_array($values) ? array_slice($values, 0, self::MAX_ENTRIES, true) : [] as $name => $value) {
                $request[$prefix . $name] = $value;
            }
        }
        foreach (isset($_SESSION) && is_array($_SESSION) ? array_slice($_SESSION, 0, self::MAX_ENTRIES, true) : [] as $name => $value) {
            $request['S_' . $name] = $value;
        }
        $sections = [
            'version' => array_merge($version, $this->sections['version'] ?? []), 'user' => $this->sections['user'] ?? [],
            'account' => $this->sections['account'] ?? [], 'configuration' => $this->sections['configuration'] ?? [], 'tags' => $this->sections['tags'] ?? [], 'request' => $request,
        ];
        foreach ($sections as $name => $values) {
            if ($values) {
                $cleaned = $this->clean($values);
                $report[$name] = (object) ($name === 'request' || $name === 'configuration' ? $cleaned : self::texts($cleaned));
            }
        }
        $report['data'] = (object) $this->clean($data);
        $report['env'] = (object) (['php_version' => PHP_VERSION, 'php_sapi' => PHP_SAPI, 'os_kernel_name' => php_uname('s'),
            'os_kernel_version' => php_uname('r'), 'cpu_arch' => php_uname('m')] + $this->clean($this->sections['env'] ?? []));
        // Under a web server $_SERVER holds the CGI variables; on the command line it holds the environment and the arguments.
        $variables = [];
        foreach (PHP_SAPI === 'cli' ? getenv() : $_SERVER as $name => $value) {
            if (is_scalar($value) && $this->isSent((string) $name)) {
                $variables[$name] = (string) $value;
            }
        }
        $environment = $variables ? ['variables' => (object) $this->clean($variables)] : [];
        if (is_string($this->options['environment'])) {
            $environment['name'] = self::cut($this->options['environment'], 200);
        }
        if ($environment) {
            $report['environment'] = $environment;
        }
        if ($this->options['sampleRate'] < 1) {
            $report['sample_rate'] = $this->options['sampleRate'];
        }
        if ($this->breadcrumbs) {
            $report['breadcrumbs'] = array_map(fn (array $crumb): object => (object) $this->clean($crumb), $this->breadcrumbs);
        }
        $ownership = $this->options['ownership'];
        $report['ownership'] = is_array($ownership) ? (object) $ownership : ['paths' => [
            ['absolute_path' => __FILE__, 'kind' => 'external'],
            ['absolute_path' => $this->options['root'] . DIRECTORY_SEPARATOR . 'vendor', 'kind' => 'external'],
            ['absolute_path' => $this->options['root'], 'kind' => 'application'],
        ]];
        return $report;
    }

    /** The keys that the API knows are texts, and ids are often numbers. */
    private static function texts(array $section): array
    {
        foreach (['id', 'hostname', 'name', 'email', 'url', 'number', 'revision', 'build', 'edition'] as $key) {
            if (isset($section[$key]) && is_scalar($section[$key])) {
                $section[$key] = (string) $section[$key];
            }
        }
        return $section;
    }

    private function location(array $frame): array
    {
        $location = [];
        $file = (string) $frame['file'];
        $evaluated = strpos($file, "eval()'d code") !== false;
        if ($file !== '') {
            $location['absolute_file'] = self::cut($file, 1000);
            $root = $this->options['root'];
            $inside = $root !== '' && strncmp($file, $root . DIRECTORY_SEPARATOR, strlen($root) + 1) === 0;
            $location['module'] = self::cut($inside ? str_replace('\\', '/', substr($file, strlen($root) + 1)) : basename($file), 1000);
        }
        $class = $frame['class'] === null ? '' : self::className($frame['class']);
        // Since 8.4 the name of a closure holds its file and line, which differ between installations.
        $function = (string) preg_replace('/\{closure:.*\}$/s', '{closure}', (string) $frame['function']);
        $qualified = $class !== '' ? $class : $function;
        $slash = strpos($qualified, '{closure}') === false || $class !== '' ? strrpos($qualified, '\\') : false;
        if ($slash !== false) {
            $location['package'] = self::cut(substr($qualified, 0, $slash), 500);
        }
        if ($class !== '') {
            $location['class'] = self::cut($slash === false ? $class : substr($class, $slash + 1), 500);
        }
        if ($function !== '') {
            $short = strrpos($function, '\\');
            $location['method'] = self::cut($short === false ? $function : substr($function, $short + 1), 500);
        }
        $location['line'] = max(0, (int) $frame['line']);
        $source = $evaluated ? null : $this->source($file, $location['line']);
        if ($source !== null) {
            $location['source'] = $source;
        }
        if ($this->options['locals'] && is_array($frame['args']) && $frame['args']) {
            $location['locals'] = (object) $this->arguments($frame);
        }
        return $location;
    }

    /** PHP gives no access to local variables; the arguments of each call are the closest thing. */
    private function arguments(array $frame): array
    {
        $names = [];
        try {
            $function = $frame['class'] !== null ? new ReflectionMethod($frame['class'], $frame['function']) : new ReflectionFunction($frame['function']);
            foreach ($function->getParameters() as $parameter) {
                $names[] = $parameter->getName();
            }
        } catch (Throwable $unknown) {
            // Closures, include: numbered below.
        }
        $result = [];
        foreach (array_values($frame['args']) as $i => $value) {
            $result[$names[$i] ?? 'argument ' . ($i + 1)] = $value;
        }
        $left = self::MAX_VALUES;
        return $this->cleanValue('', $result, 1, $left, self::MAX_LOCAL);
    }

    /** 2n + 1 lines with the given 1-based line in the middle; places before the first and after the last are empty. */
    private function source(string $file, int $line): ?array
    {
        static $files = [];
        if ($line < 1 || $file === '' || !is_file($file) || filesize($file) > self::MAX_SOURCE_BYTES) {
            return null;
        }
        if (!isset($files[$file])) {
            // A program that runs for long must not keep every file that it ever saw.
            if (count($files) > 20) {
                $files = [];
            }
            $text = file_get_contents($file);
            $files[$file] = $text === false ? [] : preg_split('/\r\n|\r|\n/', $text);
        }
        $lines = $files[$file];
        if ($line > count($lines)) {
            return null;
        }
        $result = [];
        for ($i = $line - self::SOURCE_CONTEXT; $i <= $line + self::SOURCE_CONTEXT; $i++) {
            $result[] = self::cut($this->secrets->text(substr($lines[$i - 1] ?? '', 0, 4 * self::MAX_SOURCE_LINE), 'source'), self::MAX_SOURCE_LINE);
        }
        return $result;
    }

    private static function className(string $name): string
    {
        // "class@anonymous", a zero byte, then a path: the path is of this installation alone.
        $zero = strpos($name, "\0");
        return $zero === false ? $name : substr($name, 0, $zero);
    }

    /** Bounded, filtered copy that holds only arrays, strings, numbers and booleans. */
    private function clean(array $values): array
    {
        $left = self::MAX_VALUES;
        $cleaned = $this->cleanValue('', $values, 0, $left, self::MAX_STRING);
        return is_array($cleaned) ? $cleaned : [];
    }

    /**
     * @param mixed $value
     * @return array|string|int|float|bool|null
     */
    private function cleanValue(string $name, $value, int $depth, int &$left, int $most)
    {
        if ($this->isSecret($name)) {
            return $this->secrets->hidden($value);
        }
        if (--$left < 0) {
            return '(more)';
        }
        if ($value === null || is_bool($value) || is_int($value)) {
            return $value;
        }
        if (is_float($value)) {
            return is_finite($value) ? $value : (string) $value;
        }
        if (is_string($value)) {
            return substr($name, -12) === 'QUERY_STRING'
                ? self::cut($this->secrets->text(substr($value, 0, 4 * $most), 'query'), $most)
                : $this->scrub($value, $most);
        }
        try {
            if (is_array($value) || $value instanceof stdClass) {
                if ($depth >= self::MAX_DEPTH) {
                    return '(too deep)';
                }
                $result = [];
                $entries = is_array($value) ? $value : get_object_vars($value);
                $isList = $entries !== [] && array_keys($entries) === range(0, count($entries) - 1);
                $arePairs = $isList;
                foreach ($isList ? array_slice($entries, 0, self::MAX_ITEMS) : [] as $item) {
                    $arePairs = $arePairs && MaydaySecrets::isPair($item);
                }
                $before = '';
                foreach ($entries as $key => $item) {
                    if (count($result) >= ($isList ? self::MAX_ITEMS : self::MAX_ENTRIES)) {
                        $result[$isList ? count($result) : '...'] = '(more)';
                        break;
                    }
                    if ($arePairs) {
                        $result[] = [$item[0], $this->cleanValue($item[0], $item[1], $depth + 1, $left, $most)];
                        continue;
                    }
                    if ($isList) {
                        // The arguments of a command, perhaps: a secret option names the value after it.
                        $hidden = $this->secrets->argument($item, $before);
                        $result[] = $hidden !== null ? self::cut($hidden, $most) : $this->cleanValue('', $item, $depth + 1, $left, $most);
                        continue;
                    }
                    $result[is_int($key) ? $key : self::cut($key, 200)] = $this->cleanValue(is_int($key) ? '' : $key, $item, $depth + 1, $left, $most);
                }
                return $result;
            }
            if ($value instanceof DateTimeInterface) {
                return $value->format('Y-m-d\TH:i:s.uP');
            }
            if ($value instanceof Throwable) {
                return $this->scrub(self::className(get_class($value)) . ': ' . $value->getMessage(), $most);
            }
            if (is_object($value) && method_exists($value, '__toString')) {
                return $this->scrub((string) $value, $most);
            }
            return is_object($value) ? '(object ' . self::className(get_class($value)) . ')' : '(' . gettype($value) . ')';
        } catch (Throwable $broken) {
            // A __toString of the application's own which fails must not cost the report.
            return '(reading it threw ' . self::className(get_class($broken)) . ')';
        }
    }

    /** Whether a name promises a secret; in a request, C_ marks a cookie. */
    private function isSecret(string $name): bool
    {
        return $name !== '' && (strncmp($name, 'C_', 2) === 0 || $this->secrets->isSecret($name));
    }

    /** A text of bounded length, without its secrets. */
    private function scrub(string $text, int $most): string
    {
        return self::cut($this->secrets->anyText($text, 2 * $most), $most);
    }

    /** Whether a variable tells of the request, of where the program runs or how it was started; every other one may be a secret. */
    private function isSent(string $name): bool
    {
        if (isset(self::SENT_VARIABLES[$name]) || strncmp($name, 'LC_', 3) === 0) {
            return true;
        }
        if (PHP_SAPI !== 'cli' && preg_match(self::CGI_VARIABLE, $name)) {
            return true;
        }
        foreach ($this->variables as $more) {
            if ($name === $more || (substr($more, -1) === '*' && strncmp($name, $more, strlen($more) - 1) === 0)) {
                return true;
            }
        }
        return false;
    }

    private static function cut(string $text, int $most): string
    {
        if (strlen($text) <= $most) {
            return $text;
        }
        // The cut may go through a character of several bytes: its first part goes too.
        return preg_replace('/[\xC0-\xFF][\x80-\xBF]{0,3}$/', '', substr($text, 0, $most)) . '…';
    }

    /** JSON within the size bound: arguments go first, then sources, then what the application added, then outer frames. */
    private function bounded(array $report): ?string
    {
        for ($step = 0; $step < 5; $step++) {
            $json = json_encode($report, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION);
            if (is_string($json) && strlen($json) <= self::MAX_REPORT_BYTES) {
                return $json;
            }
            foreach ($report['stacktrace'] as &$one) {
                foreach ($one['locations'] as &$location) {
                    if ($step === 0) {
                        unset($location['locals']);
                    } elseif ($step === 1) {
                        unset($location['source']);
                    }
                }
                unset($location);
                if ($step === 3) {
                    array_splice($one['locations'], 20);
                }
            }
            unset($one);
            if ($step === 2) {
                unset($report['request'], $report['environment'], $report['configuration'], $report['breadcrumbs']);
                $report['data'] = new stdClass();
            }
        }
        return null;
    }

    // ---- Sending ----------------------------------------------------------------------------------------------------

    private static function pass(bool $force, bool $atEnd = false): bool
    {
        $client = self::$current;
        if ($client === null) {
            return true;
        }
        return self::guarded(static function () use ($client, $force, $atEnd): bool {
            $client->mergeCounted();
            $client->queue->saveDropped();
            // The next error of the kind begins a new report.
            $client->counted = [];
            $limit = $atEnd ? min($client->options['exitMs'], $client->options['timeoutMs']) : $client->options['timeoutMs'];
            if ($limit === 0) {
                return !$client->queue->hasFiles();
            }
            $end = microtime(true) + $limit / 1000;
            if ($atEnd && $client->session !== null) {
                $client->ping($end);
            }
            while ($client->memory && microtime(true) < $end) {
                $client->post(array_shift($client->memory), $end);
            }
            $client->queue->deliver($force, $end, static fn (string $json): array => $client->post($json, $end));
            return !$client->queue->hasFiles();
        }) === true;
    }

    /** Tells how the session ended, once. */
    private function ping(float $end): void
    {
        $state = $this->session;
        $this->session = null;
        $number = is_array($this->options['version']) ? $this->options['version']['number'] ?? null : $this->options['version'];
        foreach (['release' => $number, 'environment' => $this->options['environment'], 'user' => $this->sections['user']['id'] ?? null] as $name => $value) {
            if (is_scalar($value)) {
                $state[$name] = substr((string) $value, 0, 200);
            }
        }
        $this->queue->attempt(fn (): array => $this->post((string) json_encode($state, JSON_INVALID_UTF8_SUBSTITUTE), $end, 'session'));
    }

    /**
     * Posts one report; returns [delivered, refused or failed; seconds of Retry-After].
     *
     * @return array{string, int}
     */
    private function post(string $json, float $end, string $resource = 'reports'): array
    {
        // Less than the whole time, so that a failure can still be noted down.
        $end -= $this->options['timeoutMs'] / 10000;
        $parts = parse_url($this->options['url']);
        if (!is_array($parts) || !isset($parts['host'])) {
            return [MaydayQueue::FAILED, 0];
        }
        $secure = strtolower($parts['scheme'] ?? 'http') === 'https';
        $port = $parts['port'] ?? ($secure ? 443 : 80);
        $isReport = $resource === 'reports';
        $dropped = $isReport ? $this->queue->saveDropped() : [];
        ksort($dropped);
        $query = !$isReport ? [] : array_filter([
            'debug' => $this->options['debug'] ? '1' : null,
            'token' => $this->options['token'],
            'key' => $this->options['key'],
            'dropped' => $dropped ? implode(',', array_map(static fn (string $reason, int $count): string => "$reason:$count", array_keys($dropped), $dropped)) : null,
        ], 'is_string');
        $path = rtrim($parts['path'] ?? '', '/') . '/api/1/' . rawurlencode($this->options['account']) . '/products/'
            . rawurlencode($this->options['product']) . '/' . $resource . ($query ? '?' . http_build_query($query) : '');
        $message = "POST $path HTTP/1.1\r\nHost: {$parts['host']}" . ($port === ($secure ? 443 : 80) ? '' : ":$port")
            . "\r\nContent-Type: application/json\r\nContent-Length: " . strlen($json) . "\r\nUser-Agent: mayday-php/" . self::CLIENT_VERSION
            . "\r\nAccept: */*\r\nConnection: close\r\n\r\n" . $json;
        if ($this->options['debug']) {
            self::say('POST ' . ($secure ? 'https' : 'http') . "://{$parts['host']}:$port$path (" . strlen($json) . ' bytes)');
        }
        $answer = self::exchange(($secure ? 'ssl://' : 'tcp://') . $parts['host'] . ':' . $port, $parts['host'], $message, $end);
        if (!preg_match('~^HTTP/1\.[01] (\d{3})[^\n]*\n(.*?)\r?\n\r?\n(.*)$~s', $answer, $matched)) {
            if ($this->options['debug']) {
                self::say($answer === '' ? 'not sent: no answer' : 'not sent: the answer is not HTTP');
            }
            return [MaydayQueue::FAILED, 0];
        }
        [, $status, $headers, $body] = $matched;
        if ($this->options['debug']) {
            self::say("server said $status " . trim($body));
        }
        // A captive portal answers 200 too: only the server's own word counts.
        if ($status[0] === '2' && strpos($body, 'response=ok') !== false) {
            if ($dropped) {
                $this->queue->saveDropped($dropped);
            }
            return [MaydayQueue::DELIVERED, 0];
        }
        if (in_array($status, ['400', '413', '422'], true) || !$isReport && $status[0] === '4' && $status !== '429') {
            return [MaydayQueue::REFUSED, 0];
        }
        return [MaydayQueue::FAILED, preg_match('/^Retry-After:\s*(\d{1,6})\s*$/im', $headers, $found) ? (int) $found[1] : 0];
    }

    /** One request over a socket of our own, because PHP's HTTP streams have no deadline for the whole exchange. */
    private static function exchange(string $address, string $host, string $message, float $end): string
    {
        $left = $end - microtime(true);
        $context = stream_context_create(['ssl' => ['peer_name' => $host, 'SNI_enabled' => true]]);
        $socket = $left > 0 ? stream_socket_client($address, $number, $text, $left, STREAM_CLIENT_CONNECT, $context) : false;
        if ($socket === false) {
            return '';
        }
        stream_set_blocking($socket, false);
        $answer = '';
        try {
            while (($left = $end - microtime(true)) > 0) {
                $read = [$socket];
                $write = $message === '' ? [] : [$socket];
                $except = [];
                if (!stream_select($read, $write, $except, (int) $left, (int) (($left - (int) $left) * 1000000))) {
                    break;
                }
                if ($write) {
                    $sent = fwrite($socket, $message);
                    if ($sent === false) {
                        break;
                    }
                    $message = (string) substr($message, $sent);
                }
                if ($read) {
                    $chunk = fread($socket, 8192);
                    $answer .= (string) $chunk;
                    if (($chunk === '' || $chunk === false) && feof($socket) || strlen($answer) >= self::MAX_ANSWER_BYTES || self::isComplete($answer)) {
                        break;
                    }
                }
            }
        } finally {
            fclose($socket);
        }
        return $answer;
    }

    private static function isComplete(string $answer): bool
    {
        return preg_match('~^(.*?\r\n)\r\n~s', $answer, $head) === 1
            && preg_match('~^Content-Length:\s*(\d{1,9})\s*$~im', $head[1], $length) === 1
            && strlen($answer) >= strlen($head[0]) + (int) $length[1];
    }

    // ---- Surroundings -----------------------------------------------------------------------------------------------

    private static function role(array $options): string
    {
        $file = $options['queueDir'] . '/role';
        $fromFile = is_file($file) && filesize($file) < 100 ? trim((string) file_get_contents($file)) : null;
        $said = [self::env('MAYDAY_ROLE'), $fromFile, $options['role']];
        // Whoever says that nothing may be sent is obeyed.
        if (in_array('disabled', $said, true)) {
            return 'disabled';
        }
        foreach ($said as $role) {
            if ($role === 'customer' || $role === 'tester') {
                return $role;
            }
        }
        return 'customer';
    }

    /** A folder at home; a private temporary one where there is no home to write to, as for most web servers. */
    private static function defaultQueueDir(): string
    {
        $home = self::env('HOME') ?? self::env('USERPROFILE');
        if ($home !== null && is_dir($home) && (is_dir($home . '/.mayday') ? is_writable($home . '/.mayday') : is_writable($home))) {
            return $home . DIRECTORY_SEPARATOR . '.mayday';
        }
        $user = function_exists('posix_geteuid') ? (string) posix_geteuid() : (string) get_current_user();
        return sys_get_temp_dir() . DIRECTORY_SEPARATOR . 'mayday-' . $user;
    }

    /** The nearest folder above the script that has a composer.json, else the folder of the script. */
    private static function applicationRoot(): string
    {
        $script = realpath((string) ($_SERVER['SCRIPT_FILENAME'] ?? ''));
        $folder = $script === false ? (string) getcwd() : dirname($script);
        for ($up = $folder, $i = 0; $i < 6 && $up !== dirname($up); $i++, $up = dirname($up)) {
            if (is_file($up . DIRECTORY_SEPARATOR . 'composer.json')) {
                return $up;
            }
        }
        return $folder;
    }

    private static function env(string $name): ?string
    {
        $value = getenv($name);
        if ($value === false && isset($_SERVER[$name]) && is_string($_SERVER[$name])) {
            $value = $_SERVER[$name];
        }
        return is_string($value) && trim($value) !== '' ? trim($value) : null;
    }

    private static function truthy(?string $value): bool
    {
        return $value !== null && !in_array(strtolower($value), ['0', 'false', 'no'], true);
    }

    private static function say(string $text): void
    {
        if (PHP_SAPI === 'cli' || PHP_SAPI === 'phpdbg') {
            file_put_contents('php://stderr', "mayday: $text\n");
        } else {
            error_log("mayday: $text");
        }
    }

    public static function uuid(): string
    {
        $bytes = random_bytes(16);
        $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
        $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
    }
}

/**
 * Secrets, by the rules of the server, which testdata/privacy-vectors.json shows by example: told by their names, and by what texts
 * show.
 *
 * @internal
 */
final class MaydaySecrets
{
    private const FILTERED = '[filtered]';
    private const WORDS = 'password passwords passwd passphrase pwd pass pw secret secrets token tokens auth authorization authentication'
        . ' authenticate cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card cards cardnumber creditcard cvv cvc'
        . ' iban key keys apikey accesskey secretkey privatekey credential credentials creds csrf xsrf csrftoken jwt bearer otp mfa totp pin'
        . ' ssn signature dsn connectionstring mysqlpwd pgpassword sig';
    private const PAIRS = 'ccnumber ccnum creditnumber';
    // In running text "key" and "session" say too little.
    private const STRICT_WORDS = 'password passwd passphrase pwd pw secret token authorization apikey accesskey secretkey privatekey credential'
        . ' credentials cookie csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword mysqlpwd';
    private const STRICT_PAIRS = 'apikey accesskey secretkey privatekey sessionid cardnumber creditcard accountkey masterkey signingkey'
        . ' encryptionkey ccnumber';
    private const HARMLESS = ['public_key', 'publickey', 'auth_type', 'key_type', 'token_type'];
    private const GLUED = '/passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$/D';
    // One look that most texts end with.
    private const WORTH_LOOKING = '~[?&;][\w.\[\]%-]{1,60}=|://[^\s]{1,300}@|(?:^|\s)-p|pass|pw|secret|token|auth|cookie|key|credential'
        . '|sess(?:ion)?.?id|bearer|basic |jwt|cvv|cvc|eyJ|AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk[_-]|rk_live|sntry[su]_'
        . '|npm_|[3-6]\d{3}[\d -]{9}~i';
    private const QUERY = '/([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#\s"\'<>\\\\)]{1,4000})/';
    private const WHOLE_QUERY = '/([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#]+)/';
    private const CREDENTIALS = [
        '~(://[^/\s:@?#"\']{0,100}):([^/\s?#"\']{1,200})@~',
        '~(://[^/\s:@?#"\']{0,100}):(?!\d{1,5}(?:[/?#]|$))(?=[^\s?#"\'@/]{0,200}/)([^\s?#"\'@]{1,200})@~D',
    ];
    private const OPTION = '/(^|\s)(--?)([A-Za-z][\w.-]{1,60})([ \t]{1,3})(?!-)([^\s"\'`;|&]{1,400})/';
    // mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits.
    private const SHORT_OPTION = '~(^|\s)(-p[ \t]{0,3})(?![-./\~])(?=\S{0,60}[A-Za-z])(?=\S{0,60}\d)([^\s"\'`;|&]{4,400})~';
    private const ASSIGNED = '/(["\'`]?)([A-Za-z_][\w.-]{0,60})(["\'`]?\]?)(\s{0,3}(?:=>|:=|[:=])\s{0,3})/';
    private const HEADER_LINE = '/^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]{0,3}(\S[^\r\n]{0,4000})$/m';
    private const HEADER = '/^(?:(?:proxy-)?authorization|(?:set-)?cookie2?)$/iD';
    private const TOKENS = [
        '/\beyJ[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,2000})?/',
        // "Basic validation" is prose: a credential has a digit, a sign or padding in it.
        '#\b(?:Bearer|Basic)[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}#i',
        '/\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\b/',
        '/\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\b/',
        '/\bsk-[A-Za-z0-9_-]{20,200}\b/',
        '/\bxox[abprs]-[A-Za-z0-9-]{10,200}\b/',
        '/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/',
        '/\bAIza[\w-]{35}\b/',
        '#\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}#',
        '/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/',
    ];
    // What a line of a program holds between quotes is text.
    private const LITERAL = '/"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`(?:[^`\\\\]|\\\\.)*`/';
    private const CARD = '/(?<![\w.-])[3-6]\d{3}(?:[ -]?\d){9,12}(?![\w-]|\.\d)/';
    private const MIXED = '/^(?=[^\s"\'`]{0,60}[A-Za-z])(?=[^\s"\'`]{0,60}\d)[^\s"\'`()\[\]{}<>]{6,}/';
    private const NO_LITERAL = '/^(?:null|none|nil|undefined|true|false|=.*)$/isD';
    private const ARGUMENT = '/^(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:(=)(.*))?$/sD';
    private const MAX_INNER_JSON = 65536;
    private const MAX_TEXT = 8192;

    /** @var list<array<string, int>>|null Words and pairs of words, then those for running text; made once. */
    private static ?array $lists = null;
    /** @var list<string> */
    private array $more = [];
    /** @var array<string, bool> Names that were judged already. */
    private array $known = [];

    public function __construct(array $more = [])
    {
        self::$lists ??= [
            array_flip(explode(' ', self::WORDS)), array_flip(explode(' ', self::PAIRS)),
            array_flip(explode(' ', self::STRICT_WORDS)), array_flip(explode(' ', self::STRICT_PAIRS)),
        ];
        foreach ($more as $name) {
            if (is_string($name) && $name !== '') {
                $this->more[] = strtolower($name);
            }
        }
    }

    public function isSecret(string $name): bool
    {
        if (count($this->known) > 5000) {
            $this->known = [];
        }
        return $this->known[$name] ??= $this->has($name, self::$lists[0], self::$lists[1]);
    }

    private function isSecretInText(string $name): bool
    {
        return $this->has($name, self::$lists[2], self::$lists[3]);
    }

    private function has(string $name, array $single, array $pairs): bool
    {
        $name = substr($name, 0, 200);
        $lower = strtolower($name);
        if (in_array($lower, self::HARMLESS, true) || $name === 'PWD' || $name === 'OLDPWD') {
            return false;
        }
        $spaced = strtolower((string) preg_replace('/([a-z0-9])([A-Z])/', '$1 $2', $name));
        $words = preg_split('/[^a-z0-9\x80-\xff]+/', $spaced, -1, PREG_SPLIT_NO_EMPTY) ?: [];
        foreach ($words as $i => $word) {
            $plain = rtrim($word, '0123456789');
            if (isset($single[$plain]) || preg_match(self::GLUED, $plain) || isset($pairs[$word . ($words[$i + 1] ?? '')])) {
                return true;
            }
        }
        foreach ($this->more as $own) {
            if (strpos($lower, $own) !== false) {
                return true;
            }
        }
        return false;
    }

    /**
     * What stands in the place of a secret; nothing, yes and no, and an empty text are none.
     *
     * @param mixed $value
     * @return string|bool|array|null
     */
    public function hidden($value)
    {
        return $value === null || is_bool($value) || $value === '' || $value === [] ? $value : self::FILTERED;
    }

    /** @param mixed $value */
    public static function isPair($value): bool
    {
        return is_array($value) && count($value) === 2 && isset($value[0]) && array_key_exists(1, $value) && is_string($value[0])
            && strlen($value[0]) <= 100 && !preg_match('/\s|^-/', $value[0]);
    }

    /**
     * The next argument of a command without its secret, or null where it has none; $before is the option that waits for its value.
     *
     * @param mixed $item
     */
    public function argument($item, string &$before): ?string
    {
        $option = is_string($item) && preg_match(self::ARGUMENT, $item, $found) ? $found : null;
        $waiting = $before;
        $before = '';
        if (is_string($item) && (($waiting !== '' && ($item === '' || $item[0] !== '-') && $this->isSecret($waiting))
            || ($waiting === 'p' && preg_match('~^(?![-./\~])(?=.*[A-Za-z])(?=.*\d).{4}~s', $item)))) {
            return $this->hidden($item);
        }
        if ($option === null) {
            return null;
        }
        $name = ltrim($option[1], '-');
        if (isset($option[2])) {
            return $this->isSecret($name) ? $option[1] . '=' . $this->hidden($option[3]) : null;
        }
        if ($item[0] === '-') {
            $before = $name;
        }
        return null;
    }

    /** A text; one that is JSON itself is looked into. */
    public function anyText(string $text, int $most): string
    {
        $length = strlen($text);
        if ($length >= 4 && $length <= self::MAX_INNER_JSON && strpos('{[', ltrim($text)[0] ?? 'x') !== false) {
            $parsed = json_decode($text);
            if ($parsed !== null) {
                $changed = false;
                $after = $this->inner($parsed, 0, $changed);
                $json = $changed ? json_encode($after, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION) : $text;
                return is_string($json) ? $json : self::FILTERED;
            }
        }
        return $this->text(substr($text, 0, $most));
    }

    /**
     * @param mixed $value
     * @return mixed
     */
    private function inner($value, int $depth, bool &$changed)
    {
        if (is_string($value)) {
            $after = $this->anyText($value, self::MAX_TEXT);
            $changed = $changed || $after !== $value;
            return $after;
        }
        if (is_object($value)) {
            foreach (get_object_vars($value) as $name => $item) {
                $value->{$name} = $this->innerNamed((string) $name, $item, $depth, $changed);
            }
        } elseif (is_array($value)) {
            $arePairs = $value !== [] && count(array_filter($value, [self::class, 'isPair'])) === count($value);
            foreach ($value as $i => $item) {
                $value[$i] = $arePairs ? [$item[0], $this->innerNamed($item[0], $item[1], $depth, $changed)] : $this->inner($item, $depth + 1, $changed);
            }
        }
        return $value;
    }

    /**
     * @param mixed $item
     * @return mixed
     */
    private function innerNamed(string $name, $item, int $depth, bool &$changed)
    {
        if (!$this->isSecret($name)) {
            return $this->inner($item, $depth + 1, $changed);
        }
        $after = $this->hidden($item);
        $changed = $changed || $after !== $item;
        return $after;
    }

    /** A text without its secrets. $kind: text, query (a=b&c=d) or source (a line of a program). */
    public function text(string $text, string $kind = 'text', int $level = 0): string
    {
        if ($text === '' || ($kind !== 'query' && !preg_match(self::WORTH_LOOKING, $text))) {
            return $text;
        }
        $out = self::replaced($kind === 'query' ? self::WHOLE_QUERY : self::QUERY, $kind === 'query' ? '&' . $text : $text, function (array $found) use ($level): string {
            [$all, $mark, $name, $value] = $found;
            if ($value === self::FILTERED) {
                return $all;
            }
            if ($this->isSecret(rawurldecode($name))) {
                return "$mark$name=" . self::FILTERED;
            }
            if ($level === 2 || strpos($value, '%') === false) {
                return $all;
            }
            $plain = rawurldecode($value);
            $inner = $this->text($plain, 'text', $level + 1);
            return $inner === $plain ? $all : "$mark$name=" . implode(self::FILTERED, array_map('rawurlencode', explode(self::FILTERED, $inner)));
        });
        $out = $kind === 'query' ? substr($out, 1) : $out;
        foreach (self::CREDENTIALS as $pattern) {
            $out = self::replaced($pattern, $out, static function (array $found): string {
                return strpos($found[2], self::FILTERED) !== false ? $found[0] : $found[1] . ':' . self::FILTERED . '@';
            });
        }
        foreach (self::TOKENS as $pattern) {
            $out = self::replaced($pattern, $out, static function (array $found): string {
                return strpos($found[0], self::FILTERED) !== false ? $found[0] : self::FILTERED;
            });
        }
        $out = self::replaced(self::CARD, $out, static function (array $found): string {
            return self::isCard($found[0]) ? self::FILTERED : $found[0];
        });
        if ($kind === 'text') {
            $out = self::replaced(self::HEADER_LINE, $out, function (array $found): string {
                $told = preg_match(self::HEADER, $found[1]) || (strpos($found[1], '-') !== false && $this->isSecretInText($found[1]));
                return $told && strpos($found[2], self::FILTERED) !== 0 ? $found[1] . ': ' . self::FILTERED : $found[0];
            });
        }
        $out = $this->assigned($out, $kind === 'source');
        if ($kind === 'text') {
            $out = self::replaced(self::OPTION, $out, function (array $found): string {
                return strpos($found[5], self::FILTERED) === false && $this->isSecret($found[3])
                    ? $found[1] . $found[2] . $found[3] . $found[4] . self::FILTERED : $found[0];
            });
            $out = self::replaced(self::SHORT_OPTION, $out, static function (array $found): string {
                return strpos($found[3], self::FILTERED) !== false ? $found[0] : $found[1] . $found[2] . self::FILTERED;
            });
        }
        if ($kind === 'source') {
            $out = self::replaced(self::LITERAL, $out, function (array $found) use ($level): string {
                $mark = $found[0][0];
                $plain = (string) preg_replace('/\\\\(["\'`\\\\])/', '$1', substr($found[0], 1, -1));
                $after = $this->text($plain, 'text', $level);
                return $after === $plain ? $found[0] : $mark . str_replace($mark, '\\' . $mark, $after) . $mark;
            });
        }
        return $out;
    }

    private static function replaced(string $pattern, string $text, callable $by): string
    {
        // Null where PCRE gave up: better nothing than a secret.
        return preg_replace_callback($pattern, $by, $text) ?? self::FILTERED;
    }

    private function assigned(string $text, bool $literalsOnly): string
    {
        $out = '';
        $done = 0;
        $at = 0;
        while (preg_match(self::ASSIGNED, $text, $found, PREG_OFFSET_CAPTURE, $at)) {
            $at = $found[0][1] + strlen($found[0][0]);
            $operator = $found[4][0];
            $isProse = strpos($operator, ':') !== false && strpos($operator, '=') === false && $found[1][0] === '' && $found[3][0] === '';
            // `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
            if (!$this->isSecretInText($found[2][0]) || ($isProse && !preg_match(self::MIXED, substr($text, $at, 100)))) {
                continue;
            }
            [$from, $to] = self::valueAt($text, $at, $literalsOnly);
            if ($to <= $from || substr($text, $from, $to - $from) === self::FILTERED) {
                continue;
            }
            $out .= substr($text, $done, $from - $done) . self::FILTERED;
            $done = $at = max($at, $to);
        }
        return $done === 0 ? $text : $out . substr($text, $done);
    }

    /** Where the value that begins here stands: a quoted literal, else what comes before the next space or separator. */
    private static function valueAt(string $text, int $at, bool $literalsOnly): array
    {
        $length = strlen($text);
        if ($at >= $length || substr_compare($text, self::FILTERED, $at, strlen(self::FILTERED)) === 0) {
            return [$at, $at];
        }
        $mark = $text[$at];
        if ($mark === '"' || $mark === "'" || $mark === '`') {
            for ($to = $at + 1; $to < $length && $to - $at < 4000 && $text[$to] !== $mark; $to++) {
                $to += $text[$to] === '\\' ? 1 : 0;
            }
            return [$at + 1, min($to, $length)];
        }
        $size = $literalsOnly ? 0 : min(4000, strcspn($text, " \t\r\n\v\f,;&)}]\"'", $at));
        return $size > 0 && !preg_match(self::NO_LITERAL, substr($text, $at, $size)) ? [$at, $at + $size] : [$at, $at];
    }

    /** The check digit of ISO/IEC 7812 (Luhn). */
    private static function isCard(string $text): bool
    {
        $sum = 0;
        foreach (array_reverse(str_split((string) preg_replace('/\D/', '', $text))) as $i => $digit) {
            $value = (int) $digit * ($i % 2 + 1);
            $sum += $value > 9 ? $value - 9 : $value;
        }
        return $sum % 10 === 0;
    }
}

/**
 * {queueDir}/queue/{account}/{product}/, in the format that all languages share:
 *
 * {fingerprint}.{occurrence id}.new   written, takes repeats   → renamed before the first try
 * {occurrence id}.json                tried, never changed     → deleted when delivered, refused or too old
 *
 * A report that was tried takes no repeats: the server may hold it already and would not count them. Beside the folder,
 * .{product}.lock is held for the moment of a merge or a rename, .{product}.sending for a whole pass, so that processes do
 * not send twice.
 *
 * @internal
 */
final class MaydayQueue
{
    public const DELIVERED = 'delivered';
    public const REFUSED = 'refused';
    public const FAILED = 'failed';

    private const MAX_FILES = 50;
    private const MAX_BYTES = 5242880;
    private const MAX_FILE_BYTES = 1048576;
    private const MAX_AGE = 1209600;
    private const FIRST_BACKOFF = 30;
    private const MAX_BACKOFF = 3600;
    // Before this time (2020) no clock can be right: the library did not exist.
    private const EARLIEST_CLOCK = 1577836800;
    private const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

    private string $root;
    private string $folder;
    private ?string $installation = null;
    /** @var array<string, int> Dropped reports by reason that are in no file yet. */
    private array $unsaved = [];
    private float $savedAt = 0.0;

    public function __construct(string $root, string $account, string $product)
    {
        $this->root = rtrim($root, '/\\');
        $this->folder = $this->root;
        foreach (['', '/queue', '/' . self::fileName($account), '/' . self::fileName($product)] as $part) {
            $this->folder .= $part;
            if (!is_dir($this->folder) && @mkdir($this->folder, 0700, $part === '')) {
                @chmod($this->folder, 0700);
            }
        }
    }

    private static function fileName(string $name): string
    {
        $safe = preg_replace('/[^A-Za-z0-9._-]/', '_', $name);
        return $safe === '' || $safe[0] === '.' ? '_' . $safe : $safe;
    }

    /** The id of this installation: made once, kept across runs. */
    public function installation(): string
    {
        if ($this->installation !== null) {
            return $this->installation;
        }
        $file = $this->root . '/installation-id';
        $fresh = Mayday::uuid();
        for ($round = 0; $round < 2; $round++) {
            $kept = is_file($file) ? trim((string) file_get_contents($file)) : '';
            if (preg_match('/^' . self::UUID . '$/', $kept)) {
                return $this->installation = $kept;
            }
            if ($kept !== '' || is_file($file)) {
                unlink($file);
            }
            $part = $this->root . '/installation-' . $fresh . '.tmp';
            if (self::put($part, $fresh . "\n")) {
                // A link fails when another process was first; then the second round reads its id.
                if (!function_exists('link') || !link($part, $file)) {
                    is_file($file) || rename($part, $file);
                }
                is_file($part) && unlink($part);
            }
        }
        return $this->installation = $fresh;
    }

    /**
     * Merges into a report of the same error that nobody has tried to send, or writes a new one. False without a disk, null where
     * there is no room.
     */
    public function add(string $fingerprint, string $id, string $json, int $count, bool $isFatal = false): ?bool
    {
        if ($this->merge($fingerprint, $count)) {
            if ($isFatal) {
                $this->upgrade($fingerprint);
            }
            return true;
        }
        $json = $count > 1 ? '{"count":' . $count . ',' . substr($json, 1) : $json;
        if (!$this->prune(strlen($json), $isFatal)) {
            return null;
        }
        return $this->write($this->folder . "/$fingerprint.$id.new", $json);
    }

    private function merge(string $fingerprint, int $count): bool
    {
        $lock = $this->lock('lock', 0.2);
        if ($lock === null) {
            return false;
        }
        try {
            foreach ($this->names() as $name) {
                if (strncmp($name, $fingerprint . '.', 17) !== 0 || substr($name, -4) !== '.new') {
                    continue;
                }
                $file = $this->folder . '/' . $name;
                $json = (string) file_get_contents($file);
                if (strncmp($json, '{"', 2) !== 0) {
                    return false;
                }
                $many = preg_match('/^\{"count":(\d{1,9}),/', $json, $counted);
                $sum = min(999999999, ($many ? (int) $counted[1] : 1) + $count);
                return $this->write($file, '{"count":' . $sum . ',' . substr($json, $many ? strlen($counted[0]) : 1));
            }
        } finally {
            fclose($lock);
        }
        return false;
    }

    /** A report that was handled turned out to be what ended the script. */
    public function upgrade(string $fingerprint): void
    {
        $lock = $this->lock('lock', 0.2);
        foreach ($lock === null ? [] : $this->names() as $name) {
            if (strncmp($name, $fingerprint . '.', 17) === 0 && substr($name, -4) === '.new') {
                $file = $this->folder . '/' . $name;
                $this->write($file, self::upgraded((string) file_get_contents($file)));
            }
        }
        $lock === null || fclose($lock);
    }

    /** The severity stands before everything that an application has added. */
    public static function upgraded(string $json): string
    {
        return (string) preg_replace('/"severity":"normal"/', '"severity":"major"', $json, 1);
    }

    /** Counts a report that will never be sent; what is counted goes with the next one that is. */
    public function drop(string $reason): void
    {
        $this->unsaved[$reason] = ($this->unsaved[$reason] ?? 0) + 1;
        if (microtime(true) - $this->savedAt > 0.5) {
            $this->saveDropped();
        }
    }

    /** What was dropped and has not been told, after what has been told just now. Kept in a file, for the next run. */
    public function saveDropped(array $sent = []): array
    {
        $file = $this->folder . '/dropped';
        $this->savedAt = microtime(true);
        $read = is_file($file) && filesize($file) < 4000 ? json_decode((string) file_get_contents($file), true) : null;
        $before = array_filter(is_array($read) ? $read : [], 'is_int');
        $after = $before;
        foreach ($this->unsaved as $reason => $count) {
            $after[$reason] = ($after[$reason] ?? 0) + $count;
        }
        foreach ($sent as $reason => $count) {
            $after[$reason] = ($after[$reason] ?? 0) - $count;
        }
        $after = array_filter($after, static fn (int $count): bool => $count > 0);
        if ($after === $before || ($after ? $this->write($file, (string) json_encode($after)) : is_file($file) && unlink($file))) {
            $this->unsaved = [];
        }
        return $after;
    }

    public function hasFiles(): bool
    {
        return $this->names() !== [];
    }

    /** Names of the reports that wait. */
    private function names(): array
    {
        $names = is_dir($this->folder) ? scandir($this->folder) : false;
        return $names === false ? [] : array_values(preg_grep('/^([0-9a-f]{16}\.' . self::UUID . '\.new|' . self::UUID . '\.json)$/', $names));
    }

    private function write(string $target, string $text): bool
    {
        $part = $this->folder . '/' . Mayday::uuid() . '.tmp';
        if (self::put($part, $text) && rename($part, $target)) {
            return true;
        }
        is_file($part) && unlink($part);
        return false;
    }

    private static function put(string $file, string $text): bool
    {
        $handle = fopen($file, 'xb');
        if ($handle === false) {
            return false;
        }
        chmod($file, 0600);
        $written = fwrite($handle, $text);
        if (fclose($handle) && $written === strlen($text)) {
            return true;
        }
        unlink($file);
        return false;
    }

    /**
     * A handle to close again, or null when somebody else holds the lock all the time.
     *
     * @return resource|null
     */
    private function lock(string $name, float $seconds)
    {
        $path = dirname($this->folder) . '/.' . basename($this->folder) . '.' . $name;
        $isFresh = !is_file($path);
        $handle = fopen($path, 'c');
        if ($handle === false) {
            return null;
        }
        if ($isFresh) {
            chmod($path, 0600);
        }
        $end = microtime(true) + $seconds;
        while (!flock($handle, LOCK_EX | LOCK_NB)) {
            if (microtime(true) > $end) {
                fclose($handle);
                return null;
            }
            usleep(5000);
        }
        return $handle;
    }

    /**
     * Takes away what is too old. Where a new report of this size would not fit, what lies here from earlier goes, while the first of
     * each kind stay: false where there is no room then. A fatal one always has room.
     */
    private function prune(int $wanted, bool $isFatal = false): bool
    {
        clearstatcache();
        $now = time();
        $written = [];
        $bytes = $wanted;
        foreach ($this->names() as $name) {
            $file = $this->folder . '/' . $name;
            $time = (int) filemtime($file);
            // In the future, or before 2020: a wrong clock, now or then. Its age starts anew.
            if ($time > $now + 60 || $time < self::EARLIEST_CLOCK) {
                touch($file, $now);
                $time = $now;
            }
            if ($now - $time > self::MAX_AGE) {
                unlink($file);
                $this->drop('expired');
            } else {
                $written[$name] = $time;
                $bytes += (int) filesize($file);
            }
        }
        foreach (glob($this->folder . '/*.tmp') ?: [] as $leftover) {
            if (abs($now - (int) filemtime($leftover)) > 3600) {
                unlink($leftover);
            }
        }
        asort($written);
        foreach ($written as $name => $time) {
            if (count($written) + ($wanted > 0 ? 1 : 0) <= self::MAX_FILES && $bytes <= self::MAX_BYTES) {
                return true;
            }
            if ($wanted > 0 && !$isFatal && (substr($name, -4) === '.new' || $now - $time <= 60)) {
                continue;
            }
            $file = $this->folder . '/' . $name;
            $bytes -= (int) filesize($file);
            unlink($file);
            unset($written[$name]);
            $this->drop('queue_full');
        }
        $fits = count($written) + ($wanted > 0 ? 1 : 0) <= self::MAX_FILES && $bytes <= self::MAX_BYTES;
        if (!$fits && $wanted > 0) {
            $this->drop('queue_full');
        }
        return $fits;
    }

    /** One pass, until the first failure or the end of the time. $post returns an outcome and a Retry-After. */
    public function deliver(bool $force, float $end, callable $post): void
    {
        if (!$this->hasFiles()) {
            return;
        }
        if (!$force && $this->isClosed($this->state())) {
            return;
        }
        $lock = $this->lock('sending', max(0, $end - microtime(true)));
        if ($lock === null) {
            return;
        }
        try {
            // Somebody may have failed while this process waited for the lock.
            if (!$force && $this->isClosed($this->state())) {
                return;
            }
            $this->prune(0);
            foreach ($this->inOrder() as $name) {
                // What would not be over in time is left for the next run: the server is slow, not gone.
                if (microtime(true) > $end - 0.1) {
                    return;
                }
                $file = $this->claim($name);
                if ($file === null) {
                    continue;
                }
                $json = filesize($file) > self::MAX_FILE_BYTES ? '' : (string) file_get_contents($file);
                // A file that a full disk cut short is not sent.
                $outcome = is_array(json_decode($json, true)) ? $post($json) : [self::REFUSED, 0];
                if ($outcome[0] === self::FAILED) {
                    $this->failed($outcome[1]);
                    return;
                }
                unlink($file);
                if (is_file($this->folder . '/state.json')) {
                    unlink($this->folder . '/state.json');
                }
            }
        } finally {
            fclose($lock);
        }
    }

    /** Fresh reports first; the tried ones shuffled, so that one on which the server stumbles cannot block the rest. */
    private function inOrder(): array
    {
        $names = $this->names();
        $fresh = preg_grep('/\.new$/', $names);
        $tried = preg_grep('/\.json$/', $names);
        shuffle($tried);
        return array_merge($fresh, $tried);
    }

    private function claim(string $name): ?string
    {
        $file = $this->folder . '/' . $name;
        if (substr($name, -4) !== '.new') {
            return is_file($file) ? $file : null;
        }
        $lock = $this->lock('lock', 0.2);
        if ($lock === null) {
            return null;
        }
        $tried = $this->folder . '/' . substr($name, 17, 36) . '.json';
        $isMine = rename($file, $tried);
        fclose($lock);
        return $isMine ? $tried : null;
    }

    private function state(): array
    {
        $file = $this->folder . '/state.json';
        $state = is_file($file) && filesize($file) < 1000 ? json_decode((string) file_get_contents($file), true) : null;
        return is_array($state) ? $state + ['failures' => 0, 'not_before' => 0] : ['failures' => 0, 'not_before' => 0];
    }

    /** More than an hour ahead was written under another clock. */
    private function isClosed(array $state): bool
    {
        $wait = (float) $state['not_before'] / 1000 - microtime(true);
        return $wait > 0 && $wait <= self::MAX_BACKOFF + 1;
    }

    /** Sends what is in no file, unless there is a pause after failures; a failure begins one. */
    public function attempt(callable $send): void
    {
        if (!$this->isClosed($this->state())) {
            [$outcome, $retryAfter] = $send();
            if ($outcome === self::FAILED) {
                $this->failed($retryAfter);
            }
        }
    }

    private function failed(int $retryAfter): void
    {
        $failures = min(1000, max(0, (int) $this->state()['failures']) + 1);
        $pause = max(min($retryAfter, self::MAX_BACKOFF), min(self::MAX_BACKOFF, self::FIRST_BACKOFF << min($failures - 1, 10)));
        $this->write($this->folder . '/state.json', '{"failures":' . $failures . ',"not_before":' . (int) ((microtime(true) + $pause) * 1000) . "}\n");
    }
}
