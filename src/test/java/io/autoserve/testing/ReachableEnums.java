package io.autoserve.testing;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** Finds all enums in the components of a record, and in the records nested in it. */
public final class ReachableEnums {
    private final Set<Class<?>> ends;
    private final Set<Class<?>> seen = new HashSet<>();
    private final Set<Class<?>> found = new LinkedHashSet<>();

    private ReachableEnums(Set<Class<?>> ends) {
        this.ends = ends;
    }

    /**
     * @param ends nested records whose components are not searched
     */
    public static Set<Class<?>> of(Class<?> root, Class<?>... ends) {
        var search = new ReachableEnums(Set.of(ends));
        search.visit(root);
        return search.found;
    }

    private void visit(Type type) {
        switch (type) {
            case ParameterizedType generic -> {
                visit(generic.getRawType());
                for (var argument : generic.getActualTypeArguments()) {
                    visit(argument);
                }
            }
            case Class<?> plain -> visit(plain);
            default -> {
                // a wildcard or a type variable, which no record here has
            }
        }
    }

    private void visit(Class<?> type) {
        if (!type.getName().startsWith("io.autoserve") || ends.contains(type) || !seen.add(type)) {
            return;
        }
        if (type.isEnum()) {
            found.add(type);
        } else if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                visit(component.getGenericType());
            }
        } else if (type.isSealed()) {
            for (var permitted : type.getPermittedSubclasses()) {
                visit(permitted);
            }
        }
    }
}
