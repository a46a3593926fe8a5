package io.autoserve.model;

/**
 * The processors and the memory of a node, as its engine reports them.
 *
 * @param processors number of processors; 0 if it is unknown
 * @param memoryBytes size of the memory; 0 if it is unknown
 * @param engine name and version of the engine; empty if they are unknown
 */
public record NodeSize(int processors, long memoryBytes, String engine) {
    public static final NodeSize UNKNOWN = new NodeSize(0, 0, "");

    public NodeSize {
        engine = PlainText.of(engine);
    }
}
