// What loggers tell the library: LogProgram jul|logback|log4j2; compiled with one of the bridges at a time by java-bridges.test.ts.
import java.lang.reflect.Method;
import mayday.Mayday;

public class LogProgram {
    interface Log {
        void info(String message);
        void error(String message, Throwable error);
    }

    static void work(Log log) {
        log.info("took order 17");
        log.error("no stock for tea", null);
        try {
            throw new IllegalStateException("raised and logged");
        } catch (IllegalStateException error) {
            log.error("could not place it", error);
            throw error;
        }
    }

    static Log jul() {
        JulBridge.attach();
        java.util.logging.Logger logger = java.util.logging.Logger.getLogger("shop.orders");
        return new Log() {
            public void info(String message) { logger.info(message); }
            public void error(String message, Throwable error) { logger.log(java.util.logging.Level.SEVERE, message, error); }
        };
    }

    /** By reflection: one program, whatever logger is on the class path. */
    static Log other(String factory, String create) throws Exception {
        Object logger = Class.forName(factory).getMethod(create, String.class).invoke(null, "shop.orders");
        Class<?> type = Class.forName(factory.endsWith("LoggerFactory") ? "org.slf4j.Logger" : "org.apache.logging.log4j.Logger");
        Method info = type.getMethod("info", String.class);
        Method error = type.getMethod("error", String.class, Throwable.class);
        return new Log() {
            public void info(String message) { call(info, logger, message); }
            public void error(String message, Throwable thrown) { call(error, logger, message, thrown); }
        };
    }

    static void call(Method method, Object target, Object... arguments) {
        try {
            method.invoke(target, arguments);
        } catch (ReflectiveOperationException problem) {
            throw new IllegalStateException(problem);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Mayday.start(new Mayday.Options().version("1.2.3"));
        switch (arguments[0]) {
            case "jul": work(jul()); break;
            case "logback": work(other("org.slf4j.LoggerFactory", "getLogger")); break;
            case "log4j2":
                Class.forName("Log4jBridge").getMethod("attach").invoke(null);
                work(other("org.apache.logging.log4j.LogManager", "getLogger"));
                break;
            default: throw new IllegalArgumentException(arguments[0]);
        }
    }
}
