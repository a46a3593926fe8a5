/**
 * DECIDES. Pure: what is wanted, what is and what time it is go in; actions with their reasons come
 * out. Whatever acts on them is dull.
 */
@NullMarked
package io.autoserve.plan;

import org.jspecify.annotations.NullMarked;
