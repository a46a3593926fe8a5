/**
 * Decides who may do what. This package defines the text of tokens and the content of sessions, and
 * it alone decides whether a caller may do something. It uses no IO, no clock and no HTTP. The API
 * calls it before every operation.
 */
@NullMarked
package io.autoserve.access;

import org.jspecify.annotations.NullMarked;
