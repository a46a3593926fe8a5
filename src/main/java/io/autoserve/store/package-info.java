/**
 * Reads and writes PostgreSQL, and converts rows to records. Users' changes are written by {@code
 * DesiredState}. The leader's changes are written by {@code FencedWrites}, which refuses a leader
 * whose term is over. Each change of an app, instance, node, secret, domain or token appends its
 * event in the same transaction.
 */
@NullMarked
package io.autoserve.store;

import org.jspecify.annotations.NullMarked;
