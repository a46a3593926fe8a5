/**
 * The nouns: what a user registers, what runs, what happened. Records refuse nonsense in their
 * constructors; choices are sealed. Nothing here knows Vert.x, IO or the wall clock.
 */
@NullMarked
package io.autoserve.model;

import org.jspecify.annotations.NullMarked;
