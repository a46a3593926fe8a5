package io.autoserve.imports;

import java.util.List;

/**
 * The specs to which a file was converted.
 *
 * @param remarks in the order of the file's lines
 */
public record Conversion(List<ImportedSpec> drafts, List<Remark> remarks) {
    public Conversion {
        drafts = List.copyOf(drafts);
        remarks = List.copyOf(remarks);
    }
}
