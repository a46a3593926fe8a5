/** Pages of {@code docs} that are made from the code, and proof that what they say is so. */
@NullMarked
package io.autoserve.docs;

import org.jspecify.annotations.NullMarked;
