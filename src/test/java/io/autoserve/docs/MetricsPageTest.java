package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.docs.Scraped.Family;
import java.util.Collection;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class MetricsPageTest {

    private static final String BEGINNING =
            """
            # Metrics

            Every controller serves these metrics at `/metrics`, in the text format of Prometheus; scrape all of them. This page is
            generated from that answer. Labels are bounded: they are names of registered apps, and words that AutoServe defines. An
            app's metrics end when the app is removed. Alert rules and a Grafana dashboard are in [observability](observability).

            A `histogram` has the series `_bucket`, `_count` and `_sum`, a `summary` has `_count` and `_sum`. A series that ends in `_max` is the maximum of the last few minutes.
            What only the leader does or sees is reported only by the leader, so `sum()` over the controllers is correct.
            """;

    @Test
    void the_metrics_page_says_what_is_served() {
        var families = Scraped.families();
        var text = new StringBuilder(BEGINNING);
        tell(text, "AutoServe", families, name -> name.startsWith("autoserve_"));
        tell(
                text,
                "The API's server, the pools and the databases, by Vert.x",
                families,
                name -> name.startsWith("vertx_"));
        tell(
                text,
                "The process and its machine, by Micrometer",
                families,
                name -> !name.startsWith("autoserve_") && !name.startsWith("vertx_"));
        new Page("metrics.md").mustBe(text.toString());
    }

    @Test
    void every_metric_of_ours_says_what_it_means() {
        assertThat(Scraped.families())
                .filteredOn(family -> family.name().startsWith("autoserve_"))
                .allSatisfy(family -> assertThat(family.help()).isNotBlank());
    }

    private static void tell(
            StringBuilder text,
            String title,
            Collection<Family> families,
            Predicate<String> which) {
        text.append(
                "\n## %s%n%n| Metric | Kind | Labels | Means |%n|---|---|---|---|%n"
                        .formatted(title));
        for (var family : families) {
            if (which.test(family.name()) && !family.name().endsWith("_max")) {
                text.append(
                        "| `%s` | %s | %s | %s |%n"
                                .formatted(
                                        family.name(),
                                        family.type(),
                                        String.join(
                                                ", ",
                                                family.labels().stream()
                                                        .filter(label -> !label.equals("le"))
                                                        .toList()),
                                        Page.cell(family.help())));
            }
        }
    }
}
