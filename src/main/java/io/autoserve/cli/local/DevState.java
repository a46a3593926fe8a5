package io.autoserve.cli.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The state of a dev platform on this machine, in a file that other commands read.
 *
 * @param api the address of the controller
 * @param apps the address of nginx
 * @param serves false while the platform starts
 */
public record DevState(long pid, String api, String apps, boolean serves) {
    /** Returns empty if there is no state, or if it cannot be read. */
    public static Optional<DevState> read(DevFolder folder) {
        if (!Files.exists(folder.state())) {
            return Optional.empty();
        }
        try {
            var json = new ObjectMapper().readTree(folder.state().toFile());
            return Optional.of(
                    new DevState(
                            json.path("pid").asLong(),
                            json.path("api").asText(""),
                            json.path("apps").asText(""),
                            json.path("serves").asBoolean()));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    public void write(DevFolder folder) {
        var json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("pid", pid)
                        .put("api", api)
                        .put("apps", apps)
                        .put("serves", serves);
        var staged = folder.path().resolve("dev.json.new");
        try {
            Files.writeString(staged, json.toPrettyString() + "\n");
            Files.move(staged, folder.state(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED, "%s cannot be written: %s".formatted(staged, e), e);
        }
    }

    public DevState serving() {
        return new DevState(pid, api, apps, true);
    }
}
