package io.autoserve.model;

/** A measure of load that an app can be scaled on. */
public enum Metric {
    REQUESTS("requests/s per instance", true),
    LATENCY("ms at the 95th percentile", false),
    CPU("% of the cpu limit", true),
    MEMORY("% of the memory limit", false),
    CONNECTIONS("requests in flight per instance", true),
    /** A number that another system knows. The policy names it. */
    CUSTOM("per instance", true);

    private final String unit;
    private final boolean shared;

    Metric(String unit, boolean shared) {
        this.unit = unit;
        this.shared = shared;
    }

    public String unit() {
        return unit;
    }

    /**
     * Returns whether the value per instance halves when the instances double, as requests do and
     * memory does not.
     */
    public boolean shared() {
        return shared;
    }
}
