/**
 * The Health Checker: asks every instance how it is, and tells only what has changed. {@link
 * io.autoserve.health.Judgement} and {@link io.autoserve.health.Checkup} decide, without IO or a
 * clock; {@link io.autoserve.health.Watchlist} knows who is asked when; {@link
 * io.autoserve.health.Prober} asks. Nothing here knows the engine or the store, nor what becomes of
 * a verdict: that is for the reconcile loop.
 */
@NullMarked
package io.autoserve.health;

import org.jspecify.annotations.NullMarked;
