// What the sample does not show: each scenario prints one line when the client behaved. Run by ../../contract/java.test.ts.

import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import mayday.Mayday;

public class Edges {
    /** The shape of javax.servlet.Filter and its friends, of which the client knows names alone. */
    public interface Filter {
        void init(Object config);
        void doFilter(Request request, Object response, Chain chain) throws Exception;
        void destroy();
    }

    public interface Chain {
        void doFilter(Request request, Object response) throws Exception;
    }

    public static class Cookie {
        public String getName() { return "JSESSIONID"; }
        public String getValue() { return "hunter2"; }
    }

    public static class Request {
        public String getMethod() { return "POST"; }
        public String getRequestURI() { return "/cart/checkout"; }
        public String getQueryString() { return "page=2&token=hunter2"; }
        public String getContentType() { return "application/x-www-form-urlencoded"; }
        public String getServerName() { return "shop.example"; }
        public int getServerPort() { return 8443; }
        public Enumeration<String> getHeaderNames() { return Collections.enumeration(Arrays.asList("User-Agent", "Authorization", "Cookie")); }
        public String getHeader(String name) { return name.equals("User-Agent") ? "probe/1" : "Basic hunter2hunter2"; }
        public Cookie[] getCookies() { return new Cookie[] {new Cookie()}; }
        public Map<String, String[]> getParameterMap() {
            Map<String, String[]> map = new LinkedHashMap<>();
            map.put("page", new String[] {"2"});
            map.put("quantity", new String[] {"3"});
            map.put("password", new String[] {"hunter2"});
            return map;
        }
        public Object getSession(boolean create) { return null; }
    }

    static class Circular extends RuntimeException {
        Throwable other;
        Circular(String message) { super(message); }
        @Override public synchronized Throwable getCause() { return other; }
    }

    public static void main(String[] arguments) throws Exception {
        Mayday.start(new Mayday.Options().version("1.2.3"));
        switch (arguments[0]) {
            case "servlet": {
                Filter filter = Mayday.filter(Filter.class);
                filter.init(null);
                filter.doFilter(new Request(), null, (request, response) -> Mayday.set("user", Collections.singletonMap("id", "u-1")));
                IllegalStateException thrown = new IllegalStateException("no stock");
                Throwable seen = null;
                try {
                    filter.doFilter(new Request(), null, (request, response) -> {
                        Mayday.set("user", Collections.singletonMap("id", "u-2"));
                        throw thrown;
                    });
                } catch (Throwable error) {
                    seen = error;
                }
                filter.destroy();
                System.out.println(seen == thrown ? "same exception" : "another exception: " + seen);
                break;
            }
            case "hostile": {
                Circular first = new Circular("first");
                Circular second = new Circular("second");
                first.other = second;
                second.other = first;
                Mayday.set("user", Collections.singletonMap("id", 17));
                Map<String, Object> data = new HashMap<>();
                data.put("self", data);
                data.put("broken", new Object() {
                    @Override public String toString() { throw new IllegalStateException("toString broke"); }
                });
                data.put("long", new String(new char[100000]).replace('\0', 'x'));
                data.put("many", new int[10000]);
                data.put("surrogate", "\ud800 and \"quotes\" and \u0001");
                data.put("number", Double.NaN);
                data.put(null, null);
                Mayday.report(first, data);
                Mayday.report(null, data);
                System.out.println("still running");
                break;
            }
            case "overflow":
                try {
                    recurse(0);
                } catch (StackOverflowError error) {
                    Mayday.report(error);
                }
                System.out.println("still running");
                break;
            case "flood": {
                // The first is away when the flood starts, so the flood gathers on disk and goes out at the end.
                flood(1);
                Mayday.flush();
                long start = System.nanoTime();
                flood(5000);
                System.out.println((System.nanoTime() - start) / 1000000 < 2000 ? "quick enough" : "too slow");
                break;
            }
            case "exit":
                Thread last = new Thread(() -> Mayday.report(new IllegalStateException("just before the end")));
                last.start();
                last.join();
                System.exit(3);
                break;
            default:
                System.exit(2);
        }
    }

    private static int recurse(int depth) { return recurse(depth + 1) + 1; }

    private static void flood(int times) {
        for (int i = 0; i < times; i++) Mayday.report(new IllegalStateException("again " + i));
    }
}
