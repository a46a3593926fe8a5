package io.autoserve.platform;

import io.autoserve.model.Refusal;

/**
 * The service layer: everything that users can read and change, by noun. Its methods, and those of
 * its parts, may be called from any thread and never block it. Futures fail with a {@link Refusal},
 * in words for users, if the reason is known. Any other failure is an error of AutoServe.
 */
public interface Platform {

    /** Returns the present view, which does not change while it is being read. */
    Snapshot snapshot();

    Apps apps();

    Attachments attachments();

    Loads loads();

    Requests requests();

    Events events();

    Cluster cluster();

    Nodes nodes();

    Tasks tasks();

    Tokens tokens();

    AuditTrail audit();

    Secrets secrets();

    Domains domains();

    Receivers receivers();

    /** Returns this controller's metrics in the text format of Prometheus. */
    String metrics();
}
