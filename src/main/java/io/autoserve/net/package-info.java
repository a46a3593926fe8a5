/**
 * Decides which addresses of the network AutoServe may reach when a user names them. Nothing here
 * opens a connection or resolves a name.
 */
@NullMarked
package io.autoserve.net;

import org.jspecify.annotations.NullMarked;
