/** Computes due times from cron expressions. Only this package uses the library for cron. */
@NullMarked
package io.autoserve.cron;

import org.jspecify.annotations.NullMarked;
