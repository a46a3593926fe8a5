package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Lists what clients may send over a WebSocket, valid or not, after the published case list of the
 * Autobahn test suite. The names begin with the suite's numbers.
 */
final class WebSocketCases {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FINAL = 0x80;
    private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};
    private static final byte[] NOTHING = {};

    /**
     * @param parts what the client sends, each part only after the one before it has come back
     */
    record FrameCase(String name, List<byte[]> parts) {
        @Override
        public String toString() {
            return name;
        }
    }

    private WebSocketCases() {}

    static Stream<FrameCase> all() {
        return Stream.of(
                        framing(),
                        pings(),
                        reservedBits(),
                        opcodes(),
                        fragmentation(),
                        utf8(),
                        closing(),
                        codes(),
                        large(),
                        compressed())
                .flatMap(cases -> cases);
    }

    private static Stream<FrameCase> framing() {
        return Stream.of(TEXT, BINARY)
                .flatMap(opcode ->
                        Stream.concat(
                                IntStream.of(0, 125, 126, 127, 128, 65_535, 65_536)
                                        .mapToObj(size ->
                                                one(
                                                        "1 opcode %d, %d bytes"
                                                                .formatted(opcode, size),
                                                        whole(opcode, payload(size)))),
                                Stream.of(
                                        new FrameCase(
                                                "1 opcode %d, 65536 bytes in parts of 997"
                                                        .formatted(opcode),
                                                chopped(whole(opcode, payload(65_536)), 997)))));
    }

    private static Stream<FrameCase> pings() {
        var ping = whole(PING, payload(125));
        return Stream.of(
                one("2.1 ping without payload", whole(PING, NOTHING)),
                one("2.2 ping with text", whole(PING, text("Hello, world!"))),
                one("2.3 ping with binary payload", whole(PING, bytes("00fffefdfcfb00ff"))),
                one("2.4 ping with 125 bytes", ping),
                one("2.5 ping with 126 bytes", whole(PING, payload(126))),
                new FrameCase("2.6 ping byte by byte", chopped(ping, 1)),
                one("2.7 unsolicited pong", whole(PONG, NOTHING)),
                one("2.8 unsolicited pong with payload", whole(PONG, text("unsolicited"))),
                one("2.9 pong, then ping", whole(PONG, text("pong")), whole(PING, text("ping"))),
                one("2.10 ten pings", tenPings()),
                new FrameCase("2.11 ten pings byte by byte", chopped(joined(tenPings()), 1)));
    }

    private static byte[][] tenPings() {
        return IntStream.range(0, 10)
                .mapToObj(i -> whole(PING, text("payload-" + i)))
                .toArray(byte[][]::new);
    }

    private static Stream<FrameCase> reservedBits() {
        return IntStream.rangeClosed(1, 7)
                .mapToObj(bits ->
                        one(
                                "3 reserved bits " + bits,
                                whole(TEXT, text("before")),
                                frame(FINAL | (bits << 4) | TEXT, text("reserved")),
                                whole(PING, NOTHING)));
    }

    private static Stream<FrameCase> opcodes() {
        return IntStream.of(3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
                .mapToObj(opcode ->
                        one(
                                "4 reserved opcode " + opcode,
                                whole(TEXT, text("before")),
                                whole(opcode, text("reserved")),
                                whole(PING, NOTHING)));
    }

    private static Stream<FrameCase> fragmentation() {
        var first = frame(TEXT, text("fragment1"));
        var middle = frame(CONTINUATION, text("fragment2"));
        var last = whole(CONTINUATION, text("fragment3"));
        var ping = whole(PING, text("ping"));
        return Stream.of(
                one("5.1 ping in two fragments", frame(PING, text("a")), last),
                one("5.2 pong in two fragments", frame(PONG, text("a")), last),
                one("5.3 text in two fragments", first, last),
                new FrameCase("5.4 two fragments, one after the other", List.of(first, last)),
                new FrameCase("5.5 two fragments byte by byte", chopped(joined(first, last), 1)),
                one("5.6 ping between fragments", first, ping, last),
                new FrameCase("5.7 the same, frame by frame", List.of(first, ping, last)),
                new FrameCase("5.8 byte by byte", chopped(joined(first, ping, last), 1)),
                one("5.9 continuation of nothing", last, whole(TEXT, text("after"))),
                one("5.12 unfinished continuation of nothing", middle, whole(TEXT, NOTHING)),
                one("5.15 continuation after the end", first, last, middle, whole(TEXT, NOTHING)),
                one("5.16 only continuations, repeated", middle, last, middle, last),
                one("5.18 a new message inside of another", first, whole(TEXT, text("new"))),
                one("5.19 pings between five fragments", first, middle, ping, middle, ping, last),
                new FrameCase(
                        "5.20 the same, frame by frame",
                        List.of(first, middle, ping, middle, ping, last)));
    }

    private static Stream<FrameCase> utf8() {
        var greek = "κόσμε".getBytes(UTF_8);
        var cut = bytes("cebae1bdb9cf83cebcceb5eda080656469746564"); // has a lone surrogate
        return Stream.of(
                one("6.1 empty fragments", frame(TEXT, NOTHING), whole(CONTINUATION, NOTHING)),
                one("6.2 valid text", whole(TEXT, text("Hello-µ@ßöäüàá-UTF-8!!"))),
                one("6.2 four bytes for a character", whole(TEXT, text("😀"))),
                one(
                        "6.2 a character in two fragments",
                        frame(TEXT, Arrays.copyOf(greek, 3)),
                        whole(CONTINUATION, Arrays.copyOfRange(greek, 3, greek.length))),
                new FrameCase("6.2 byte by byte", chopped(whole(TEXT, greek), 1)),
                one("6.3 a lone surrogate", whole(TEXT, cut)),
                one("6.3 the same in fragments", frame(TEXT, cut), whole(CONTINUATION, cut)),
                one("6.10 overlong", whole(TEXT, bytes("c0af"))),
                one("6.11 highest overlong", whole(TEXT, bytes("f08fbfbf"))),
                one("6.12 above U+10FFFF", whole(TEXT, bytes("f4908080"))),
                one("6.14 a lone continuation byte", whole(TEXT, bytes("80"))),
                one("6.18 an unfinished character", whole(TEXT, bytes("cebae1bd"))),
                one("6.20 impossible bytes", whole(TEXT, bytes("feff"))),
                one("6.22 a noncharacter", whole(TEXT, bytes("efbfbf"))));
    }

    private static Stream<FrameCase> closing() {
        var close = whole(CLOSE, code(1000, "bye"));
        return Stream.of(
                one("7.1.2 two closes", close, close),
                one("7.1.3 ping after close", close, whole(PING, NOTHING)),
                one("7.1.4 text after close", close, whole(TEXT, text("late"))),
                one(
                        "7.1.5 close between fragments",
                        frame(TEXT, text("fragment1")),
                        close,
                        whole(CONTINUATION, text("fragment2"))),
                one("7.3.1 close without code", whole(CLOSE, NOTHING)),
                one("7.3.2 close with one byte", whole(CLOSE, text("a"))),
                one("7.3.3 close with code alone", whole(CLOSE, code(1000, ""))),
                one("7.3.4 close with reason", close),
                one("7.3.5 the longest reason", whole(CLOSE, code(1000, "*".repeat(123)))),
                one("7.3.6 a longer reason", whole(CLOSE, code(1000, "*".repeat(124)))),
                one("7.5.1 a reason that is not UTF-8", whole(CLOSE, bytes("03e8cebae1bd"))));
    }

    private static Stream<FrameCase> codes() {
        return IntStream.of(
                        0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010,
                        1011, 1012, 1013, 1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000,
                        4999, 5000, 65_535)
                .mapToObj(code -> one("7.7 close with code " + code, whole(CLOSE, code(code, ""))));
    }

    private static Stream<FrameCase> large() {
        var megabyte = 1 << 20;
        return Stream.of(
                one("9.1 text of 64 KB", whole(TEXT, payload(65_536))),
                one("9.1 text of 16 MB", whole(TEXT, payload(16 * megabyte))),
                one("9.2 binary of 16 MB", whole(BINARY, payload(16 * megabyte))),
                one("9.3 text of 4 MB in fragments of 1 KB", fragments(TEXT, 4096, 1024)),
                one("9.4 binary of 4 MB in fragments of 64 KB", fragments(BINARY, 64, 65_536)),
                new FrameCase(
                        "9.5 text of 1 MB in parts of 64 KB",
                        chopped(whole(TEXT, payload(megabyte)), 65_536)),
                one("9.7 1,000 messages of 64 bytes", messages(1000, 64)),
                one("10.1 64 KB in fragments of 1,300 bytes", fragments(TEXT, 50, 1300)));
    }

    private static byte[][] messages(int count, int size) {
        return IntStream.range(0, count)
                .mapToObj(_ -> whole(TEXT, payload(size)))
                .toArray(byte[][]::new);
    }

    private static byte[][] fragments(int opcode, int count, int size) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        frame(
                                (i == count - 1 ? FINAL : 0) | (i == 0 ? opcode : CONTINUATION),
                                payload(size)))
                .toArray(byte[][]::new);
    }

    /** Compressed messages have the first reserved bit. nginx cannot read them, and need not. */
    private static Stream<FrameCase> compressed() {
        var hello = bytes("f248cdc9c90700"); // "Hello", of RFC 7692, 7.2.3.1
        return Stream.of(
                one("12 a compressed message", frame(FINAL | 0x40 | TEXT, hello)),
                one(
                        "13 a compressed message in fragments",
                        frame(0x40 | TEXT, Arrays.copyOf(hello, 3)),
                        whole(CONTINUATION, Arrays.copyOfRange(hello, 3, hello.length))));
    }

    private static FrameCase one(String name, byte[]... frames) {
        return new FrameCase(name, List.of(joined(frames)));
    }

    private static byte[] whole(int opcode, byte[] payload) {
        return frame(FINAL | opcode, payload);
    }

    /** Returns a frame as a client sends it, with a mask (RFC 6455, 5.2). */
    private static byte[] frame(int firstByte, byte[] payload) {
        var frame = ByteBuffer.allocate(14 + payload.length);
        frame.put((byte) firstByte);
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65_536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        frame.put(MASK);
        for (var i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ MASK[i % MASK.length]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    private static byte[] code(int code, String reason) {
        var bytes = reason.getBytes(UTF_8);
        return ByteBuffer.allocate(2 + bytes.length).putShort((short) code).put(bytes).array();
    }

    private static byte[] text(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] payload(int size) {
        return "*".repeat(size).getBytes(ISO_8859_1);
    }

    private static byte[] joined(byte[]... frames) {
        var joined = ByteBuffer.allocate(Arrays.stream(frames).mapToInt(it -> it.length).sum());
        for (var frame : frames) {
            joined.put(frame);
        }
        return joined.array();
    }

    private static List<byte[]> chopped(byte[] bytes, int size) {
        var parts = new ArrayList<byte[]>();
        for (var from = 0; from < bytes.length; from += size) {
            parts.add(Arrays.copyOfRange(bytes, from, Math.min(from + size, bytes.length)));
        }
        return parts;
    }
}
