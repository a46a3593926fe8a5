package io.autoserve.spec;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the error messages. Each spec is the minimal one with one change that makes it invalid. */
class FaultsTest {
    private static final SpecReader READER = new SpecReader(Allowance.NOTHING);
    private static final Pattern FIELD = Pattern.compile("spec\\.[A-Za-z.]*[A-Za-z]");

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                                    /apiVersion                      | v2            | apiVersion must be v1, was 'v2'
                                    /kind                            | Pod           | kind must be App, was 'Pod'
                                    /metadata                        | hello         | metadata must be an object, was 'hello'
                                    /metadata/name                   | Hello         | name must be a DNS label (a-z, 0-9 and '-', 1 to 63 characters, a letter or digit at both ends), was 'Hello'
                                    /metadata/name                   | 7             | name must be text, was 7: put it in quotes
                                    /metadata/name                   | autoserve     | 'autoserve' and names that start with 'autoserve-' belong to the platform itself, was 'autoserve': choose another name
                                    /metadata/name                   | autoserve-lb  | 'autoserve' and names that start with 'autoserve-' belong to the platform itself, was 'autoserve-lb': choose another name
                                    /metadata/labels/-x              | a             | -x must be a label's key (A-Z, a-z, 0-9, '_', '.', '/' and '-', a letter or digit at both ends), was '-x'
                                    /metadata/labels/x               | true          | x must be text, was true: put it in quotes
                                    /metadata/labels/app             | other         | labels.app must equal the name 'hello', was 'other'
                                    /metadata/labels/autoserve.app   | x             | labels that start with 'autoserve.' are reserved, was 'autoserve.app': choose another name
                                    /metadata/labels/Autoserve.App   | x             | labels that start with 'autoserve.' are reserved, was 'Autoserve.App': choose another name
                                    /metadata/labels/com.docker.compose.project | x  | labels that start with 'com.docker.' are reserved, was 'com.docker.compose.project': choose another name
                                    /metadata/labels/io.kubernetes.pod.name | x      | labels that start with 'io.kubernetes.' are reserved, was 'io.kubernetes.pod.name': choose another name
                                    /spec/image                      | localhost/autoserve/nginx | images that start with 'localhost/autoserve/' belong to the platform itself, was 'localhost/autoserve/nginx': choose another image
                                    /spec/image                      | LOCALHOST/autoserve/controller:2 | images that start with 'localhost/autoserve/' belong to the platform itself, was 'LOCALHOST/autoserve/controller:2': choose another image
                                    /spec/image                      | docker.io/localhost/autoserve/controller | images that start with 'localhost/autoserve/' belong to the platform itself, was 'docker.io/localhost/autoserve/controller': choose another image
                                    /spec/image                      | index.docker.io/localhost/autoserve/nginx:2 | images that start with 'localhost/autoserve/' belong to the platform itself, was 'index.docker.io/localhost/autoserve/nginx:2': choose another image
                                    /spec/image                      | docker.io/localhost/shop | image must have one registry, was 'docker.io/localhost/shop': remove everything before the second one
                                    /spec/image                      | docker.io/registry.example.com/shop | image must have one registry, was 'docker.io/registry.example.com/shop': remove everything before the second one
                                    /spec/image                      | sha256:0123456789abcdef | image must be a name and not an id, was 'sha256:0123456789abcdef': give the image a name with 'docker tag'
                                    /metadata/label                  | x             | unknown field 'label': did you mean 'labels'?
                                    /metadata/color                  | x             | unknown field 'color': use one of name, labels, annotations
                                    /Spec                            | x             | unknown field 'Spec': did you mean 'spec'?
                                    /healthcheck                     | {path: /}     | unknown field 'healthcheck': did you mean 'healthCheck'?
                                    /spec/type                       | tcp           | type must be one of http, worker, was 'tcp'
                                    /spec/image                      | ''            | image must be an image reference like 'registry.example.com/shop/web:1.2', was ''
                                    /spec/image                      | Hello World   | image must be an image reference like 'registry.example.com/shop/web:1.2', was 'Hello World'
                                    /spec/imagePullPolicy            | always        | imagePullPolicy must be one of Always, IfNotPresent, Never, was 'always'
                                    /spec/ports                      | []            | ports must have 1 to 100 entries, had 0
                                    /spec/ports                      | 8080          | ports must be a list, was 8080
                                    /spec/ports/0                    | 8080          | ports[0] must be an object, was 8080: write '- containerPort: PORT'
                                    /spec/ports/0/containerPort      | 0             | containerPort must be 1 to 65535, was 0
                                    /spec/ports/0/containerPort      | '8080'        | containerPort must be a whole number, was '8080': remove the quotes
                                    /spec/ports/0/containerPort      | 80.5          | containerPort must be a whole number, was 80.5
                                    /spec/ports/0/containerPort      | 99999999999   | containerPort must be 1 to 65535, was 99999999999
                                    /spec/ports/0/containerPort      | '.nan'        | containerPort must be a whole number, was '.nan'
                                    /spec/ports/0/protocol           | SCTP          | protocol must be one of TCP, UDP, HTTP, was 'SCTP'
                                    /spec/ports/0/protocol           | UDP           | the first port receives the app's requests, so its protocol must be TCP, was 'UDP'
                                    /spec/command                    | /app run      | command must be a list, was '/app run': write ['/app run']
                                    /spec/workingDir                 | app           | workingDir must be an absolute path, was 'app'
                                    /spec/user                       | -1            | user must be 0 to 2147483647, was -1
                                    /spec/user                       | a b           | user must be a user like 'app', 1000 or '1000:1000', was 'a b'
                                    /spec/stopGraceSeconds           | -1            | stopGraceSeconds must be 0 to 3600, was -1
                                    /spec/stopGraceSeconds           | 10s           | stopGraceSeconds must be a number, was '10s'
                                    /spec/release                    | {}            | command is missing
                                    /spec/release                    | {command: []} | command must have 1 to 1000 entries, had 0
                                    /spec/schedules                  | [{name: a, cron: '* * * * *', command: [x]}, {name: a, cron: '* * * * *', command: [y]}] | name must be unique, but a is listed more than once
                                    /spec/schedules                  | [{name: a, cron: '* * * * *', command: [x], concurrency: Forbid}] | concurrency must be one of forbid, allow, replace, was 'Forbid'
                                    /spec/release                    | {command: [' ']} | command must begin with a program, was ' '
                                    /spec/schedules                  | [{name: a, cron: '* * * * *', command: ['']}] | command must begin with a program, was ''
                                    /spec/schedules                  | [{name: a, cron: '* * * * *', command: [x], timeZone: Mars/Olympus}] | timeZone must be a name like Europe/Berlin, was 'Mars/Olympus'
                                    /spec/resources/cpu              | half          | cpu must be cores like '1.5' or thousandths like '500m', was 'half'
                                    /spec/resources/cpu              | 9m            | cpu must be 10m to 1024, was '9m'
                                    /spec/resources/cpu              | '0'           | cpu must be 10m to 1024, was '0'
                                    /spec/resources/cpu              | 0             | cpu must be 0.01 to 1024, was 0
                                    /spec/resources/memory           | 512MB         | memory must be bytes or a size like '512Mi' or '1G', was '512MB'
                                    /spec/resources/memory           | 1Mi           | memory must be 6Mi to 1024Ti, was '1Mi'
                                    /spec/resources/memory           | 512           | memory must be 6Mi to 1024Ti, was '512'
                                    /spec/resources/memory           | 999999999999999Ti | memory must be 6Mi to 1024Ti, was '999999999999999Ti'
                                    /spec/logs/maxSize               | 200Mi         | maxSize must be 1Mi to 100Mi, was '200Mi'
                                    /spec/logs/maxSize               | 1000          | maxSize must be 1Mi to 100Mi, was '1000'
                                    /spec/logs/maxFiles              | 10            | maxFiles must be 1 to 9, was 10
                                    /spec/routing/domains            | [http://a.b]  | domains[0] must be a host name in lower case like 'shop.example.com' or '*.example.com', was 'http://a.b'
                                    /spec/routing/domains            | ['a.*.b']     | domains[0] must be a host name in lower case like 'shop.example.com' or '*.example.com', was 'a.*.b'
                                    /spec/routing/domains            | [a.b, a.b]    | domains must be unique, but 'a.b' is listed more than once
                                    /spec/routing/pathPrefix         | api           | pathPrefix must start with '/' and contain only A-Z, a-z, 0-9 and -._~+@%=,: between slashes, was 'api'
                                    /spec/routing/pathPrefix         | '/a"; evil'   | pathPrefix must start with '/' and contain only A-Z, a-z, 0-9 and -._~+@%=,: between slashes, was '/a"; evil'
                                    /spec/routing/pathPrefix         | "/a\\nb"      | pathPrefix must start with '/' and contain only A-Z, a-z, 0-9 and -._~+@%=,: between slashes, was '/a?b'
                                    /spec/routing/pathPrefix         | "/a\\n"       | pathPrefix must start with '/' and contain only A-Z, a-z, 0-9 and -._~+@%=,: between slashes, was '/a?'
                                    /spec/routing/algorithm          | fastest       | algorithm must be one of least_conn, round_robin, ip_hash, random_two, was 'fastest'
                                    /spec/routing/sticky             | true          | sticky must be an object, was true
                                    /spec/routing/sticky             | {}            | cookie is missing
                                    /spec/routing/sticky/cookie      | 'a;b'         | cookie must be a cookie's name (A-Z, a-z, 0-9, '_' and '-'), was 'a;b'
                                    /spec/routing/sticky/cookie      | autoserve_session | cookie 'autoserve_session' belongs to AutoServe's own sessions: choose another name
                                    /spec/routing/timeouts/readSeconds | 0           | readSeconds must be 0.1 to 86400, was 0
                                    /spec/routing/websocket          | 'yes'         | websocket must be true or false, was 'yes'
                                    /spec/routing/websocket          | 'true'        | websocket must be true or false, was 'true': remove the quotes
                                    /spec/routing/routes             | [{path: api}] | path must start with '/', not end with it, and contain only A-Z, a-z, 0-9 and -._~ between slashes, was 'api'
                                    /spec/routing/routes             | [{path: /a/../b}] | path must not contain '.' or '..', was '/a/../b'
                                    /spec/routing/routes             | [{path: /a}, {path: /A}] | path must be unique, but /a is listed more than once
                                    /spec/routing                    | {pathPrefix: /a, routes: [{path: /ab}]} | the path of a route must be below pathPrefix ('/a'), was '/ab'
                                    /spec/routing/routes             | [{path: /a, port: 9000}] | port must be one of the app's TCP ports (8080), was 9000
                                    /spec/routing/routes             | [{path: /a, port: 8080, redirect: {to: /b}}] | port has no effect together with a redirect: remove it
                                    /spec/routing/routes             | [{path: /a, redirect: {to: /a/b}}] | a redirect to '/a/b' never ends, because it leads back to the route '/a': choose another path
                                    /spec/routing/routes             | [{path: /, stripPrefix: true}] | stripPrefix has no effect with the path '/': remove it
                                    /spec/routing/routes             | [{path: /a, redirect: {to: //evil}}] | to must be a path like '/new' or a URL like 'https://shop.example.com/new', without a query, was '//evil'
                                    /spec/routing/redirects          | [{domain: a.b, to: c.d}] | a redirected domain must be one of the app's domains, was 'a.b': add it to domains
                                    /spec/routing                    | {domains: [a.b], redirects: [{domain: a.b, to: a.b}]} | the host 'a.b' is redirected itself: choose one that is not
                                    /spec/routing/requestHeaders     | {remove: [Host]} | only nginx may change the header 'Host': remove it
                                    /spec/routing/requestHeaders     | {set: [{name: X-Forwarded-For, value: a}]} | only nginx may change the header 'X-Forwarded-For': remove it
                                    /spec/routing/requestHeaders     | {set: [{name: X-A, value: a}], remove: [x-a]} | the header 'x-a' must not be in both set and remove
                                    /spec/routing/responseHeaders    | {set: [{name: Content-Length, value: '1'}]} | only nginx may change the header 'Content-Length': remove it
                                    /spec/routing/responseHeaders    | {set: [{name: X-A, value: "x\\r\\nX-B: y"}]} | value must be one line of ASCII, was 'x??X-B: y'
                                    /spec/routing/allow              | [10.0.0.0/33] | allow[0] must be an address or a network like '10.0.0.0/8' or '2001:db8::/32', was '10.0.0.0/33'
                                    /spec/routing/allow              | [010.0.0.1]   | allow[0] must be an address or a network like '10.0.0.0/8' or '2001:db8::/32', was '010.0.0.1'
                                    /spec/routing/allow              | ['10.1']      | allow[0] must be an address or a network like '10.0.0.0/8' or '2001:db8::/32', was '10.1'
                                    /spec/routing/allow              | ['2001:db8::g'] | allow[0] must be an address or a network like '10.0.0.0/8' or '2001:db8::/32', was '2001:db8::g'
                                    /spec/routing/basicAuth          | {}            | secret is missing
                                    /spec/routing/rateLimit          | {requestsPerSecond: 0} | requestsPerSecond must be 0.01 to 10000, was 0
                                    /spec/routing/cors               | {origins: [shop.test]} | origins[0] must be an origin like 'https://shop.example.com', or '*', was 'shop.test'
                                    /spec/routing/cors               | {origins: ['*'], credentials: true} | credentials cannot be used by all origins: list the origins that may use them
                                    /spec/routing/errorPages         | [{status: 404, html: x}] | nginx never answers with status 404 itself: use one of 400, 401, 403, 413, 429, 502, 503, 504
                                    /spec/routing/errorPages         | [{status: 503, html: x}, {status: 503, html: y}] | status must be unique, but 503 is listed more than once
                                    /spec/placement/maxPerNode       | -1            | maxPerNode must be 0 to 1000, was -1
                                    /spec/environment                | {A: b}        | environment must be a list, was an object: write '- name: NAME' and 'value: TEXT' for each
                                    /spec/environment                | [{value: a}]  | name is missing
                                    /spec/environment                | [{name: 1A, value: a}] | name must be a variable's name (A-Z, a-z, 0-9, '_', '.' and '-', not starting with a digit), was '1A'
                                    /spec/environment                | [{name: A, value: 1}] | value must be text, was 1: put it in quotes
                                    /spec/environment                | [{name: A, value: }] | value must be text, was empty: set a value or remove it
                                    /spec/environment                | [{name: A}]   | A needs a value, or a source and its key
                                    /spec/environment                | [{name: A, value: a}, {name: A, value: b}] | name must be unique, but A is listed more than once
                                    /spec/environment                | [{name: A, value: a, key: k}] | key has no effect without a source: remove it
                                    /spec/environment                | [{name: A, source: env, key: k}] | source must be one of sdk, secret, was 'env'
                                    /spec/environment                | [{name: A, source: sdk}] | source sdk needs a key: one of instance.ip, instance.name, instance.port, app.name, app.replicas, app.revision
                                    /spec/environment                | [{name: A, source: sdk, key: instance.id}] | key must be one of instance.ip, instance.name, instance.port, app.name, app.replicas, app.revision, was 'instance.id'
                                    /spec/environment                | [{name: A, source: sdk, key: app.name, field: x}] | field has no effect with source sdk: remove it
                                    /spec/environment                | [{name: A, source: secret}] | source secret needs a key: the secret's name
                                    /spec/environment                | [{name: A, source: secret, key: k, value: v}] | value has no effect together with a source: remove it
                                    /spec/volumes                    | [{name: d, mountPath: /d}] | name must be a volume's name (2 or more of A-Z, a-z, 0-9, '_', '.' and '-') or an absolute path without ':', was 'd'
                                    /spec/volumes                    | [{name: data, mountPath: d}] | mountPath must be an absolute path below '/' without ':', was 'd'
                                    /spec/volumes                    | [{name: aa, mountPath: /d}, {name: bb, mountPath: /d}] | mountPath must be unique, but /d is listed more than once
                                    /spec/volumes                    | [{name: /etc, mountPath: /d}] | this installation does not allow mounting folders of the machine, was '/etc': use a volume, or set AUTOSERVE_ALLOW_HOST_PATHS=true on the controllers
                                    /spec/security/pidsLimit         | 1             | pidsLimit must be 16 to 1000000, was 1
                                    /spec/security/privileged        | true          | privileged containers have root on the machine, which this installation does not allow: list the capabilities that the app needs, or set AUTOSERVE_ALLOW_PRIVILEGED=true on the controllers
                                    /spec/security                   | {capabilities: [SYS_ADMIN]} | SYS_ADMIN gives access beyond the container, which this installation does not allow: remove it, or set AUTOSERVE_ALLOW_PRIVILEGED=true on the controllers
                                    /spec/security                   | {capabilities: [NET_RAW]} | NET_RAW gives access beyond the container, which this installation does not allow: remove it, or set AUTOSERVE_ALLOW_PRIVILEGED=true on the controllers
                                    /spec/security/tmpfs             | [tmp]         | tmpfs[0] must be an absolute path below '/' without ':', was 'tmp'
                                    /spec/security/tmpfs             | [/tmp, /tmp]  | tmpfs must be unique and differ from volumes, but /tmp is listed more than once
                                    /scaling/mode                    | 'off'         | mode must be one of manual, auto, was 'off'
                                    /scaling/minReplicas             | -3            | minReplicas must be 0 to 1000, was -3
                                    /scaling                         | {minReplicas: 5, maxReplicas: 3} | minReplicas must be at most maxReplicas (3), was 5
                                    /scaling                         | {mode: auto}  | mode auto needs at least one target: targetRPSPerReplica, maxP95LatencyMs, maxCPUPercent, maxMemoryPercent, maxConnPerReplica
                                    /scaling                         | {mode: auto, minReplicas: 0, dryRun: true} | dryRun cannot be used with minReplicas 0, because a request could not wake the app: set minReplicas to 1
                                    /scaling                         | {metrics: [{name: queue, target: 9, postgres: {secret: db, query: select 1}}]} | metrics has no effect unless mode is auto: remove it
                                    /scaling                         | {mode: auto, metrics: [], schedule: []} | mode auto needs at least one target: targetRPSPerReplica, maxP95LatencyMs, maxCPUPercent, maxMemoryPercent, maxConnPerReplica
                                    /scaling                         | {mode: auto, metrics: [{name: queue, target: 9}]} | a metric needs either prometheus or postgres: add one of them
                                    /scaling                         | {mode: auto, metrics: [{name: queue, target: 9, postgres: {secret: db, query: select 1}, prometheus: {url: 'http://a', query: up}}]} | a metric needs either prometheus or postgres: remove one of them
                                    /scaling                         | {mode: auto, metrics: [{name: queue, target: 9, postgres: {secret: db, query: 'select 1; commit; delete from jobs;'}}]} | query must be a single statement: remove the ';' inside it, or write chr(59) for one in a text
                                    /scaling                         | {mode: auto, metrics: [{name: queue, target: 9, prometheus: {url: 'file:///etc/passwd', query: up}}]} | url must be a URL like 'https://prometheus.example.com', without a query, was 'file:///etc/passwd'
                                    /scaling                         | {schedule: [{start: 0 8 * * *, end: 0 9 * * *, minReplicas: 5}]} | schedule has no effect unless mode is auto: remove it
                                    /scaling                         | {mode: auto, schedule: [{start: 0 8 * * *, end: 0 9 * * *, minReplicas: 11}]} | minReplicas must be at most maxReplicas (10), was 11
                                    /scaling                         | {mode: auto, schedule: [{start: 0 8 * * *, end: 0 8 * * *, minReplicas: 5}]} | end must be another time than start, was '0 8 * * *' for both
                                    /scaling                         | {mode: auto, schedule: [{start: 0 8 * * *, end: 0 9 * * *, minReplicas: 5, timeZone: Mars}]} | timeZone must be a name like Europe/Berlin, was 'Mars'
                                    /scaling                         | {mode: auto, maxCPUPercent: 70, idleSeconds: 60} | idleSeconds has no effect unless mode is auto and minReplicas is 0: remove it
                                    /scaling                         | {minReplicas: 0, ignoredPaths: [/a]} | ignoredPaths has no effect unless mode is auto and minReplicas is 0: remove it
                                    /scaling                         | {mode: auto, minReplicas: 0, ignoredPaths: [/a, /]} | ignoredPaths must not contain '/', because no request could wake the app then
                                    /scaling                         | {mode: auto, minReplicas: 0, ignoredPaths: [a]} | ignoredPaths[0] must start with '/' and contain only A-Z, a-z, 0-9 and -._~/, was 'a'
                                    /scaling/maxCPUPercent           | 0             | maxCPUPercent must be more than 0 and at most 100, was 0
                                    /scaling/scaleInThresholdPct     | 80            | scaleInThresholdPct must be less than scaleOutThresholdPct (80), was 80
                                    /spec/environment                | [A=b]         | environment[0] must be an object, was 'A=b': write '- name: NAME' and 'value: TEXT' for each
                                    /spec/ports/0                    | '8080:80'     | ports[0] must be an object, was '8080:80': write '- containerPort: PORT'
                                    /spec/ports/0/containerPort      | '8e3'         | containerPort must be a whole number, was '8e3': write it in digits only
                                    /spec/replicas                   | 3             | unknown field 'replicas': use spec.scaling.minReplicas
                                    /spec/readinessProbe             | {}            | unknown field 'readinessProbe': use spec.healthCheck.readiness
                                    /spec/ports/0/targetPort         | 80            | unknown field 'targetPort': use containerPort
                                    /spec/env                        | []            | unknown field 'env': use spec.environment
                                    /spec/depends_on                 | [db]          | unknown field 'depends_on': remove it: apps start in any order
                                    /services                        | {}            | unknown field 'services': write one spec for each service
                                    /scaling/replicas                | 3             | unknown field 'replicas': did you mean 'minReplicas'?
                                    /spec/scaling/minReplicas        | -3            | minReplicas must be 0 to 1000, was -3
                                    /rollout/maxSurge                | 0             | maxSurge and maxUnavailable must not both be 0: no instance could be replaced
                                    /rollout/autoRollback            | 1             | autoRollback must be true or false, was 1
                                    /healthCheck                     | {}            | healthCheck is empty: set a value or remove it
                                    /healthCheck                     | {protocol: command, command: [/check]} | protocol must be one of HTTP, TCP, COMMAND, NONE, was 'command'
                    /healthCheck                     | {protocol: TCP, body: x} | body has no effect with protocol TCP: remove it
                    /healthCheck/protocol            | tcp           | protocol must be one of HTTP, TCP, COMMAND, NONE, was 'tcp'
                                    /healthCheck/path                | health        | path must start with '/' and contain no blanks, quotes, backslashes or line breaks, was 'health'
                                    /healthCheck/path                | "/a\\r\\nX: y" | path must start with '/' and contain no blanks, quotes, backslashes or line breaks, was '/a??X: y'
                                    /healthCheck/headers             | [{name: "A\\r\\nB", value: x}] | name must be a header's name, was 'A??B'
                                    /healthCheck/headers             | [{name: A, value: "x\\r\\nB: y"}] | value must be one line of ASCII, was 'x??B: y'
                                    /healthCheck/headers             | [{name: A, value: x}, {name: a, value: y}] | name must be unique, but a is listed more than once
                                    /healthCheck/port                | 9090          | port must be one of the app's ports (8080), was 9090
                                    /healthCheck                     | {protocol: TCP, path: /} | path has no effect with protocol TCP: remove it
                                    /healthCheck                     | {protocol: COMMAND} | protocol COMMAND needs a command
                                    /healthCheck                     | {protocol: COMMAND, command: []} | command must have 1 to 1000 entries, had 0
                                    /healthCheck                     | {body: x}     | body has no effect with method GET: remove it
                                    /healthCheck                     | {path: /, readiness: {path: /}} | path cannot be set next to startup, readiness or liveness: move it into them
                                    /healthCheck/expectedStatusCodes | [700]         | expectedStatusCodes[0] must be 100 to 599, was 700
                                    /healthCheck/expectedStatusCodes | [2xx]         | expectedStatusCodes[0] must be a status code or a range like '200-299', was '2xx'
                                    /healthCheck/expectedStatusCodes | [299-200]     | a range must be ascending, was '299-200': write '200-299'
                                    /healthCheck/periodSeconds       | 0             | periodSeconds must be 0.1 to 3600, was 0
                                    /healthCheck/readiness/failureThreshold | 0      | failureThreshold must be 1 to 1000, was 0
                    """)
    void says_what_was_written_and_the_way_out(String pointer, String value, String message) {
        var document = Documents.with(Documents.minimal(), pointer, Documents.of(value));

        assertThat(faults(document.toString())).extracting(Fault::message).containsExactly(message);
    }

    @Test
    void redirects_that_lead_back_to_each_other_never_end() {
        var routes =
                """
                [{path: /a, redirect: {to: /b/c}}, {path: /b, redirect: {to: /a}},
                 {path: /x, redirect: {to: /a}}, {path: /y, redirect: {to: /}}]
                """;
        var document =
                Documents.with(Documents.minimal(), "/spec/routing/routes", Documents.of(routes));

        assertThat(faults(document.toString()))
                .extracting(Fault::message)
                .containsExactly(
                        "a redirect to '/b/c' never ends, because it leads back to the route '/a':"
                                + " choose another path",
                        "a redirect to '/a' never ends, because it leads back to the route '/b':"
                                + " choose another path");
    }

    /** Each route has the headers of the whole app again in the table that nginx reads. */
    @Test
    void the_rules_of_one_app_do_not_fill_the_route_table() {
        var header = "responseHeaders: {set: [{name: X-A, value: %s}]}".formatted("a".repeat(4000));
        var routes =
                IntStream.range(0, 70)
                        .mapToObj(i -> "{path: /p%d}".formatted(i))
                        .collect(joining(", ", "routes: [", "]"));
        var document =
                Documents.with(
                        Documents.minimal(),
                        "/spec/routing",
                        Documents.of("{" + header + ", " + routes + "}"));

        assertThat(faults(document.toString()))
                .singleElement()
                .extracting(Fault::message)
                .asString()
                .startsWith("the rules of routing must have at most 262144 characters, had 28");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/apiVersion",
                "/kind",
                "/metadata",
                "/metadata/name",
                "/spec",
                "/spec/image",
                "/spec/ports"
            })
    void names_what_is_missing(String pointer) {
        var document = Documents.without(Documents.minimal(), pointer).toString();

        assertThat(faults(document))
                .containsExactly(
                        new Fault(pointer, 1, 1 + column(document, pointer), message(pointer)));
    }

    private static int column(String document, String pointer) {
        var parent = pointer.substring(1, Math.max(1, pointer.lastIndexOf('/')));
        return parent.isEmpty() ? 0 : document.indexOf("\"" + parent + "\"");
    }

    private static String message(String pointer) {
        return pointer.substring(pointer.lastIndexOf('/') + 1) + " is missing";
    }

    @Test
    void tells_all_faults_at_once_in_the_order_of_the_lines() {
        assertThat(
                        lines(
                                """
                                apiVersion: v1
                                kind: App
                                metadata:
                                  name: Shop
                                spec:
                                  imge: shop:1
                                  ports:
                                    - containerPort: 8080
                                    - containerPort: 8080
                                  environment:
                                    - name: A
                                      value: 1
                                scaling:
                                  minReplicas: 3
                                  maxReplicas: 2
                                healthCheck:
                                  port: 80
                                """))
                .containsExactly(
                        "line 4: name must be a DNS label (a-z, 0-9 and '-', 1 to 63 characters, a"
                                + " letter or digit at both ends), was 'Shop' (/metadata/name)",
                        "line 5: image is missing (/spec/image)",
                        "line 6: unknown field 'imge': did you mean 'image'? (/spec/imge)",
                        "line 9: containerPort must be unique, but 8080 is listed more than once"
                                + " (/spec/ports/1/containerPort)",
                        "line 12: value must be text, was 1: put it in quotes"
                                + " (/spec/environment/0/value)",
                        "line 14: minReplicas must be at most maxReplicas (2), was 3"
                                + " (/scaling/minReplicas)",
                        "line 17: port must be one of the app's ports (8080), was 80"
                                + " (/healthCheck/port)");
    }

    @ParameterizedTest
    @CsvSource({"010, 8", "0x1F90, 8080", "0b101, 5", "8_080, 8080"})
    void a_number_that_versions_of_yaml_read_differently_is_refused_once(
            String written, String read) {
        var spec =
                """
                apiVersion: v1
                kind: App
                metadata: {name: shop}
                spec:
                  image: shop:1
                  ports:
                    - containerPort: %s
                """;

        assertThat(lines(spec.formatted(written)))
                .containsExactly(
                        ("line 7: containerPort is %s, which YAML reads as %s: write the number in"
                                        + " decimal digits, or put the text in quotes"
                                        + " (/spec/ports/0/containerPort)")
                                .formatted(written, read));
        assertThat(lines(spec.formatted("8080"))).isEmpty();
    }

    @Test
    void a_slip_names_a_field_that_specs_have() {
        assertThat(
                        Slips.advice().stream()
                                .flatMap(advice -> FIELD.matcher(advice).results())
                                .map(MatchResult::group))
                .isNotEmpty()
                .allSatisfy(path -> assertThat(known(path)).as(path).isTrue());
    }

    private static boolean known(String path) {
        var shape = Shape.APP;
        for (var name : path.split("\\.", -1)) {
            if (!shape.knows(name)) {
                return false;
            }
            shape = shape.property(name);
        }
        return true;
    }

    @Test
    void knows_the_lines_of_json_too() {
        assertThat(
                        lines(
                                """
                                {
                                \t"apiVersion": "v1",
                                \t"kind": "App",
                                \t"metadata": {"name": "shop"},
                                \t"spec": {
                                \t\t"image": "shop:1",
                                \t\t"ports": [
                                \t\t\t{"containerPort": "8080"}
                                \t\t]
                                \t}
                                }
                                """))
                .containsExactly(
                        "line 8: containerPort must be a whole number, was '8080': remove the"
                                + " quotes (/spec/ports/0/containerPort)");
    }

    @Test
    void takes_scaling_health_check_and_rollout_in_one_place_only() {
        var both =
                Documents.with(
                        Documents.with(
                                Documents.minimal(), "/scaling/minReplicas", Documents.of("2")),
                        "/spec/scaling/minReplicas",
                        Documents.of("3"));

        assertThat(faults(both.toString()))
                .extracting(Fault::message)
                .containsExactly("scaling is set both inside and outside spec: keep one");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    /spec/ports                    | [{containerPort: 8080}] | ports has no effect with type worker: remove it
                    /spec/routing/domains          | [a.b]                   | routing has no effect with type worker: remove it
                    /rollout/steps                 | [{weight: 5}]           | steps has no effect with type worker: remove it
                    /scaling/targetRPSPerReplica   | 50                      | targetRPSPerReplica has no effect with type worker: remove it
                    /scaling/maxP95LatencyMs       | 50                      | maxP95LatencyMs has no effect with type worker: remove it
                    /scaling/maxConnPerReplica     | 50                      | maxConnPerReplica has no effect with type worker: remove it
                    /scaling                       | {mode: auto, minReplicas: 0} | minReplicas must be at least 1 in mode auto, was 0: a worker gets no requests that could wake it, only metrics can
                    /scaling                       | {mode: auto, minReplicas: 0, metrics: []} | minReplicas must be at least 1 in mode auto, was 0: a worker gets no requests that could wake it, only metrics can
                    /spec/environment              | [{name: PORT, source: sdk, key: instance.port}] | a worker has no port, so the key cannot be instance.port: remove the variable
                    /healthCheck/path              | /                       | a worker has no port, so the protocol of its checks must be COMMAND or NONE, was 'HTTP'
                    /healthCheck/liveness/protocol | TCP                     | a worker has no port, so the protocol of its checks must be COMMAND or NONE, was 'TCP'
                    """)
    void a_worker_has_nothing_that_needs_a_port(String pointer, String value, String message) {
        var worker = Documents.without(Documents.minimal(), "/spec/ports");
        Documents.with(worker, "/spec/type", Documents.of("worker"));
        assertThat(faults(worker.toString())).isEmpty();

        Documents.with(worker, pointer, Documents.of(value));

        assertThat(faults(worker.toString())).extracting(Fault::message).containsExactly(message);
    }

    @Test
    void lets_host_paths_be_mounted_where_they_are_allowed() {
        var document =
                Documents.with(
                        Documents.minimal(),
                        "/spec/volumes",
                        Documents.of("[{name: /srv/site, mountPath: /site}]"));

        assertThat(new SpecReader(Allowance.EVERYTHING).read(document.toString()))
                .isInstanceOf(Understood.class);
    }

    @Test
    void lets_containers_be_privileged_where_they_are_allowed() {
        var reader = new SpecReader(new Allowance("autoserve", false, true));
        for (var security : List.of("{privileged: true}", "{capabilities: [SYS_ADMIN, NET_RAW]}")) {
            var document =
                    Documents.with(Documents.minimal(), "/spec/security", Documents.of(security));

            assertThat(reader.read(document.toString())).isInstanceOf(Understood.class);
        }
    }

    private static List<String> lines(String text) {
        return faults(text).stream().map(Fault::toString).toList();
    }

    private static List<Fault> faults(String text) {
        return READER.read(text) instanceof Faulty(var faults) ? faults : List.of();
    }
}
