package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Writes the local time of an entry of a list, with the date in front unless it is today. */
record EntryTime(InstantSource clock) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    /** Returns the time in the field {@code at}. */
    String of(JsonNode entry) {
        var text = entry.path("at").asText("");
        try {
            var at = Instant.parse(text).atZone(ZoneId.systemDefault());
            var today = clock.instant().atZone(at.getZone()).toLocalDate();
            return (at.toLocalDate().equals(today) ? TIME : DAY).format(at);
        } catch (DateTimeException _) {
            return text;
        }
    }
}
