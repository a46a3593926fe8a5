package io.autoserve.simulation.postgres;

import java.util.List;

/**
 * The answer to a statement.
 *
 * @param changed number of rows that were returned, inserted, updated or deleted
 */
record Result(List<String> columns, List<Object[]> rows, int changed) {
    static final Result NOTHING = new Result(List.of(), List.of(), 0);
}
