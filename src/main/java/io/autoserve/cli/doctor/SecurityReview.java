package io.autoserve.cli.doctor;

import static java.util.stream.Collectors.joining;

import io.autoserve.cli.doctor.Exposure.AppsGuard;
import io.autoserve.cli.doctor.Exposure.Expiry;
import io.autoserve.cli.doctor.Exposure.GivenToken;
import io.autoserve.cli.doctor.Exposure.GuardedFile;
import io.autoserve.cli.doctor.Exposure.Published;
import io.autoserve.cli.doctor.Exposure.SocketAccess;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.terminal.HumanUnits;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Decides from the facts alone what is open on this machine, and how to close it. */
record SecurityReview(Exposure facts) {
    /** The token that the launcher creates for the operator of the machine. */
    private static final String OPERATOR = "admin";

    Diagnosis diagnosis() {
        return new Diagnosis(
                Stream.of(
                                ports(),
                                access(),
                                options(),
                                tokens(),
                                files(),
                                facts.certificates().stream().map(SecurityReview::certificate),
                                facts.images().stream()
                                        .map(image -> Machine.age(image, facts.place())),
                                facts.socket().stream().map(SecurityReview::socket),
                                facts.guard().stream().flatMap(SecurityReview::guard),
                                libraries(),
                                secrets())
                        .flatMap(it -> it)
                        .toList());
    }

    private Stream<Finding> ports() {
        if (facts.ports().isEmpty()) {
            return Stream.of(Finding.ok("ports", "no container of AutoServe publishes a port"));
        }
        return facts.ports().stream().map(SecurityReview::port);
    }

    private static Finding port(Published port) {
        var fact = "%s:%d leads to %s".formatted(port.address(), port.port(), port.container());
        if (!port.toOthers()) {
            return Finding.ok("ports", fact + ", from this machine only");
        }
        return switch (port.inside()) {
            case 80, 443 -> Finding.ok("ports", fact + ", for the users of apps");
            case 8443 ->
                    Finding.ok(
                            "ports", fact + ", the API with TLS: everyone may try a token there");
            case 8000 ->
                    Finding.warn(
                            "ports",
                            fact + ", the API without TLS: tokens can be read on the way",
                            "start 'platform up' without AUTOSERVE_API_ADDRESS, and with"
                                    + " AUTOSERVE_API_TLS_ADDRESS=0.0.0.0 if other machines need"
                                    + " the API");
            case 5432 ->
                    Finding.warn(
                            "database",
                            fact + ", a database: everyone may try a password there",
                            "start 'platform up' without AUTOSERVE_POSTGRES_ADDRESS, or permit"
                                    + " only known addresses in the firewall");
            default ->
                    Finding.warn(
                            "ports",
                            fact + ", which AutoServe does not publish",
                            "find out who published it: 'docker inspect %s'"
                                    .formatted(port.container()));
        };
    }

    private Stream<Finding> access() {
        if (facts.open().isEmpty()) {
            return Stream.of(
                    Finding.warn(
                            "access",
                            "no controller answers, so access to the API was not checked",
                            "start the platform, then run doctor again"));
        }
        if (!facts.open().get()) {
            return Stream.of(Finding.ok("access", "the API requires tokens"));
        }
        return Stream.of(
                facts.place() == PlatformKind.DEV
                        ? Finding.ok(
                                "access",
                                "dev requires no tokens and listens on loopback: every user of"
                                        + " this machine is an admin")
                        : Finding.fail(
                                "access",
                                "the API requires no tokens: everyone who reaches it is root on"
                                        + " this machine",
                                "set AUTOSERVE_AUTH=tokens on the controllers"));
    }

    private Stream<Finding> options() {
        if (facts.permitted().isEmpty()) {
            return Stream.of(
                    Finding.ok("options", "specs may not use privileged containers or host paths"));
        }
        return facts.permitted().stream()
                .map(name ->
                        Finding.warn(
                                "options",
                                name + " is on: everyone who may deploy can be root here",
                                "start 'platform up' without it, and remove apps that use it,"
                                        + " because accepted specs are not checked again"));
    }

    private Stream<Finding> tokens() {
        if (facts.tokens().isEmpty()) {
            return Stream.of(
                    Finding.warn(
                            "tokens",
                            "the tokens were not checked, because that needs the role admin",
                            "run doctor with the admin token"));
        }
        var findings =
                Stream.of(
                                tokens(
                                        "never expire",
                                        it -> it.endless() && !it.name().equals(OPERATOR),
                                        "replace each by one with --expires 90d"),
                                tokens(
                                        "are admins besides this machine's own",
                                        it ->
                                                it.role().equals("admin")
                                                        && !it.name().equals(OPERATOR),
                                        "revoke those that are not needed: 'autoserve token revoke"
                                                + " NAME'"),
                                tokens(
                                        "may change all apps",
                                        it -> it.role().equals("deployer") && it.everything(),
                                        "limit each to its apps with --app"),
                                tokens(
                                        "have expired",
                                        GivenToken::expired,
                                        "revoke them: 'autoserve token revoke NAME'"))
                        .flatMap(it -> it)
                        .toList();
        return findings.isEmpty()
                ? Stream.of(
                        Finding.ok(
                                "tokens",
                                "every token%s expires and is limited to its apps"
                                        .formatted(exception())))
                : findings.stream();
    }

    private String exception() {
        return facts.tokens().orElse(List.of()).stream()
                        .anyMatch(it -> it.name().equals(OPERATOR) && it.endless())
                ? " except '%s'".formatted(OPERATOR)
                : "";
    }

    private Stream<Finding> tokens(String what, Predicate<GivenToken> which, String remedy) {
        var names =
                facts.tokens().orElse(List.of()).stream()
                        .filter(which)
                        .map(GivenToken::name)
                        .collect(joining(", "));
        return names.isEmpty()
                ? Stream.empty()
                : Stream.of(
                        Finding.warn(
                                "tokens", "these tokens %s: %s".formatted(what, names), remedy));
    }

    private Stream<Finding> files() {
        var bad = facts.files().stream().filter(GuardedFile::toOthers).toList();
        if (bad.isEmpty()) {
            return facts.files().isEmpty()
                    ? Stream.empty()
                    : Stream.of(
                            Finding.ok(
                                    "files", "keys and passwords can be read by their owner only"));
        }
        return bad.stream()
                .map(file ->
                        Finding.fail(
                                "files",
                                "%s has the mode %s, so other users can read it"
                                        .formatted(file.path(), file.mode()),
                                "run 'chmod go= %s', and replace what is in it if others use this"
                                                .formatted(file.path())
                                        + " machine"));
    }

    private static Finding certificate(Expiry certificate) {
        if (certificate.left().isNegative()) {
            return Finding.fail(
                    "certificates",
                    "the certificate of %s has expired".formatted(certificate.what()),
                    certificate.renewal());
        }
        var fact =
                "the certificate of %s is valid for another %s"
                        .formatted(
                                certificate.what(),
                                HumanUnits.count(certificate.left().toDays(), "day"));
        return certificate.left().compareTo(certificate.notice()) < 0
                ? Finding.warn("certificates", fact, certificate.renewal())
                : Finding.ok("certificates", fact);
    }

    private static Finding socket(SocketAccess socket) {
        if (socket.everybody()) {
            return Finding.fail(
                    "docker",
                    "every user of this machine may use Docker's socket, and so is root",
                    "run 'chmod o= /var/run/docker.sock'");
        }
        return socket.members().isEmpty()
                ? Finding.ok("docker", "only root may use Docker's socket")
                : Finding.warn(
                        "docker",
                        "the group %s may use Docker's socket, and so is root: %s"
                                .formatted(socket.group(), String.join(", ", socket.members())),
                        "remove users who do not need it: 'gpasswd --delete USER %s'"
                                .formatted(socket.group()));
    }

    private static Stream<Finding> guard(AppsGuard guard) {
        return Stream.of(
                        Stream.of(rules(guard)),
                        Stream.of(
                                        Finding.warn(
                                                "apps",
                                                "AUTOSERVE_APPS_APART is false: every app can reach"
                                                        + " all ports of every other app",
                                                "start 'platform up' without it if apps use each"
                                                        + " other only through nginx"))
                                .filter(_ -> !guard.apart()),
                        Stream.of(
                                        Finding.warn(
                                                "apps",
                                                "every app can reach these networks: "
                                                        + guard.networks(),
                                                "leave out of AUTOSERVE_APP_NETWORKS what no app"
                                                        + " needs"))
                                .filter(_ -> !guard.networks().isEmpty()),
                        Stream.of(
                                        Finding.warn(
                                                "apps",
                                                "apps can name false addresses of clients, because"
                                                        + " they connect from trusted proxies: "
                                                        + String.join(", ", guard.disguises()),
                                                "list only the addresses of your proxies in"
                                                        + " AUTOSERVE_TRUSTED_PROXIES; one on this"
                                                        + " machine needs Docker without its"
                                                        + " userland proxy"))
                                .filter(_ -> !guard.disguises().isEmpty()))
                .flatMap(it -> it);
    }

    private static Finding rules(AppsGuard guard) {
        return guard.works()
                ? Finding.ok("firewall", "the firewall's rules are in place")
                : Finding.fail(
                        "firewall",
                        "apps may reach this machine and its networks, because %s %s"
                                .formatted(
                                        guard.container(),
                                        guard.status().isEmpty()
                                                ? "does not exist"
                                                : "is not healthy: " + guard.status()),
                        "run 'docker logs --tail 5 %s' for the reason, and './autoserve platform up'"
                                .formatted(guard.container()));
    }

    private Stream<Finding> libraries() {
        return facts.faulty().isEmpty()
                ? Stream.of(
                        Finding.ok(
                                "libraries",
                                "no library is in this version's list of known vulnerabilities"))
                : facts.faulty().stream()
                        .map(fact ->
                                Finding.fail(
                                        "libraries",
                                        fact,
                                        "upgrade AutoServe: docs/operations.md"));
    }

    private Stream<Finding> secrets() {
        return facts.unused().stream()
                .filter(names -> !names.isEmpty())
                .map(names ->
                        Finding.warn(
                                "secrets",
                                "no app uses these secrets: " + String.join(", ", names),
                                "delete them: 'autoserve secret delete NAME'"));
    }
}
