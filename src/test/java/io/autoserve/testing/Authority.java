package io.autoserve.testing;

import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.HOURS;

import io.autoserve.model.Hidden;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/**
 * Signs certificates for any names that a test asks for. They have the extensions without which
 * Python 3.13 refuses a certificate.
 */
public final class Authority {
    private static final X500Name NAME = new X500Name("CN=authority of a test");

    private final KeyPair keys = keyPair("EC", 256);

    /** A certificate and its key, in PEM. */
    public record Issued(String chain, Hidden key) {}

    public Issued issue(Instant from, Instant until, String... names) {
        return issue(keyPair("EC", 256), from, until, names);
    }

    public Issued issue(KeyPair pair, Instant from, Instant until, String... names) {
        var certificate = sign(pair.getPublic(), from, until, names);
        return new Issued(
                pem(certificate),
                new Hidden(pem(new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded()))));
    }

    public X509Certificate sign(PublicKey key, Instant from, Instant until, String... names) {
        return sign("site of a test", key, from, until, names);
    }

    /**
     * Writes the files by which a part of the platform proves its name: {@code ca.crt}, {@code
     * part.crt} and {@code part.key}. They are valid for one day.
     *
     * @return the folder
     */
    public Path writePart(Path folder, String name) {
        var pair = keyPair("EC", 256);
        var now = Instant.now();
        var certificate =
                sign(name, pair.getPublic(), now.minus(1, HOURS), now.plus(1, DAYS), name);
        try {
            Files.createDirectories(folder);
            write(folder.resolve("ca.crt"));
            Files.writeString(folder.resolve("part.crt"), pem(certificate));
            Files.writeString(
                    folder.resolve("part.key"),
                    pem(new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded())));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private X509Certificate sign(
            String subject, PublicKey key, Instant from, Instant until, String... names) {
        try {
            var builder =
                    new X509v3CertificateBuilder(
                            NAME,
                            new BigInteger(64, new SecureRandom()),
                            Date.from(from),
                            Date.from(until),
                            new X500Name("CN=" + subject),
                            SubjectPublicKeyInfo.getInstance(key.getEncoded()));
            var alternatives =
                    Arrays.stream(names).map(Authority::alternative).toArray(GeneralName[]::new);
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    identifiers().createAuthorityKeyIdentifier(keys.getPublic()));
            return sign(builder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the authority's own certificate, for clients that should trust it. It is valid for one
     * day from now.
     *
     * @return the file, in PEM
     */
    public Path write(Path file) {
        try {
            var now = Instant.now();
            var builder =
                    new X509v3CertificateBuilder(
                            NAME,
                            BigInteger.ONE,
                            Date.from(now.minus(1, HOURS)),
                            Date.from(now.plus(1, DAYS)),
                            NAME,
                            SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    identifiers().createSubjectKeyIdentifier(keys.getPublic()));
            return Files.writeString(file, pem(sign(builder)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JcaX509ExtensionUtils identifiers() {
        try {
            return new JcaX509ExtensionUtils();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralName alternative(String name) {
        var address = name.matches("[0-9.]+");
        return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
    }

    private X509Certificate sign(X509v3CertificateBuilder builder) {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    public static KeyPair keyPair(String algorithm, int bits) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the key in the older format of OpenSSL: PKCS #1 or SEC 1. */
    public static String oldForm(KeyPair pair) {
        if (!(pair.getPrivate() instanceof ECPrivateKey key)) {
            return pem(pair.getPrivate());
        }
        var curve = PrivateKeyInfo.getInstance(key.getEncoded()).getPrivateKeyAlgorithm();
        var bits = key.getParams().getOrder().bitLength();
        var written =
                new org.bouncycastle.asn1.sec.ECPrivateKey(bits, key.getS(), curve.getParameters());
        try {
            return pem(new PemObject("EC PRIVATE KEY", written.getEncoded()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String pem(Object written) {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(written);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
