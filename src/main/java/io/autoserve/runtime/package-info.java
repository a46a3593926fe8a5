/**
 * The edge to containers: one interface, with Docker behind it. It knows only the containers that
 * exist, and nothing of the apps that should exist.
 */
@NullMarked
package io.autoserve.runtime;

import org.jspecify.annotations.NullMarked;
