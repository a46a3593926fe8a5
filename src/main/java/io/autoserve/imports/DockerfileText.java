package io.autoserve.imports;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Splits a Dockerfile into its instructions. */
final class DockerfileText {
    /** Instructions whose text may be followed by lines of a here-document. */
    private static final Set<String> WITH_DOCUMENTS = Set.of("RUN", "COPY", "ADD");

    private DockerfileText() {}

    /**
     * @param line from 1
     * @param name in upper case
     * @param text what follows the name, in one line
     */
    record Instruction(int line, String name, String text) {}

    static List<Instruction> instructions(String text) {
        var lines = text.lines().toList();
        var instructions = new ArrayList<Instruction>();
        var at = 0;
        while (at < lines.size()) {
            if (skipped(lines.get(at))) {
                at++;
                continue;
            }
            var first = at;
            var joined = new StringBuilder();
            while (at < lines.size() && continues(lines.get(at))) {
                joined.append(withoutEnd(lines.get(at))).append(' ');
                at++;
            }
            if (at < lines.size()) {
                joined.append(lines.get(at));
                at++;
            }
            var instruction = instruction(first + 1, joined.toString().strip());
            instructions.add(instruction);
            at = afterDocuments(lines, at, instruction);
        }
        return List.copyOf(instructions);
    }

    private static boolean skipped(String line) {
        return line.isBlank() || line.stripLeading().startsWith("#");
    }

    /**
     * Returns whether the instruction continues after this line. Comments lie between its lines.
     */
    private static boolean continues(String line) {
        return skipped(line) || line.stripTrailing().endsWith("\\");
    }

    private static String withoutEnd(String line) {
        var text = line.stripTrailing();
        return skipped(line) ? "" : text.substring(0, text.length() - 1);
    }

    private static Instruction instruction(int line, String text) {
        var space = 0;
        while (space < text.length() && !Character.isWhitespace(text.charAt(space))) {
            space++;
        }
        return new Instruction(
                line,
                text.substring(0, space).toUpperCase(Locale.ROOT),
                text.substring(space).strip());
    }

    /** Returns the index of the first line after the here-documents of an instruction. */
    private static int afterDocuments(List<String> lines, int from, Instruction instruction) {
        var at = from;
        if (!WITH_DOCUMENTS.contains(instruction.name())) {
            return at;
        }
        for (var end : endsOfDocuments(instruction.text())) {
            while (at < lines.size() && !lines.get(at).strip().equals(end)) {
                at++;
            }
            at = Math.min(lines.size(), at + 1);
        }
        return at;
    }

    /** Returns the words after {@code <<} or {@code <<-}, which end the here-documents. */
    private static List<String> endsOfDocuments(String text) {
        var ends = new ArrayList<String>();
        for (var word : ShellWords.of(text)) {
            var begin = word.indexOf("<<");
            if (begin >= 0) {
                var end = word.substring(begin + 2);
                var plain = end.startsWith("-") ? end.substring(1) : end;
                if (!plain.isEmpty() && Character.isLetter(plain.charAt(0))) {
                    ends.add(plain);
                }
            }
        }
        return List.copyOf(ends);
    }
}
