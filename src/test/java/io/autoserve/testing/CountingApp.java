package io.autoserve.testing;

/**
 * Builds the spec of an app that prints numbered lines and serves a page on port 8080. It needs
 * only Debian's smallest image. That image has a shell, unlike the image of the demo app.
 */
public final class CountingApp {
    public static final String PAGE = "hello from inside";

    private CountingApp() {}

    /**
     * @param name must be unique on this machine, because the containers are named after it
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
