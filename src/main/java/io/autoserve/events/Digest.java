package io.autoserve.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.App;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Instance;
import io.autoserve.model.Sha256;
import io.autoserve.spec.Json;
import java.math.BigInteger;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The hash of a snapshot's content: the sum of the SHA-256 hashes of its facts, modulo 2^256
 * (AdHash of Bellare and Micciancio, 1997). It is the same for the same content, on every
 * controller and in any order, whether the content was read from the tables or built from events. A
 * change costs as much as the facts that it changes, because their hashes are subtracted and added.
 * Equal sums for other content can be made on purpose, so the digest finds errors, not attacks.
 */
record Digest(BigInteger sum) {
    private static final BigInteger MODULUS = BigInteger.TWO.pow(256);
    private static final Digest NOTHING = new Digest(BigInteger.ZERO);

    static Digest of(Snapshot snapshot) {
        var apps = snapshot.apps().stream().flatMap(app -> facts(snapshot, app));
        var others =
                Stream.concat(
                        Stream.<Object>ofNullable(snapshot.leader()),
                        snapshot.tokens().values().stream());
        return NOTHING.with(Stream.concat(apps, others));
    }

    /**
     * Returns the digest of the next snapshot. This digest must be that of {@code before}.
     *
     * @param change the change that led from {@code before} to {@code after}
     */
    Digest next(Snapshot before, Change change, Snapshot after) {
        return switch (change) {
            case Change.PutApp put ->
                    app(before, before.app(put.name()), after, after.app(put.name()));
            case Change.DropApp(var id) -> without(facts(before, app(before, id)));
            case Change.PutInstance(var instance) ->
                    belongs(instance, after)
                            ? without(instance(before, instance.appId(), instance.index()).stream())
                                    .with(Stream.of(instance))
                            : this;
            case Change.DropInstance(var app, var index) ->
                    without(
                            instance(before, app, index)
                                    .filter(instance -> belongs(instance, before))
                                    .stream());
            case Change.PutLeader _ ->
                    without(Stream.ofNullable(before.leader()))
                            .with(Stream.ofNullable(after.leader()));
            case Change.PutToken(var token) ->
                    without(Stream.ofNullable(before.tokens().get(token.id())))
                            .with(Stream.of(token));
            case Change.DropToken(var id) -> without(Stream.ofNullable(before.tokens().get(id)));
            case Change.Nothing(), Change.Unknown() -> this;
        };
    }

    private Digest app(Snapshot before, @Nullable App old, Snapshot after, @Nullable App now) {
        return old != null && now != null && old.id() == now.id()
                ? without(Stream.of(old)).with(Stream.of(now))
                : without(facts(before, old)).with(facts(after, now));
    }

    private static @Nullable App app(Snapshot snapshot, long id) {
        return snapshot.apps().stream().filter(app -> app.id() == id).findFirst().orElse(null);
    }

    private static Optional<Instance> instance(Snapshot snapshot, long app, int index) {
        return snapshot.instances(app).stream()
                .filter(instance -> instance.index() == index)
                .findFirst();
    }

    /**
     * Returns whether the snapshot has the instance's app. It may leave out apps, see {@link
     * Snapshot#unreadableApps}.
     */
    private static boolean belongs(Instance instance, Snapshot snapshot) {
        var app = snapshot.app(instance.app());
        return app != null && app.id() == instance.appId();
    }

    private static Stream<Object> facts(Snapshot snapshot, @Nullable App app) {
        return app == null
                ? Stream.empty()
                : Stream.concat(Stream.of(app), snapshot.instances(app.id()).stream());
    }

    private Digest with(Stream<?> facts) {
        return new Digest(sum.add(hashes(facts)).mod(MODULUS));
    }

    private Digest without(Stream<?> facts) {
        return new Digest(sum.subtract(hashes(facts)).mod(MODULUS));
    }

    private static BigInteger hashes(Stream<?> facts) {
        return facts.map(Digest::hash).reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static BigInteger hash(Object fact) {
        var text = fact.getClass().getSimpleName() + Json.write(fact);
        return new BigInteger(1, Sha256.begin().digest(text.getBytes(UTF_8)));
    }

    /** Returns the sum as 64 hexadecimal digits. */
    @Override
    public String toString() {
        return "%064x".formatted(sum);
    }
}
