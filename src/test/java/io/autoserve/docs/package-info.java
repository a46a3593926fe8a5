/** Makes the generated pages of {@code docs}, and checks that pages say what the code does. */
@NullMarked
package io.autoserve.docs;

import org.jspecify.annotations.NullMarked;
