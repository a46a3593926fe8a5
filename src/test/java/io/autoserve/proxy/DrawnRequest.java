package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A request whose bytes a seed decides. Every third one has a flaw. The last bytes of a flawed one
 * look like another request, which shows if a server mistakes where the request ends.
 *
 * @param flaw what HTTP does not permit about the request, or null
 * @param meaning how a server must understand the request; null if it has a flaw
 */
record DrawnRequest(long seed, String bytes, @Nullable String flaw, @Nullable String meaning) {
    static final String SMUGGLED = "/smuggled";

    private static final String TRAILING = "GET " + SMUGGLED + " HTTP/1.1\r\nHost: %s\r\n\r\n";
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND");
    private static final List<String> TARGETS =
            List.of(
                    "/",
                    "/a",
                    "/a/b?x=1&y=2",
                    "/a%20b/%2Fc",
                    "/%7Euser/",
                    "/a;v=1/b",
                    "/a//b",
                    "/a/./b/../c",
                    "/a?b=/../c?d",
                    "/a?",
                    "/:@!$&'()*+,=");
    private static final List<String> HOSTS =
            List.of(
                    RawProxy.HOST,
                    RawProxy.HOST.toUpperCase(Locale.ROOT),
                    RawProxy.HOST + ":80",
                    RawProxy.HOST + ":8080");
    private static final List<String> VALUES =
            List.of(
                    "a",
                    "",
                    "  spaced \t",
                    "tab\tinside",
                    "\u00fcml\u00e4ut",
                    "a, b; c=\"d\"",
                    "(comment)",
                    "x".repeat(3000));
    private static final List<String> BODIES =
            List.of("", "a", "hello", TRAILING.formatted(RawProxy.HOST), "0123456789".repeat(2000));

    private record Flaw(String name, UnaryOperator<String> applied) {}

    private static final List<Flaw> FLAWS =
            List.of(
                    field("two lengths", "Content-Length: 1\r\nContent-Length: 2"),
                    field("two lengths in one field", "Content-Length: 1, 2"),
                    field("length and chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked"),
                    field("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 3"),
                    field("unknown coding", "Transfer-Encoding: xchunked"),
                    field(
                            "chunks twice",
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                    field("chunks not last", "Transfer-Encoding: chunked, identity"),
                    field("signed length", "Content-Length: +5"),
                    field("negative length", "Content-Length: -5"),
                    field("hexadecimal length", "Content-Length: 0x5"),
                    field("huge length", "Content-Length: 99999999999999999999"),
                    field("space before the colon", "Content-Length : 5"),
                    field("folded field", "X-Case: a\r\n b"),
                    field("NUL", "X-Case: a\0b"),
                    field("bare CR", "X-Case: a\rContent-Length: 5"),
                    field("field without name", ": 5"),
                    field("two hosts", "Host: other.localhost"),
                    field("chunk size with prefix", chunks("0x5\r\nhello")),
                    field("chunk size with sign", chunks("+5\r\nhello")),
                    field("chunk size with space", chunks("5 \r\nhello")),
                    field("negative chunk", chunks("-5\r\nhello")),
                    field("huge chunk", chunks("FFFFFFFFFFFFFFFFF5\r\nhello")),
                    field("chunk longer than its size", chunks("5\r\nhello!")),
                    new Flaw("bare LF", request -> request.replace("\r\n", "\n")),
                    new Flaw("version 1.2", version("HTTP/1.2")),
                    new Flaw("version 2.0", version("HTTP/2.0")),
                    new Flaw("version in lower case", version("http/1.1")),
                    new Flaw("tab in the first line", request -> request.replaceFirst(" ", "\t")),
                    new Flaw("two spaces", request -> request.replaceFirst(" ", "  ")),
                    new Flaw("no host", request -> request.replaceFirst("Host: [^\r]*\r\n", "")));

    /** Puts lines after the first line of a request. */
    private static Flaw field(String name, String lines) {
        return new Flaw(name, request -> request.replaceFirst("\r\n", "\r\n" + lines + "\r\n"));
    }

    /** Returns a field and an empty line, after which the rest of the head counts as body. */
    private static String chunks(String chunk) {
        return "Host: %s\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n0\r\n"
                .formatted(RawProxy.HOST, chunk);
    }

    private static UnaryOperator<String> version(String version) {
        return request -> request.replaceFirst("HTTP/1\\.1", version);
    }

    static DrawnRequest draw(long seed) {
        var random = new Random(seed);
        return seed % 3 == 0 ? flawed(seed, random) : valid(seed, random);
    }

    private static DrawnRequest flawed(long seed, RandomGenerator random) {
        var host = RawProxy.HOST;
        var flaw = pick(FLAWS, random);
        var head = "POST /flawed HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
        var bytes = flaw.applied.apply(head) + TRAILING.formatted(host);
        return new DrawnRequest(seed, bytes, flaw.name, null);
    }

    private static DrawnRequest valid(long seed, RandomGenerator random) {
        var method = pick(METHODS, random);
        var target = pick(TARGETS, random);
        var host = pick(HOSTS, random);
        var cases =
                IntStream.range(0, random.nextInt(4)).mapToObj(_ -> pick(VALUES, random)).toList();
        var body = pick(BODIES, random);
        var emptyLine = random.nextInt(10) == 0 ? "\r\n" : ""; // RFC 9112, 2.2
        var absolute = random.nextInt(5) == 0 ? "http://" + host : "";
        var expectation = random.nextInt(5) == 0 ? "Expect: 100-continue\r\n" : "";
        var bytes =
                "%s%s %s%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s%s%s"
                        .formatted(
                                emptyLine,
                                method,
                                absolute,
                                target,
                                host,
                                cases.stream()
                                        .map(value -> "X-Case: " + value + "\r\n")
                                        .collect(Collectors.joining()),
                                body.isEmpty() ? "" : expectation,
                                random.nextBoolean() ? chunked(body, random) : measured(body));
        return new DrawnRequest(seed, bytes, null, meaning(method, target, host, cases, body));
    }

    private static String measured(String body) {
        return "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String chunked(String body, RandomGenerator random) {
        var bytes = new StringBuilder("Transfer-Encoding: chunked\r\n\r\n");
        for (var from = 0; from < body.length(); ) {
            var size = Math.min(body.length() - from, 1 + random.nextInt(8000));
            bytes.append(
                            pick(List.of("%x", "%X", "%05x", "%x;a=b", "%x;a=\"b c\""), random)
                                    .formatted(size))
                    .append("\r\n")
                    .append(body, from, from + size)
                    .append("\r\n");
            from += size;
        }
        return bytes.append("0\r\n\r\n").toString();
    }

    /**
     * Describes a request by what an app acts on. The form of its URI and the case of its host do
     * not matter. A tab counts as a space, because the JDK's server makes a space of it.
     */
    static String meaning(
            String method, String target, String host, List<String> cases, String body) {
        return "%s %s, host %s, cases %s, body of %d bytes: %x"
                .formatted(
                        method,
                        target,
                        host.toLowerCase(Locale.ROOT),
                        cases.stream().map(value -> value.strip().replace('\t', ' ')).toList(),
                        body.length(),
                        body.hashCode());
    }

    private static <T> T pick(List<T> choices, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size()));
    }

    byte[] inBytes() {
        return bytes.getBytes(ISO_8859_1);
    }

    @Override
    public String toString() {
        return "seed %d, %s: %s"
                .formatted(
                        seed,
                        flaw == null ? "valid" : flaw,
                        bytes.substring(0, Math.min(bytes.length(), 500)));
    }
}
