/**
 * The Health Checker: checks every instance and reports only what has changed. {@link
 * io.autoserve.health.Judgement} and {@link io.autoserve.health.Checkup} decide, without IO or a
 * clock. {@link io.autoserve.health.Watchlist} schedules the checks, and {@link
 * io.autoserve.health.Prober} runs them. {@link io.autoserve.health.PunctualProbing} discards the
 * failures for which this controller's own delay may be the reason. This package depends on neither
 * Docker nor the store. It does not decide what follows from a verdict; the reconcile loop does.
 */
@NullMarked
package io.autoserve.health;

import org.jspecify.annotations.NullMarked;
