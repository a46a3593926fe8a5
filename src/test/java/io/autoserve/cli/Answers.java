package io.autoserve.cli;

/** What a controller answers, as the contract has it. */
final class Answers {
    private Answers() {}

    static final String RUNNING = app("Running", 3, 3, 3);

    static String app(String state, int desired, int current, int ready) {
        var instances = new StringBuilder();
        for (int index = 0; index < current; index++) {
            instances.append(index == 0 ? "" : ",").append(instance(index, index < ready));
        }
        return """
        {"name":"web","state":"%s","reason":"%d of %d instances are ready","revision":2,
         "image":"shop/web:1.4","replicas":{"desired":%d,"current":%d,"ready":%d},
         "hosts":["web.localhost","www.example.com"],"pathPrefix":"/","scaling":"Manual",
         "createdAt":"2026-01-31T09:59:00Z","updatedAt":"2026-01-31T09:59:00Z","outcome":"Changed",
         "instances":[%s]}\
        """
                .formatted(state, ready, desired, desired, current, ready, instances);
    }

    private static String instance(int index, boolean ready) {
        return """
        {"name":"web-%d","containerId":"c%d","address":"172.20.0.%d","port":8080,
         "state":"%s","health":"%s","reason":"%s","revision":2,"startedAt":"2026-01-31T11:57:00Z",
         "readySince":null,"retryAt":null,"restarts":%d}\
        """
                .formatted(
                        index,
                        index,
                        index + 3,
                        ready ? "Running" : "Starting",
                        ready ? "Ready" : "Unknown",
                        ready ? "answered" : "its container is being started",
                        index);
    }

    static String problem(int status, String title, String detail, String errors) {
        return """
        {"type":"urn:autoserve:problem:x","title":"%s","status":%d,"detail":"%s",
         "instance":"urn:autoserve:request:1","errors":[%s]}\
        """
                .formatted(title, status, detail, errors);
    }
}
