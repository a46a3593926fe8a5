/**
 * Who may do what: the text of tokens, the content of sessions, and the one decision whether a
 * caller may do something. It knows no IO, no clock and nothing of HTTP. The API asks it before
 * every operation.
 */
@NullMarked
package io.autoserve.access;

import org.jspecify.annotations.NullMarked;
