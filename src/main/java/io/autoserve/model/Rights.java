package io.autoserve.model;

/**
 * The limits of the author of a write, in addition to the role that the API has checked.
 *
 * @param apps the apps that the author may change
 * @param domains the hosts that the author may give to apps
 * @param quota what {@code apps} may use together
 */
public record Rights(Scope apps, DomainScope domains, Quota quota) {
    /** The rights of an author that is not limited, such as a part of AutoServe. */
    public static final Rights ALL =
            new Rights(Scope.EVERYTHING, DomainScope.EVERYTHING, Quota.NONE);
}
