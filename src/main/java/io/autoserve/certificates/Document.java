package io.autoserve.certificates;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.model.Version;
import io.autoserve.store.CertificateTable.Site;
import java.util.Collection;
import java.util.Map;

/**
 * All certificates with their keys, in the form that nginx reads. Equal arguments give equal text.
 */
final class Document {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Document() {}

    /**
     * @param answers the answers that nginx gives to the ACME server, by token
     */
    static String of(Version version, Collection<Site> sites, Map<String, String> answers) {
        var document = JSON.createObjectNode();
        document.putObject("version")
                .put("timeline", version.timeline())
                .put("epoch", version.epoch())
                .put("seq", version.seq());
        var hosts = document.putObject("sites");
        for (var site : sites) {
            hosts.putObject(site.domain().host())
                    .put("chain", site.chain())
                    .put("key", site.key().reveal())
                    .put("redirect", site.domain().redirect())
                    .put("hsts", site.domain().hsts());
        }
        var challenges = document.putObject("challenges");
        answers.forEach(challenges::put);
        return document.toString();
    }
}
