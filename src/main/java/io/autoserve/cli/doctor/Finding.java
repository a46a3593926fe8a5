package io.autoserve.cli.doctor;

/**
 * The judgement of one fact.
 *
 * @param check the part that was checked, in one word
 * @param fact one clause for operators
 * @param wayOut what the operator should do; empty if nothing is to be done
 */
record Finding(String check, Verdict verdict, String fact, String wayOut) {

    /** From the best to the worst, so that the maximum is the worst. */
    enum Verdict {
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
