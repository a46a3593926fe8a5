package io.autoserve.store;

import io.autoserve.secrets.KeyRing;
import io.autoserve.secrets.Sealed;
import io.vertx.sqlclient.Row;
import java.util.function.Function;

/**
 * A table with sealed values, in the columns {@code key_id} and {@code sealed}.
 *
 * @param id the table's primary key
 * @param purpose returns the purpose for which the value of a row is sealed
 */
record SealedColumn(String table, String id, Function<Row, String> purpose) {

    static Sealed of(Row row) {
        return new Sealed(row.getString("key_id"), row.getString("sealed"));
    }

    /**
     * Seals each value again with the newest key if another key had sealed it.
     *
     * @return how many values were resealed
     */
    int reseal(Transaction transaction, KeyRing ring) {
        var old =
                transaction.run(
                        "select * from %s where key_id <> $1 order by %s for no key update"
                                .formatted(table, id),
                        ring.newest());
        for (var row : old) {
            var what = purpose.apply(row);
            var sealed = ring.seal(ring.open(of(row), what), what);
            transaction.run(
                    "update %s set key_id = $2, sealed = $3 where %s = $1".formatted(table, id),
                    row.getString(id),
                    sealed.keyId(),
                    sealed.text());
        }
        return old.size();
    }
}
