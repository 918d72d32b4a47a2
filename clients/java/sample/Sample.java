// The sample of the Java client; ../../contract/README.md says what each scenario must do.

import java.io.File;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import mayday.Mayday;

public class Sample {
    // Away from the lines around the frames: those are sent, as the sources of the application.
    private static final String PASSWORD = "hunter2";

    public static void main(String[] arguments) throws Exception {
        String scenario = arguments.length > 0 ? arguments[0] : "crash";
        if (scenario.equals("previous")) {
            Thread.setDefaultUncaughtExceptionHandler((thread, error) -> System.out.println("previous handler: " + error.getMessage()));
        }
        Mayday.start(new Mayday.Options().version("1.2.3").sourceRoot(new File("sample")));
        switch (scenario) {
            case "report":
                reportOnce();
                System.out.println("still running");
                break;
            case "repeat":
                for (int i = 0; i < 25; i++) reportOnce();
                System.out.println("still running");
                break;
            case "idle":
                System.out.println("idle");
                break;
            case "flush":
                Mayday.flush();
                System.out.println("flushed");
                break;
            case "thread":
                Thread thread = new Thread(() -> new Shop().order(3), "worker");
                thread.start();
                thread.join();
                System.out.println("still running");
                break;
            case "task":
                inTasks();
                System.out.println("still running");
                break;
            default:
                Map<String, Object> configuration = new HashMap<>();
                configuration.put("port", 8000);
                configuration.put("password", PASSWORD);
                Mayday.set("user", Collections.singletonMap("id", "u-17"));
                Mayday.set("configuration", configuration);
                System.out.println("about to crash");
                new Shop().order(3);
        }
    }

    private static void reportOnce() {
        Map<String, Object> data = new HashMap<>();
        data.put("order", 17);
        data.put("password", PASSWORD);
        try {
            new Shop().order(3);
        } catch (IllegalStateException error) {
            Mayday.report(error, data);
        }
    }

    private static void inTasks() throws Exception {
        ExecutorService pool = Mayday.wrap(Executors.newSingleThreadExecutor(), ExecutorService.class);
        try {
            pool.submit(() -> new Shop().order(3)).get();
        } catch (ExecutionException expected) {
            System.out.println("task: " + expected.getCause().getMessage());
        }
        pool.shutdown();
        CompletableFuture<Integer> future = Mayday.watch(CompletableFuture.supplyAsync(() -> Integer.parseInt("many")));
        try {
            future.join();
        } catch (RuntimeException expected) {
            System.out.println("future: " + expected.getCause().getMessage());
        }
    }
}

class Shop {
    void order(int items) {
        try {
            price(items);
        } catch (ArithmeticException error) {
            throw new IllegalStateException("cannot place the order", error);
        }
    }

    private int price(int items) {
        int discount = 0;
        return items / discount;
    }
}
