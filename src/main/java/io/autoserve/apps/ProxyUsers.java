package io.autoserve.apps;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.model.App;
import io.autoserve.model.Hidden;
import io.autoserve.model.Sha256;
import io.autoserve.proxy.PasswordHash;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the users of basic authentication from secrets, and hashes their passwords for nginx. */
final class ProxyUsers {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyUsers.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How long a value is used before the secret is read again. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    /** These bound the time that the hashes of one secret take, and their part of the table. */
    private static final int MOST_USERS = 100;

    private static final int LONGEST_NAME = 100;

    private final Secrets secrets;
    private final LongSupplier nanoTime;
    private final Map<String, LastRead> known = new HashMap<>();

    /**
     * @param digest the digest of the secret's value; null if it could not be read yet
     * @param hashes the hashes of the passwords by user
     */
    private record LastRead(@Nullable String digest, Map<String, String> hashes, long readAt) {}

    ProxyUsers(Secrets secrets, LongSupplier nanoTime) {
        this.secrets = secrets;
        this.nanoTime = nanoTime;
    }

    /**
     * Returns the hashes of the users' passwords, by the name of the secret, for all secrets that
     * the rules of these apps name. If a secret cannot be read, its last users stay.
     */
    Map<String, Map<String, String>> of(Collection<App> apps) {
        var named = new HashSet<String>();
        apps.forEach(app -> named.addAll(app.spec().routing().rules().secrets().values()));
        known.keySet().retainAll(named);
        var users = new HashMap<String, Map<String, String>>();
        for (var secret : named) {
            var fresh = fresh(secret, known.get(secret));
            known.put(secret, fresh);
            users.put(secret, fresh.hashes);
        }
        return users;
    }

    private LastRead fresh(String secret, @Nullable LastRead last) {
        var now = nanoTime.getAsLong();
        if (last != null && now - last.readAt < FRESH.toNanos()) {
            return last;
        }
        try {
            var value = secrets.read(secret).map(Hidden::reveal).orElse("{}");
            var digest = Sha256.hex(value.getBytes(UTF_8));
            return last != null && digest.equals(last.digest)
                    ? new LastRead(digest, last.hashes, now)
                    : new LastRead(digest, hashes(secret, value), now);
        } catch (RuntimeException failure) {
            LOG.warn(
                    "could not read the users of the secret '{}', the last known ones stay: {}",
                    secret,
                    failure.toString());
            return last == null
                    ? new LastRead(null, Map.of(), now)
                    : new LastRead(last.digest, last.hashes, now);
        }
    }

    private static Map<String, String> hashes(String secret, String value) {
        var users = users(value);
        var hashes = new TreeMap<String, String>();
        for (var user : users.properties()) {
            if (hashes.size() < MOST_USERS && isUser(user.getKey(), user.getValue())) {
                var password = new Hidden(user.getValue().textValue());
                hashes.put(user.getKey(), PasswordHash.of(secret, user.getKey(), password));
            }
        }
        if (hashes.size() < users.size()) {
            LOG.warn(
                    "{} of {} users in the secret '{}' cannot sign in: at most {} can, each with a name"
                            + " of 1 to {} characters without ':' and a password that is text",
                    users.size() - hashes.size(),
                    users.size(),
                    secret,
                    MOST_USERS,
                    LONGEST_NAME);
        }
        return hashes;
    }

    /** The error omits Jackson's message, which would quote the value. */
    private static ObjectNode users(String value) {
        try {
            if (JSON.readTree(value) instanceof ObjectNode users) {
                return users;
            }
        } catch (JsonProcessingException _) {
            // the same error as for another kind of JSON
        }
        throw new IllegalArgumentException("it is not a JSON object of users and passwords");
    }

    /** A client cannot send a name with a colon, because the password follows the first one. */
    private static boolean isUser(String name, JsonNode password) {
        return !name.isEmpty()
                && name.length() <= LONGEST_NAME
                && !name.contains(":")
                && password.isTextual()
                && !password.textValue().isEmpty();
    }
}
