package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Stores the images that AutoServe pulled and the images that the containers of apps are created
 * from, and lists the images that are still needed.
 */
public final class ImageTable {
    private final Database database;
    private final InstantSource clock;

    public ImageTable(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Records an image that AutoServe pulled because the engine did not have it. */
    public void fetched(Image image) {
        database.transaction(transaction ->
                transaction.run(
                        """
                        insert into images (name, id, fetched_at) values ($1, $2, $3)
                        on conflict (name, id) do update set fetched_at = $3
                        """,
                        image.name(),
                        image.id(),
                        Rows.time(clock.instant())));
    }

    /** Returns the pulled images, oldest first. */
    public List<Image> fetched() {
        return database.snapshot(transaction -> {
            var images = new ArrayList<Image>();
            transaction
                    .run("select name, id from images order by fetched_at")
                    .forEach(row -> images.add(new Image(row.getString(0), row.getString(1))));
            return List.copyOf(images);
        });
    }

    /**
     * Returns the names of the images that the kept revisions of all apps use, spelled as in their
     * specs.
     */
    public List<String> named() {
        return database.snapshot(transaction -> {
            var names = new ArrayList<String>();
            transaction
                    .run("select distinct spec #>> '{spec,image}' from revisions")
                    .forEach(row -> names.add(row.getString(0)));
            return List.copyOf(names);
        });
    }

    /** Returns the ids of the images that the containers of kept revisions are created from. */
    public List<String> recorded() {
        return database.snapshot(transaction -> {
            var ids = new ArrayList<String>();
            transaction
                    .run("select distinct image_id from template_images")
                    .forEach(row -> ids.add(row.getString(0)));
            return List.copyOf(ids);
        });
    }

    /** Returns the name of the image that is recorded for the app's template. */
    static Optional<String> image(Transaction transaction, App app) {
        return transaction
                .first(
                        "select image from template_images where app_id = $1 and template = $2",
                        app.id(),
                        app.template())
                .map(row -> row.getString(0));
    }

    /**
     * Returns whether the app may use the image that its spec names, and records a private image.
     * An image without a digest is never recorded, because the registry that was asked may have
     * another image of that name.
     *
     * @param image what the name refers to
     * @param access what the registry confirmed to this app just now
     */
    static boolean permits(Transaction transaction, AppSpec spec, Image image, ImageAccess access) {
        if (Image.isLocal(spec.image())) {
            return true;
        }
        if (access == ImageAccess.PRIVATE && Image.hasDigest(image.name())) {
            transaction.tell(
                    "insert into private_images (image_id) values ($1) on conflict do nothing",
                    image.id());
        }
        return access.isProven()
                || (spec.registryAuth() == null
                        && transaction
                                .first("select from private_images where image_id = $1", image.id())
                                .isEmpty());
    }

    static void record(Transaction transaction, App app, Image image) {
        transaction.tell(
                "insert into template_images (app_id, template, image, image_id) values ($1, $2, $3, $4)",
                app.id(),
                app.template(),
                image.name(),
                image.id());
    }

    /** Deletes the row of an image that Docker no longer has. */
    public void forgotten(Image image) {
        database.transaction(transaction ->
                transaction.run(
                        "delete from images where name = $1 and id = $2",
                        image.name(),
                        image.id()));
    }
}
