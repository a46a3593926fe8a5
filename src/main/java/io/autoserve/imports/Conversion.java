package io.autoserve.imports;

import java.util.List;

/**
 * What a file was converted to.
 *
 * @param remarks in the order of the file's lines
 */
public record Conversion(List<ImportedSpec> drafts, List<Remark> remarks) {
    public Conversion {
        drafts = List.copyOf(drafts);
        remarks = List.copyOf(remarks);
    }
}
