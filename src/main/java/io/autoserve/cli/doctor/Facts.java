package io.autoserve.cli.doctor;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was seen. Nothing in it judges.
 *
 * @param images that the platform itself and the apps run
 * @param clocks of others, compared with this machine's
 */
record Facts(
        Place place,
        Engine engine,
        List<Part> parts,
        List<Port> ports,
        List<Disk> disks,
        List<Image> images,
        Api api,
        List<Server> databases,
        List<Clock> clocks,
        Optional<Proxy> proxy) {

    /** What runs here, as far as can be seen. */
    enum Place {
        NOTHING,
        DEV,
        CLUSTER,
        /** On another machine, of which only the API is seen. */
        ELSEWHERE
    }

    sealed interface Engine {
        /**
         * @param cgroup 1 or 2
         * @param storage such as overlay2
         */
        record Answers(String version, String cgroup, String storage) implements Engine {}

        /** No client of Docker is there to ask by. */
        record NotInstalled() implements Engine {}

        record NotAllowed() implements Engine {}

        record Silent(String reason) implements Engine {}

        record NotAsked() implements Engine {}
    }

    /**
     * A container of the platform itself.
     *
     * @param status as the engine says it, such as {@code Exited (137) 3 minutes ago}
     */
    record Part(String name, boolean runs, String status) {}

    /**
     * @param user what of AutoServe listens there
     * @param vital whether the platform cannot do without it
     * @param another how another port is chosen
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
     * @param use what is kept there
     */
    record Disk(String use, String path, long freeBytes, long totalBytes) {}

    /**
     * @param user the app that wants it, or {@code AutoServe}
     * @param present whether the engine has it
     * @param registry of one that is missing; empty where it is built here
     * @param reachable whether that registry answers
     */
    record Image(
            String name,
            String user,
            boolean present,
            Optional<String> registry,
            boolean reachable) {}

    sealed interface Api {
        String url();

        record Silent(String url, String reason) implements Api {}

        /**
         * @param checks of the controller that answered, on itself and the others
         * @param cluster empty where it is shown to nobody without a token
         */
        record Answers(String url, List<Check> checks, Optional<Cluster> cluster) implements Api {}
    }

    record Check(String name, boolean ok, String detail) {}

    /**
     * @param term the leader's epoch; 0: none is known
     */
    record Cluster(
            String leader,
            long term,
            long timeline,
            int controllers,
            Set<String> versions,
            List<Replica> replicas) {}

    /**
     * @param lagBytes negative: unknown
     */
    record Replica(String name, String state, long lagBytes) {}

    /**
     * A database server, by its address.
     *
     * @param certified how long its certificate is good yet; empty where it was asked without TLS
     */
    record Server(String address, Answer answer, Optional<Duration> certified) {
        sealed interface Answer {
            record Silent(String reason) implements Answer {}

            /** It runs, and lets in nobody without its password. */
            record Refuses() implements Answer {}

            record Follows(String version) implements Answer {}

            /**
             * @param pending migrations that this version brings and the database lacks
             * @param unknown migrations that a newer version has made
             */
            record Leads(String version, String newest, int pending, int unknown)
                    implements Answer {}
        }
    }

    /**
     * @param ahead of this machine's; negative: behind
     */
    record Clock(String whose, Duration ahead) {}

    sealed interface Proxy {
        /** Nothing answers on the port of users. */
        record Silent(String reason) implements Proxy {}

        /** It serves, and its table cannot be seen from here. */
        record Unseen(String reason) implements Proxy {}

        record Serves(long timeline, long epoch, long seq) implements Proxy {}
    }
}
