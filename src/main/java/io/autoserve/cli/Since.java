package io.autoserve.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code --since}: a span before now, or a moment. */
final class Since {
    private @Nullable UnaryOperator<Instant> before;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Nothing older: 10m, 2h or a time such as 2026-01-31T12:00:00Z.")
    void since(String text) {
        if (text.contains("T")) {
            var moment = moment(text);
            before = _ -> moment;
        } else {
            var span = Durations.parse(text);
            before = now -> now.minus(span);
        }
    }

    Optional<Instant> moment(Instant now) {
        return Optional.ofNullable(before).map(it -> it.apply(now));
    }

    private static Instant moment(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            throw new TypeConversionException(
                    "'%s' is no time such as 2026-01-31T12:00:00Z".formatted(text));
        }
    }
}
