package io.autoserve.certificates;

import io.autoserve.model.Hidden;
import io.autoserve.model.Version;
import io.autoserve.proxy.Nginx;
import io.autoserve.proxy.NginxManager.Pushed;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Sends certificates to nginx and waits until nginx uses them. */
public record NginxHandshakes(Nginx nginx) implements CertificateSink {
    private static final Duration PATIENCE = Duration.ofSeconds(6);

    @Override
    public void hand(Version version, Hidden document) {
        switch (pushed(version, document)) {
            case Pushed.Accepted _ -> {}
            case Pushed.Refused(var current) ->
                    throw new IllegalStateException(
                            "nginx already has newer certificates, %s: another controller leads"
                                    .formatted(current));
            case Pushed.Invalid(var reason) ->
                    throw new IllegalStateException("nginx rejected the certificates: " + reason);
        }
    }

    private Pushed pushed(Version version, Hidden document) {
        try {
            return nginx.handOut(version, document)
                    .await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception silent) {
            throw new IllegalStateException(
                    "could not send the certificates to nginx: " + silent, silent);
        }
    }
}
