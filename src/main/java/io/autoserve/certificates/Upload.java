package io.autoserve.certificates;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Certificate;
import io.autoserve.model.Domain.Validity;
import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.jspecify.annotations.Nullable;

/** Reads a certificate and its key. Refuses a pair that would fail in the first TLS handshake. */
public final class Upload {
    private static final int DNS_NAME = 2;
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Upload() {}

    /**
     * @param chain certificates in PEM, the host's own certificate first
     * @param key private key in PEM, as PKCS #8, PKCS #1 or SEC 1, not encrypted
     * @throws Refusal with the place of the error: {@code /certificate} or {@code /key}
     */
    public static Certificate read(String host, String chain, Hidden key, Instant now) {
        var certificates = certificates(chain);
        var own = certificates.getFirst();
        var names = names(own);
        require(
                Renewal.covers(names, host),
                "/certificate",
                "the certificate is for %s, not for %s"
                        .formatted(names.isEmpty() ? "no name" : String.join(", ", names), host));
        var ends = own.getNotAfter().toInstant();
        require(ends.isAfter(now), "/certificate", "the certificate expired at " + ends);
        var privateKey = privateKey(key);
        require(belongs(own, privateKey), "/key", "the key does not match the certificate");
        return certificate(certificates, privateKey);
    }

    static Certificate certificate(List<X509Certificate> chain, PrivateKey key) {
        var own = chain.getFirst();
        return new Certificate(
                chain.stream().map(Upload::pem).collect(Collectors.joining()),
                new Hidden(pem("PRIVATE KEY", key.getEncoded())),
                new Validity(own.getNotBefore().toInstant(), own.getNotAfter().toInstant()));
    }

    private static List<X509Certificate> certificates(String chain) {
        try {
            var read =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(chain.getBytes(UTF_8)));
            var certificates = read.stream().map(X509Certificate.class::cast).toList();
            require(
                    !certificates.isEmpty(),
                    "/certificate",
                    "certificate must contain at least one certificate in PEM, had none");
            return certificates;
        } catch (CertificateException e) {
            throw Refusal.invalid("/certificate", "must be certificates in PEM: " + e.getMessage());
        }
    }

    private static List<String> names(X509Certificate certificate) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> name.getFirst().equals(DNS_NAME))
                            .map(Upload::text)
                            .toList();
        } catch (CertificateException e) {
            throw Refusal.invalid(
                    "/certificate", "the certificate's names cannot be read: " + e.getMessage());
        }
    }

    private static String text(List<?> name) {
        return String.valueOf(name.getLast());
    }

    /**
     * Reads the key. Error messages never include the parser's text, since it may quote the key.
     */
    private static PrivateKey privateKey(Hidden key) {
        var converter = new JcaPEMKeyConverter();
        // "EC" is Java's name for this algorithm.
        converter.setAlgorithmMapping(X9ObjectIdentifiers.id_ecPublicKey, "EC");
        try (var reader = new PemReader(new StringReader(key.reveal()))) {
            for (var read = reader.readPemObject(); read != null; read = reader.readPemObject()) {
                var info = info(read);
                if (info != null) {
                    return converter.getPrivateKey(info);
                }
            }
        } catch (IOException | RuntimeException unreadable) {
            // The refusal below reports it.
        }
        throw Refusal.invalid("/key", "must be an unencrypted private key in PEM");
    }

    /**
     * Returns null for anything that is not a key, such as the parameters that can precede a key.
     */
    private static @Nullable PrivateKeyInfo info(PemObject read) throws IOException {
        return switch (read.getType()) {
            case "PRIVATE KEY" -> PrivateKeyInfo.getInstance(read.getContent());
            case "RSA PRIVATE KEY" ->
                    new PrivateKeyInfo(
                            new AlgorithmIdentifier(
                                    PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                            RSAPrivateKey.getInstance(read.getContent()));
            case "EC PRIVATE KEY" -> {
                var own = ECPrivateKey.getInstance(read.getContent());
                var curve = own.getParametersObject();
                yield new PrivateKeyInfo(
                        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), own);
            }
            default -> null;
        };
    }

    /**
     * Returns whether the key belongs to the certificate. The check works for every kind of key:
     * the key signs, and the certificate verifies the signature.
     */
    private static boolean belongs(X509Certificate certificate, PrivateKey key) {
        var algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC", "ECDSA" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        try {
            var signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(certificate.getEncoded());
            var signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(certificate.getEncoded());
            return signature.verify(signed);
        } catch (GeneralSecurityException otherKind) {
            return false;
        }
    }

    private static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalStateException("cannot encode a certificate that was read before", e);
        }
    }

    private static String pem(String kind, byte[] encoded) {
        return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
                .formatted(kind, LINES.encodeToString(encoded));
    }

    private static void require(boolean holds, String pointer, String message) {
        if (!holds) {
            throw Refusal.invalid(pointer, message);
        }
    }
}
