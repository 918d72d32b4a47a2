// A WebFlux application that asks itself; compiled with MaydayFluxConfiguration.java by java-bridges.test.ts.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import mayday.Mayday;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

public class FluxProgram {
    @SpringBootConfiguration
    @EnableAutoConfiguration
    @RestController
    @Import(MaydayFluxConfiguration.class)
    static class App {
        @GetMapping("/orders")
        Mono<String> orders() { return Mono.error(new IllegalStateException("in a flux")); }

        @GetMapping("/number")
        Mono<String> number(@RequestParam("n") int number) { return Mono.just("fine"); }
    }

    public static void main(String[] arguments) throws Exception {
        Mayday.start(new Mayday.Options().version("1.2.3"));
        ConfigurableApplicationContext context = new SpringApplication(App.class).run(
            "--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off", "--spring.main.web-application-type=reactive");
        String port = context.getEnvironment().getProperty("local.server.port");
        for (String path : new String[] {"/orders?amount=3", "/number?n=x", "/missing"}) {
            HttpRequest question = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
            System.out.println("answer " + path + " " + HttpClient.newHttpClient().send(question, HttpResponse.BodyHandlers.ofString()).statusCode());
        }
        context.close();
    }
}
