package io.autoserve.cli.inspect;

import io.autoserve.cli.command.Durations;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option {@code --since}: a duration before now, or a time. */
final class SinceOption {
    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = Converter.class,
            description =
                    "Show nothing older than this: 10m, 2h or a time such as 2026-01-31T12:00:00Z.")
    private @Nullable Start start;

    /** The start of the period that the option selects. It may depend on the present time. */
    interface Start {
        Instant at(Instant now);
    }

    static final class Converter implements ITypeConverter<Start> {
        @Override
        public Start convert(String text) {
            if (text.contains("T")) {
                var moment = moment(text);
                return _ -> moment;
            }
            var span = Durations.parse(text);
            return now -> now.minus(span);
        }
    }

    Optional<Instant> moment(Instant now) {
        return Optional.ofNullable(start).map(it -> it.at(now));
    }

    private static Instant moment(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            throw new TypeConversionException(
                    "must be a time such as 2026-01-31T12:00:00Z, was '%s'".formatted(text));
        }
    }
}
