package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds, lists and removes the hosts that are served with TLS. */
@Command(
        name = "domain",
        header = "Serve hosts with TLS",
        description = {
            "A domain gives a host a certificate. An app serves the host if the app's spec lists"
                    + " the host in routing.domains. You can add the domain and apply the spec in"
                    + " either order."
        },
        subcommands = {
            DomainCommand.AddDomainCommand.class,
            DomainCommand.ListDomainsCommand.class,
            DomainCommand.RemoveDomainCommand.class
        },
        synopsisSubcommandLabel = "add|list|remove",
        footer = {
            "%nExamples",
            "  autoserve domain add shop.example.com --acme --redirect",
            "  autoserve domain list"
        })
public final class DomainCommand {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PATH = "/api/v1/domains/";

    @Command(
            name = "add",
            header = "Add a certificate for a host, or replace it",
            description = {
                "With --acme the controllers order the certificate (from Let's Encrypt, unless"
                        + " AUTOSERVE_ACME_DIRECTORY names another server), prove by HTTP on port"
                        + " 80 that you control the host, and renew the certificate in time. By"
                        + " using --acme you agree to the terms of the certificate authority."
            },
            footer = {
                "%nExamples",
                "  autoserve domain add shop.example.com --acme --redirect",
                "  autoserve domain add '*.example.com' --cert chain.pem --key key.pem"
            })
    static final class AddDomainCommand extends ClientCommand {
        @Parameters(paramLabel = "HOST", description = "The host, such as shop.example.com.")
        private String host;

        @ArgGroup(multiplicity = "1")
        private CertificateSource source = new CertificateSource();

        static final class CertificateSource {
            @Option(
                    names = "--acme",
                    description = "Order and renew the certificate automatically.")
            private boolean acme;

            @ArgGroup(exclusive = false)
            private @Nullable CertificateFiles pair;
        }

        static final class CertificateFiles {
            @Option(
                    names = "--cert",
                    required = true,
                    paramLabel = "FILE",
                    description = "The certificate in PEM, followed by those of its issuers.")
            private Path certificate;

            @Option(
                    names = "--key",
                    required = true,
                    paramLabel = "FILE",
                    description = "The private key of the certificate, in PEM.")
            private Path key;
        }

        @Option(names = "--redirect", description = "Redirect requests without TLS to HTTPS.")
        private boolean redirect;

        @Option(
                names = "--hsts",
                description =
                        "Tell browsers to use only TLS for this host for a year (HSTS); this"
                                + " cannot be undone.")
        private boolean hsts;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer =
                    api().send("PUT", PATH + Api.segment(host), Api.Body.json(body().toString()));
            output.print(terminal(), answer, () -> terminal().line(message(answer)));
        }

        private ObjectNode body() {
            var body = JSON.createObjectNode().put("redirect", redirect).put("hsts", hsts);
            var pair = source.pair;
            return pair == null
                    ? body.put("acme", source.acme)
                    : body.put("certificate", read(pair.certificate)).put("key", read(pair.key));
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (NoSuchFileException e) {
                throw CommandFailure.of(Exit.NOT_FOUND, "there is no file " + file, e);
            } catch (IOException e) {
                throw CommandFailure.of(Exit.FAILED, "%s cannot be read: %s".formatted(file, e), e);
            }
        }

        private String message(JsonNode answer) {
            var has =
                    answer.path("notAfter").isNull()
                            ? ("a certificate for %s is being ordered: 'autoserve domain list'"
                                            + " shows its progress")
                                    .formatted(host)
                            : "%s is served with TLS".formatted(host);
            return answer.path("apps").isEmpty()
                    ? has + "; no app lists the host in routing.domains yet"
                    : has;
        }
    }

    @Command(
            name = "list",
            header = "List the hosts with TLS and when their certificates expire",
            footer = {"%nExample", "  autoserve domain list"})
    static final class ListDomainsCommand extends ClientCommand {
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get("/api/v1/domains");
            output.print(terminal(), answer, () -> table(answer.path("domains")));
        }

        private void table(JsonNode domains) {
            if (domains.isEmpty()) {
                terminal()
                        .line(
                                "There are no domains yet. Run 'autoserve domain add HOST' to add"
                                        + " one.");
                return;
            }
            var table =
                    new Table("")
                            .header(terminal(), "HOST", "FROM", "VALID UNTIL", "APPS", "PROBLEM");
            for (var domain : domains) {
                table.row(
                        domain.path("host").asText(),
                        domain.path("source").asText(),
                        domain.path("notAfter").asText("-"),
                        String.join(", ", words(domain.path("apps"))),
                        domain.path("trouble").asText(""));
            }
            table.print(terminal());
        }

        private static List<String> words(JsonNode list) {
            var words = new ArrayList<String>();
            list.forEach(word -> words.add(word.asText()));
            return words;
        }
    }

    @Command(
            name = "remove",
            header = "Stop serving a host with TLS and delete its certificate",
            footer = {"%nExample", "  autoserve domain remove shop.example.com"})
    static final class RemoveDomainCommand extends ClientCommand {
        @Parameters(paramLabel = "HOST", description = "The host of the domain.")
        private String host;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().delete(PATH + Api.segment(host));
            output.print(
                    terminal(),
                    answer,
                    () -> terminal().line(host + " is no longer served with TLS"));
        }
    }
}
