package io.autoserve.spec;

/** Builds JSON pointers (RFC 6901). */
final class Pointer {
    private Pointer() {}

    static String to(String parent, String field) {
        return parent + "/" + field.replace("~", "~0").replace("/", "~1");
    }

    static String to(String parent, int index) {
        return parent + "/" + index;
    }

    /**
     * Returns a short name of the place for messages, such as {@code containerPort} or {@code
     * domains[0]}.
     */
    static String name(String pointer) {
        if (pointer.isEmpty()) {
            return "the document";
        }
        var slash = pointer.lastIndexOf('/');
        var last = pointer.substring(slash + 1).replace("~1", "/").replace("~0", "~");
        var inList = slash > 0 && last.chars().allMatch(Character::isDigit);
        return inList ? "%s[%s]".formatted(name(pointer.substring(0, slash)), last) : last;
    }
}
