package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Lists what is open on this machine, as far as doctor can see. It contains no judgement.
 *
 * @param open whether the API admits every caller; empty if no controller answers
 * @param permitted the dangerous options that a controller permits, as names of variables
 * @param tokens the valid tokens; empty if doctor's own token may not list them
 * @param unused names of the secrets that no app uses; empty if doctor's token may not list secrets
 * @param socket empty if this machine has no Docker socket at the usual place
 * @param guard what apps can reach; empty if this platform has no firewall, as in {@code dev}
 * @param faulty sentences about libraries of this version with known vulnerabilities
 */
record Exposure(
        PlatformKind place,
        List<Published> ports,
        Optional<Boolean> open,
        List<String> permitted,
        Optional<List<GivenToken>> tokens,
        Optional<List<String>> unused,
        List<GuardedFile> files,
        List<Expiry> certificates,
        List<ImageAge> images,
        Optional<SocketAccess> socket,
        Optional<AppsGuard> guard,
        List<String> faulty) {

    /**
     * A port of a container of the platform that this machine publishes.
     *
     * @param address address of this machine on which the port listens, such as {@code 0.0.0.0}
     * @param inside the port inside the container
     */
    record Published(String container, String address, int port, int inside) {
        private static final Pattern FORM =
                Pattern.compile("([^\\s,]+):(\\d{1,5})(-(\\d{1,5}))?->(\\d{1,5})(-\\d{1,5})?/tcp");

        /** Reads the ports as {@code docker ps} prints them. */
        static List<Published> of(String container, String text) {
            var published = new ArrayList<Published>();
            var ports = FORM.matcher(text);
            while (ports.find()) {
                var first = Integer.parseInt(ports.group(2));
                var last = ports.group(4) == null ? first : Integer.parseInt(ports.group(4));
                for (var port = first; port <= last; port++) {
                    published.add(
                            new Published(
                                    container,
                                    ports.group(1),
                                    port,
                                    Integer.parseInt(ports.group(5)) + port - first));
                }
            }
            return List.copyOf(published);
        }

        /** Returns whether other machines can reach the port. */
        boolean toOthers() {
            return !address.startsWith("127.")
                    && !address.equals("[::1]")
                    && !address.equals("::1");
        }
    }

    /**
     * @param everything whether the token covers all apps
     * @param endless whether the token never expires
     */
    record GivenToken(
            String name, String role, boolean everything, boolean endless, boolean expired) {}

    /**
     * A file or a folder that others must not read.
     *
     * @param mode permissions such as {@code rw-r--r--}
     */
    record GuardedFile(String path, String mode) {
        boolean toOthers() {
            return !mode.endsWith("------");
        }
    }

    /**
     * @param what what the certificate is for
     * @param left how long it is still valid; negative if it has expired
     * @param notice how long before the end an operator should know
     * @param renewal a clause that says how to renew it
     */
    record Expiry(String what, Duration left, Duration notice, String renewal) {}

    /**
     * Who may use Docker's socket.
     *
     * @param members users in the socket's group, besides root
     */
    record SocketAccess(String group, List<String> members, boolean everybody) {}

    /**
     * The container that limits what apps can reach, and its settings.
     *
     * @param status its status as Docker prints it, such as {@code Up 2 hours (healthy)}; empty if
     *     there is no such container
     * @param apart whether instances reach each other only through nginx
     * @param networks the private networks that apps may reach
     * @param proxies the addresses that nginx believes about clients
     * @param sources the addresses from which connections of apps arrive at nginx
     */
    record AppsGuard(
            String container,
            String status,
            boolean apart,
            String networks,
            List<String> proxies,
            List<String> sources) {
        boolean works() {
            return status.startsWith("Up ") && status.contains("(healthy)");
        }

        /** Returns the trusted proxies from whose addresses apps connect too. */
        List<String> disguises() {
            var apps = sources.stream().flatMap(it -> Ipv4Network.of(it).stream()).toList();
            return proxies.stream()
                    .filter(proxy ->
                            Ipv4Network.of(proxy).stream()
                                    .anyMatch(it -> apps.stream().anyMatch(it::overlaps)))
                    .toList();
        }
    }
}
