/**
 * Text to model and back: reports every error of a spec at once, each with its place. The published
 * schema ({@code schema/app.v1.json}) says what each field may hold and its default. {@code Rules}
 * says which fields go together. Nothing here reads files, sockets or clocks.
 */
@NullMarked
package io.autoserve.spec;

import org.jspecify.annotations.NullMarked;
