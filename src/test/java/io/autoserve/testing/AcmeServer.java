package io.autoserve.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/**
 * Implements the part of an ACME server (RFC 8555) that one order needs. The server trusts nothing:
 * each nonce is valid once, signatures are verified, and a host must prove itself before a
 * certificate is signed for it.
 */
public final class AcmeServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SecureRandom random = new SecureRandom();
    private final Authority authority = new Authority();
    private final InstantSource clock;
    private final Duration lifetime;
    private final Looks looks;
    private final HttpServer server;
    private final ConcurrentMap<String, Boolean> nonces = new ConcurrentHashMap<>();
    private final Map<String, PublicJsonWebKey> accounts = new HashMap<>();
    private final List<Order> orders = new ArrayList<>();

    /** Fetches what a host serves under a path. */
    public interface Looks {
        String at(String host, String path) throws IOException;
    }

    private static final class Order {
        private final int id;
        private final String host;
        private final String token;
        private String status = "pending";
        private String fault = "";
        private String chain = "";

        private Order(int id, String host, String token) {
            this.id = id;
            this.host = host;
            this.token = token;
        }
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        private final String type;

        private Refused(String type, String detail) {
            super(detail);
            this.type = type;
        }
    }

    private AcmeServer(Looks looks, Duration lifetime, InstantSource clock) throws IOException {
        this.looks = looks;
        this.lifetime = lifetime;
        this.clock = clock;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public static AcmeServer start(Looks looks, Duration lifetime, InstantSource clock) {
        try {
            return new AcmeServer(looks, lifetime, clock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI directory() {
        return URI.create(at("/directory"));
    }

    /** Returns the number of certificates that the server has signed. */
    public synchronized long signed() {
        return orders.stream().filter(order -> !order.chain.isEmpty()).count();
    }

    /** Returns the number of accounts that clients have created. */
    public synchronized int accounts() {
        return accounts.size();
    }

    private String at(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Replay-Nonce", nonce());
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            try {
                answer(exchange);
            } catch (Refused refusal) {
                var problem =
                        JSON.createObjectNode()
                                .put("type", "urn:ietf:params:acme:error:" + refusal.type)
                                .put("detail", refusal.getMessage());
                send(exchange, 400, "application/problem+json", problem.toString());
            } catch (Exception mistake) {
                send(exchange, 500, "text/plain", mistake.toString());
            }
        }
    }

    private String nonce() {
        var bytes = new byte[16];
        random.nextBytes(bytes);
        var nonce = HexFormat.of().formatHex(bytes);
        nonces.put(nonce, true);
        return nonce;
    }

    private synchronized void answer(HttpExchange exchange) throws Exception {
        var path = exchange.getRequestURI().getPath();
        switch (path) {
            case "/directory" -> json(exchange, 200, directoryEntries());
            case "/nonce" -> exchange.sendResponseHeaders(200, -1);
            case "/account" -> account(exchange);
            case "/order" -> order(exchange);
            default -> resource(exchange, path.split("/"));
        }
    }

    private ObjectNode directoryEntries() {
        return JSON.createObjectNode()
                .put("newNonce", at("/nonce"))
                .put("newAccount", at("/account"))
                .put("newOrder", at("/order"));
    }

    private void account(HttpExchange exchange) throws Exception {
        var signed = signed(exchange);
        var key = signed.getJwkHeader();
        verify(signed, key.getPublicKey());
        var id = at("/account/" + thumbprint(key));
        var fresh = accounts.put(id, key) == null;
        exchange.getResponseHeaders().set("Location", id);
        json(exchange, fresh ? 201 : 200, JSON.createObjectNode().put("status", "valid"));
    }

    private void order(HttpExchange exchange) throws Exception {
        var payload = payload(exchange);
        var bytes = new byte[24];
        random.nextBytes(bytes);
        var token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        var order = new Order(orders.size(), payload.at("/identifiers/0/value").asText(), token);
        orders.add(order);
        exchange.getResponseHeaders().set("Location", at("/order/" + order.id));
        json(exchange, 201, told(order));
    }

    private void resource(HttpExchange exchange, String[] path) throws Exception {
        var signed = signed(exchange);
        var key = known(signed);
        verify(signed, key.getPublicKey());
        var order = orders.get(Integer.parseInt(path[2]));
        switch (path[1]) {
            case "order" -> json(exchange, 200, told(order));
            case "authorization" -> json(exchange, 200, authorization(order));
            case "challenge" -> {
                if (!signed.getPayload().isEmpty() && order.status.equals("pending")) {
                    look(order, key);
                }
                json(exchange, 200, challenge(order));
            }
            case "finalize" -> {
                sign(order, JSON.readTree(signed.getPayload()).path("csr").asText());
                exchange.getResponseHeaders().set("Location", at("/order/" + order.id));
                json(exchange, 200, told(order));
            }
            case "certificate" ->
                    send(exchange, 200, "application/pem-certificate-chain", order.chain);
            default -> throw new Refused("malformed", "no such resource");
        }
    }

    private ObjectNode told(Order order) {
        var told = JSON.createObjectNode().put("status", order.status);
        told.putArray("identifiers").addObject().put("type", "dns").put("value", order.host);
        told.putArray("authorizations").add(at("/authorization/" + order.id));
        told.put("finalize", at("/finalize/" + order.id));
        if (!order.chain.isEmpty()) {
            told.put("certificate", at("/certificate/" + order.id));
        }
        return told;
    }

    private ObjectNode authorization(Order order) {
        var status =
                switch (order.status) {
                    case "ready" -> "valid";
                    default -> order.status;
                };
        var told = JSON.createObjectNode().put("status", status);
        told.putObject("identifier").put("type", "dns").put("value", order.host);
        told.putArray("challenges").add(challenge(order));
        return told;
    }

    private ObjectNode challenge(Order order) {
        var told =
                JSON.createObjectNode()
                        .put("type", "http-01")
                        .put("url", at("/challenge/" + order.id))
                        .put("token", order.token)
                        .put("status", order.status.equals("ready") ? "valid" : order.status);
        if (!order.fault.isEmpty()) {
            told.putObject("error")
                    .put("type", "urn:ietf:params:acme:error:unauthorized")
                    .put("detail", order.fault);
        }
        return told;
    }

    /**
     * Checks that the host serves the token and the account's thumbprint (RFC 8555, section 8.3).
     */
    private void look(Order order, PublicJsonWebKey key) throws JoseException {
        try {
            var shown = looks.at(order.host, "/.well-known/acme-challenge/" + order.token);
            if (!shown.equals(order.token + "." + thumbprint(key))) {
                throw new IOException("the host serves a different text");
            }
            order.status = "ready";
        } catch (IOException unconfirmed) {
            order.status = "invalid";
            order.fault = order.host + ": " + unconfirmed.getMessage();
        }
    }

    private void sign(Order order, String request) throws Exception {
        if (!order.status.equals("ready")) {
            throw new Refused("orderNotReady", "the order is " + order.status);
        }
        var csr = new PKCS10CertificationRequest(Base64.getUrlDecoder().decode(request));
        var own = new JcaContentVerifierProviderBuilder().build(csr.getSubjectPublicKeyInfo());
        if (!csr.isSignatureValid(own)) {
            throw new Refused("badCSR", "the request is not signed by its key");
        }
        var encoded = csr.getSubjectPublicKeyInfo().getEncoded();
        var key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded));
        var now = clock.instant();
        var certificate = authority.sign(key, now, now.plus(lifetime), order.host);
        order.chain = Authority.pem(certificate);
        order.status = "valid";
    }

    private JsonNode payload(HttpExchange exchange) throws Exception {
        var signed = signed(exchange);
        verify(signed, known(signed).getPublicKey());
        return JSON.readTree(signed.getPayload());
    }

    private PublicJsonWebKey known(JsonWebSignature signed) throws Refused {
        var key = accounts.get(String.valueOf(signed.getHeader("kid")));
        if (key == null) {
            throw new Refused("accountDoesNotExist", "the account does not exist");
        }
        return key;
    }

    /**
     * Parses the request. It does not verify the signature, because only the parsed request shows
     * which key must verify it.
     */
    private JsonWebSignature signed(HttpExchange exchange) throws Exception {
        var body = JSON.readTree(exchange.getRequestBody());
        var signed = new JsonWebSignature();
        signed.setCompactSerialization(
                "%s.%s.%s"
                        .formatted(
                                body.path("protected").asText(),
                                body.path("payload").asText(),
                                body.path("signature").asText()));
        if (nonces.remove(String.valueOf(signed.getHeader("nonce"))) == null) {
            throw new Refused("badNonce", "the nonce is unknown or already used");
        }
        if (!at(exchange.getRequestURI().getPath()).equals(signed.getHeader("url"))) {
            throw new Refused("malformed", "it was signed for " + signed.getHeader("url"));
        }
        return signed;
    }

    private static void verify(JsonWebSignature signed, PublicKey key)
            throws JoseException, Refused {
        signed.setKey(key);
        if (!signed.verifySignature()) {
            throw new Refused("malformed", "the signature is wrong");
        }
    }

    private static String thumbprint(PublicJsonWebKey key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(key.calculateThumbprint("SHA-256"));
    }

    private static void json(HttpExchange exchange, int status, JsonNode body) throws IOException {
        send(exchange, status, "application/json", body.toString());
    }

    private static void send(HttpExchange exchange, int status, String type, String body)
            throws IOException {
        var bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
