package io.autoserve.cli.inspect;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Hides the dashboard's session cookie from an app that a browser reaches through a forwarded port.
 * Browsers send the cookies of a host to all of its ports, so the dashboard's cookie for localhost
 * would reach the app. The value is overwritten by a text of the same length, so that nothing else
 * of the request changes. Only connections that begin like HTTP/1 are changed. One mask belongs to
 * one connection.
 */
final class SessionMask {
    private static final byte[] NAME = "autoserve_session=".getBytes(US_ASCII);
    private static final int LONGEST_METHOD = 16;

    private enum Stage {
        METHOD,
        SEARCH,
        VALUE,
        /** The connection does not carry HTTP/1, or not in plain text. */
        OTHER
    }

    private Stage stage = Stage.METHOD;
    private int methodLength;
    private int matched; // how many bytes of NAME the last bytes are equal to
    private boolean begins = true; // whether a name may begin at the next byte

    /** Overwrites the values in the first {@code count} bytes of the connection's next part. */
    void hide(byte[] part, int count) {
        for (var index = 0; index < count && stage != Stage.OTHER; index++) {
            switch (stage) {
                case METHOD -> readMethod(part[index]);
                case SEARCH -> search(part[index]);
                case VALUE -> {
                    if (ofValue(part[index])) {
                        part[index] = 'x';
                    } else {
                        stage = Stage.SEARCH;
                        search(part[index]);
                    }
                }
                case OTHER -> {}
            }
        }
    }

    private void readMethod(byte next) {
        if (next >= 'A' && next <= 'Z' && methodLength < LONGEST_METHOD) {
            methodLength++;
        } else {
            stage = next == ' ' && methodLength > 0 ? Stage.SEARCH : Stage.OTHER;
        }
    }

    private void search(byte next) {
        if (next == NAME[matched] && (matched > 0 || begins)) {
            matched++;
        } else {
            // The first character of the name occurs in it only once, so no shorter match remains.
            matched = next == NAME[0] && begins ? 1 : 0;
        }
        begins = next == ' ' || next == '\t' || next == ';' || next == ':' || next == ',';
        if (matched == NAME.length) {
            matched = 0;
            stage = Stage.VALUE;
        }
    }

    /** Returns whether a session's value may contain the byte. */
    private static boolean ofValue(byte next) {
        return next != ';' && next != ',' && next > ' ';
    }
}
