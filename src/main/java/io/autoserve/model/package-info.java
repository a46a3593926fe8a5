/**
 * The nouns of AutoServe: what a user registers, what runs, and what happened. Records refuse
 * invalid values in their constructors, and choices are sealed. This package uses neither Vert.x
 * nor IO nor the wall clock.
 */
@NullMarked
package io.autoserve.model;

import org.jspecify.annotations.NullMarked;
