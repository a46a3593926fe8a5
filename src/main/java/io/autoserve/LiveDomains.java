package io.autoserve;

import io.autoserve.api.Domains;
import io.autoserve.certificates.Upload;
import io.autoserve.events.View;
import io.autoserve.model.App;
import io.autoserve.model.Domain;
import io.autoserve.model.Hidden;
import io.autoserve.store.CertificateTable;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Reads and changes the table of domains, and adds the apps that name each domain, from the view.
 */
record LiveDomains(CertificateTable table, View view, InstantSource clock, Executor threads)
        implements Domains {

    @Override
    public Future<List<Told>> all() {
        return LivePlatform.blocking(threads, () -> table.all().stream().map(this::told).toList());
    }

    @Override
    public Future<Told> upload(
            String host, Choices choices, String certificate, Hidden key, String actor) {
        return LivePlatform.blocking(
                threads,
                () -> {
                    var read = Upload.read(host, certificate, key, clock.instant());
                    return told(table.upload(host, chosen(choices), read, actor));
                });
    }

    @Override
    public Future<Told> order(String host, Choices choices, String actor) {
        return LivePlatform.blocking(
                threads, () -> told(table.order(host, chosen(choices), actor)));
    }

    @Override
    public Future<Told> remove(String host, String actor) {
        return LivePlatform.blocking(threads, () -> told(table.remove(host, actor)));
    }

    private static CertificateTable.Choices chosen(Choices choices) {
        return new CertificateTable.Choices(choices.redirect(), choices.hsts());
    }

    private Told told(Domain domain) {
        var apps =
                view.snapshot().stream()
                        .flatMap(now -> now.apps().stream())
                        .filter(app -> app.intent() != App.Intent.DELETE)
                        .filter(app -> app.spec().routing().domains().contains(domain.host()))
                        .map(App::name)
                        .toList();
        return new Told(domain, apps);
    }
}
