package io.autoserve.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Sha256;
import io.autoserve.model.Token;
import io.autoserve.spec.Json;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A short hash of a snapshot. It is the same for the same content, on every controller, whether the
 * content was read from the tables or built from events.
 */
final class Digest {
    private final MessageDigest sha256 = Sha256.begin();

    private Digest() {}

    static String of(Snapshot snapshot) {
        var digest = new Digest();
        digest.add(snapshot.leader());
        snapshot.apps().stream()
                .sorted(Comparator.comparingLong(App::id))
                .forEach(app -> {
                    digest.add(app);
                    snapshot.instances(app.id()).stream()
                            .sorted(Comparator.comparingInt(Instance::index))
                            .forEach(digest::add);
                });
        snapshot.tokens().values().stream()
                .sorted(Comparator.comparing(Token::id))
                .forEach(digest::add);
        return HexFormat.of().formatHex(digest.sha256.digest());
    }

    private void add(@Nullable Object fact) {
        sha256.update((fact == null ? "" : Json.write(fact)).getBytes(UTF_8));
        sha256.update((byte) '\n');
    }
}
