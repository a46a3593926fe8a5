package io.autoserve.cli.doctor;

/**
 * What is thought of one fact.
 *
 * @param check what was looked at, in one word
 * @param fact one clause, as operators read it
 * @param wayOut what to do; empty where nothing is to be done
 */
public record Finding(String check, Verdict verdict, String fact, String wayOut) {

    /** In the order of how bad it is. */
    public enum Verdict {
        OK,
        WARN,
        FAIL
    }

    static Finding ok(String check, String fact) {
        return new Finding(check, Verdict.OK, fact, "");
    }

    static Finding warn(String check, String fact, String wayOut) {
        return new Finding(check, Verdict.WARN, fact, wayOut);
    }

    static Finding fail(String check, String fact, String wayOut) {
        return new Finding(check, Verdict.FAIL, fact, wayOut);
    }
}
