/**
 * What nginx is told, and what it tells. {@link io.autoserve.proxy.Hosts}, {@link
 * io.autoserve.proxy.RouteTable} and {@link io.autoserve.proxy.Counters} are text in and out and
 * know no IO; {@link io.autoserve.proxy.Nginx} is the edge. The other end is in {@code nginx/}.
 */
@NullMarked
package io.autoserve.proxy;

import org.jspecify.annotations.NullMarked;
