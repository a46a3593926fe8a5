package io.autoserve.cli.terminal;

/** The colours of the output, each for one purpose. */
public enum Paint {
    STRONG("1"),
    FAINT("2"),
    BAD("31"),
    GOOD("32"),
    BUSY("33"),
    NAME("36");

    private final String code;

    Paint(String code) {
        this.code = code;
    }

    String over(String text) {
        return "\033[" + code + "m" + text + "\033[0m";
    }
}
