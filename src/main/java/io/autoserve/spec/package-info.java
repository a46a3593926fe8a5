/**
 * Converts text to the model and back. It reports every error of a spec at once, each with its
 * place. The published schema ({@code schema/app.v1.json}) defines what each field may hold and its
 * default. {@code Rules} defines which fields can be used together. Apart from loading that schema,
 * nothing here reads files, sockets or clocks.
 */
@NullMarked
package io.autoserve.spec;

import org.jspecify.annotations.NullMarked;
