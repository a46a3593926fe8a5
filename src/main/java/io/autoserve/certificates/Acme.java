package io.autoserve.certificates;

import io.autoserve.model.Certificate;
import io.autoserve.model.Hidden;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.util.Base64;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.exception.AcmeException;

/**
 * Orders certificates from an ACME server (RFC 8555). Before it issues a certificate, the ACME
 * server checks that AutoServe controls the host. It sends the host a request that only AutoServe
 * can answer (HTTP-01).
 */
final class Acme implements CertificateAuthority {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final URI directory;

    Acme(URI directory) {
        this.directory = directory;
    }

    @Override
    public Hidden newAccount() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            var key = generator.generateKeyPair().getPrivate().getEncoded();
            return new Hidden(Base64.getEncoder().encodeToString(key));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has RSA", e);
        }
    }

    @Override
    public Certificate order(String host, Hidden account, Answers answers)
            throws AcmeException, InterruptedException {
        var login =
                new AccountBuilder()
                        .agreeToTermsOfService()
                        .useKeyPair(keyPair(account))
                        .create(new Session(directory));
        var order = login.newOrder().domain(host).create();
        for (var authorization : order.getAuthorizations()) {
            if (authorization.getStatus() != Status.VALID) {
                prove(authorization, answers);
            }
        }
        order.waitUntilReady(PATIENCE);
        var key = newKey();
        order.execute(key);
        if (order.waitForCompletion(PATIENCE) != Status.VALID) {
            throw new AcmeException(
                    "the order ended with the status %s%s"
                            .formatted(
                                    order.getStatus(),
                                    order.getError().map(it -> ": " + it).orElse("")));
        }
        return Upload.certificate(order.getCertificate().getCertificateChain(), key.getPrivate());
    }

    private static void prove(Authorization authorization, Answers answers)
            throws AcmeException, InterruptedException {
        var challenge =
                authorization
                        .findChallenge(Http01Challenge.class)
                        .orElseThrow(() ->
                                new AcmeException("the ACME server offers no HTTP-01 challenge"));
        answers.show(challenge.getToken(), challenge.getAuthorization());
        try {
            challenge.trigger();
            if (authorization.waitForCompletion(PATIENCE) != Status.VALID) {
                challenge.fetch();
                throw new AcmeException(
                        "the ACME server could not validate the host: " + fault(challenge));
            }
        } finally {
            answers.withdraw(challenge.getToken());
        }
    }

    private static String fault(Challenge challenge) {
        return challenge
                .getError()
                .flatMap(problem -> problem.getDetail())
                .orElse("the ACME server gave no reason");
    }

    private static KeyPair newKey() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has P-256", e);
        }
    }

    private static KeyPair keyPair(Hidden account) {
        try {
            var factory = KeyFactory.getInstance("RSA");
            var encoded = Base64.getDecoder().decode(account.reveal());
            var key = (RSAPrivateCrtKey) factory.generatePrivate(new PKCS8EncodedKeySpec(encoded));
            var open = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
            return new KeyPair(factory.generatePublic(open), key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot read an account key that AutoServe created", e);
        }
    }
}
