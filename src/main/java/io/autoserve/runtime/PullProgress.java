package io.autoserve.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the engine's reports about one pull, which have one line for each step of each layer. The
 * resulting sentence contains numbers from the reports, but no text of the engine or the registry.
 */
final class PullProgress {
    private static final long MEGABYTE = 1_000_000;

    private final String image;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private @Nullable String error;

    /**
     * @param loaded number of bytes loaded so far
     * @param size size of the layer in bytes; 0 while unknown
     */
    private record Layer(long loaded, long size, boolean done) {
        static final Layer ANNOUNCED = new Layer(0, 0, false);
    }

    PullProgress(String image) {
        this.image = image;
    }

    /** Reads one line of the answer to {@code POST /images/create}. */
    void line(JsonNode line) {
        error = line.path("error").asText(error);
        var id = line.path("id").asText("");
        var detail = line.path("progressDetail");
        var before = layers.getOrDefault(id, Layer.ANNOUNCED);
        switch (line.path("status").asText("")) {
            case "Pulling fs layer", "Waiting" -> layers.put(id, before);
            case "Downloading" ->
                    layers.put(
                            id,
                            new Layer(
                                    detail.path("current").asLong(),
                                    detail.path("total").asLong(),
                                    false));
            case "Verifying Checksum", "Download complete", "Extracting" ->
                    layers.put(id, new Layer(before.size, before.size, false));
            case "Pull complete", "Already exists" ->
                    layers.put(id, new Layer(before.size, before.size, true));
            default -> {} // not about a layer
        }
    }

    /** Returns the reason of a failure as the engine reported it. */
    @Nullable String error() {
        return error;
    }

    /** Returns a sentence such as {@code pulling image 'shop:2': 40 of 120 MB, 3 of 5 layers}. */
    String sentence() {
        var size = layers.values().stream().mapToLong(Layer::size).sum();
        var loaded = layers.values().stream().mapToLong(Layer::loaded).sum();
        var done = layers.values().stream().filter(Layer::done).count();
        var megabytes =
                size == 0
                        ? ""
                        : ": %d of %d MB, ".formatted(megabytes(loaded), megabytes(size))
                                + "%d of %d layers".formatted(done, layers.size());
        return "pulling image '%s'%s".formatted(image, megabytes);
    }

    private static long megabytes(long bytes) {
        return Math.ceilDiv(bytes, MEGABYTE);
    }
}
