package io.autoserve.platform;

import io.autoserve.model.PlainText;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The published addresses of the platform and their states, as the container of the front door
 * reports them.
 */
record FrontDoor(List<Door> doors) {

    /**
     * The parts whose containers the leader restarts so that Docker publishes their ports again.
     */
    private static final Set<String> REPAIRED = Set.of("nginx", "nginx-2", "controller-lb");

    /** A line of the report; see src/main/docker/keeper/front-door. */
    private static final Pattern LINE =
            Pattern.compile(
                    "((?:[0-9.]+|\\[[0-9A-Fa-f:.]{2,45}]):[0-9]{1,5}) ([a-z0-9-]{1,40}) (open|closed|down)(?: (.*))?");

    private static final int LONGEST_REASON = 200;

    FrontDoor {
        doors = List.copyOf(doors);
    }

    enum DoorState {
        OPEN,
        /** The part answers at its own address, but not at the published one. */
        CLOSED,
        /** The part does not answer at its own address either. */
        DOWN
    }

    /**
     * @param address the published address and port. An IPv6 address has brackets
     * @param part name of the part that the address should lead to, without the installation
     * @param reason why the door is not open; empty if it is
     */
    record Door(String address, String part, DoorState state, String reason) {
        boolean isClosed() {
            return state == DoorState.CLOSED;
        }

        boolean isRepaired() {
            return REPAIRED.contains(part);
        }
    }

    /** Reads a report. Lines in another form are ignored. */
    static FrontDoor read(String report) {
        return new FrontDoor(
                report.lines()
                        .map(LINE::matcher)
                        .filter(Matcher::matches)
                        .map(line -> door(line.toMatchResult()))
                        .toList());
    }

    private static Door door(MatchResult line) {
        var reason = line.group(4);
        return new Door(
                line.group(1),
                line.group(2),
                DoorState.valueOf(line.group(3).toUpperCase(Locale.ROOT)),
                reason == null ? "" : PlainText.cut(PlainText.of(reason), LONGEST_REASON));
    }

    List<Door> closed() {
        return doors.stream().filter(Door::isClosed).toList();
    }

    /** Returns the parts of which the leader may restart the container. */
    Set<String> repaired() {
        return doors.stream()
                .filter(Door::isRepaired)
                .map(Door::part)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the parts of which the leader should restart the container. */
    Set<String> broken() {
        return closed().stream()
                .filter(Door::isRepaired)
                .map(Door::part)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the parts that answer at all of their addresses. */
    Set<String> whole() {
        var others =
                doors.stream()
                        .filter(door -> door.state() != DoorState.OPEN)
                        .map(Door::part)
                        .collect(Collectors.toSet());
        return doors.stream()
                .map(Door::part)
                .filter(part -> !others.contains(part))
                .collect(Collectors.toUnmodifiableSet());
    }
}
