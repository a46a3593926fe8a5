/** Reads the numbers of other systems that policies of scaling name. Decides nothing about them. */
@NullMarked
package io.autoserve.sources;

import org.jspecify.annotations.NullMarked;
