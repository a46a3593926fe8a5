/**
 * Reads and writes PostgreSQL, and converts rows to records. Users' changes are written by {@code
 * DesiredState}. The leader's changes are written by {@code FencedWrites}, which refuses a leader
 * whose term is over. Every write appends its event in the same transaction.
 */
@NullMarked
package io.autoserve.store;

import org.jspecify.annotations.NullMarked;
