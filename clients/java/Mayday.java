// SPDX-License-Identifier: Apache-2.0
// Mayday client for Java 8 and later, in one file: catches what nobody caught, keeps it on disk, and posts it to a
// Mayday server over the CrashKit 1.0 API. See README.md beside this file for set-up. No dependencies.
package mayday;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The whole public interface is static: {@link #start}, {@link #report}, {@link #set}, {@link #wrap}, {@link #filter}.
 * Every method swallows its own failures: whatever happens here, the application goes on as if this class were absent.
 */
public final class Mayday {
    public static final String CLIENT_VERSION = "1.0.0";

    // Bounds, the same in every language (see ../contract/README.md).
    static final int MAX_REPORT_BYTES = 256 * 1024;
    static final int MAX_CAUSES = 10;
    static final int MAX_FRAMES = 100;
    static final int MAX_MESSAGE_CHARS = 8192;
    static final int MAX_STRING_CHARS = 2048;
    static final int MAX_ENTRIES = 100;
    /** In one section: five levels of a hundred entries would be too many. */
    static final int MAX_VALUES = 2000;
    static final int MAX_ITEMS = 50;
    static final int MAX_DEPTH = 5;
    static final int MAX_SOURCE_BYTES = 1024 * 1024;
    static final int SOURCE_CONTEXT = 5;
    static final int MAX_SOURCE_LINE_CHARS = 300;
    static final int MAX_WAITING = 100;
    static final int MAX_QUEUE_FILES = 50;
    static final long MAX_QUEUE_BYTES = 5L * 1024 * 1024;
    static final long MAX_AGE_MS = 14L * 24 * 3600 * 1000;
    static final long FIRST_BACKOFF_MS = 30 * 1000;
    static final long MAX_BACKOFF_MS = 3600L * 1000;
    static final long REPEAT_MS = 60 * 1000;
    /** A handled error may still turn out to be what the program dies of. */
    static final long GRACE_MS = 150;
    static final long WRITE_WAIT_MS = 250;
    /**
     * Writing and sending have threads of their own: what waits for a lock is no thread of the application, and a disk that hangs
     * for a moment must not make a repeat a report of its own.
     */
    static final long LOCK_MS = 1000;
    static final int MAX_ANSWER_BYTES = 64 * 1024;
    static final String FILTERED = "[filtered]";

    private static final Charset UTF8 = Charset.forName("UTF-8");

    private static volatile Mayday current;
    static final int MAX_BREADCRUMBS = 50;
    private static final java.util.LinkedList<Map<String, Object>> breadcrumbs = new java.util.LinkedList<Map<String, Object>>();
    private static final ThreadLocal<Boolean> inside = new ThreadLocal<Boolean>();
    private static final ThreadLocal<Scope> scope = new ThreadLocal<Scope>();

    private final Options options;
    private final String role;
    private final Secrets secrets;
    private final Map<String, Map<String, Object>> sections =
            Collections.synchronizedMap(new LinkedHashMap<String, Map<String, Object>>());
    private final Queue queue;
    private final ThreadPoolExecutor writer;
    private final ScheduledThreadPoolExecutor sender;
    private final ScheduledThreadPoolExecutor watchdog;
    private final Seen[] seen = new Seen[64];
    private int seenNext;
    /** Occurrences by fingerprint that came while the first of them was still waiting to be written. */
    private final Map<String, Integer> unwritten = new HashMap<String, Integer>();
    private Thread.UncaughtExceptionHandler previous;
    private Thread.UncaughtExceptionHandler handler;
    private Thread hook;

    /** Settings; what is not set here comes from the environment (MAYDAY_URL, MAYDAY_PRODUCT, …), then from defaults. */
    public static final class Options {
        String url, account, product, role, token, key;
        boolean debug;
        File queueDir;
        int timeoutMs = 3000;
        int exitMs = 2000;
        boolean sessions;
        boolean environmentVariables = true;
        boolean handlers = true;
        Map<String, Object> version = new LinkedHashMap<String, Object>();
        final List<String> secrets = new ArrayList<String>();
        final List<String> variables = new ArrayList<String>();
        final List<File> sourceRoots = new ArrayList<File>();
        final List<Map<String, Object>> paths = new ArrayList<Map<String, Object>>();
        final List<Map<String, Object>> packages = new ArrayList<Map<String, Object>>();
        Function<Map<String, Object>, Map<String, Object>> beforeSend;

        /** Base address of the server, as in {@code http://host:8080}. */
        public Options url(String value) { url = value; return this; }
        public Options account(String value) { account = value; return this; }
        public Options product(String value) { product = value; return this; }
        /** The version that users know; for revision, build and edition use {@link #version(Map)}. */
        public Options version(String number) { version.put("number", number); return this; }
        public Options version(Map<String, ?> value) { version = new LinkedHashMap<String, Object>(value); return this; }
        /** {@code customer} (default), {@code tester} or {@code disabled}. */
        public Options role(String value) { role = value; return this; }
        /** Test token, with which {@code latest-report?token=} finds the reports of this program. */
        public Options token(String value) { token = value; return this; }

        /** The product's upload key, where the server asks for it. */
        public Options key(String value) { key = value; return this; }
        /** Prints to standard error what is sent and what the server answered, and asks it for a strict check. */
        public Options debug(boolean value) { debug = value; return this; }
        public Options queueDir(File value) { queueDir = value; return this; }
        /** The longest time that sending may hold up the end of the program; 0: not at all. */
        public Options exitMs(int value) { exitMs = Math.max(0, Math.min(value, 60000)); return this; }
        /** The longest time that one request may take. */
        public Options timeoutMs(int value) { timeoutMs = Math.max(1, Math.min(value, 60000)); return this; }
        /** Accepted for the sake of one configuration in all languages: Java programs cannot read each other's locals. */
        public Options locals(boolean value) { return this; }
        /** Further environment variables that are sent beside the harmless ones that everybody has; {@code X_*} names many. */
        public Options variables(String... names) { variables.addAll(Arrays.asList(names)); return this; }
        /** False keeps the process's environment variables out of reports. */
        public Options environmentVariables(boolean value) { environmentVariables = value; return this; }
        /** False installs no handler for uncaught exceptions: only what is passed to {@code report} is reported. */
        public Options handlers(boolean value) { handlers = value; return this; }
        /** More words which make a name secret, besides password, token, cookie and the like. */
        public Options secrets(String... words) { secrets.addAll(Arrays.asList(words)); return this; }
        /** A folder in which source files are found by package; before {@code .}, {@code src}, {@code src/main/java}. */
        public Options sourceRoot(File folder) { sourceRoots.add(folder); return this; }
        public Options ownPackage(String prefix) { packages.add(rule("package_prefix", prefix, "application")); return this; }
        public Options externalPackage(String prefix) { packages.add(rule("package_prefix", prefix, "external")); return this; }
        public Options ownPath(String path) { paths.add(rule("absolute_path", path, "application")); return this; }
        public Options externalPath(String path) { paths.add(rule("absolute_path", path, "external")); return this; }
        String environment;
        double sampleRate = 1;
        Map<String, Object> tags = new LinkedHashMap<String, Object>();
        final List<Object> ignored = new ArrayList<Object>();

        /** The name of the environment, such as {@code production}. */
        public Options environment(String name) { environment = name; return this; }
        public Options tag(String name, Object value) { tags.put(name, value); return this; }
        /** Reports nothing whose class name and message have one of these texts in them. */
        public Options ignore(String... texts) { ignored.addAll(Arrays.asList(texts)); return this; }
        /** Reports nothing of this class. */
        public Options ignore(Class<? extends Throwable> type) { ignored.add(type); return this; }
        /** Tells the server that the program runs and how it ends, for crash-free rates. */
        public Options sessions(boolean value) { sessions = value; return this; }
        /** The share of errors that are reported, from 0 to 1. */
        public Options sampleRate(double rate) { sampleRate = Math.max(0, Math.min(rate, 1)); return this; }
        /** Sees each report last, may change it, and drops it by returning null. */
        public Options beforeSend(Function<Map<String, Object>, Map<String, Object>> value) { beforeSend = value; return this; }

        private static Map<String, Object> rule(String key, String value, String kind) {
            Map<String, Object> rule = new LinkedHashMap<String, Object>();
            rule.put(key, value);
            rule.put("kind", kind);
            return rule;
        }
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Public interface

    /** Starts with what the environment says alone. */
    public static void start() { start(new Options()); }

    /** Installs the handlers and sends what earlier runs left behind. Without url or product nothing happens at all. */
    public static synchronized void start(Options options) {
        try {
            stop();
            if (truthy(env("MAYDAY_DISABLED"))) return;
            if (options.url == null) options.url = env("MAYDAY_URL");
            if (options.account == null) options.account = env("MAYDAY_ACCOUNT");
            if (options.account == null) options.account = "default";
            if (options.product == null) options.product = env("MAYDAY_PRODUCT");
            if (options.environment == null) options.environment = env("MAYDAY_ENVIRONMENT");
            if (options.version.isEmpty() && env("MAYDAY_VERSION") != null) options.version(env("MAYDAY_VERSION"));
            if (options.exitMs == 2000 && env("MAYDAY_EXIT_MS") != null) options.exitMs(Integer.parseInt(env("MAYDAY_EXIT_MS")));
            if (options.sampleRate == 1 && env("MAYDAY_SAMPLE_RATE") != null) options.sampleRate(Double.parseDouble(env("MAYDAY_SAMPLE_RATE")));
            if (options.token == null) options.token = env("MAYDAY_TOKEN");
            if (options.key == null) options.key = env("MAYDAY_KEY");
            // The person at the machine has the last word here.
            if (env("MAYDAY_SESSIONS") != null) options.sessions = truthy(env("MAYDAY_SESSIONS"));
            if (env("MAYDAY_DEBUG") != null) options.debug = truthy(env("MAYDAY_DEBUG"));
            if (options.url == null || options.product == null) {
                if (options.debug) System.err.println("mayday: not started, " + (options.url == null ? "url" : "product") + " is not set");
                return;
            }
            if (options.queueDir == null && env("MAYDAY_QUEUE_DIR") != null) options.queueDir = new File(env("MAYDAY_QUEUE_DIR"));
            if (options.queueDir == null) options.queueDir = defaultQueueDir();
            String role = roleOf(options);
            if (role.equals("disabled")) return;
            if (options.packages.isEmpty() && options.paths.isEmpty()) ownCaller(options);
            Mayday client = new Mayday(options, role);
            client.sections.put("tags", options.tags);
            current = client;
            if (options.handlers) client.install();
            if (options.sessions && session == null) session = new Session();
            if (client.queue.hasFiles() || client.isSessionUntold()) client.send(Pass.NORMAL, 0);
        } catch (Throwable ignored) {
            // A client that cannot start must not keep the program from starting.
        }
    }

    /** Removes the handlers and ends the threads; for applications that are unloaded, such as web applications. */
    public static synchronized void stop() {
        Mayday client = current;
        current = null;
        if (client == null) return;
        try {
            if (client.handler != null && Thread.getDefaultUncaughtExceptionHandler() == client.handler) {
                Thread.setDefaultUncaughtExceptionHandler(client.previous);
            }
            if (client.hook != null) Runtime.getRuntime().removeShutdownHook(client.hook);
        } catch (Throwable ignored) {
            // The JVM is shutting down already.
        }
        client.writer.shutdown();
        client.sender.shutdownNow();
        client.watchdog.shutdownNow();
    }

    /** Reports an exception that the application caught. Returns at once; sending happens on a thread of its own. */
    public static void report(Throwable error) { report(error, null); }

    /** The same with details of this occurrence. */
    public static void report(Throwable error, Map<String, ?> data) {
        Mayday client = current;
        if (client != null && error != null) client.accept(error, data, null, Thread.currentThread(), false, null);
    }

    /**
     * Adds to one of {@code host}, {@code user}, {@code account}, {@code version}, {@code configuration}, {@code request}
     * {@code tags} or {@code env}. Inside {@link #filter} it holds for this request, elsewhere for the whole program.
     */
    public static void set(String section, Map<String, ?> values) {
        try {
            Mayday client = current;
            if (client == null || values == null) return;
            Scope here = scope.get();
            Map<String, Map<String, Object>> target = here != null ? here.sections : client.sections;
            synchronized (target) {
                Map<String, Object> section1 = new LinkedHashMap<String, Object>();
                if (target.get(section) != null) section1.putAll(target.get(section));
                section1.putAll(values);
                target.put(section, section1);
            }
        } catch (Throwable ignored) {
            // Data that cannot be copied is left out.
        }
    }

    /** Notes what the program did; the last 50 notes go with each report. */
    public static void breadcrumb(String message) { breadcrumb(message, null, null); }

    public static void breadcrumb(String message, Map<String, ?> data, String category) {
        try {
            Map<String, Object> crumb = new LinkedHashMap<String, Object>();
            crumb.put("time", now());
            crumb.put("message", head(String.valueOf(message), MAX_STRING_CHARS));
            if (category != null) crumb.put("category", head(category, 100));
            if (data != null) crumb.put("data", new LinkedHashMap<String, Object>(data));
            synchronized (breadcrumbs) {
                breadcrumbs.add(crumb);
                if (breadcrumbs.size() > MAX_BREADCRUMBS) breadcrumbs.removeFirst();
            }
        } catch (Throwable ignored) {
            // A note is no reason to fail.
        }
    }

    /**
     * For loggers: what is an error is reported, with its exception where there is one, what is less is noted as a breadcrumb.
     * An exception that is logged and then goes on its way is reported once.
     */
    public static void logged(boolean isError, String logger, String level, String message, Throwable error) {
        try {
            Mayday client = current;
            if (client == null || inside.get() != null) return;
            if (!isError) {
                breadcrumb(message, null, logger);
                return;
            }
            Map<String, Object> data = new LinkedHashMap<String, Object>();
            data.put("logger", logger);
            data.put("level", level);
            if (error != null) data.put("message", message);
            StackTraceElement[] stack = Logged.outsideOfLoggers(new Throwable().getStackTrace());
            Throwable told = error != null ? error : new Logged(level, message, stack);
            client.accept(told, data, null, Thread.currentThread(), false, "log " + (stack.length > 0 ? stack[0] : ""));
        } catch (Throwable ignored) {
            // A logger is no place to fail.
        }
    }

    /** For java.util.logging: {@code Logger.getLogger("").addHandler(new Mayday.LogHandler())}. SEVERE is reported, less is noted. */
    public static final class LogHandler extends java.util.logging.Handler {
        private final java.util.logging.Formatter formatter = new java.util.logging.SimpleFormatter();

        @Override
        public void publish(java.util.logging.LogRecord record) {
            if (record == null || !isLoggable(record)) return;
            boolean isError = record.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue();
            logged(isError, record.getLoggerName(), record.getLevel().getName(), formatter.formatMessage(record), record.getThrown());
        }

        @Override
        public void flush() { }

        @Override
        public void close() { }
    }

    /** A message that was logged without an exception, with the stack of who logged it. */
    private static final class Logged extends Throwable {
        private static final long serialVersionUID = 1L;
        private static final String[] LOGGERS = {
            "java.util.logging.", "sun.util.logging.", "org.slf4j.", "ch.qos.logback.", "org.apache.logging.", "org.apache.log4j.",
            "org.apache.commons.logging.", "org.jboss.logging."};
        final String kind;

        Logged(String level, String message, StackTraceElement[] stack) {
            super(message, null, false, true);
            kind = "logging." + level;
            setStackTrace(stack);
        }

        /** Behind the last call of a logger, among the calls in which one can stand. */
        static StackTraceElement[] outsideOfLoggers(StackTraceElement[] stack) {
            int from = 0;
            for (int i = 0; i < stack.length && i < 60; i++) {
                for (String logger : LOGGERS) if (stack[i].getClassName().startsWith(logger)) from = i + 1;
                if (stack[i].getClassName().startsWith(Mayday.class.getName())) from = i + 1;
            }
            return Arrays.copyOfRange(stack, from, stack.length);
        }
    }

    private static String now() {
        SimpleDateFormat format = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT);
        format.setTimeZone(TimeZone.getTimeZone("UTC"));
        return format.format(new Date());
    }

    private boolean isIgnored(Throwable error) {
        if (options.ignored.isEmpty()) return false;
        String text = error.getClass().getName() + ": " + error.getMessage();
        for (Object known : options.ignored) {
            if (known instanceof Class ? ((Class<?>) known).isInstance(error) : text.contains(String.valueOf(known))) return true;
        }
        return false;
    }

    /** Tries at once to send whatever is waiting; true when nothing is left. Takes at most the set timeout. */
    public static boolean flush() {
        Mayday client = current;
        return client == null || client.drain(Pass.FLUSH, client.options.timeoutMs);
    }

    /** The same, at most this long. */
    public static boolean flush(long milliseconds) {
        Mayday client = current;
        return client == null || client.drain(Pass.FLUSH, milliseconds);
    }

    /** A task whose exception is reported and then thrown on, for executors that would bury it in a Future. */
    public static Runnable wrap(final Runnable task) {
        return new Runnable() {
            public void run() {
                try {
                    task.run();
                } catch (Throwable error) {
                    report(error);
                    throw Mayday.<RuntimeException>same(error);
                }
            }
        };
    }

    public static <T> Callable<T> wrap(final Callable<T> task) {
        return new Callable<T>() {
            public T call() throws Exception {
                try {
                    return task.call();
                } catch (Throwable error) {
                    report(error);
                    throw Mayday.<Exception>same(error);
                }
            }
        };
    }

    /**
     * An executor that reports what its submitted and scheduled tasks throw. What {@code execute} runs is left alone: its
     * exceptions reach the uncaught handler already, and would be counted twice.
     */
    @SuppressWarnings("unchecked")
    public static <E extends ExecutorService> E wrap(final E executor, Class<E> type) {
        return (E) Proxy.newProxyInstance(type.getClassLoader() == null ? Mayday.class.getClassLoader() : type.getClassLoader(),
                new Class<?>[] {type}, new InvocationHandler() {
            public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
                if (args != null && !method.getName().equals("execute") && method.getDeclaringClass() != Object.class) {
                    args = args.clone();
                    for (int i = 0; i < args.length; i++) {
                        if (args[i] instanceof Callable) args[i] = wrap((Callable<Object>) args[i]);
                        else if (args[i] instanceof Runnable) args[i] = wrap((Runnable) args[i]);
                        else if (args[i] instanceof Collection) {
                            List<Object> tasks = new ArrayList<Object>();
                            for (Object task : (Collection<Object>) args[i]) tasks.add(task instanceof Callable ? wrap((Callable<Object>) task) : task);
                            args[i] = tasks;
                        }
                    }
                }
                try {
                    return method.invoke(executor, args);
                } catch (InvocationTargetException error) {
                    throw error.getCause();
                }
            }
        });
    }

    /** Reports the failure of an asynchronous computation; returns the very stage that was passed. */
    public static <S extends CompletionStage<?>> S watch(S stage) {
        try {
            stage.whenComplete((value, error) -> {
                if (error != null) report(error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
            });
        } catch (Throwable ignored) {
            // A stage that takes no more callbacks.
        }
        return stage;
    }

    /**
     * A Servlet filter: {@code context.addFilter("mayday", Mayday.filter(javax.servlet.Filter.class))}, or the jakarta one.
     * It reports what leaves the chain, with the request, and throws the very same exception on.
     */
    public static <F> F filter(Class<F> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new InvocationHandler() {
            public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
                if (method.getName().equals("doFilter")) {
                    Scope outer = scope.get();
                    scope.set(new Scope(args[0]));
                    try {
                        interfaceMethod(args[2], "doFilter", 2).invoke(args[2], args[0], args[1]);
                    } catch (InvocationTargetException error) {
                        // An error page is dispatched through the filters again: one exception, one report.
                        if (outer == null) reportRequest(error.getCause(), args[0]);
                        throw error.getCause();
                    } finally {
                        if (outer == null) watchAsync(args[0]);
                        if (outer == null) scope.remove(); else scope.set(outer);
                    }
                    return null;
                }
                if (method.getName().equals("equals")) return proxy == args[0];
                if (method.getName().equals("hashCode")) return System.identityHashCode(proxy);
                return method.getName().equals("toString") ? "mayday.Mayday.filter" : null;
            }
        }));
    }

    /** For frameworks that turn exceptions into pages before a filter can see them: report with a servlet request. */
    public static void reportRequest(Throwable error, Object servletRequest) {
        Mayday client = current;
        if (client == null || error == null) return;
        // Frameworks wrap what a handler throws anew at each layer; the exception itself tells whether it has been reported.
        Throwable own = error;
        for (int i = 0; i < MAX_CAUSES && own.getCause() != null && own.getClass().getSimpleName().endsWith("ServletException"); i++) own = own.getCause();
        client.accept(own, null, servletRequest, Thread.currentThread(), true, null);
    }

    /** A request that goes on after its chain has returned tells its errors to listeners. */
    private static void watchAsync(final Object request) {
        try {
            if (current == null || !Boolean.TRUE.equals(call(request, "isAsyncStarted"))) return;
            Object context = call(request, "getAsyncContext");
            Method add = interfaceMethod(context, "addListener", 1);
            if (add == null) return;
            Class<?> type = add.getParameterTypes()[0];
            add.invoke(context, Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new InvocationHandler() {
                public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
                    if (method.getName().equals("onError")) reportRequest((Throwable) call(args[0], "getThrowable"), request);
                    if (method.getName().equals("onStartAsync")) {
                        // Whoever starts it anew has a context without listeners.
                        Object next = call(args[0], "getAsyncContext");
                        interfaceMethod(next, "addListener", 1).invoke(next, proxy);
                    }
                    if (method.getName().equals("equals")) return proxy == args[0];
                    if (method.getName().equals("hashCode")) return System.identityHashCode(proxy);
                    return method.getName().equals("toString") ? "mayday.Mayday.filter" : null;
                }
            }));
        } catch (Throwable ignored) {
            // A container without asynchronous requests.
        }
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Handlers

    /** What {@link #set} adds during one request, and the request itself. */
    private static final class Scope {
        final Map<String, Map<String, Object>> sections = new LinkedHashMap<String, Map<String, Object>>();
        final Object request;
        Scope(Object request) { this.request = request; }
    }

    private Mayday(Options options, String role) {
        this.options = options;
        this.role = role;
        this.secrets = new Secrets(options.secrets);
        if (env("MAYDAY_VARIABLES") != null) for (String name : env("MAYDAY_VARIABLES").split(",")) options.variables.add(name.trim());
        this.queue = new Queue(options);
        ThreadFactory daemons = new ThreadFactory() {
            public Thread newThread(Runnable task) {
                Thread thread = new Thread(null, task, "mayday", 256 * 1024);
                thread.setDaemon(true);
                thread.setContextClassLoader(null);
                return thread;
            }
        };
        writer = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<Runnable>(MAX_WAITING), daemons);
        writer.allowCoreThreadTimeOut(true);
        sender = new ScheduledThreadPoolExecutor(1, daemons);
        sender.setKeepAliveTime(10, TimeUnit.SECONDS);
        sender.allowCoreThreadTimeOut(true);
        watchdog = new ScheduledThreadPoolExecutor(1, daemons);
        watchdog.setKeepAliveTime(10, TimeUnit.SECONDS);
        watchdog.allowCoreThreadTimeOut(true);
        watchdog.setRemoveOnCancelPolicy(true);
    }

    private void install() {
        previous = Thread.getDefaultUncaughtExceptionHandler();
        handler = new Thread.UncaughtExceptionHandler() {
            public void uncaughtException(Thread thread, Throwable error) {
                try {
                    // The end of another thread is not that of the program.
                    if (session != null && thread.getName().equals("main")) session.crashed = true;
                    Future<?> written = accept(error, null, null, thread, true, "uncaught");
                    // On disk before the previous handler runs: that one may halt the JVM.
                    if (written != null) written.get(WRITE_WAIT_MS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                } catch (Throwable ignored) {
                    // Not written in time; the shutdown hook waits for it once more.
                }
                if (previous != null) {
                    previous.uncaughtException(thread, error);
                } else if (!(error.getClass().getName().equals("java.lang.ThreadDeath"))) {
                    // What ThreadGroup prints when there is no default handler.
                    System.err.print("Exception in thread \"" + thread.getName() + "\" ");
                    error.printStackTrace(System.err);
                }
            }
        };
        Thread.setDefaultUncaughtExceptionHandler(handler);
        hook = new Thread(new Runnable() {
            public void run() { if (session != null) session.end(); if (options.exitMs > 0) drain(Pass.FINAL, options.exitMs); else queue.saveDropped(null); }
        }, "mayday-exit");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Collects on the calling thread, writes and sends on others. Null when there is nothing to wait for. */
    private Future<?> accept(Throwable error, Map<String, ?> data, Object request, Thread thread, boolean major, String handler) {
        if (inside.get() != null) return null;
        inside.set(Boolean.TRUE);
        String waiting = null;
        try {
            String place = handler != null ? handler : caller();
            final String fingerprint;
            synchronized (seen) {
                Seen known = seenOf(error);
                if (known != null && known.places.add(place)) {
                    // The same error passes several handlers on its way out; it is one occurrence, and fatal when it ends the program.
                    if (!major || known.major) return null;
                    known.major = true;
                    final String first = known.fingerprint;
                    return writer.submit(new Runnable() {
                        public void run() { queue.upgrade(first); }
                    });
                }
                if (isIgnored(error) || options.sampleRate < 1 && Math.random() >= options.sampleRate) return null;
                // At the same place again, it was thrown again: a cached failure, say.
                fingerprint = fingerprint(error);
                if (known == null) seen[seenNext++ % seen.length] = known = new Seen(error);
                known.places.clear();
                known.places.add(place);
                known.fingerprint = fingerprint;
                known.major = major;
            }
            synchronized (unwritten) {
                // A flood of the same error costs one report and a counter.
                Integer before = unwritten.get(fingerprint);
                if (before != null) {
                    unwritten.put(fingerprint, before + 1);
                    return null;
                }
                if (unwritten.size() >= MAX_WAITING) {
                    queue.drop("queue_full");
                    return null;
                }
                unwritten.put(waiting = fingerprint, 1);
            }
            final Map<String, Object> report = collect(error, data, request, thread, major);
            Runnable task = new Runnable() {
                public void run() { write(fingerprint, report); }
            };
            waiting = null;
            try {
                return writer.submit(task);
            } catch (Throwable noThread) {
                // "Unable to create native thread" is a crash that is worth a report too.
                task.run();
                return null;
            }
        } catch (Throwable ignored) {
            queue.drop("failed");
            return null;
        } finally {
            if (waiting != null) takeCount(waiting);
            inside.remove();
        }
    }

    /** What became of an error that was reported; the library keeps none alive. */
    private static final class Seen {
        final java.lang.ref.WeakReference<Throwable> error;
        final Set<String> places = new java.util.HashSet<String>();
        String fingerprint;
        boolean major;
        Seen(Throwable error) { this.error = new java.lang.ref.WeakReference<Throwable>(error); }
    }

    private Seen seenOf(Throwable error) {
        for (Seen one : seen) if (one != null && one.error.get() == error) return one;
        return null;
    }

    /** The first place outside of this class. */
    private static String caller() {
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            if (!frame.getClassName().startsWith(Mayday.class.getName())) return frame.toString();
        }
        return "";
    }

    private int takeCount(String fingerprint) {
        synchronized (unwritten) {
            Integer count = unwritten.remove(fingerprint);
            return count == null ? 1 : count;
        }
    }

    private void write(String fingerprint, Map<String, Object> report) {
        inside.set(Boolean.TRUE);
        boolean counted = false;
        try {
            addSources(report);
            if (options.beforeSend != null) report = options.beforeSend.apply(report);
            if (report == null) return;
            if (session != null) session.errors.incrementAndGet();
            String id = String.valueOf(report.get("occurrence_id"));
            String json;
            try {
                json = bounded(report);
            } catch (IllegalStateException tooLarge) {
                queue.drop("too_large");
                return;
            }
            if (options.debug) System.err.println("mayday: report " + json);
            // From here on a repeat is a report of its own, which is merged on disk.
            counted = true;
            if (!queue.add(fingerprint, id, json, takeCount(fingerprint), "major".equals(report.get("severity")))) return;
            long wait = queue.repeatWaitMs(fingerprint);
            // Sent lately: it waits for its repeats. The executor would keep one timer for each, so only the first sets one.
            if (wait <= 0) send(Pass.NORMAL, GRACE_MS);
            else if (queue.planRepeat(fingerprint)) send(Pass.NORMAL, wait);
        } catch (Throwable ignored) {
            queue.drop("failed");
        } finally {
            if (!counted) takeCount(fingerprint);
            inside.remove();
        }
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Collecting

    private Map<String, Object> collect(Throwable error, Map<String, ?> data, Object request, Thread thread, boolean major) {
        Map<String, Object> report = new LinkedHashMap<String, Object>();
        report.put("occurrence_id", UUID.randomUUID().toString());
        report.put("language", "java");
        report.put("client_version", CLIENT_VERSION);
        report.put("role", role);
        report.put("severity", major ? "major" : "normal");
        report.put("date", today());
        report.put("time", now());
        if (options.sampleRate < 1) report.put("sample_rate", options.sampleRate);
        Scope here = scope.get();
        if (request == null && here != null) request = here.request;
        report.put("stacktrace", causes(error));
        Map<String, Object> host = section("host", here);
        if (!host.containsKey("id")) host.put("id", queue.installation());
        if (!host.containsKey("hostname")) host.put("hostname", hostname());
        report.put("host", host);
        Map<String, Object> version = texts(plain(options.version));
        version.putAll(section("version", here));
        putIfAny(report, "version", version);
        putIfAny(report, "user", section("user", here));
        putIfAny(report, "account", section("account", here));
        putIfAny(report, "configuration", section("configuration", here));
        putIfAny(report, "tags", section("tags", here));
        List<Object> crumbs = new ArrayList<Object>();
        synchronized (breadcrumbs) {
            for (Map<String, Object> crumb : breadcrumbs) crumbs.add(plain(crumb));
        }
        if (!crumbs.isEmpty()) report.put("breadcrumbs", crumbs);
        Map<String, Object> requestSection = section("request", here);
        Map<String, String> variables = new LinkedHashMap<String, String>();
        if (request != null) readRequest(request, requestSection, variables);
        if (options.environmentVariables) {
            try {
                for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
                    if (isSent(entry.getKey()) && !variables.containsKey(entry.getKey())) variables.put(entry.getKey(), entry.getValue());
                }
            } catch (SecurityException forbidden) {
                // A sandbox without the right to read them.
            }
        }
        putIfAny(report, "request", requestSection);
        report.put("data", data == null ? new LinkedHashMap<String, Object>() : plain(data));
        Map<String, Object> env = section("env", here);
        env.put("java_version", property("java.version"));
        env.put("java_vendor", property("java.vendor"));
        env.put("java_vm", property("java.vm.name"));
        env.put("os_kernel_name", property("os.name"));
        env.put("os_kernel_version", property("os.version"));
        env.put("cpu_arch", property("os.arch"));
        env.put("cpu_count", Runtime.getRuntime().availableProcessors());
        env.put("thread", cut(thread.getName(), 200));
        report.put("env", env);
        Map<String, Object> environment = new LinkedHashMap<String, Object>();
        if (!variables.isEmpty()) environment.put("variables", clean("", variables, 0, new int[] {MAX_VALUES}));
        if (options.environment != null) environment.put("name", cut(options.environment, 200));
        putIfAny(report, "environment", environment);
        Map<String, Object> ownership = new LinkedHashMap<String, Object>();
        if (!options.paths.isEmpty()) ownership.put("paths", options.paths);
        if (!options.packages.isEmpty()) ownership.put("packages", options.packages);
        putIfAny(report, "ownership", ownership);
        return report;
    }

    /** Root cause first. A chain may be circular (initCause in a subclass), so each exception is taken once. */
    private static List<Throwable> chain(Throwable error) {
        List<Throwable> chain = new ArrayList<Throwable>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<Throwable, Boolean>());
        for (Throwable cause = error; cause != null && seen.add(cause) && chain.size() < 1000; cause = cause.getCause()) chain.add(cause);
        // Of a chain that is too long, the root and the outermost exceptions are worth most.
        if (chain.size() > MAX_CAUSES) chain.subList(MAX_CAUSES / 2, chain.size() - MAX_CAUSES / 2).clear();
        Collections.reverse(chain);
        return chain;
    }

    private List<Object> causes(Throwable error) {
        List<Object> result = new ArrayList<Object>();
        for (Throwable cause : chain(error)) result.add(oneException(cause));
        return result;
    }

    private Map<String, Object> oneException(Throwable error) {
        Map<String, Object> one = new LinkedHashMap<String, Object>();
        one.put("kind", cut(error instanceof Logged ? ((Logged) error).kind : error.getClass().getName(), 500));
        String message;
        try {
            message = error.getMessage();
        } catch (Throwable broken) {
            message = "(getMessage threw " + broken.getClass().getName() + ")";
        }
        one.put("message", message == null ? "" : secrets.safe(message, MAX_MESSAGE_CHARS));
        Map<String, Object> data = new LinkedHashMap<String, Object>();
        StackTraceElement[] trace = error.getStackTrace();
        List<Object> locations = new ArrayList<Object>();
        for (int i = 0; i < trace.length; i++) {
            if (trace.length > MAX_FRAMES && i >= MAX_FRAMES / 2 && i < trace.length - MAX_FRAMES / 2) continue;
            locations.add(location(trace[i]));
        }
        if (trace.length > MAX_FRAMES) data.put("frames_omitted", trace.length - MAX_FRAMES);
        List<Object> suppressed = new ArrayList<Object>();
        for (Throwable other : error.getSuppressed()) {
            if (suppressed.size() >= 10) break;
            suppressed.add(clean("", other, 0, new int[] {MAX_VALUES}));
        }
        if (!suppressed.isEmpty()) data.put("suppressed", suppressed);
        putIfAny(one, "data", data);
        one.put("locations", locations);
        return one;
    }

    private static Map<String, Object> location(StackTraceElement frame) {
        Map<String, Object> location = new LinkedHashMap<String, Object>();
        String name = frame.getClassName();
        int dot = name.lastIndexOf('.');
        String file = frame.getFileName();
        if (dot > 0) location.put("package", cut(name.substring(0, dot), 500));
        location.put("class", cut(name.substring(dot + 1), 500));
        location.put("method", cut(frame.getMethodName(), 500));
        if (file != null) location.put("module", cut((dot > 0 ? name.substring(0, dot + 1).replace('.', '/') : "") + file, 500));
        // Negative for native methods and where classes were compiled without line numbers.
        location.put("line", Math.max(0, frame.getLineNumber()));
        return location;
    }

    @SuppressWarnings("unchecked")
    private void addSources(Map<String, Object> report) {
        Map<String, List<String>> files = new HashMap<String, List<String>>();
        Map<String, String> found = new HashMap<String, String>();
        for (Object one : (List<Object>) report.get("stacktrace")) {
            for (Object frame : (List<Object>) ((Map<String, Object>) one).get("locations")) {
                Map<String, Object> location = (Map<String, Object>) frame;
                Object module = location.get("module");
                int line = (Integer) location.get("line");
                if (module == null || line < 1) continue;
                String name = module.toString();
                if (!files.containsKey(name)) files.put(name, readSource(name, found));
                List<String> lines = files.get(name);
                if (lines == null) continue;
                if (found.containsKey(name)) location.put("absolute_file", found.get(name));
                List<String> around = around(lines, line, secrets);
                if (around == null) continue;
                location.put("source", around);
            }
        }
    }

    /** 2n + 1 lines with the given 1-based line in the middle; places before the first and after the last are empty. */
    static List<String> around(List<String> lines, int line, Secrets secrets) {
        if (line > lines.size()) return null;
        List<String> result = new ArrayList<String>();
        for (int i = line - SOURCE_CONTEXT; i <= line + SOURCE_CONTEXT; i++) {
            result.add(i >= 1 && i <= lines.size() ? secrets.sourceLine(lines.get(i - 1)) : "");
        }
        return result;
    }

    private List<String> readSource(String module, Map<String, String> found) {
        List<File> roots = new ArrayList<File>(options.sourceRoots);
        String base = property("user.dir");
        for (String folder : new String[] {"", "src", "src/main/java", "src/main/kotlin", "src/test/java"}) roots.add(new File(base, folder));
        for (File root : roots) {
            try {
                File file = new File(root, module);
                if (!file.isFile() || file.length() > MAX_SOURCE_BYTES) continue;
                found.put(module, file.getCanonicalPath());
                return Arrays.asList(new String(Files.readAllBytes(file.toPath()), UTF8).split("\r\n|\r|\n", -1));
            } catch (Exception unreadable) {
                // The next root may have it.
            }
        }
        // Jars that carry their sources.
        try (InputStream in = Mayday.class.getResourceAsStream("/" + module)) {
            if (in != null) return Arrays.asList(new String(readAll(in, MAX_SOURCE_BYTES, Long.MAX_VALUE), UTF8).split("\r\n|\r|\n", -1));
        } catch (Exception unreadable) {
            // No source, no lines.
        }
        return null;
    }

    /** Global data of a section under this request's, cleaned. */
    private Map<String, Object> section(String name, Scope here) {
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        synchronized (sections) {
            if (sections.get(name) != null) result.putAll(sections.get(name));
        }
        if (here != null && here.sections.get(name) != null) result.putAll(here.sections.get(name));
        return name.equals("host") || name.equals("user") || name.equals("account") || name.equals("version") ? texts(plain(result)) : plain(result);
    }

    /** The keys that the API knows are texts, and ids are often numbers. */
    private static Map<String, Object> texts(Map<String, Object> section) {
        for (String key : new String[] {"id", "hostname", "name", "email", "url", "number", "revision", "build", "edition"}) {
            Object value = section.get(key);
            if (value instanceof Number || value instanceof Boolean) section.put(key, value.toString());
        }
        return section;
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> plain(Map<String, ?> values) {
        return (Map<String, Object>) clean("", values, 0, new int[] {MAX_VALUES});
    }

    /** What becomes of a value in a report; for tests. */
    static Object cleaned(Object value, List<String> more) {
        Options options = new Options();
        options.secrets.addAll(more);
        options.account = options.product = "none";
        options.queueDir = new File(property("java.io.tmpdir"), "mayday-none");
        return new Mayday(options, "customer").clean("", value, 0, new int[] {MAX_VALUES});
    }

    /** Bounded, filtered copy that holds only maps, lists, strings, numbers and booleans. */
    private Object clean(String name, Object value, int depth, int[] left) {
        if (name.startsWith("C_") || secrets.isSecret(name)) return Secrets.hidden(value);
        if (--left[0] < 0) return "(more)";
        try {
            if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long
                    || value instanceof Short || value instanceof Byte || value instanceof java.math.BigInteger || value instanceof java.math.BigDecimal) return value;
            if (value instanceof Double || value instanceof Float) {
                double number = ((Number) value).doubleValue();
                return Double.isNaN(number) || Double.isInfinite(number) ? (Object) String.valueOf(number) : value;
            }
            if (depth >= MAX_DEPTH && (value instanceof Map || value instanceof Collection || value.getClass().isArray())) return "(too deep)";
            if (value instanceof Map) {
                Map<String, Object> result = new LinkedHashMap<String, Object>();
                for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                    if (result.size() >= MAX_ENTRIES) {
                        result.put("...", "(more)");
                        break;
                    }
                    String key = cut(String.valueOf(entry.getKey()), 200);
                    result.put(key, clean(key, entry.getValue(), depth + 1, left));
                }
                return result;
            }
            if (value instanceof Collection || value.getClass().isArray()) {
                return cleanList(value, depth, left);
            }
            String text = String.valueOf(value);
            if (value instanceof String && name.endsWith("QUERY_STRING")) return cut(secrets.text(head(text, 4 * MAX_STRING_CHARS), "query", 0), MAX_STRING_CHARS);
            return secrets.safe(text, MAX_STRING_CHARS);
        } catch (Throwable broken) {
            // A toString or an iterator of the application's own which fails must not cost the report.
            return "(reading it threw " + broken.getClass().getName() + ")";
        }
    }

    /** A list; one of pairs is read by their names, one of a command's arguments by its options. */
    private List<Object> cleanList(Object value, int depth, int[] left) {
        List<Object> items = new ArrayList<Object>();
        if (value instanceof Collection) {
            for (Object item : (Collection<?>) value) {
                items.add(item);
                if (items.size() > MAX_ITEMS) break;
            }
        } else {
            for (int i = 0; i < Array.getLength(value) && i <= MAX_ITEMS; i++) items.add(Array.get(value, i));
        }
        boolean more = items.size() > MAX_ITEMS;
        if (more) items = items.subList(0, MAX_ITEMS);
        boolean pairs = !items.isEmpty();
        for (Object item : items) pairs = pairs && Secrets.pair(item) != null;
        List<Object> result = new ArrayList<Object>();
        String[] before = {""};
        for (Object item : items) {
            if (pairs) {
                Object[] pair = Secrets.pair(item);
                result.add(new ArrayList<Object>(Arrays.asList(pair[0], clean((String) pair[0], pair[1], depth + 1, left))));
                continue;
            }
            String hidden = secrets.argument(item, before);
            result.add(hidden != null ? cut(hidden, MAX_STRING_CHARS) : clean("", item, depth + 1, left));
        }
        if (more) result.add("(more)");
        return result;
    }

    /**
     * What tells where a program runs and how it was started. All others are left out: every secret of a service may be one.
     */
    private static final Set<String> SENT_VARIABLES = Secrets.words("LANG LANGUAGE TZ TERM SHELL PATH PWD HOSTNAME COMPUTERNAME OS"
            + " PROCESSOR_ARCHITECTURE CI DYNO KUBERNETES_SERVICE_HOST K_SERVICE K_REVISION FUNCTION_NAME WEBSITE_SITE_NAME AWS_REGION"
            + " AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_NAME AWS_EXECUTION_ENV FLY_REGION FLY_APP_NAME MAYDAY_PRODUCT MAYDAY_ACCOUNT"
            + " MAYDAY_ROLE MAYDAY_VERSION MAYDAY_ENVIRONMENT APP_ENV ENVIRONMENT SPRING_PROFILES_ACTIVE JAVA_HOME JAVA_VERSION");

    private boolean isSent(String name) {
        if (SENT_VARIABLES.contains(name) || name.startsWith("LC_")) return true;
        for (String more : options.variables) {
            if (name.equals(more) || more.endsWith("*") && name.startsWith(more.substring(0, more.length() - 1))) return true;
        }
        return false;
    }

    static String head(String text, int most) { return text.length() <= most ? text : text.substring(0, most); }

    /**
     * Secrets, by the rules of the server, which testdata/privacy-vectors.json shows by example: told by their names, and by what
     * texts show.
     */
    static final class Secrets {
        private static final Set<String> WORDS = words("password passwords passwd passphrase pwd pass pw secret secrets token tokens auth"
                + " authorization authentication authenticate cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card"
                + " cards cardnumber creditcard cvv cvc iban key keys apikey accesskey secretkey privatekey credential credentials creds csrf"
                + " xsrf csrftoken jwt bearer otp mfa totp pin ssn signature dsn connectionstring mysqlpwd pgpassword sig");
        private static final Set<String> PAIRS = words("ccnumber ccnum creditnumber");
        /** In running text "key" and "session" say too little. */
        private static final Set<String> STRICT_WORDS = words("password passwd passphrase pwd pw secret token authorization apikey accesskey"
                + " secretkey privatekey credential credentials cookie csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword"
                + " mysqlpwd");
        private static final Set<String> STRICT_PAIRS = words("apikey accesskey secretkey privatekey sessionid cardnumber creditcard"
                + " accountkey masterkey signingkey encryptionkey ccnumber");
        private static final Set<String> HARMLESS = words("public_key publickey auth_type key_type token_type");
        private static final Pattern GLUED = Pattern.compile("passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$");
        private static final Pattern CAMEL = Pattern.compile("([a-z0-9])([A-Z])");
        private static final Pattern NO_WORD = Pattern.compile("[^a-z0-9\u0080-\uffff]+");
        /** What a line of a program holds between quotes is text. */
        private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'|`(?:[^`\\\\]|\\\\.)*+`");
        private static final Pattern ESCAPED = Pattern.compile("\\\\([\"'`\\\\])");
        /** One look that most texts end with. */
        private static final Pattern WORTH_LOOKING = Pattern.compile("[?&;][\\w.\\[\\]%-]{1,60}=|://[^\\s]{1,300}@|(?:^|\\s)-p|pass|pw|secret"
                + "|token|auth|cookie|key|credential|sess(?:ion)?.?id|bearer|basic |jwt|cvv|cvc|eyJ|AKIA|ASIA|AIza|gh[pousr]_|github_pat_"
                + "|glpat-|xox[abprs]-|sk[_-]|rk_live|sntry[su]_|npm_|[3-6]\\d{3}[\\d -]{9}", Pattern.CASE_INSENSITIVE);
        private static final Pattern QUERY = Pattern.compile("([?&;])([A-Za-z0-9_.\\[\\]%-]{1,60})=([^&;#\\s\"'<>\\\\)]{1,4000})");
        private static final Pattern WHOLE_QUERY = Pattern.compile("([?&;])([A-Za-z0-9_.\\[\\]%-]{1,60})=([^&;#]+)");
        private static final Pattern[] CREDENTIALS = {
            Pattern.compile("(://[^/\\s:@?#\"']{0,100}):([^/\\s?#\"']{1,200})@"),
            Pattern.compile("(://[^/\\s:@?#\"']{0,100}):(?!\\d{1,5}(?:[/?#]|$))(?=[^\\s?#\"'@/]{0,200}/)([^\\s?#\"'@]{1,200})@"),
        };
        private static final Pattern OPTION = Pattern.compile("(^|\\s)(--?)([A-Za-z][\\w.-]{1,60})([ \\t]{1,3})(?!-)([^\\s\"'`;|&]{1,400})");
        /** mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits. */
        private static final Pattern SHORT_OPTION = Pattern.compile(
                "(^|\\s)(-p[ \\t]{0,3})(?![-./~])(?=\\S{0,60}[A-Za-z])(?=\\S{0,60}\\d)([^\\s\"'`;|&]{4,400})");
        private static final Pattern ASSIGNED = Pattern.compile("([\"'`]?)([A-Za-z_][\\w.-]{0,60})([\"'`]?\\]?)(\\s{0,3}(?:=>|:=|[:=])\\s{0,3})");
        private static final Pattern HEADER_LINE = Pattern.compile("^([A-Za-z][A-Za-z0-9-]{1,60}):[ \\t]{0,3}(\\S[^\\r\\n]{0,4000})$", Pattern.MULTILINE);
        private static final Pattern HEADER = Pattern.compile("(?:proxy-)?authorization|(?:set-)?cookie2?", Pattern.CASE_INSENSITIVE);
        private static final Pattern[] TOKENS = {
            Pattern.compile("\\beyJ[\\w-]{8,2000}\\.[\\w-]{4,4000}(?:\\.[\\w-]{0,2000})?"),
            // "Basic validation" is prose: a credential has a digit, a sign or padding in it.
            Pattern.compile("\\b(?:Bearer|Basic)[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}", Pattern.CASE_INSENSITIVE),
            Pattern.compile("\\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\\w{20,255}|glpat-[\\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\\b"),
            Pattern.compile("\\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\\b"),
            Pattern.compile("\\bsk-[A-Za-z0-9_-]{20,200}\\b"),
            Pattern.compile("\\bxox[abprs]-[A-Za-z0-9-]{10,200}\\b"),
            Pattern.compile("\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b"),
            Pattern.compile("\\bAIza[\\w-]{35}\\b"),
            Pattern.compile("\\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}"),
            Pattern.compile("-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"),
        };
        private static final Pattern CARD = Pattern.compile("(?<![\\w.-])[3-6]\\d{3}(?:[ -]?\\d){9,12}(?![\\w-]|\\.\\d)");
        private static final Pattern MIXED = Pattern.compile("(?=[^\\s\"'`]{0,60}[A-Za-z])(?=[^\\s\"'`]{0,60}\\d)[^\\s\"'`()\\[\\]{}<>]{6,}");
        private static final Pattern SHORT_MIXED = Pattern.compile("(?![-./~])(?=.*[A-Za-z])(?=.*\\d).{4}", Pattern.DOTALL);
        private static final Pattern NO_LITERAL = Pattern.compile("null|none|nil|undefined|true|false|=.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
        private static final Pattern WORD = Pattern.compile("[^\\s,;&)}\\]\"']{1,4000}");
        private static final Pattern ARGUMENT = Pattern.compile("(--?[A-Za-z][\\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:=(.*))?", Pattern.DOTALL);
        private static final int MAX_INNER_JSON = 64 * 1024;

        private final List<String> more = new ArrayList<String>();
        private final Map<String, Boolean> known = new java.util.concurrent.ConcurrentHashMap<String, Boolean>();

        Secrets(Collection<String> more) {
            for (String name : more) if (name != null && !name.isEmpty()) this.more.add(name.toLowerCase(Locale.ROOT));
        }

        static Set<String> words(String text) { return new java.util.HashSet<String>(Arrays.asList(text.split(" "))); }

        boolean isSecret(String name) {
            if (name.isEmpty()) return false;
            Boolean found = known.get(name);
            if (found == null) {
                if (known.size() > 5000) known.clear();
                known.put(name, found = has(name, WORDS, PAIRS));
            }
            return found;
        }

        private boolean isSecretInText(String name) { return has(name, STRICT_WORDS, STRICT_PAIRS); }

        private boolean has(String name, Set<String> single, Set<String> pairs) {
            name = head(name, 200);
            String lower = name.toLowerCase(Locale.ROOT);
            if (HARMLESS.contains(lower) || name.equals("PWD") || name.equals("OLDPWD")) return false;
            String[] words = NO_WORD.split(CAMEL.matcher(name).replaceAll("$1 $2").toLowerCase(Locale.ROOT));
            for (int i = 0; i < words.length; i++) {
                String plain = words[i].replaceAll("[0-9]+$", "");
                if (single.contains(plain) || GLUED.matcher(plain).find()) return true;
                if (pairs.contains(words[i] + (i + 1 < words.length ? words[i + 1] : ""))) return true;
            }
            for (String own : more) if (lower.contains(own)) return true;
            return false;
        }

        /** What stands in the place of a secret; nothing, yes and no, and an empty text are none. */
        static Object hidden(Object value) {
            boolean none = value == null || value instanceof Boolean || "".equals(value) || value instanceof Map && ((Map<?, ?>) value).isEmpty();
            return none ? value : FILTERED;
        }

        /** The two parts of a pair whose first can be a name, or null. */
        static Object[] pair(Object value) {
            Object[] parts = value instanceof List && ((List<?>) value).size() == 2 ? ((List<?>) value).toArray()
                    : value instanceof Object[] && ((Object[]) value).length == 2 ? (Object[]) value : null;
            if (parts == null || !(parts[0] instanceof String)) return null;
            String name = (String) parts[0];
            if (name.length() > 100 || name.startsWith("-")) return null;
            for (int i = 0; i < name.length(); i++) if (Character.isWhitespace(name.charAt(i))) return null;
            return parts;
        }

        /** The next argument of a command without its secret, null where it has none; before[0] is the option that waits for its value. */
        String argument(Object item, String[] before) {
            String waiting = before[0];
            before[0] = "";
            if (!(item instanceof String)) return null;
            String text = (String) item;
            if (!waiting.isEmpty() && !text.startsWith("-") && isSecret(waiting) || waiting.equals("p") && SHORT_MIXED.matcher(text).lookingAt()) {
                return String.valueOf(hidden(text));
            }
            Matcher option = ARGUMENT.matcher(text);
            if (!option.matches()) return null;
            String name = option.group(1).replaceAll("^-+", "");
            if (option.group(2) != null) return isSecret(name) ? option.group(1) + "=" + hidden(option.group(2)) : null;
            if (text.startsWith("-")) before[0] = name;
            return null;
        }

        String sourceLine(String line) { return cut(text(head(line, 4 * MAX_SOURCE_LINE_CHARS), "source", 0), MAX_SOURCE_LINE_CHARS); }

        /** A text of bounded length; one that is JSON itself is looked into. */
        String safe(String text, int most) {
            if (text.length() >= 4 && text.length() <= MAX_INNER_JSON) {
                String trimmed = text.trim();
                if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
                    Object parsed = new JsonReader(trimmed).whole();
                    if (parsed != JsonReader.BROKEN) {
                        boolean[] changed = {false};
                        Object after = inner(parsed, changed, 0);
                        return cut(changed[0] ? json(after) : text, most);
                    }
                }
            }
            return cut(text(head(text, 2 * most), "text", 0), most);
        }

        private Object inner(Object value, boolean[] changed, int depth) {
            if (value instanceof String) {
                String after = safe((String) value, MAX_MESSAGE_CHARS);
                changed[0] |= !after.equals(value);
                return after;
            }
            if (value instanceof Map) {
                Map<String, Object> result = new LinkedHashMap<String, Object>();
                for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                    result.put((String) entry.getKey(), innerNamed((String) entry.getKey(), entry.getValue(), changed, depth));
                }
                return result;
            }
            if (!(value instanceof List)) return value;
            List<?> list = (List<?>) value;
            boolean pairs = !list.isEmpty();
            for (Object item : list) pairs = pairs && pair(item) != null;
            List<Object> result = new ArrayList<Object>();
            for (Object item : list) {
                if (!pairs) result.add(inner(item, changed, depth + 1));
                else result.add(Arrays.asList(pair(item)[0], innerNamed((String) pair(item)[0], pair(item)[1], changed, depth)));
            }
            return result;
        }

        private Object innerNamed(String name, Object value, boolean[] changed, int depth) {
            if (!isSecret(name)) return inner(value, changed, depth + 1);
            Object after = hidden(value);
            changed[0] |= after != value;
            return after;
        }

        /** What a match becomes; the match itself where it stays. */
        private interface By {
            String of(Matcher found);
        }

        private static String replaced(Pattern pattern, String text, By by) {
            Matcher found = pattern.matcher(text);
            StringBuilder out = null;
            int done = 0;
            while (found.find()) {
                if (out == null) out = new StringBuilder();
                out.append(text, done, found.start()).append(by.of(found));
                done = found.end();
            }
            return out == null ? text : out.append(text, done, text.length()).toString();
        }

        /** A text without its secrets. {@code kind}: text, query (a=b&c=d) or source (a line of a program). */
        String text(String text, String kind, int level) {
            boolean isQuery = kind.equals("query");
            if (!isQuery && !WORTH_LOOKING.matcher(text).find()) return text;
            String out = replaced(isQuery ? WHOLE_QUERY : QUERY, isQuery ? "&" + text : text, found -> queryPart(found, level));
            if (isQuery) out = out.substring(1);
            for (Pattern pattern : CREDENTIALS) {
                out = replaced(pattern, out, found -> found.group(2).contains(FILTERED) ? found.group() : found.group(1) + ":" + FILTERED + "@");
            }
            for (Pattern pattern : TOKENS) out = replaced(pattern, out, found -> found.group().contains(FILTERED) ? found.group() : FILTERED);
            out = replaced(CARD, out, found -> isCard(found.group()) ? FILTERED : found.group());
            boolean isText = kind.equals("text");
            if (isText) {
                out = replaced(HEADER_LINE, out, found -> {
                    String name = found.group(1);
                    boolean told = HEADER.matcher(name).matches() || name.contains("-") && isSecretInText(name);
                    return told && !found.group(2).startsWith(FILTERED) ? name + ": " + FILTERED : found.group();
                });
            }
            out = assigned(out, kind.equals("source"));
            if (kind.equals("source")) return replaced(LITERAL, out, found -> literal(found.group(), level));
            if (!isText) return out;
            out = replaced(OPTION, out, found -> !found.group(5).contains(FILTERED) && isSecret(found.group(3))
                    ? found.group(1) + found.group(2) + found.group(3) + found.group(4) + FILTERED : found.group());
            return replaced(SHORT_OPTION, out, found -> found.group(3).contains(FILTERED) ? found.group() : found.group(1) + found.group(2) + FILTERED);
        }

        private String literal(String all, int level) {
            String mark = all.substring(0, 1);
            String plain = ESCAPED.matcher(all.substring(1, all.length() - 1)).replaceAll("$1");
            String after = text(plain, "text", level);
            return after.equals(plain) ? all : mark + after.replace(mark, "\\" + mark) + mark;
        }

        private String queryPart(Matcher found, int level) {
            String name = found.group(2);
            String value = found.group(3);
            if (value.equals(FILTERED)) return found.group();
            if (isSecret(decode(name))) return found.group(1) + name + "=" + FILTERED;
            if (level == 2 || value.indexOf('%') < 0) return found.group();
            String plain = decode(value);
            String inner = text(plain, "text", level + 1);
            if (inner.equals(plain)) return found.group();
            StringBuilder out = new StringBuilder(found.group(1)).append(name).append('=');
            String[] parts = inner.split(Pattern.quote(FILTERED), -1);
            for (int i = 0; i < parts.length; i++) {
                try {
                    out.append(i == 0 ? "" : FILTERED).append(encode(parts[i]));
                } catch (IOException unknownEncoding) {
                    return found.group(1) + name + "=" + FILTERED;
                }
            }
            return out.toString();
        }

        private String assigned(String text, boolean literalsOnly) {
            StringBuilder out = new StringBuilder();
            int done = 0;
            Matcher found = ASSIGNED.matcher(text);
            for (int at = 0; at <= text.length() && found.find(at);) {
                at = found.end();
                String operator = found.group(4);
                boolean isProse = operator.contains(":") && !operator.contains("=") && found.group(1).isEmpty() && found.group(3).isEmpty();
                // `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
                if (!isSecretInText(found.group(2)) || isProse && !MIXED.matcher(text.substring(at, Math.min(text.length(), at + 100))).lookingAt()) continue;
                int[] place = valueAt(text, at, literalsOnly);
                if (place[1] <= place[0] || text.substring(place[0], place[1]).equals(FILTERED)) continue;
                out.append(text, done, place[0]).append(FILTERED);
                done = at = Math.max(at, place[1]);
            }
            return done == 0 ? text : out.append(text, done, text.length()).toString();
        }

        /** Where the value that begins here stands: a quoted literal, else what comes before the next space or separator. */
        private static int[] valueAt(String text, int at, boolean literalsOnly) {
            if (at >= text.length() || text.startsWith(FILTERED, at)) return new int[] {at, at};
            char mark = text.charAt(at);
            if (mark == '"' || mark == '\'' || mark == '`') {
                int end = at + 1;
                while (end < text.length() && end - at < 4000 && text.charAt(end) != mark) end += text.charAt(end) == '\\' ? 2 : 1;
                return new int[] {at + 1, Math.min(end, text.length())};
            }
            Matcher word = WORD.matcher(text).region(at, text.length());
            boolean isValue = !literalsOnly && word.lookingAt() && !NO_LITERAL.matcher(word.group()).matches();
            return new int[] {at, isValue ? word.end() : at};
        }

        /** The check digit of ISO/IEC 7812 (Luhn). */
        private static boolean isCard(String text) {
            String digits = text.replaceAll("\\D", "");
            int sum = 0;
            for (int i = 0; i < digits.length(); i++) {
                int digit = (digits.charAt(digits.length() - 1 - i) - '0') * (i % 2 + 1);
                sum += digit > 9 ? digit - 9 : digit;
            }
            return sum % 10 == 0;
        }
    }

    /** Reads JSON that stands inside of a text: maps, lists, texts, booleans, null, and numbers as they are written. */
    static final class JsonReader {
        static final Object BROKEN = new Object();
        private final String text;
        private int at;

        JsonReader(String text) { this.text = text; }

        /** The value, or BROKEN where the text is not JSON as a whole. */
        Object whole() {
            try {
                Object value = value(0);
                space();
                return at == text.length() ? value : BROKEN;
            } catch (RuntimeException noJson) {
                return BROKEN;
            }
        }

        private Object value(int depth) {
            space();
            char first = text.charAt(at);
            if (depth > 60) throw new IllegalStateException("too deep");
            if (first == '{') {
                Map<String, Object> map = new LinkedHashMap<String, Object>();
                for (at++, space(); text.charAt(at) != '}'; space()) {
                    if (!map.isEmpty()) expect(',');
                    space();
                    String name = string();
                    space();
                    expect(':');
                    map.put(name, value(depth + 1));
                }
                at++;
                return map;
            }
            if (first == '[') {
                List<Object> list = new ArrayList<Object>();
                for (at++, space(); text.charAt(at) != ']'; space()) {
                    if (!list.isEmpty()) expect(',');
                    list.add(value(depth + 1));
                }
                at++;
                return list;
            }
            if (first == '"') return string();
            int from = at;
            while (at < text.length() && "+-.eE0123456789aflnrstu".indexOf(text.charAt(at)) >= 0) at++;
            String word = text.substring(from, at);
            if (word.equals("null")) return null;
            if (word.equals("true") || word.equals("false")) return word.equals("true");
            return new java.math.BigDecimal(word);
        }

        private String string() {
            expect('"');
            StringBuilder out = new StringBuilder();
            for (; text.charAt(at) != '"'; at++) {
                char c = text.charAt(at);
                if (c != '\\') {
                    out.append(c);
                    continue;
                }
                int code = "bfnrt".indexOf(text.charAt(++at));
                if (text.charAt(at) == 'u') {
                    out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    out.append(code < 0 ? text.charAt(at) : "\b\f\n\r\t".charAt(code));
                }
            }
            at++;
            return out.toString();
        }

        private void space() { while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++; }

        private void expect(char wanted) { if (text.charAt(at++) != wanted) throw new IllegalStateException("no JSON"); }
    }

    /** Reads a servlet request by its public methods, javax and jakarta alike, into request data and CGI variables. */
    private void readRequest(Object request, Map<String, Object> target, Map<String, String> variables) {
        String query = text(request, "getQueryString");
        String type = text(request, "getContentType");
        put(variables, "REQUEST_METHOD", text(request, "getMethod"));
        put(variables, "REQUEST_URI", text(request, "getRequestURI"));
        put(variables, "PATH_INFO", text(request, "getPathInfo"));
        String context = text(request, "getContextPath");
        String servlet = text(request, "getServletPath");
        if (servlet != null) variables.put("SCRIPT_NAME", (context == null ? "" : context) + servlet);
        put(variables, "QUERY_STRING", query);
        put(variables, "CONTENT_TYPE", type);
        put(variables, "REMOTE_ADDR", text(request, "getRemoteAddr"));
        put(variables, "REMOTE_USER", text(request, "getRemoteUser"));
        put(variables, "SERVER_NAME", text(request, "getServerName"));
        put(variables, "SERVER_PORT", text(request, "getServerPort"));
        put(variables, "SERVER_PROTOCOL", text(request, "getProtocol"));
        Object names = call(request, "getHeaderNames");
        if (names instanceof Enumeration) {
            Enumeration<?> list = (Enumeration<?>) names;
            for (int i = 0; i < MAX_ENTRIES && list.hasMoreElements(); i++) {
                String name = String.valueOf(list.nextElement());
                Object value = call(request, "getHeader", name);
                put(variables, "HTTP_" + name.toUpperCase(Locale.ROOT).replace('-', '_'), value == null ? null : value.toString());
            }
        }
        Map<String, Object> found = new LinkedHashMap<String, Object>();
        if (query != null) {
            for (String pair : cut(query, 8192).split("&")) {
                int equals = pair.indexOf('=');
                if (!pair.isEmpty()) found.put("G_" + decode(equals < 0 ? pair : pair.substring(0, equals)), decode(equals < 0 ? "" : pair.substring(equals + 1)));
            }
        }
        // Asking for parameters reads the body, so only of forms, which containers keep parsed anyway.
        Object parameters = type != null && type.startsWith("application/x-www-form-urlencoded") ? call(request, "getParameterMap") : null;
        if (parameters instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) parameters).entrySet()) {
                Object value = entry.getValue() instanceof Object[] && ((Object[]) entry.getValue()).length == 1 ? ((Object[]) entry.getValue())[0] : entry.getValue();
                if (!found.containsKey("G_" + entry.getKey())) found.put("P_" + entry.getKey(), value);
            }
        }
        Object cookies = call(request, "getCookies");
        if (cookies instanceof Object[]) for (Object cookie : (Object[]) cookies) found.put("C_" + text(cookie, "getName"), FILTERED);
        Object session = call(request, "getSession", false);
        Object attributes = session == null ? null : call(session, "getAttributeNames");
        if (attributes instanceof Enumeration) {
            Enumeration<?> list = (Enumeration<?>) attributes;
            for (int i = 0; i < MAX_ENTRIES && list.hasMoreElements(); i++) {
                String name = String.valueOf(list.nextElement());
                Object value = call(session, "getAttribute", name);
                // Other objects may be entities whose toString asks a database.
                if (value instanceof String || value instanceof Number || value instanceof Boolean) found.put("S_" + name, value);
            }
        }
        target.putAll(plain(found));
    }

    private static String text(Object target, String method) {
        Object value = call(target, method);
        return value == null ? null : value.toString();
    }

    private static Object call(Object target, String name, Object... args) {
        try {
            Method method = interfaceMethod(target, name, args.length);
            return method == null ? null : method.invoke(target, args);
        } catch (Throwable unavailable) {
            return null;
        }
    }

    /** A method by a public type that declares it: containers' own classes are often not public. */
    private static Method interfaceMethod(Object target, String name, int arguments) {
        List<Class<?>> types = new ArrayList<Class<?>>();
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) types.add(type);
        for (int i = 0; i < types.size(); i++) {
            Class<?> type = types.get(i);
            if (Modifier.isPublic(type.getModifiers())) {
                for (Method method : type.getDeclaredMethods()) {
                    if (method.getName().equals(name) && method.getParameterTypes().length == arguments
                            && Modifier.isPublic(method.getModifiers()) && !method.isBridge()) return method;
                }
            }
            types.addAll(Arrays.asList(type.getInterfaces()));
        }
        return null;
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Sending

    /** NORMAL obeys the backoff and lets repeats gather; FINAL takes the repeats too; FLUSH tries whatever was said. */
    enum Pass { NORMAL, FINAL, FLUSH }

    private void send(final Pass kind, long delayMs) {
        try {
            sender.schedule(new Runnable() {
                public void run() { pass(kind); }
            }, delayMs, TimeUnit.MILLISECONDS);
        } catch (Throwable stopped) {
            // The files stay for the next run.
        }
    }

    /** One run of the program, for crash-free rates. Its whole state is sent when it begins and when it ends. */
    private static final class Session {
        final String sid = UUID.randomUUID().toString();
        final String started = now();
        final java.util.concurrent.atomic.AtomicInteger errors = new java.util.concurrent.atomic.AtomicInteger();
        volatile boolean crashed;
        volatile boolean ended;
        /** Whether the server has been told the state, or will not be. */
        volatile boolean told;
        private int seq;

        void end() {
            if (ended) return;
            // In this order: whoever tells the state looks at it after saying that it is told.
            ended = true;
            told = false;
        }

        Map<String, Object> state() {
            told = true;
            Map<String, Object> state = new LinkedHashMap<String, Object>();
            state.put("sid", sid);
            state.put("status", !ended ? "ok" : crashed ? "crashed" : "exited");
            state.put("errors", errors.get());
            state.put("started", started);
            state.put("seq", ++seq);
            return state;
        }
    }

    private static volatile Session session;
    private volatile boolean pinging;

    private boolean isSessionUntold() {
        Session here = session;
        return options.sessions && here != null && !here.told;
    }

    /** Tells the state of the session, once; a state that does not arrive is not told again. */
    private void ping() {
        if (!isSessionUntold()) return;
        pinging = true;
        try {
            tell(session.state());
        } finally {
            pinging = false;
        }
    }

    private void tell(Map<String, Object> state) {
        Map<String, Object> user;
        synchronized (sections) {
            user = sections.get("user");
        }
        Object[][] more = {{"release", options.version.get("number")}, {"environment", options.environment}, {"user", user == null ? null : user.get("id")}};
        for (Object[] one : more) if (one[1] != null) state.put((String) one[0], cut(String.valueOf(one[1]), 200));
        queue.readState();
        if (queue.closedForMs() > 0) return;
        if (post(json(state), "session") == Outcome.FAILED) queue.failed(retryAfterMs);
    }

    private void pass(Pass kind) {
        inside.set(Boolean.TRUE);
        try {
            ping();
            long again = queue.deliver(this, kind);
            if (again > 0 && queue.planRetry(again)) send(Pass.NORMAL, again);
        } catch (Throwable ignored) {
            // Whatever it was, the files are still there for the next pass.
        } finally {
            inside.remove();
        }
    }

    /** Lets the writer finish, then one pass of this kind; true when nothing is left. */
    private boolean drain(final Pass kind, long milliseconds) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        endNanos = end;
        try {
            if (writer.getTaskCount() > 0) {
                writer.submit(new Runnable() {
                    public void run() { }
                }).get(Math.max(1, (end - System.nanoTime()) / 1000000), TimeUnit.MILLISECONDS);
            }
            // What is sent from memory is in no file while it is on its way.
            if (!queue.hasFiles() && writer.getTaskCount() == 0 && !isSessionUntold() && !pinging) return true;
            queue.saveDropped(null);
            sender.submit(new Runnable() {
                public void run() { pass(kind); }
            }).get(Math.max(1, (end - System.nanoTime()) / 1000000), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (Throwable late) {
            // The time is over: what is on disk stays there.
            if (pinging) queue.failed(0);
            queue.noteUnfinished();
        } finally {
            endNanos = null;
            queue.saveDropped(null);
        }
        return !queue.hasFiles();
    }

    enum Outcome { DELIVERED, REFUSED, FAILED }

    private long retryAfterMs;

    /** When the wait at the end of the program is over; null before. */
    private volatile Long endNanos;

    /** Less than what is left of the wait at the end of the program, so that a failure is still noted down there. */
    private int timeForRequestMs() {
        Long end = endNanos;
        long left = end == null ? options.timeoutMs : Math.min(options.timeoutMs, (end - System.nanoTime()) / 1000000);
        return (int) Math.max(50, left - options.timeoutMs / 10);
    }

    /** Posts one report: delivered, refused for good, or failed for now. */
    Outcome post(String json) { return post(json, "reports"); }

    private Outcome post(String json, String resource) {
        boolean isReport = resource.equals("reports");
        HttpURLConnection connection = null;
        Future<?> guard = null;
        retryAfterMs = 0;
        try {
            int milliseconds = timeForRequestMs();
            StringBuilder address = new StringBuilder(options.url.replaceAll("/+$", ""));
            address.append("/api/1/").append(encode(options.account)).append("/products/").append(encode(options.product)).append('/').append(resource);
            Map<String, Integer> dropped = isReport ? queue.saveDropped(null) : Collections.<String, Integer>emptyMap();
            StringBuilder reasons = new StringBuilder();
            for (Map.Entry<String, Integer> entry : dropped.entrySet()) reasons.append(reasons.length() == 0 ? "" : ",").append(entry.getKey()).append(':').append(entry.getValue());
            String query = (options.debug ? "&debug=1" : "") + (dropped.isEmpty() ? "" : "&dropped=" + reasons) + (options.token != null ? "&token=" + encode(options.token) : "")
                + (options.key != null ? "&key=" + encode(options.key) : "");
            if (isReport && !query.isEmpty()) address.append('?').append(query, 1, query.length());
            if (options.debug) System.err.println("mayday: POST " + address + " (" + json.length() + " characters)");
            byte[] body = json.getBytes(UTF8);
            connection = (HttpURLConnection) URI.create(address.toString()).toURL().openConnection();
            // A read timeout starts afresh with every byte that trickles in: the body has a deadline, and this ends the headers.
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
            final HttpURLConnection guarded = connection;
            guard = watchdog.schedule(new Runnable() {
                public void run() { guarded.disconnect(); }
            }, milliseconds, TimeUnit.MILLISECONDS);
            connection.setConnectTimeout(milliseconds);
            connection.setReadTimeout(milliseconds);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestMethod("POST");
            connection.setDoOutput(true);
            // Also keeps HttpURLConnection from posting a second time by itself when the first answer never comes.
            connection.setFixedLengthStreamingMode(body.length);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("User-Agent", "mayday-java/" + CLIENT_VERSION);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
            int status = connection.getResponseCode();
            InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
            String answer = in == null ? "" : new String(readAll(in, MAX_ANSWER_BYTES, deadline), UTF8);
            if (options.debug) System.err.println("mayday: server said " + status + " " + answer.trim());
            // A captive portal answers 200 too: only the server's own word counts.
            if (status >= 200 && status < 300 && answer.contains("response=ok")) {
                if (!dropped.isEmpty()) queue.saveDropped(dropped);
                return Outcome.DELIVERED;
            }
            if (status == 400 || status == 413 || status == 422 || !isReport && status >= 400 && status < 500 && status != 429) return Outcome.REFUSED;
            retryAfterMs = Math.min(Math.max(connection.getHeaderFieldInt("Retry-After", 0), 0) * 1000L, MAX_BACKOFF_MS);
            return Outcome.FAILED;
        } catch (Throwable error) {
            if (options.debug) System.err.println("mayday: not sent, " + error);
            return Outcome.FAILED;
        } finally {
            if (guard != null) guard.cancel(false);
            if (connection != null) connection.disconnect();
        }
    }

    private static byte[] readAll(InputStream in, int most, long deadlineNanos) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        int count;
        while (out.size() < most && (count = in.read(buffer, 0, Math.min(buffer.length, most - out.size()))) > 0) {
            out.write(buffer, 0, count);
            if (deadlineNanos != Long.MAX_VALUE && System.nanoTime() - deadlineNanos > 0) throw new IOException("the answer took too long");
        }
        return out.toByteArray();
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Queue on disk

    /**
     * {@code {queueDir}/queue/{account}/{product}/}, in the format that all languages share:
     *
     * {fingerprint}.{occurrence id}.new   written, takes repeats   → renamed before the first try
     * {occurrence id}.json                tried, never changed     → deleted when delivered, refused or too old
     *
     * A report that was tried takes no repeats: the server may hold it already and would not count them. Beside the
     * folder, {@code .{product}.lock} is held for the moment of a merge or a rename, {@code .{product}.sending} for a whole pass,
     * so that processes do not send twice.
     */
    static final class Queue {
        private static final Pattern NEW = Pattern.compile("([0-9a-f]{16})\\.([0-9a-f-]{36})\\.new");
        private static final Pattern TRIED = Pattern.compile("[0-9a-f-]{36}\\.json");
        private static final Pattern STATE = Pattern.compile("\"failures\"\\s*:\\s*(\\d{1,9}).*\"not_before\"\\s*:\\s*(\\d{1,15})", Pattern.DOTALL);
        private static final Pattern DROPPED = Pattern.compile("\"([a-z_]{1,40})\"\\s*:\\s*(\\d{1,9})");
        private static final Pattern COUNT = Pattern.compile("^\\{\"count\":(\\d{1,9}),");

        private final File root;
        private final File folder;
        private String installation;
        private final List<String[]> memory = new ArrayList<String[]>();
        private final Map<String, Long> sentAt = new HashMap<String, Long>();
        /** Dropped reports by reason that are in no file yet. */
        private final Map<String, Integer> unsaved = new java.util.TreeMap<String, Integer>();
        private long savedAt = System.nanoTime() - 1000000000L;
        private final Map<String, Boolean> plannedRepeats = new HashMap<String, Boolean>();
        private long notBefore;
        private int failures;
        private long plannedRetry;
        /** 1 while a request is under way, 2 when its failure has been noted already. */
        private final AtomicInteger underWay = new AtomicInteger();

        Queue(Options options) {
            root = options.queueDir;
            folder = new File(new File(new File(root, "queue"), fileName(options.account)), fileName(options.product));
            try {
                for (File each : new File[] {root, new File(root, "queue"), folder.getParentFile(), folder}) {
                    if (each.isDirectory()) continue;
                    Files.createDirectories(each.toPath());
                    restrict(each, true);
                }
                readState();
            } catch (Throwable unwritable) {
                // Reports are then sent from memory.
            }
        }

        private File besides(String name) { return new File(folder.getParentFile(), "." + folder.getName() + "." + name); }

        private static String fileName(String name) {
            String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
            return safe.startsWith(".") ? "_" + safe : safe;
        }

        private static void restrict(File file, boolean isFolder) {
            file.setReadable(false, false);
            file.setReadable(true, true);
            file.setWritable(false, false);
            file.setWritable(true, true);
            if (isFolder) file.setExecutable(false, false);
            if (isFolder) file.setExecutable(true, true);
        }

        /** The id of this installation: made once, kept across runs. */
        synchronized String installation() {
            if (installation != null) return installation;
            File file = new File(root, "installation-id");
            String fresh = UUID.randomUUID().toString();
            for (int round = 0; round < 2; round++) {
                try {
                    String kept = new String(Files.readAllBytes(file.toPath()), UTF8).trim();
                    if (kept.matches("[0-9a-f-]{36}")) return installation = kept;
                    Files.delete(file.toPath());
                } catch (Throwable absent) {
                    // The first run, or a file that a crash cut short.
                }
                File part = new File(root, "installation-" + fresh + ".tmp");
                try {
                    Files.write(part.toPath(), (fresh + "\n").getBytes(UTF8));
                    restrict(part, false);
                    // A link fails when another process was first; then the second round reads its id.
                    try {
                        Files.createLink(file.toPath(), part.toPath());
                    } catch (UnsupportedOperationException noLinks) {
                        Files.move(part.toPath(), file.toPath());
                    }
                } catch (Throwable unwritable) {
                    // Read again in the second round, else the id holds for this run alone.
                } finally {
                    part.delete();
                }
            }
            return installation = fresh;
        }

        /** Merges into a report of the same error that nobody has tried to send, or writes a new one. False: there is no room. */
        boolean add(String fingerprint, String id, String json, int count, boolean fatal) {
            if (merge(fingerprint, count)) {
                if (fatal) upgrade(fingerprint);
                return true;
            }
            String counted = count > 1 ? "{\"count\":" + count + "," + json.substring(1) : json;
            try {
                if (!prune(counted.length(), fatal)) return false;
                writeFile(new File(folder, fingerprint + "." + id + ".new"), counted);
                return true;
            } catch (Throwable unwritable) {
                synchronized (memory) {
                    if (memory.size() < 20) memory.add(new String[] {fingerprint, counted});
                    else drop("queue_full");
                }
                return true;
            }
        }

        /** A report that was handled turned out to be what ended the program. Its severity stands before all that others have added. */
        void upgrade(String fingerprint) {
            try (Lock lock = Lock.take(besides("lock"), LOCK_MS)) {
                for (String name : lock == null ? new String[0] : names()) {
                    if (!name.startsWith(fingerprint) || !NEW.matcher(name).matches()) continue;
                    File file = new File(folder, name);
                    String json = new String(Files.readAllBytes(file.toPath()), UTF8);
                    writeFile(file, json.replaceFirst("\"severity\":\"normal\"", "\"severity\":\"major\""));
                }
            } catch (Throwable gone) {
                // Sent already, as what it was thought to be.
            }
        }

        /** Counts a report that will never be sent; what is counted goes with the next one that is. */
        void drop(String reason) {
            synchronized (unsaved) {
                unsaved.put(reason, (unsaved.containsKey(reason) ? unsaved.get(reason) : 0) + 1);
                if (System.nanoTime() - savedAt > 500 * 1000000L) saveDropped(null);
            }
        }

        /** What was dropped and has not been told, after what has been told just now. Kept in a file, for the next run. */
        Map<String, Integer> saveDropped(Map<String, Integer> sent) {
            synchronized (unsaved) {
                savedAt = System.nanoTime();
                File file = new File(folder, "dropped");
                Map<String, Integer> before = new java.util.TreeMap<String, Integer>();
                try {
                    if (file.isFile() && file.length() < 4000) {
                        Matcher entry = DROPPED.matcher(new String(Files.readAllBytes(file.toPath()), UTF8));
                        while (entry.find()) before.put(entry.group(1), Integer.parseInt(entry.group(2)));
                    }
                } catch (Throwable unreadable) {
                    // As if nothing had been dropped before.
                }
                Map<String, Integer> after = new java.util.TreeMap<String, Integer>(before);
                for (Map.Entry<String, Integer> entry : unsaved.entrySet()) after.put(entry.getKey(), (after.containsKey(entry.getKey()) ? after.get(entry.getKey()) : 0) + entry.getValue());
                if (sent != null) for (Map.Entry<String, Integer> entry : sent.entrySet()) after.put(entry.getKey(), (after.containsKey(entry.getKey()) ? after.get(entry.getKey()) : 0) - entry.getValue());
                for (java.util.Iterator<Integer> counts = after.values().iterator(); counts.hasNext();) if (counts.next() <= 0) counts.remove();
                try {
                    if (after.isEmpty()) file.delete();
                    else if (!after.equals(before)) writeFile(file, json(after));
                    unsaved.clear();
                } catch (Throwable unwritable) {
                    // This process still remembers.
                }
                return after;
            }
        }

        private boolean merge(String fingerprint, int count) {
            try (Lock lock = Lock.take(besides("lock"), LOCK_MS)) {
                if (lock == null) return false;
                for (String name : names()) {
                    if (!name.startsWith(fingerprint) || !NEW.matcher(name).matches()) continue;
                    File file = new File(folder, name);
                    String json = new String(Files.readAllBytes(file.toPath()), UTF8);
                    Matcher counted = COUNT.matcher(json);
                    boolean many = counted.find();
                    int sum = (int) Math.min(999999999L, (many ? Long.parseLong(counted.group(1)) : 1L) + count);
                    if (!json.startsWith("{\"")) return false;
                    writeFile(file, "{\"count\":" + sum + "," + json.substring(many ? counted.end() : 1));
                    return true;
                }
            } catch (Throwable unwritable) {
                // Then it becomes a report of its own.
            }
            return false;
        }

        private void writeFile(File target, String text) throws IOException {
            File part = new File(folder, UUID.randomUUID() + ".tmp");
            try {
                Files.write(part.toPath(), text.getBytes(UTF8));
                restrict(part, false);
                Files.move(part.toPath(), target.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                part.delete();
            }
        }

        private String[] names() {
            String[] names = folder.list();
            return names == null ? new String[0] : names;
        }

        private static boolean isReport(String name) { return NEW.matcher(name).matches() || TRIED.matcher(name).matches(); }

        boolean hasFiles() {
            synchronized (memory) {
                if (!memory.isEmpty()) return true;
            }
            for (String name : names()) if (isReport(name)) return true;
            return false;
        }

        /**
         * Takes away what is too old. Where a new report of this size would not fit, what lies here from earlier goes, while the first
         * of each kind stay: false where there is no room then. A fatal one always has room.
         */
        private boolean prune(long wanted, boolean fatal) {
            long now = System.currentTimeMillis();
            final Map<String, Long> written = new HashMap<String, Long>();
            List<String> reports = new ArrayList<String>();
            long bytes = wanted;
            for (String name : names()) {
                File file = new File(folder, name);
                long time = file.lastModified();
                if (name.endsWith(".tmp")) {
                    if (Math.abs(now - time) > 3600 * 1000L) file.delete();
                } else if (isReport(name)) {
                    // In the future, or before 2020: a wrong clock, now or then. Its age starts anew.
                    if (time > now + 60000 || time < 1577836800000L) {
                        file.setLastModified(now);
                        time = now;
                    }
                    if (now - time > MAX_AGE_MS) {
                        file.delete();
                        drop("expired");
                    } else {
                        reports.add(name);
                        written.put(name, time);
                        bytes += file.length();
                    }
                }
            }
            Collections.sort(reports, (a, b) -> Long.compare(written.get(a), written.get(b)));
            int count = reports.size() + (wanted > 0 ? 1 : 0);
            for (String name : reports) {
                if (bytes <= MAX_QUEUE_BYTES && count <= MAX_QUEUE_FILES) return true;
                if (wanted > 0 && !fatal && (NEW.matcher(name).matches() || now - written.get(name) <= REPEAT_MS)) continue;
                File file = new File(folder, name);
                bytes -= file.length();
                count--;
                file.delete();
                drop("queue_full");
            }
            boolean fits = bytes <= MAX_QUEUE_BYTES && count <= MAX_QUEUE_FILES;
            if (!fits && wanted > 0) drop("queue_full");
            return fits;
        }

        /** How long a report of this error must wait for its repeats, because one was sent within the last minute. */
        synchronized long repeatWaitMs(String fingerprint) {
            Long sent = sentAt.get(fingerprint);
            return sent == null ? 0 : REPEAT_MS - (System.nanoTime() - sent) / 1000000;
        }

        synchronized boolean planRepeat(String fingerprint) { return plannedRepeats.put(fingerprint, true) == null; }

        /** False when a retry is planned already at about that time. */
        synchronized boolean planRetry(long delayMs) {
            long now = System.nanoTime() / 1000000;
            if (plannedRetry > now && plannedRetry <= now + delayMs) return false;
            plannedRetry = now + delayMs;
            return true;
        }

        private synchronized void markSent(String fingerprint) {
            if (sentAt.size() > 1000) sentAt.clear();
            sentAt.put(fingerprint, System.nanoTime());
            plannedRepeats.remove(fingerprint);
        }

        private void readState() {
            try {
                File file = new File(folder, "state.json");
                if (!file.isFile() || file.length() > 1000) {
                    notBefore = 0;
                    failures = 0;
                    return;
                }
                Matcher state = STATE.matcher(new String(Files.readAllBytes(file.toPath()), UTF8));
                if (!state.find()) return;
                failures = Integer.parseInt(state.group(1));
                notBefore = Long.parseLong(state.group(2));
            } catch (Throwable unreadable) {
                // What this process remembers holds.
            }
        }

        /** Milliseconds until the next try is allowed. More than an hour ahead was written under another clock. */
        private long closedForMs() {
            long wait = notBefore - System.currentTimeMillis();
            return wait > MAX_BACKOFF_MS ? 0 : Math.max(0, wait);
        }

        private long failed(long retryAfterMs) {
            failures = Math.min(Math.max(failures, 0) + 1, 1000);
            long pause = Math.max(retryAfterMs, Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS << Math.min(failures - 1, 10)));
            notBefore = System.currentTimeMillis() + pause;
            try {
                writeFile(new File(folder, "state.json"), "{\"failures\":" + failures + ",\"not_before\":" + notBefore + "}\n");
            } catch (Throwable unwritable) {
                // This process still remembers.
            }
            return pause;
        }

        /** The program ends while a request is under way: to the next run that is a failure. */
        void noteUnfinished() {
            if (underWay.compareAndSet(1, 2)) failed(0);
        }

        private void succeeded() {
            failures = 0;
            notBefore = 0;
            new File(folder, "state.json").delete();
        }

        /** One pass, until the first failure. Returns after how many milliseconds another is due, 0 for none. */
        long deliver(Mayday client, Pass kind) throws IOException {
            deliverMemory(client);
            if (!hasFiles()) return 0;
            try (Lock lock = Lock.take(besides("sending"), client.options.timeoutMs)) {
                if (lock == null) return FIRST_BACKOFF_MS;
                readState();
                if (kind != Pass.FLUSH && closedForMs() > 0) return closedForMs();
                prune(0, false);
                for (String name : inOrder()) {
                    Matcher fresh = NEW.matcher(name);
                    String tried = name;
                    boolean isFresh = fresh.matches();
                    if (isFresh && kind == Pass.NORMAL && repeatWaitMs(fresh.group(1)) > 0) continue;
                    // Written just now: its own pass comes in a moment.
                    long age = System.currentTimeMillis() - new File(folder, name).lastModified();
                    if (isFresh && kind == Pass.NORMAL && age >= 0 && age < GRACE_MS - 20) continue;
                    // A report that is claimed counts as tried, also when the program ends before the request has begun.
                    underWay.set(1);
                    if (isFresh) {
                        tried = fresh.group(2) + ".json";
                        if (!claim(name, tried)) {
                            underWay.set(0);
                            continue;
                        }
                        markSent(fresh.group(1));
                    }
                    File file = new File(folder, tried);
                    String json = file.length() > 4L * MAX_REPORT_BYTES ? "" : readOrNull(file);
                    if (json == null) {
                        underWay.set(0);
                        continue;
                    }
                    Outcome outcome = !isWhole(json) ? Outcome.REFUSED : client.post(json);
                    boolean wasNoted = underWay.getAndSet(0) == 2;
                    if (outcome == Outcome.FAILED) return wasNoted ? closedForMs() : failed(client.retryAfterMs);
                    Files.deleteIfExists(file.toPath());
                    succeeded();
                }
            }
            return 0;
        }

        /** Fresh reports first; the tried ones shuffled, so that one on which the server stumbles cannot block the rest. */
        private List<String> inOrder() {
            List<String> fresh = new ArrayList<String>();
            List<String> tried = new ArrayList<String>();
            for (String name : names()) {
                if (NEW.matcher(name).matches()) fresh.add(name);
                if (TRIED.matcher(name).matches()) tried.add(name);
            }
            Collections.shuffle(tried);
            fresh.addAll(tried);
            return fresh;
        }

        private boolean claim(String name, String tried) {
            try (Lock lock = Lock.take(besides("lock"), LOCK_MS)) {
                if (lock == null) return false;
                Files.move(new File(folder, name).toPath(), new File(folder, tried).toPath(), StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (Throwable gone) {
                return false;
            }
        }

        private static String readOrNull(File file) {
            try {
                return new String(Files.readAllBytes(file.toPath()), UTF8);
            } catch (Throwable gone) {
                return null;
            }
        }

        /** Whether all brackets and quotes close: a file that a full disk cut short is not sent. */
        static boolean isWhole(String json) {
            if (!json.startsWith("{")) return false;
            int depth = 0;
            boolean inString = false;
            for (int i = 0; i < json.length(); i++) {
                char c = json.charAt(i);
                if (inString && c == '\\') i++;
                else if (c == '"') inString = !inString;
                else if (!inString && (c == '{' || c == '[')) depth++;
                else if (!inString && (c == '}' || c == ']') && --depth == 0) return json.substring(i + 1).trim().isEmpty();
            }
            return false;
        }

        private void deliverMemory(Mayday client) {
            while (true) {
                String[] held;
                synchronized (memory) {
                    if (memory.isEmpty()) return;
                    held = memory.remove(0);
                }
                client.post(held[1]);
            }
        }
    }

    /** A lock between processes, and between the copies of this class in one process. */
    private static final class Lock implements AutoCloseable {
        private final RandomAccessFile file;
        private final FileLock lock;

        private Lock(RandomAccessFile file, FileLock lock) {
            this.file = file;
            this.lock = lock;
        }

        /** Null when somebody else holds it all the time. */
        static Lock take(File path, long milliseconds) throws IOException {
            long end = System.nanoTime() + milliseconds * 1000000;
            boolean isFresh = !path.exists();
            RandomAccessFile file = new RandomAccessFile(path, "rw");
            if (isFresh) Queue.restrict(path, false);
            try {
                do {
                    try {
                        FileLock lock = file.getChannel().tryLock();
                        if (lock != null) return new Lock(file, lock);
                    } catch (OverlappingFileLockException heldInThisProcess) {
                        // The other thread lets go as soon as another process would.
                    }
                    Thread.sleep(5);
                } while (System.nanoTime() < end);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            file.close();
            return null;
        }

        public void close() throws IOException {
            lock.release();
            file.close();
        }
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Report text

    /** What makes two errors the same: kinds and locations of all causes, not messages. */
    private static String fingerprint(Throwable error) {
        long hash = 0xcbf29ce484222325L;
        for (Throwable cause : chain(error)) {
            hash = mix(hash, cause.getClass().getName());
            StackTraceElement[] trace = cause.getStackTrace();
            for (int i = 0; i < trace.length && i < MAX_FRAMES; i++) {
                hash = mix(mix(hash, trace[i].getClassName()), trace[i].getMethodName());
                hash = (hash ^ trace[i].getLineNumber()) * 0x100000001b3L;
            }
        }
        return String.format("%016x", hash);
    }

    /** FNV-1a over the characters. */
    private static long mix(long hash, String text) {
        for (int i = 0; i < text.length(); i++) hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        return (hash ^ 0x1f) * 0x100000001b3L;
    }

    /** JSON within the size bound: sources are given up first, then what the application added, then outer frames. */
    @SuppressWarnings("unchecked")
    static String bounded(Map<String, Object> report) {
        String json = json(report);
        for (int step = 0; json.getBytes(UTF8).length > MAX_REPORT_BYTES && step < 3; step++) {
            for (Object one : (List<Object>) report.get("stacktrace")) {
                List<Object> frames = (List<Object>) ((Map<String, Object>) one).get("locations");
                if (step == 0) for (Object frame : frames) ((Map<String, Object>) frame).remove("source");
                if (step == 2 && frames.size() > 20) frames.subList(20, frames.size()).clear();
            }
            if (step == 1) {
                for (String name : new String[] {"request", "environment", "configuration", "breadcrumbs"}) report.remove(name);
                report.put("data", new LinkedHashMap<String, Object>());
            }
            json = json(report);
        }
        if (json.getBytes(UTF8).length > MAX_REPORT_BYTES) throw new IllegalStateException("report too large");
        return json;
    }

    static String json(Object value) {
        StringBuilder out = new StringBuilder();
        writeJson(out, value);
        return out.toString();
    }

    private static void writeJson(StringBuilder out, Object value) {
        if (value == null || value instanceof Boolean || value instanceof Number) {
            out.append(value);
        } else if (value instanceof Map) {
            char separator = '{';
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                out.append(separator);
                writeJson(out, String.valueOf(entry.getKey()));
                out.append(':');
                writeJson(out, entry.getValue());
                separator = ',';
            }
            out.append(separator == '{' ? "{}" : "}");
        } else if (value instanceof Collection) {
            char separator = '[';
            for (Object item : (Collection<?>) value) {
                out.append(separator);
                writeJson(out, item);
                separator = ',';
            }
            out.append(separator == '[' ? "[]" : "]");
        } else {
            String text = value.toString();
            out.append('"');
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                boolean paired = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
                if (c == '"' || c == '\\') out.append('\\').append(c);
                else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
                else if (paired) out.append(c).append(text.charAt(++i));
                else out.append(Character.isSurrogate(c) ? '\ufffd' : c);
            }
            out.append('"');
        }
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Surroundings

    /** Whoever starts this client is the application: its package, or that of its organisation, com.example. */
    private static void ownCaller(Options options) {
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            if (frame.getClassName().equals(Mayday.class.getName())) continue;
            String[] parts = frame.getClassName().split("\\.");
            if (parts.length > 1) options.externalPackage(Mayday.class.getPackage().getName()).ownPackage(parts.length > 2 ? parts[0] + "." + parts[1] : parts[0]);
            return;
        }
    }

    private static String roleOf(Options options) {
        String fromFile = null;
        try {
            File file = new File(options.queueDir, "role");
            if (file.isFile() && file.length() < 100) fromFile = new String(Files.readAllBytes(file.toPath()), UTF8).trim();
        } catch (Throwable unreadable) {
            // As if it were not there.
        }
        String[] said = {env("MAYDAY_ROLE"), fromFile, options.role};
        // Whoever says that nothing may be sent is obeyed.
        for (String role : said) if ("disabled".equals(role)) return role;
        for (String role : said) if ("customer".equals(role) || "tester".equals(role)) return role;
        return "customer";
    }

    /** A folder at home; a private temporary one where there is no home to write to, as for many servers. */
    private static File defaultQueueDir() {
        String home = property("user.home");
        if (home != null && new File(home).isDirectory()) {
            File folder = new File(home, ".mayday");
            folder.mkdir();
            if (folder.isDirectory() && folder.canWrite()) return folder;
        }
        return new File(property("java.io.tmpdir"), "mayday-" + property("user.name"));
    }

    private static String hostname() {
        String name = env("HOSTNAME") != null ? env("HOSTNAME") : env("COMPUTERNAME");
        try {
            // The kernel's own word; InetAddress may ask a name server, which can take long.
            if (name == null) name = new String(Files.readAllBytes(new File("/proc/sys/kernel/hostname").toPath()), UTF8).trim();
        } catch (Throwable elsewhere) {
            // Not Linux.
        }
        return name == null ? "unknown" : cut(name, 255);
    }

    private static String today() {
        SimpleDateFormat format = new SimpleDateFormat("yyyy-MM-dd", Locale.ROOT);
        format.setTimeZone(TimeZone.getTimeZone("UTC"));
        return format.format(new Date());
    }

    private static String env(String name) {
        try {
            String value = System.getenv(name);
            return value == null || value.trim().isEmpty() ? null : value.trim();
        } catch (SecurityException forbidden) {
            return null;
        }
    }

    private static String property(String name) {
        try {
            return System.getProperty(name);
        } catch (SecurityException forbidden) {
            return null;
        }
    }

    private static boolean truthy(String value) {
        return value != null && !value.equals("0") && !value.equalsIgnoreCase("false") && !value.equalsIgnoreCase("no");
    }

    private static String encode(String text) throws IOException { return URLEncoder.encode(text, "UTF-8").replace("+", "%20"); }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, "UTF-8");
        } catch (Exception malformed) {
            return text;
        }
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most) + "…";
    }

    private static void put(Map<String, String> target, String name, String value) {
        if (value != null) target.put(name, value);
    }

    private static void putIfAny(Map<String, Object> target, String name, Map<String, Object> value) {
        if (!value.isEmpty()) target.put(name, value);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E same(Throwable error) throws E {
        throw (E) error;
    }
}
