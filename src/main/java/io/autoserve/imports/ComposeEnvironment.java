package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.imports.YamlValue.Mapping;
import io.autoserve.imports.YamlValue.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** Converts the environment of a service, and remarks on values that no longer fit. */
final class ComposeEnvironment {
    private static final List<String> SECRET = List.of("PASSWORD", "SECRET", "TOKEN", "API_KEY");
    private static final List<String> ADDRESS =
            List.of("HOST", "ADDR", "SERVER", "ENDPOINT", "URL");

    private final ServiceFields service;
    private final ComposeContext context;
    private final Set<String> others;

    /**
     * @param others names of the other services of the file
     */
    ComposeEnvironment(ServiceFields service, ComposeContext context, Set<String> others) {
        this.service = service;
        this.context = context;
        this.others = others;
    }

    ArrayNode document() {
        var document = JsonNodeFactory.instance.arrayNode();
        variables()
                .forEach((name, value) -> {
                    document.addObject().put("name", name).put("value", value.text());
                    remarkSecret(name, value);
                    others.stream()
                            .filter(other -> names(name, value.text(), other))
                            .forEach(other ->
                                    service.remark(
                                            value,
                                            "environment." + name,
                                            "the service %s is another app now: its container is"
                                                    + " called %s-0, and other apps reach it only if the"
                                                    + " installation has AUTOSERVE_APPS_APART=false",
                                            other,
                                            AppNaming.of(other)));
                });
        return document;
    }

    /** Returns the variables of the files, and those of the service, which win. */
    private SequencedMap<String, Scalar> variables() {
        var variables = new LinkedHashMap<String, Scalar>();
        for (var item : service.list("env_file")) {
            file(item)
                    .forEach((name, value) ->
                            variables.put(name, new Scalar(value, false, item.line())));
        }
        service.pairs("environment")
                .forEach((name, value) -> {
                    var known = context.variables().get(name);
                    if (value.written().isPresent()) {
                        variables.put(name, new Scalar(value.written().get(), false, value.line()));
                    } else if (known != null) {
                        variables.put(name, new Scalar(known, false, value.line()));
                    } else {
                        service.remark(
                                value,
                                "environment." + name,
                                "the variable is not set here: it is left out");
                    }
                });
        return variables;
    }

    private Map<String, String> file(YamlValue item) {
        var fields =
                item instanceof Mapping mapping
                        ? new ServiceFields(mapping, "", new Remarks())
                        : null;
        var path = fields == null ? item.written() : fields.text("path");
        var text = path.flatMap(context.files());
        if (text.isPresent()) {
            return EnvFile.read(text.get());
        }
        var optional =
                fields != null && fields.text("required").filter("false"::equals).isPresent();
        if (!optional) {
            service.remark(
                    item,
                    "env_file",
                    "the file %s cannot be read: its variables are left out",
                    path.orElse(""));
        }
        return Map.of();
    }

    private void remarkSecret(String name, Scalar value) {
        var upper = name.toUpperCase(Locale.ROOT);
        if (!value.text().isEmpty() && SECRET.stream().anyMatch(upper::contains)) {
            service.remark(
                    value,
                    "environment." + name,
                    "everyone who may read the app's spec sees this value: store it with"
                            + " 'autoserve secret set', and write 'source: secret' and 'key: NAME'"
                            + " instead of the value");
        }
    }

    /** Returns whether the value of a variable seems to name the host of another service. */
    private static boolean names(String variable, String value, String other) {
        var upper = variable.toUpperCase(Locale.ROOT);
        if (value.equals(other)) {
            return ADDRESS.stream().anyMatch(upper::contains);
        }
        for (var at = value.indexOf(other); at >= 0; at = value.indexOf(other, at + 1)) {
            var end = at + other.length();
            var before = at == 0 ? ' ' : value.charAt(at - 1);
            var after = end == value.length() ? ' ' : value.charAt(end);
            var port =
                    after == ':'
                            && end + 1 < value.length()
                            && Character.isDigit(value.charAt(end + 1));
            var host = before == '/' || before == '@';
            var whole = !partOfName(before) && !partOfName(after);
            if (whole && (port || (host && value.contains("://")))) {
                return true;
            }
        }
        return false;
    }

    private static boolean partOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.';
    }
}
