package io.autoserve.platform;

import io.autoserve.certificates.Upload;
import io.autoserve.events.View;
import io.autoserve.model.App;
import io.autoserve.model.By;
import io.autoserve.model.Domain;
import io.autoserve.model.Hidden;
import io.autoserve.model.TlsChoices;
import io.autoserve.store.CertificateTable;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;

/**
 * Reads and changes the table of domains. Finds in the view which apps name each domain in their
 * routing.
 */
public record StoredDomains(
        CertificateTable table, View view, InstantSource clock, Background background)
        implements Domains {

    @Override
    public Future<List<DomainStatus>> all() {
        return background.run(() -> table.all().stream().map(this::told).toList());
    }

    @Override
    public Future<DomainStatus> upload(
            String host, TlsChoices choices, String certificate, Hidden key, By by) {
        return background.run(() -> {
            var read = Upload.read(host, certificate, key, clock.instant());
            return told(table.upload(host, choices, read, by));
        });
    }

    @Override
    public Future<DomainStatus> order(String host, TlsChoices choices, By by) {
        return background.run(() -> told(table.order(host, choices, by)));
    }

    @Override
    public Future<DomainStatus> remove(String host, By by) {
        return background.run(() -> told(table.remove(host, by)));
    }

    private DomainStatus told(Domain domain) {
        var apps =
                view.snapshot().stream()
                        .flatMap(now -> now.apps().stream())
                        .filter(app -> app.intent() != App.Intent.DELETE)
                        .filter(app -> app.spec().routing().domains().contains(domain.host()))
                        .map(App::name)
                        .toList();
        return new DomainStatus(domain, apps);
    }
}
