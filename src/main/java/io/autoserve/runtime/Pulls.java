package io.autoserve.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.model.RegistryRules;
import io.autoserve.runtime.ContainerRuntime.DiskFull;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Pulls images. Callers that need the same image with the same credentials at the same time share
 * one pull. A pull lasts as long as it makes progress, so a registry that sends slowly can occupy
 * only some of the turns, and each of them only for a while.
 */
final class Pulls {
    private static final Duration NO_PROGRESS = Duration.ofMinutes(2);
    private static final long BETWEEN_SENTENCES = Duration.ofSeconds(1).toNanos();

    /** Time after which a pull under way leaves its turn to the next one. */
    private static final Duration TURN = Duration.ofSeconds(30);

    /** Maximum number of images that are pulled at the same time from one host but Docker Hub. */
    private static final int AT_ONCE_FROM_HOST = 2;

    private static final ObjectReader LINES = new ObjectMapper().readerFor(JsonNode.class);

    private final Engine engine;
    private final Duration noProgress;
    private final PullTurns turns;
    private final Map<PullKey, Pull> underWay = new ConcurrentHashMap<>();
    private final Map<String, HostTurns> hosts = new HashMap<>(); // synchronized on itself

    private record PullKey(String path, Map<String, String> headers) {}

    Pulls(Engine engine) {
        this(engine, NO_PROGRESS, TURN);
    }

    /**
     * @param noProgress a pull fails after this long without progress
     * @param turn time after which a pull under way leaves its turn to the next one
     */
    Pulls(Engine engine, Duration noProgress, Duration turn) {
        this.engine = engine;
        this.noProgress = noProgress;
        turns = new PullTurns(turn, System::nanoTime);
    }

    /**
     * Waits until the image is pulled. If the caller shared a pull that failed, throws the
     * exception of that pull.
     */
    void run(String image, Request request, Consumer<String> progress) {
        var key = new PullKey(request.path(), request.headers());
        var mine = new Pull(image, request);
        var pull = underWay.computeIfAbsent(key, _ -> mine);
        pull.followers.add(progress);
        if (pull == mine) {
            try {
                mine.run();
            } finally {
                underWay.remove(key, mine);
            }
        }
        pull.await();
    }

    /**
     * Waits for a turn of the host that the image comes from, then for a turn of this controller. A
     * pull that waits for its host therefore delays no pull from another host.
     */
    private void inTurn(String image, Runnable pull) {
        var host = RegistryRules.origin(image);
        if (host.equals(RegistryRules.DOCKER_HUB)) {
            turns.holding(pull);
            return;
        }
        var ofHost = enter(host);
        try {
            holding(ofHost.free, () -> turns.holding(pull));
        } finally {
            leave(host, ofHost);
        }
    }

    private HostTurns enter(String host) {
        synchronized (hosts) {
            var ofHost = hosts.computeIfAbsent(host, _ -> new HostTurns());
            ofHost.pulls++;
            return ofHost;
        }
    }

    private void leave(String host, HostTurns ofHost) {
        synchronized (hosts) {
            ofHost.pulls--;
            if (ofHost.pulls == 0) {
                hosts.remove(host);
            }
        }
    }

    private static void holding(Semaphore turns, Runnable pull) {
        turns.acquireUninterruptibly();
        try {
            pull.run();
        } finally {
            turns.release();
        }
    }

    /** The turns of one host. */
    private static final class HostTurns {
        private final Semaphore free = new Semaphore(AT_ONCE_FROM_HOST, true);
        private int pulls; // how many pulls have a turn or wait for one
    }

    private final class Pull {
        private final String image;
        private final Request request;
        private final PullProgress progress;
        private final List<Consumer<String>> followers = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile long lastProgress = System.nanoTime();
        private long lastSentence = lastProgress - BETWEEN_SENTENCES;

        Pull(String image, Request request) {
            this.image = image;
            this.request = request;
            this.progress = new PullProgress(image);
        }

        void run() {
            try {
                tell("image '%s' waits for other pulls".formatted(image));
                inTurn(image, this::pull);
                requireNoError();
                done.complete(null);
            } catch (RuntimeException | Error failure) {
                done.completeExceptionally(failure); // else other callers would wait forever
            }
        }

        private void pull() {
            lastProgress = System.nanoTime();
            engine.whileItProgresses(
                    "pull image '" + image + "'", noProgress, () -> lastProgress, this::read);
        }

        /**
         * Reads the progress. Some errors arrive as an HTTP status, others as a line of the
         * progress after the status 200.
         */
        private boolean read() throws IOException {
            tell(progress.sentence());
            try (var response = engine.open(request);
                    var lines = LINES.<JsonNode>readValues(response.getBody())) {
                while (lines.hasNextValue()) {
                    progress.line(lines.nextValue());
                    lastProgress = System.nanoTime();
                    tellNowAndThen();
                }
            } catch (DockerException refusal) {
                throw failed(Engine.words(refusal));
            }
            return true;
        }

        private void requireNoError() {
            var error = progress.error();
            if (error != null) {
                throw failed(error);
            }
        }

        private EngineException failed(String error) {
            return DiskFull.or(
                    "image '%s' could not be pulled (%s): check its name and tag, that its registry can be reached and, if it is private, registryAuth"
                            .formatted(image, error));
        }

        private void tellNowAndThen() {
            if (lastProgress - lastSentence >= BETWEEN_SENTENCES) {
                lastSentence = lastProgress;
                tell(progress.sentence());
            }
        }

        private void tell(String sentence) {
            followers.forEach(follower -> follower.accept(sentence));
        }

        void await() {
            try {
                done.join();
            } catch (CompletionException failure) {
                throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
            }
        }
    }
}
