/**
 * Notifies systems outside of AutoServe of events. {@link io.autoserve.notifications.Batch}, {@link
 * io.autoserve.notifications.Letter} and {@link io.autoserve.notifications.Retry} decide, without
 * IO or a clock. {@link io.autoserve.notifications.Notifier} acts while this controller leads.
 */
@NullMarked
package io.autoserve.notifications;

import org.jspecify.annotations.NullMarked;
