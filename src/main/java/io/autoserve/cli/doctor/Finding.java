package io.autoserve.cli.doctor;

/**
 * The judgement of one fact.
 *
 * @param check the part that was checked, in one word
 * @param fact one clause for operators
 * @param wayOut what the operator should do; empty if there is nothing to do
 */
record Finding(String check, Severity severity, String fact, String wayOut) {

    /** The order is from best to worst, so that the maximum of several is the worst. */
    enum Severity {
        OK,
        WARN,
        FAIL
    }

    static Finding ok(String check, String fact) {
        return new Finding(check, Severity.OK, fact, "");
    }

    static Finding warn(String check, String fact, String wayOut) {
        return new Finding(check, Severity.WARN, fact, wayOut);
    }

    static Finding fail(String check, String fact, String wayOut) {
        return new Finding(check, Severity.FAIL, fact, wayOut);
    }
}
