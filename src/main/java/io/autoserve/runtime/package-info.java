/**
 * Gives access to containers through one interface, with Docker behind it. This package handles
 * containers that exist. It does not depend on the apps that should exist.
 */
@NullMarked
package io.autoserve.runtime;

import org.jspecify.annotations.NullMarked;
