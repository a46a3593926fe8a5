/**
 * The commands that run a platform: its controllers and the nodes that instances are on. The
 * platform on one machine is in {@code cli.dev}.
 */
@NullMarked
package io.autoserve.cli.platform;

import org.jspecify.annotations.NullMarked;
