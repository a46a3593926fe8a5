package io.autoserve.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.doctor.Libraries.Library;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The list of libraries with known vulnerabilities that comes with this version. It is as old as
 * this version, so it can miss vulnerabilities that were found later.
 */
record FaultList(List<KnownFault> faults) {

    /**
     * @param library {@code group:artifact}; the artifact {@code *} stands for every library of the
     *     group
     * @param from first version with the vulnerability; empty if all earlier versions have it
     * @param below first version without the vulnerability; empty if it is not known
     * @param through last version that is known to have the vulnerability, if {@code below} is not
     *     known
     * @param id id of the vulnerability at osv.dev; empty if the entry was added by hand
     */
    record KnownFault(String library, String from, String below, String through, String id) {
        boolean concerns(Library present) {
            var every =
                    library.endsWith(":*")
                            && present.name()
                                    .startsWith(library.substring(0, library.length() - 1));
            return (every || present.name().equals(library)) && affects(present.version());
        }

        private boolean affects(String version) {
            var present = Release.of(version);
            if (!from.isEmpty() && present.compareTo(Release.of(from)) < 0) {
                return false;
            }
            return below.isEmpty()
                    ? present.compareTo(Release.of(through)) <= 0
                    : present.compareTo(Release.of(below)) < 0;
        }

        String remedy() {
            return below.isEmpty() ? "newer than " + through : below + " or newer";
        }
    }

    /**
     * The order of versions: {@code 4.2.18.Final} equals 4.2.18, and {@code 4.2.18.RC1} comes
     * before both.
     *
     * @param numbers the leading numbers, without zeros at the end
     * @param preview whether the version is a preview of the numbered one
     */
    private record Release(List<Integer> numbers, boolean preview) implements Comparable<Release> {
        private static final Pattern PREVIEW =
                Pattern.compile("(?i).*[.-](alpha|beta|rc|cr|m|snapshot)[0-9.-]*$");

        static Release of(String text) {
            var numbers = new ArrayList<Integer>();
            for (var part : text.split("[.-]", -1)) {
                if (!part.matches("[0-9]{1,9}")) {
                    break;
                }
                numbers.add(Integer.valueOf(part));
            }
            while (!numbers.isEmpty() && numbers.getLast() == 0) {
                numbers.removeLast();
            }
            return new Release(List.copyOf(numbers), PREVIEW.matcher(text).matches());
        }

        @Override
        public int compareTo(Release other) {
            for (var i = 0; i < Math.max(numbers.size(), other.numbers.size()); i++) {
                var order = Integer.compare(number(i), other.number(i));
                if (order != 0) {
                    return order;
                }
            }
            return Boolean.compare(other.preview, preview);
        }

        private int number(int index) {
            return index < numbers.size() ? numbers.get(index) : 0;
        }
    }

    /** Reads the list of this version. */
    static FaultList read() {
        try (var in = FaultList.class.getResourceAsStream("/known-faults.json")) {
            if (in == null) {
                throw new IllegalStateException("known-faults.json is not on the class path");
            }
            return of(new ObjectMapper().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static FaultList of(JsonNode json) {
        var faults = new ArrayList<KnownFault>();
        for (var fault : json.path("faults")) {
            var below = fault.path("below").asText();
            var through = fault.path("through").asText();
            if (below.isEmpty() == through.isEmpty()) {
                throw new IllegalStateException(
                        "known-faults.json must have either below or through, but %s does not"
                                .formatted(fault));
            }
            faults.add(
                    new KnownFault(
                            fault.path("library").asText(),
                            fault.path("from").asText(),
                            below,
                            through,
                            fault.path("id").asText()));
        }
        return new FaultList(List.copyOf(faults));
    }

    /** Returns the first known vulnerability of the library, or empty if none is known. */
    Optional<KnownFault> of(Library present) {
        return faults.stream().filter(fault -> fault.concerns(present)).findFirst();
    }
}
