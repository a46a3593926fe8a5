package io.autoserve;

import io.autoserve.model.Errand;
import io.autoserve.store.CertificateTable;
import io.autoserve.store.NodeTable;
import io.autoserve.store.SecretTable;
import io.autoserve.store.TokenTable;
import io.autoserve.store.Wishes;

/** The tables that users change through any controller. */
record Tables(
        Wishes wishes,
        TokenTable tokens,
        SecretTable secrets,
        CertificateTable certificates,
        NodeTable nodes) {

    Tables on(Errand errand) {
        return new Tables(
                wishes.on(errand),
                tokens.on(errand),
                secrets.on(errand),
                certificates.on(errand),
                nodes.on(errand));
    }
}
