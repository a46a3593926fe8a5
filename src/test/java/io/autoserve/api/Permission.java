package io.autoserve.api;

import io.autoserve.access.Requirement;
import io.autoserve.access.Requirement.Reach;
import io.autoserve.api.Contract.Operation;
import io.autoserve.model.Role;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Repeats by hand which role each operation needs. The server takes the roles from its contract. A
 * test that also took them from the contract would not notice a mistake in it.
 *
 * @param role null if everyone may call the operation
 */
record Permission(String operation, @Nullable Role role, Reach reach) {
    private static final Pattern COLUMNS = Pattern.compile(" +\\| +");

    static final List<Permission> ALL =
            """
            live              | anyone   | -
            ready             | anyone   | -
            readSession       | anyone   | -
            beginSession      | anyone   | -
            endSession        | anyone   | -
            home              | anyone   | -
            contract          | anyone   | -
            appSchema         | anyone   | -
            readApp           | viewer   | one
            readRollout       | viewer   | one
            listRevisions     | viewer   | one
            readRevision      | viewer   | one
            readScaling       | viewer   | one
            readMetrics       | viewer   | one
            readSpec          | viewer   | one
            listInstances     | viewer   | one
            listAppEvents     | viewer   | one
            readLogs          | viewer   | one
            listRequests      | viewer   | one
            streamLogs        | viewer   | one
            readHealth        | viewer   | one
            listApps          | viewer   | own
            readLoads         | viewer   | own
            listEvents        | viewer   | own
            streamEvents      | viewer   | own
            readCluster       | viewer   | own
            readLeader        | viewer   | own
            readClusterHealth | viewer   | own
            listTasks         | viewer   | one
            readTask          | viewer   | one
            readTaskLogs      | viewer   | one
            runTask           | deployer | one
            listSchedules     | viewer   | one
            runSchedule       | deployer | one
            suspendSchedule   | deployer | one
            resumeSchedule    | deployer | one
            cancelTask        | deployer | one
            listNodes         | viewer   | all
            checkHealth       | viewer   | all
            metrics           | viewer   | all
            applyApp          | deployer | one
            deleteApp         | deployer | one
            startApp          | deployer | one
            stopApp           | deployer | one
            restartApp        | deployer | one
            scaleApp          | deployer | one
            pauseRollout      | deployer | one
            resumeRollout     | deployer | one
            undoRollout       | deployer | one
            changeScaling     | deployer | one
            listHooks         | deployer | one
            createHook        | deployer | one
            revokeHook        | deployer | one
            deployImage       | hook     | one
            execCommand       | deployer | one
            forwardPort       | deployer | one
            registerApp       | deployer | own
            listSecrets       | deployer | own
            setSecret         | deployer | own
            deleteSecret      | deployer | own
            limitSecret       | deployer | own
            listDomains       | deployer | all
            drainNode         | admin    | all
            uncordonNode      | admin    | all
            resealSecrets     | admin    | all
            setDomain         | admin    | all
            deleteDomain      | admin    | all
            listTokens        | admin    | all
            listAudit         | admin    | all
            listReceivers     | admin    | all
            setReceiver       | admin    | all
            removeReceiver    | admin    | all
            testReceiver      | admin    | all
            createToken       | admin    | all
            revokeToken       | admin    | all
            """
                    .lines()
                    .map(Permission::parse)
                    .toList();

    private static Permission parse(String line) {
        var columns = COLUMNS.split(line, 3);
        return columns[1].equals("anyone")
                ? new Permission(columns[0], null, Reach.ALL)
                : new Permission(
                        columns[0],
                        Role.valueOf(columns[1].toUpperCase(Locale.ROOT)),
                        Reach.valueOf(columns[2].toUpperCase(Locale.ROOT)));
    }

    static Permission of(Operation operation) {
        return ALL.stream()
                .filter(it -> it.operation.equals(operation.id()))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the permission that the contract declares for the operation. */
    static Permission told(Operation operation) {
        Requirement need = operation.need();
        return new Permission(
                operation.id(), need.role(), need.role() == null ? Reach.ALL : need.reach());
    }

    boolean open() {
        return role == null;
    }
}
