/**
 * What nginx gets and what it reports. {@link io.autoserve.proxy.Hosts}, {@link
 * io.autoserve.proxy.RouteTable} and {@link io.autoserve.proxy.Counters} turn values into text and
 * back and know no IO. {@link io.autoserve.proxy.Nginx} is the edge. The other end is in {@code
 * nginx/}.
 */
@NullMarked
package io.autoserve.proxy;

import org.jspecify.annotations.NullMarked;
