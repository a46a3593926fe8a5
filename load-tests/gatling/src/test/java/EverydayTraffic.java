import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.OpenInjectionStep;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;

/**
 * Simulates everyday traffic: visitors of the demo app, operators who read the API, and a pipeline
 * that deploys an app with zero instances. As in reality, new users arrive at a steady rate even if
 * earlier ones still wait. No request may fail.
 */
public final class EverydayTraffic extends Simulation {
    private static final String API = System.getProperty("api", "http://127.0.0.1:8000");
    private static final String APPS = System.getProperty("apps", "http://127.0.0.1");
    private static final double VISITORS = Double.parseDouble(System.getProperty("visitors", "100")); // per second
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("seconds", 30));
    private static final Duration RAMP = Duration.ofSeconds(5);

    private final HttpProtocolBuilder apps = http.baseUrl(APPS).shareConnections();
    private final HttpProtocolBuilder api =
            http.baseUrl(API)
                    .shareConnections()
                    .header("Authorization", "Bearer " + System.getenv().getOrDefault("AUTOSERVE_TOKEN", ""))
                    .contentTypeHeader("application/json");

    {
        var visitor = scenario("visitors").exec(http("GET /").get("/").check(status().is(200)));
        var operator =
                scenario("operators")
                        .exec(
                                http("list").get("/api/v1/apps").check(status().is(200)),
                                http("status")
                                        .get("/api/v1/apps/demo")
                                        .check(jsonPath("$.state").is("Running")),
                                http("events").get("/api/v1/events?limit=20").check(status().is(200)));
        var pipeline =
                scenario("pipelines")
                        .exec(
                                exec(session -> session.set("build", System.nanoTime())),
                                http("apply")
                                        .put("/api/v1/apps/gatling")
                                        .body(StringBody(SPEC))
                                        .check(status().in(200, 201)),
                                http("revisions")
                                        .get("/api/v1/apps/gatling/revisions")
                                        .check(status().is(200)));

        setUp(
                        visitor.injectOpen(at(VISITORS)).protocols(apps),
                        operator.injectOpen(at(VISITORS / 20)).protocols(api),
                        pipeline.injectOpen(at(VISITORS / 50)).protocols(api))
                .assertions(global().failedRequests().count().is(0L));
    }

    private static OpenInjectionStep[] at(double rate) {
        return new OpenInjectionStep[] {
            rampUsersPerSec(0.1).to(rate).during(RAMP), constantUsersPerSec(rate).during(LENGTH)
        };
    }

    private static final String SPEC =
            """
            {"apiVersion": "v1", "kind": "App", "metadata": {"name": "gatling", "annotations": {"build": "#{build}"}},
             "spec": {"image": "none", "ports": [{"containerPort": 80}]}, "scaling": {"mode": "manual", "minReplicas": 0}}
            """;
}
