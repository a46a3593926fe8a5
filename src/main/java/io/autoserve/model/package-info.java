/**
 * The nouns of AutoServe: what a user registers, what runs, and what happened. Records refuse
 * invalid values in their constructors, and choices are sealed. Nothing here knows Vert.x, IO or
 * the wall clock.
 */
@NullMarked
package io.autoserve.model;

import org.jspecify.annotations.NullMarked;
