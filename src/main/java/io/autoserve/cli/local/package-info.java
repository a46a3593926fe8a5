/**
 * This package covers what a platform uses on this machine: its folder, its ports, and the file
 * that records a running dev platform. It only reads and records, and never starts or stops
 * anything. {@code cli.dev} writes the file, and other commands read it.
 */
@NullMarked
package io.autoserve.cli.local;

import org.jspecify.annotations.NullMarked;
