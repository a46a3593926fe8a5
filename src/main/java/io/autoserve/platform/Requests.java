package io.autoserve.platform;

import io.autoserve.model.ServedRequest;
import io.vertx.core.Future;
import java.util.List;

/** The last requests of each app, which nginx keeps. */
public interface Requests {

    /**
     * Returns the last requests of an app, oldest first. Of an app with many requests, nginx keeps
     * some in each second only, but nearly all that failed. Fails if nginx does not answer.
     */
    Future<List<ServedRequest>> of(String app);
}
