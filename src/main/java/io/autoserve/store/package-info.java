/**
 * The edge to PostgreSQL: tables in, records out. Users' changes come in through {@code
 * DesiredState}. The leader's come in through {@code FencedWrites}, which refuse a leader whose
 * term is over. Every write appends its event in the same transaction.
 */
@NullMarked
package io.autoserve.store;

import org.jspecify.annotations.NullMarked;
