package io.autoserve.testing;

/**
 * Makes the spec of an app that counts on its output and serves a page on port 8080. It uses only
 * what Debian's smallest image has, and unlike the demo's image, that one has a shell.
 */
public final class CountingApp {
    public static final String PAGE = "hello from inside";

    private CountingApp() {}

    /**
     * @param name names the containers too, so it is unique on the engine
     */
    public static String yaml(String name, int replicas) {
        return """
        apiVersion: v1
        kind: App
        metadata: {name: %s}
        spec:
          image: debian:trixie-slim
          imagePullPolicy: Never
          command: [perl, -e]
          args:
            - |
              use IO::Socket::INET; $| = 1;
              if (!fork) {
                my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1);
                while (my $c = $s->accept) {
                  while (<$c>) { last if /^\\r?$/ }
                  print $c "HTTP/1.0 200 OK\\r\\n\\r\\n%s"; close $c;
                }
              }
              for (my $i = 1; ; $i++) { print "line $i\\n"; select undef, undef, undef, 0.05; }
          ports: [{containerPort: 8080}]
          stopGraceSeconds: 1
        scaling: {mode: manual, minReplicas: %d}
        healthCheck: {protocol: NONE}
        """
                .formatted(name, PAGE, replicas);
    }
}
