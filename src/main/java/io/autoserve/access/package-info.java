/**
 * Who may do what: the text of tokens, what sessions say, and the one decision whether a caller may
 * do something. Knows no IO, no clock and nothing of HTTP; the doors ask it before they do
 * anything.
 */
@NullMarked
package io.autoserve.access;

import org.jspecify.annotations.NullMarked;
