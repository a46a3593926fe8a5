package io.autoserve.runtime;

import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.model.LogLine;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what containers wrote. The first line may lack its beginning if it is very long, because
 * the engine counts the parts in which it stores a line.
 */
final class Logs {
    private final Engine engine;

    Logs(Engine engine) {
        this.engine = engine;
    }

    List<LogLine> read(String container, int tail, @Nullable Instant since) {
        var path =
                "/containers/%s/logs?stdout=1&stderr=1&timestamps=1&tail=%d%s"
                        .formatted(container, tail, since == null ? "" : "&since=" + text(since));
        var request = Request.builder().method(Request.Method.GET).path(path).build();
        return engine.within("read the log of " + container, () -> lines(request));
    }

    interface Lines {
        void line(LogLine line) throws InterruptedException;
    }

    /** Reads on the calling thread until the container has ended. */
    void follow(String container, @Nullable Instant since, Lines lines)
            throws IOException, InterruptedException {
        var path =
                "/containers/%s/logs?follow=1&stdout=1&stderr=1&timestamps=1%s"
                        .formatted(container, since == null ? "" : "&since=" + text(since));
        var request = Request.builder().method(Request.Method.GET).path(path).build();
        try (var response = engine.open(request)) {
            pass(response.getBody(), lines);
        }
    }

    private List<LogLine> lines(Request request) throws IOException, InterruptedException {
        var lines = new ArrayList<LogLine>();
        try (var response = engine.open(request)) {
            pass(response.getBody(), lines::add);
        }
        return lines;
    }

    private static void pass(InputStream multiplexed, Lines lines)
            throws IOException, InterruptedException {
        var joined = new JoinedLines(lines);
        Frames.read(multiplexed, joined);
        joined.end();
    }

    private static String text(Instant instant) {
        return "%d.%09d".formatted(instant.getEpochSecond(), instant.getNano());
    }
}
