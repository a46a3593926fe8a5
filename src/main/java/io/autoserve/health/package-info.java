/**
 * The Health Checker: checks every instance and reports only what has changed. {@link
 * io.autoserve.health.Judgement} and {@link io.autoserve.health.Checkup} decide, without IO or a
 * clock. {@link io.autoserve.health.Watchlist} knows which check is due when, and {@link
 * io.autoserve.health.Prober} runs it. Nothing here knows Docker or the store, nor what follows
 * from a verdict: the reconcile loop decides that.
 */
@NullMarked
package io.autoserve.health;

import org.jspecify.annotations.NullMarked;
