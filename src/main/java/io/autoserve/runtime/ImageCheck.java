package io.autoserve.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.ContainerConfig;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the HEALTHCHECK of an image, and writes and reads the label that keeps it on a container.
 */
final class ImageCheck {
    /** The values that Docker uses where the image has none. */
    private static final Duration USUAL_TIME = Duration.ofSeconds(30);

    private static final int USUAL_RETRIES = 3;

    private static final Duration SHORTEST_PERIOD = Duration.ofSeconds(1);
    private static final Duration LONGEST_TIME = Duration.ofHours(1);
    private static final int MOST_RETRIES = 1000;

    /** A longer check is ignored, because each list of containers contains the label. */
    private static final int LONGEST_LABEL = 8192;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ImageCheck() {}

    /** Returns the check of an image. Its start period is ignored, see docs/spec.md. */
    static Optional<HealthCheck> of(@Nullable ContainerConfig image) {
        var found = image == null ? null : image.getHealthcheck();
        if (found == null || found.getTest() == null) {
            return Optional.empty();
        }
        var command = command(found.getTest());
        if (command.isEmpty()) {
            return Optional.empty();
        }
        var retries = found.getRetries();
        return Optional.of(
                check(
                        command,
                        period(found),
                        time(found.getTimeout()),
                        retries == null || retries < 1
                                ? USUAL_RETRIES
                                : Math.min(retries, MOST_RETRIES)));
    }

    /** Returns the command of the check, which may be NONE. */
    private static List<String> command(List<String> test) {
        var words = test.stream().skip(1).toList();
        if (words.isEmpty()) {
            return List.of();
        }
        return switch (test.getFirst()) {
            case "CMD" -> words;
            case "CMD-SHELL" -> Stream.concat(Stream.of("/bin/sh", "-c"), words.stream()).toList();
            default -> List.of();
        };
    }

    /**
     * Returns the time from the start of one check to the start of the next. Docker counts the
     * interval from the end of a check, so there a check may take longer than the interval. Here it
     * may not, so the period is at least the timeout that the image sets.
     */
    private static Duration period(com.github.dockerjava.api.model.HealthCheck found) {
        var interval = longer(time(found.getInterval()), SHORTEST_PERIOD);
        var timeout = found.getTimeout();
        return timeout == null || timeout <= 0 ? interval : longer(interval, time(timeout));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Duration time(@Nullable Long nanos) {
        if (nanos == null || nanos <= 0) {
            return USUAL_TIME;
        }
        var time = Duration.ofNanos(nanos);
        return time.compareTo(LONGEST_TIME) > 0 ? LONGEST_TIME : time;
    }

    /** Returns the text of the label, which is empty without a check. */
    static String text(@Nullable HealthCheck check) {
        if (check == null || !(check.probe() instanceof Probe.Command(var command))) {
            return "";
        }
        var json = JSON.createObjectNode();
        var words = json.putArray("command");
        command.forEach(words::add);
        json.put("periodMillis", check.period().toMillis());
        json.put("timeoutMillis", check.timeout().toMillis());
        json.put("failureThreshold", check.failureThreshold());
        var text = json.toString();
        return text.length() > LONGEST_LABEL ? "" : text;
    }

    /** Returns the check in the label. Returns null for a label that is empty or damaged. */
    static @Nullable HealthCheck read(String label) {
        if (label.isEmpty()) {
            return null;
        }
        try {
            var json = JSON.readTree(label);
            var command = new ArrayList<String>();
            json.path("command").forEach(word -> command.add(word.asText()));
            return command.isEmpty()
                    ? null
                    : check(
                            command,
                            millis(json.path("periodMillis")),
                            millis(json.path("timeoutMillis")),
                            Math.max(1, json.path("failureThreshold").asInt()));
        } catch (JsonProcessingException damaged) {
            return null;
        }
    }

    private static Duration millis(JsonNode json) {
        return Duration.ofMillis(Math.max(1, json.asLong()));
    }

    private static HealthCheck check(
            List<String> command, Duration period, Duration timeout, int failureThreshold) {
        return new HealthCheck(
                new Probe.Command(List.copyOf(command)),
                Duration.ZERO,
                period,
                timeout,
                failureThreshold,
                1);
    }
}
