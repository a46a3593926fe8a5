package io.autoserve.certificates;

import io.autoserve.model.Certificate;
import io.autoserve.model.Hidden;
import org.shredzone.acme4j.exception.AcmeException;

/** Issues certificates. */
public interface CertificateAuthority {

    /** Creates the key of a new account. */
    Hidden newAccount();

    /**
     * Orders a certificate. This takes seconds, and at most a minute for each step of the server.
     */
    Certificate order(String host, Hidden account, Answers answers)
            throws AcmeException, InterruptedException;

    /** Publishes the answers by which the authority verifies that AutoServe controls the host. */
    interface Answers {
        /**
         * Publishes the answer for the token. Returns once every request of the authority for that
         * token gets it.
         */
        void show(String token, String answer);

        void withdraw(String token);
    }
}
