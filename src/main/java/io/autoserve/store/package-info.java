/**
 * The edge to Postgres: tables in, records out. Users' wishes come in through {@code Wishes}, the
 * leader's acts through {@code Claims}, which no old leader can pass. Every write appends its event
 * in the same transaction.
 */
@NullMarked
package io.autoserve.store;

import org.jspecify.annotations.NullMarked;
