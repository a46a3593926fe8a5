/**
 * The service layer below the API. It has one interface for each noun that users read or change,
 * and its implementation for a running controller. Reads come from the view, writes go to the
 * store, and logs and sessions come from Docker. This package does not use HTTP, and it never plans
 * or acts for an app.
 */
@NullMarked
package io.autoserve.platform;

import org.jspecify.annotations.NullMarked;
