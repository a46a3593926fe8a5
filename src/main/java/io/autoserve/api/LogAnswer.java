package io.autoserve.api;

import io.autoserve.model.LogLine;
import java.time.Instant;

/** A line that an instance wrote, as the API returns it. */
record LogAnswer(Instant at, String instance, Stream stream, String text) {
    enum Stream {
        stdout,
        stderr
    }

    static LogAnswer of(String instance, LogLine line) {
        return new LogAnswer(
                line.at(), instance, line.error() ? Stream.stderr : Stream.stdout, line.text());
    }
}
