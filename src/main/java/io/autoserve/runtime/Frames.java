package io.autoserve.runtime;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads the engine's multiplexed output. Each frame has a header of 8 bytes (stream, three zeros,
 * length), followed by as many bytes as the length says. Source: Engine API, "Attach to a
 * container", stream format.
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
