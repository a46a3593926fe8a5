/**
 * Communication with nginx: route tables and certificates that nginx receives, and counters that it
 * reports. {@link io.autoserve.proxy.Hosts}, {@link io.autoserve.proxy.RouteTable} and {@link
 * io.autoserve.proxy.Counters} convert values to text and back, without IO. {@link
 * io.autoserve.proxy.NginxManager} communicates with one running nginx, and {@link
 * io.autoserve.proxy.Proxies} with several. {@link io.autoserve.proxy.Rotation} decides which of
 * them a change waits for. The Lua code that runs in nginx is in {@code nginx/}.
 */
@NullMarked
package io.autoserve.proxy;

import org.jspecify.annotations.NullMarked;
