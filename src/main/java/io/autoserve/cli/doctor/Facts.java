package io.autoserve.cli.doctor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The facts that doctor has gathered. They contain no judgement.
 *
 * @param burden empty if doctor cannot see how busy the machine is
 * @param unlimited the instances without a CPU limit, the busiest first; empty on a machine that is
 *     not busy
 * @param images the images of the platform itself and of the apps
 * @param ages the ages of those images of the platform that Docker has
 * @param failing the apps that crash, or whose release command failed
 * @param clocks the clocks of the API and the databases, compared with this machine's clock
 */
record Facts(
        PlatformKind place,
        Engine engine,
        List<Part> parts,
        List<Port> ports,
        List<Disk> disks,
        Optional<Burden> burden,
        List<Unlimited> unlimited,
        List<Image> images,
        List<ImageAge> ages,
        ApiState api,
        List<FailingApp> failing,
        List<Server> databases,
        List<Clock> clocks,
        Optional<Proxy> proxy) {

    /** Which platform runs here, as far as doctor can see. */
    enum PlatformKind {
        NOTHING,
        DEV,
        CLUSTER,
        /** The platform runs on another machine, and doctor sees only its API. */
        ELSEWHERE
    }

    sealed interface Engine {
        /**
         * @param cgroup 1 or 2
         * @param storage the storage driver, such as overlay2
         */
        record Running(String version, String cgroup, String storage) implements Engine {}

        /** There is no Docker CLI. */
        record NotInstalled() implements Engine {}

        record NotAllowed() implements Engine {}

        record Silent(String reason) implements Engine {}

        record NotAsked() implements Engine {}
    }

    /**
     * A container of the platform itself.
     *
     * @param status the status as Docker reports it, such as {@code Exited (137) 3 minutes ago}
     */
    record Part(String name, boolean runs, String status) {}

    /**
     * @param user what the port is for, such as {@code users with TLS} or {@code the API}
     * @param vital whether the platform needs the port
     * @param another a clause that names what the user can do instead of freeing the port
     */
    record Port(int number, String user, boolean vital, String another, Holder holder) {}

    sealed interface Holder {
        record Nobody() implements Holder {}

        record Ours() implements Holder {}

        /**
         * @param name such as {@code apache2 (pid 12)}
         */
        record Other(String name) implements Holder {}
    }

    /**
     * @param use the data that is on this disk
     * @param inodesUsed share of its inodes that are in use, in percent; 0 if unknown
     */
    record Disk(String use, String path, long freeBytes, long totalBytes, int inodesUsed) {}

    /**
     * How busy this machine is.
     *
     * @param average number of processes that ran or waited, on average of the last minute
     * @param stalled share of the last minute in which processes waited for a resource, in percent,
     *     by the resource; empty if Linux does not report it
     * @param portProxies number of processes by which Docker passes on connections to published
     *     ports
     */
    record Burden(
            double average,
            int cores,
            Map<String, Double> stalled,
            long availableBytes,
            long totalBytes,
            int portProxies) {

        boolean busy() {
            return average >= 2 * cores;
        }
    }

    /**
     * An instance of an app without a CPU limit.
     *
     * @param share its use of the CPU, such as {@code 98.12%}; {@code ?} if Docker did not tell
     */
    record Unlimited(String instance, String share) {}

    /**
     * @param user the app that needs the image, or {@code AutoServe}
     * @param present whether Docker has the image
     * @param registry where a missing image comes from; empty if Docker has the image, or if the
     *     image is built on this machine
     * @param reachable whether that registry answers
     */
    record Image(
            String name,
            String user,
            boolean present,
            Optional<String> registry,
            boolean reachable) {}

    /**
     * An image of the platform itself.
     *
     * @param age time since it was built, and so since it got Debian's newest packages
     */
    record ImageAge(String name, Duration age) {}

    sealed interface ApiState {
        String url();

        record Unreachable(String url, String reason) implements ApiState {}

        /**
         * @param checks the checks that the controller reports about itself and the other parts
         * @param cluster empty if the API requires a token to show it
         * @param refused what the token does not permit to read, such as {@code the images and
         *     routes of the apps}
         */
        record Reachable(
                String url, List<Check> checks, Optional<Cluster> cluster, List<String> refused)
                implements ApiState {}
    }

    /** An app that does not become ready, with the reason. */
    sealed interface FailingApp {
        /**
         * The instances of the app keep failing.
         *
         * @param reason why the first of them failed last
         */
        record CrashLoop(String app, String reason) implements FailingApp {}

        /** The release command of the app failed. */
        record FailedRelease(String app, String reason) implements FailingApp {}
    }

    record Check(String name, boolean ok, String detail) {}

    /**
     * @param term the leader's epoch; 0 if no leader is known
     */
    record Cluster(
            String leader,
            long term,
            long timeline,
            int controllers,
            Set<String> versions,
            List<ReplicaLag> replicas) {}

    /**
     * @param lagBytes number of bytes that the standby is behind; negative if unknown
     */
    record ReplicaLag(String name, String state, long lagBytes) {}

    /**
     * A database server, by its address.
     *
     * @param certified how long its certificate is still valid; empty if doctor read none
     */
    record Server(String address, ServerState state, Optional<Duration> certified) {
        sealed interface ServerState {
            record Down(String reason) implements ServerState {}

            /** The server runs and refused doctor's login. */
            record Refuses() implements ServerState {}

            record Follows(String version) implements ServerState {}

            /**
             * @param pending number of migrations of this version that the database does not have
             *     yet
             * @param unknown number of migrations that a newer version has applied
             */
            record Leads(String version, String newest, int pending, int unknown)
                    implements ServerState {}
        }
    }

    /**
     * @param ahead how far the clock is ahead of this machine's clock; negative if it is behind
     */
    record Clock(String whose, Duration ahead) {}

    sealed interface Proxy {
        /** Nothing answers on the port for users. */
        record NotServing(String reason) implements Proxy {}

        /** nginx serves users, but doctor cannot read its route table. */
        record Unseen(String reason) implements Proxy {}

        record Serves(long timeline, long epoch, long seq) implements Proxy {}
    }
}
