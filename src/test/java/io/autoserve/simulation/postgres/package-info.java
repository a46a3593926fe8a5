/**
 * A model of PostgreSQL that runs the statements of AutoServe as they are written, so that a wrong
 * statement is found like any other wrong code. It has sessions with timeouts, row locks and
 * advisory locks, transactions in READ COMMITTED and REPEATABLE READ, commits that wait for the
 * standby or not, notifications, and promotion of a standby that lacks the last commits.
 *
 * <p>The model knows only the SQL that AutoServe uses, and refuses everything else. Functions that
 * a migration defines are written again in Java. This package is not null-marked, because the
 * values of SQL are often null.
 */
package io.autoserve.simulation.postgres;
