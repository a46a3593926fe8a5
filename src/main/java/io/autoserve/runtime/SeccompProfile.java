package io.autoserve.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Security;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/**
 * Limits which calls of the kernel the programs of a container may make. The profile is the default
 * one of Docker 26.1 (profiles/seccomp/default.json of github.com/moby/moby, Apache-2.0) with the
 * changes below, because the default of Docker 20.10 permits all kinds of sockets:
 *
 * <ul>
 *   <li>No sockets of the families {@code AF_VSOCK} (40), which lead past every firewall to the
 *       machine and its hypervisor, and {@code AF_ALG} (38), the kernel's cryptography. The profile
 *       names the families from 39 on one by one. It cannot permit all above 40, since the kernel
 *       ignores the upper half of the number and the filter does not.
 *   <li>No {@code socketcall}, the call by which 32-bit programs open a socket of any family. Its
 *       arguments are in memory, which no filter can read. Only on s390 do 64-bit programs need it.
 *   <li>Calls that Linux has had since 6.8 and that Docker 28 permits.
 * </ul>
 *
 * <p>The file is nginx/engine/seccomp.json, because the filter in front of Docker reads it too and
 * lets no other profile through.
 */
final class SeccompProfile {
    private static final String NO_NEW_PRIVILEGES = "no-new-privileges";
    private static final String RESOURCE = "/seccomp.json";

    /** Docker's option with the text of the profile. */
    static final String OPTION = "seccomp=" + text();

    private SeccompProfile() {}

    /**
     * Returns Docker's security options for a container. A privileged container has no profile,
     * because it may make all calls.
     */
    static List<String> options(Security security) {
        return security.privileged()
                ? List.of(NO_NEW_PRIVILEGES)
                : List.of(NO_NEW_PRIVILEGES, OPTION);
    }

    private static String text() {
        try (var profile = SeccompProfile.class.getResourceAsStream(RESOURCE)) {
            return new String(Objects.requireNonNull(profile, RESOURCE).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
