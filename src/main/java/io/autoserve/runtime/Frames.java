package io.autoserve.runtime;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The engine's multiplexed output: 8 bytes of header (stream, three zeros, length), then as many
 * bytes of it. Source: Engine API, "Attach to a container", stream format.
 */
interface Frames {
    int STANDARD_ERROR = 2;

    void frame(boolean error, byte[] bytes) throws InterruptedException;

    static void read(InputStream multiplexed, Frames frames)
            throws IOException, InterruptedException {
        var in = new DataInputStream(multiplexed);
        for (var stream = in.read(); stream >= 0; stream = in.read()) {
            in.skipNBytes(3);
            var bytes = new byte[in.readInt()];
            in.readFully(bytes);
            frames.frame(stream == STANDARD_ERROR, bytes);
        }
    }
}
