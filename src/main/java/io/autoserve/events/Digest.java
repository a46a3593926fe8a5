package io.autoserve.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Sha256;
import io.autoserve.model.Token;
import io.autoserve.spec.Json;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.stream.Stream;

/**
 * Computes the short hash of a snapshot and of its successors. The hash is the same for the same
 * content, on every controller, whether the content was read from the tables or built from events.
 *
 * <p>A snapshot hands its digest to its successor. The digest remembers the hash of each fact by
 * the fact's identity, because facts never change and most of them are in the next snapshot too. So
 * a digest costs as much as writing those facts as JSON that are new since the last digest.
 */
final class Digest {
    private IdentityHashMap<Object, byte[]> remembered = new IdentityHashMap<>();

    /** Returns the hash of the snapshot: 64 hexadecimal digits. */
    synchronized String of(Snapshot snapshot) {
        var sha256 = Sha256.begin();
        var seen = new IdentityHashMap<Object, byte[]>();
        facts(snapshot)
                .forEach(fact -> {
                    var known = remembered.get(fact);
                    var hash = known != null ? known : hash(fact);
                    seen.put(fact, hash);
                    sha256.update(hash);
                });
        remembered = seen;
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static Stream<Object> facts(Snapshot snapshot) {
        var leader = Stream.<Object>ofNullable(snapshot.leader());
        var apps =
                snapshot.apps().stream()
                        .sorted(Comparator.comparingLong(App::id))
                        .<Object>mapMulti((app, facts) -> {
                            facts.accept(app);
                            snapshot.instances(app.id()).stream()
                                    .sorted(Comparator.comparingInt(Instance::index))
                                    .forEach(facts);
                        });
        var tokens = snapshot.tokens().values().stream().sorted(Comparator.comparing(Token::id));
        return Stream.of(leader, apps, tokens).flatMap(facts -> facts);
    }

    private static byte[] hash(Object fact) {
        return Sha256.begin().digest(Json.write(fact).getBytes(UTF_8));
    }
}
