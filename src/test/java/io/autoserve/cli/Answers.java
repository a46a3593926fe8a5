package io.autoserve.cli;

/** Builds answers of a controller in the form that the contract defines. */
public final class Answers {
    private Answers() {}

    public static final String RUNNING = app("Running", 3, 3, 3);

    public static String app(String state, int desired, int current, int ready) {
        return app(state, desired, current, ready, "Starting", "its container is being started");
    }

    /**
     * Returns the answer for an app. Its first {@code ready} instances are ready. The others are in
     * the state {@code unready}, for this reason.
     */
    public static String app(
            String state, int desired, int current, int ready, String unready, String reason) {
        var instances = new StringBuilder();
        for (int index = 0; index < current; index++) {
            instances
                    .append(index == 0 ? "" : ",")
                    .append(
                            index < ready
                                    ? instance(index, "Running", "Ready", "answered")
                                    : instance(index, unready, "Unknown", reason));
        }
        return """
        {"name":"web","state":"%s","reason":"%d of %d instances are ready","revision":2,
         "image":"shop/web:1.4","replicas":{"desired":%d,"current":%d,"ready":%d},
         "hosts":["web.localhost","www.example.com"],"conflicts":[],"pathPrefix":"/","scaling":"Manual",
         "createdAt":"2026-01-31T09:59:00Z","updatedAt":"2026-01-31T09:59:00Z","outcome":"Changed",
         "instances":[%s]}\
        """
                .formatted(state, ready, desired, desired, current, ready, instances);
    }

    /** Returns the answer {@code app} with another revision and another {@code updatedAt}. */
    public static String at(String app, int revision, String updatedAt) {
        return app.replaceFirst("\"revision\":2", "\"revision\":" + revision)
                .replaceFirst("\"updatedAt\":\"[^\"]*", "\"updatedAt\":\"" + updatedAt);
    }

    /** Returns the answer {@code app} during a rollout that replaces this revision. */
    public static String rolling(String app, int from) {
        return app.replaceFirst(
                "\"instances\"",
                "\"rollout\":{\"from\":%d,\"paused\":false,\"watchSeconds\":60,\"reason\":\"begun\"},\"instances\""
                        .formatted(from));
    }

    private static String instance(int index, String state, String health, String reason) {
        return """
        {"name":"web-%d","containerId":"c%d","address":"172.20.0.%d","port":8080,
         "state":"%s","health":"%s","reason":"%s","revision":2,"startedAt":"2026-01-31T11:57:00Z",
         "readySince":null,"retryAt":null,"restarts":%d}\
        """
                .formatted(index, index, index + 3, state, health, reason, index);
    }

    public static String problem(int status, String title, String detail, String errors) {
        return """
        {"type":"urn:autoserve:problem:x","title":"%s","status":%d,"detail":"%s",
         "instance":"urn:autoserve:request:1","errors":[%s]}\
        """
                .formatted(title, status, detail, errors);
    }
}
