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

/** Hosts that are served with TLS. */
@Command(
        name = "domain",
        header = "Serve hosts with TLS",
        description = {
            "A domain gives a host a certificate. Which app answers under it, the apps say in"
                    + " routing.domains of their specs; the order in which you do the two is all the"
                    + " same."
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
            header = "Give a host a certificate, or another one",
            description = {
                "With --acme the controllers order it (from Let's Encrypt, unless"
                        + " AUTOSERVE_ACME_DIRECTORY names another server), prove by HTTP on port 80"
                        + " that the host is yours, and renew it in time; by it you agree to the"
                        + " authority's terms."
            },
            footer = {
                "%nExamples",
                "  autoserve domain add shop.example.com --acme --redirect",
                "  autoserve domain add '*.example.com' --cert chain.pem --key key.pem"
            })
    static final class AddDomainCommand extends ClientCommand {
        @Parameters(paramLabel = "HOST", description = "Such as shop.example.com.")
        private String host;

        @ArgGroup(multiplicity = "1")
        private CertificateSource source = new CertificateSource();

        static final class CertificateSource {
            @Option(names = "--acme", description = "Have certificates ordered and renewed.")
            private boolean acme;

            @ArgGroup(exclusive = false)
            private @Nullable CertificateFiles pair;
        }

        static final class CertificateFiles {
            @Option(
                    names = "--cert",
                    required = true,
                    paramLabel = "FILE",
                    description = "The certificate in PEM, then those of its issuers.")
            private Path certificate;

            @Option(
                    names = "--key",
                    required = true,
                    paramLabel = "FILE",
                    description = "Its private key in PEM.")
            private Path key;
        }

        @Option(names = "--redirect", description = "Send requests without TLS to where there is.")
        private boolean redirect;

        @Option(
                names = "--hsts",
                description =
                        "Have browsers remember for a year that the host has TLS; cannot be taken"
                                + " back.")
        private boolean hsts;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer =
                    api().send("PUT", PATH + Api.segment(host), Api.Body.json(body().toString()));
            output.print(terminal(), answer, () -> terminal().line(told(answer)));
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

        private String told(JsonNode answer) {
            var has =
                    answer.path("notAfter").isNull()
                            ? "a certificate for %s is being ordered: 'domain list' shows it"
                                    .formatted(host)
                            : "%s is served with TLS".formatted(host);
            return answer.path("apps").isEmpty()
                    ? has + "; no app names it in its routing.domains yet"
                    : has;
        }
    }

    @Command(
            name = "list",
            header = "Which hosts are served with TLS, and until when",
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
                terminal().line("No domains yet: 'autoserve domain add HOST' makes one.");
                return;
            }
            var table =
                    new Table("")
                            .header(terminal(), "HOST", "FROM", "VALID UNTIL", "APPS", "TROUBLE");
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
            header = "Serve a host without TLS, and forget its certificate",
            footer = {"%nExample", "  autoserve domain remove shop.example.com"})
    static final class RemoveDomainCommand extends ClientCommand {
        @Parameters(paramLabel = "HOST", description = "The domain.")
        private String host;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().delete(PATH + Api.segment(host));
            output.print(
                    terminal(), answer, () -> terminal().line(host + " is served without TLS"));
        }
    }
}
