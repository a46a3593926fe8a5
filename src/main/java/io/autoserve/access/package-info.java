/**
 * Decides who may do what. This package has the text of tokens, the content of sessions, and the
 * one decision whether a caller may do something. It uses no IO and no clock and does not know
 * HTTP. The API asks it before every operation.
 */
@NullMarked
package io.autoserve.access;

import org.jspecify.annotations.NullMarked;
