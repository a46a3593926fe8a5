package io.autoserve.store;

import io.autoserve.model.Image;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Stores the images that AutoServe pulled, and lists the images that are still needed. */
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

    /** Deletes the row of an image that Docker no longer has. */
    public void forgotten(Image image) {
        database.transaction(transaction ->
                transaction.run(
                        "delete from images where name = $1 and id = $2",
                        image.name(),
                        image.id()));
    }
}
