package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.imports.YamlValue.Sequence;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Converts the health check of a service, which becomes the check of readiness and liveness. */
final class ComposeHealth {
    /** Docker's defaults, which differ from those of a spec. */
    private static final BigDecimal SECONDS = BigDecimal.valueOf(30);

    private static final Map<String, String> REASONS =
            Map.of(
                    "start_period",
                    "an instance may take as long as spec.rollout.progressDeadlineSeconds to"
                            + " start",
                    "start_interval",
                    "a new instance is checked more often automatically");

    private ComposeHealth() {}

    /** Returns the check, or empty if the service has none or leaves it to the image. */
    static Optional<ObjectNode> of(ServiceFields service) {
        if (!service.has("healthcheck")) {
            return Optional.empty();
        }
        var check = service.part("healthcheck");
        var words = words(check);
        if (check.flag("disable") || words.equals(List.of("NONE"))) {
            return Optional.of(withoutCheckOfImage());
        }
        if (words.isEmpty()) {
            service.remark(
                    "healthcheck",
                    "without a test, the check of the image is used with its own intervals");
            return Optional.empty();
        }
        var document = object().put("protocol", "COMMAND");
        var command = document.putArray("command");
        words.forEach(command::add);
        seconds(document, "periodSeconds", SECONDS);
        seconds(document, "timeoutSeconds", SECONDS);
        check.amount(
                "interval",
                check.text("interval").flatMap(ComposeAmounts::seconds),
                time -> seconds(document, "periodSeconds", time));
        check.amount(
                "timeout",
                check.text("timeout").flatMap(ComposeAmounts::seconds),
                time -> seconds(document, "timeoutSeconds", time));
        check.amount(
                "retries",
                check.text("retries").flatMap(text -> ComposeAmounts.whole(text, 1000)),
                retries -> document.put("failureThreshold", retries));
        check.remarkUnread(REASONS);
        return Optional.of(document);
    }

    /** Returns the words to run, or only NONE if the check of the image is turned off. */
    private static List<String> words(ServiceFields check) {
        var test = check.value("test");
        if (test.isEmpty()) {
            return List.of();
        }
        if (!(test.get() instanceof Sequence list)) {
            return test.get().written().map(ComposeHealth::byShell).orElse(List.of());
        }
        var words = list.each().flatMap(it -> it.written().stream()).toList();
        if (words.isEmpty() || words.equals(List.of("NONE"))) {
            return words;
        }
        var command = words.subList(1, words.size());
        return words.getFirst().equals("CMD-SHELL") ? byShell(String.join(" ", command)) : command;
    }

    private static List<String> byShell(String command) {
        return List.of("/bin/sh", "-c", command);
    }

    /** Returns a check that names the port, because without one the check of the image is used. */
    private static ObjectNode withoutCheckOfImage() {
        var document = object();
        document.putObject("readiness").put("protocol", "TCP");
        return document;
    }

    /** Writes whole seconds without a fraction, and never with an exponent. */
    static void seconds(ObjectNode object, String name, BigDecimal seconds) {
        if (seconds.scale() <= 0) {
            object.put(name, seconds.longValue());
        } else {
            object.put(name, seconds.doubleValue());
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
