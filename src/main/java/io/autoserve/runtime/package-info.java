/**
 * Gives access to containers through one interface, with Docker behind it. This package knows only
 * the containers that exist, and nothing of the apps that should exist.
 */
@NullMarked
package io.autoserve.runtime;

import org.jspecify.annotations.NullMarked;
