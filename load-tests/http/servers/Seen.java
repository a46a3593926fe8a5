import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Describes a request as seen in server.go does. */
final class Seen {
    private Seen() {}

    static String of(String method, String target, String host, List<String> cases, byte[] body)
            throws Exception {
        var digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(body));
        var joined = cases.stream().map(String::strip).collect(Collectors.joining(","));
        return Stream.of(method, target, host, joined, String.valueOf(body.length), digest)
                .map(part -> HexFormat.of().formatHex(part.getBytes(ISO_8859_1)))
                .collect(Collectors.joining("."));
    }
}
