package io.autoserve.cli.help;

import io.autoserve.cli.command.BuildVersion;
import io.autoserve.cli.help.CommandPage.Entry;
import java.util.List;
import java.util.function.Consumer;

/** A command's manual page, in roff with the macros of man(7). */
record ManPage(CommandPage page) {

    /** Returns the page's name, such as {@code autoserve-rollout-undo}. */
    String name() {
        return page.name().replace(' ', '-');
    }

    String text() {
        var text = new StringBuilder();
        line(text, ".TH \"%s\" 1 \"\" \"AutoServe %s\"".formatted(title(), BuildVersion.text()));
        section(text, "NAME", it -> line(it, escaped(name()) + " \\- " + escaped(page.header())));
        section(text, "SYNOPSIS", it -> line(it, escaped(page.synopsis())));
        section(
                text,
                "DESCRIPTION",
                page.description(),
                (it, words) -> {
                    line(it, ".PP");
                    line(it, escaped(words));
                });
        section(text, "ARGUMENTS", page.arguments(), ManPage::entry);
        section(text, "OPTIONS", page.options(), ManPage::entry);
        section(text, "COMMANDS", page.commands(), ManPage::entry);
        section(text, "EXIT STATUS", page.exitCodes(), ManPage::entry);
        if (!page.examples().isEmpty()) {
            section(text, "EXAMPLES", this::examples);
        }
        section(text, "SEE ALSO", it -> line(it, seeAlso()));
        return text.toString();
    }

    private String title() {
        return name().toUpperCase(java.util.Locale.ROOT);
    }

    private interface Item<T> {
        void write(StringBuilder text, T item);
    }

    private static <T> void section(StringBuilder text, String title, List<T> items, Item<T> item) {
        if (!items.isEmpty()) {
            section(text, title, it -> items.forEach(each -> item.write(it, each)));
        }
    }

    private static void section(StringBuilder text, String title, Consumer<StringBuilder> body) {
        line(text, ".SH " + title);
        body.accept(text);
    }

    private static void entry(StringBuilder text, Entry entry) {
        line(text, ".TP");
        line(text, "\\fB%s\\fR".formatted(escaped(entry.term())));
        line(text, escaped(entry.meaning()));
    }

    private void examples(StringBuilder text) {
        line(text, ".nf");
        page.examples().forEach(example -> line(text, escaped(example)));
        line(text, ".fi");
    }

    /**
     * Returns the pages of the subcommands. If there are none, returns the page of the parent
     * command.
     */
    private String seeAlso() {
        var below = page.commands().stream().map(command -> name() + "-" + command.term()).toList();
        var above = name().replaceFirst("-[a-z]+(-forward)?$", "");
        var others = below.isEmpty() ? List.of(above) : below;
        return String.join(
                ",\n", others.stream().map(it -> ".BR %s (1)".formatted(escaped(it))).toList());
    }

    /**
     * Escapes text for roff. Roff would read a dot or a quote at the start of a line as a command,
     * and it may break a line at a plain hyphen.
     */
    private static String escaped(String text) {
        var plain = text.replace("\\", "\\e").replace("-", "\\-");
        return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }
}
