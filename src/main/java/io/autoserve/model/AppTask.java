package io.autoserve.model;

/**
 * A task together with its app.
 *
 * @param app the app at the revision that the task uses, with the image of that revision
 */
public record AppTask(App app, Task task) {}
