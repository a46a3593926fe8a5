/**
 * The service layer below the API: one interface for each noun that users read or change, and how a
 * running controller answers it. Reads come from the view, writes go to the store, and logs and
 * sessions come from Docker. It knows nothing of HTTP, and it never plans or acts for an app.
 */
@NullMarked
package io.autoserve.platform;

import org.jspecify.annotations.NullMarked;
