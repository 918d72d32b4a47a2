// A Spring MVC application that asks itself one question after another; compiled with MaydayConfiguration.java by java-bridges.test.ts.
// `plain` leaves that configuration out: the filter alone.
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mayday.Mayday;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.http.ResponseEntity;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

public class SpringProgram {
    static final CountDownLatch scheduled = new CountDownLatch(1);

    @Configuration
    @Profile("plain")
    static class Plain {
        @Bean
        FilterRegistrationBean<Filter> filter() { return new FilterRegistrationBean<>(Mayday.filter(Filter.class)); }
    }

    @Configuration
    @Profile("!plain")
    @Import(MaydayConfiguration.class)
    static class Whole { }

    @Component
    static class Tasks {
        @Async
        public void later() { throw new IllegalStateException("in a task"); }
    }

    @Component
    @Profile("!plain")
    static class Timers {
        @Scheduled(initialDelay = 10, fixedDelay = 1000000)
        public void tick() {
            scheduled.countDown();
            throw new IllegalStateException("in a timer");
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EnableAsync
    @EnableScheduling
    @RestController
    @Import({Plain.class, Whole.class, Tasks.class, Timers.class})
    static class App {
        private final Tasks tasks;

        App(Tasks tasks) { this.tasks = tasks; }

        @GetMapping("/controller/{id}")
        String controller(@PathVariable("id") int id) { throw new IllegalStateException("in a controller"); }

        @GetMapping("/advised")
        String advised() { throw new UnsupportedOperationException("answered by advice"); }

        @GetMapping("/callable")
        Callable<String> callable() { return () -> { throw new IllegalStateException("in a callable"); }; }

        @GetMapping("/future")
        CompletableFuture<String> future() { return CompletableFuture.supplyAsync(() -> { throw new IllegalStateException("in a future"); }); }

        @GetMapping("/number")
        String number(@RequestParam("n") int number) { return "fine"; }

        @GetMapping("/task")
        String task() {
            tasks.later();
            return "fine";
        }

        @GetMapping("/handled")
        String handled() {
            Mayday.report(new IllegalStateException("handled"));
            return "fine";
        }

        @ExceptionHandler(UnsupportedOperationException.class)
        ResponseEntity<String> answer(UnsupportedOperationException error) { return ResponseEntity.status(500).body("advice"); }
    }

    public static void main(String[] arguments) throws Exception {
        Mayday.start(new Mayday.Options().version("1.2.3"));
        SpringApplication application = new SpringApplication(App.class);
        application.setAdditionalProfiles(arguments[0]);
        ConfigurableApplicationContext context = application.run(
            "--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off", "--spring.main.web-application-type=servlet");
        String port = context.getEnvironment().getProperty("local.server.port");
        HttpClient client = HttpClient.newHttpClient();
        for (String path : new String[] {"/controller/7?amount=3", "/advised", "/callable?amount=4", "/future", "/number?n=x", "/missing", "/task", "/handled?amount=5"}) {
            HttpRequest question = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
            System.out.println("answer " + path + " " + client.send(question, HttpResponse.BodyHandlers.ofString()).statusCode());
        }
        if (!arguments[0].equals("plain")) scheduled.await(10, TimeUnit.SECONDS);
        Thread.sleep(300);
        context.close();
    }
}
