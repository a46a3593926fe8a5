package io.autoserve.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class AuditCommandTest {
    private static final String REFUSED =
            """
            {"id":8,"at":"2026-01-31T11:00:00Z","actor":null,"address":"192.0.2.7","action":"stopApp",\
            "app":"web","outcome":"refused","reason":"401: no token","times":3}\
            """;
    private static final String ALLOWED =
            """
            {"id":9,"at":"2026-01-31T11:30:00Z","actor":"ci","address":"192.0.2.8","action":"AppStopped",\
            "app":"web","outcome":"allowed","reason":"web: stopped","times":1}\
            """;

    @AutoClose private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @Test
    void shows_who_did_what_from_where() {
        api.answers(
                "GET /api/v1/audit?limit=30",
                200,
                "{\"entries\":[%s,%s]}".formatted(ALLOWED, REFUSED)); // stored out of order

        assertThat(session.run("audit").out())
                .isEqualTo(
                        """
                        TIME                  ACTOR  FROM       ACTION      APP  TIMES  OUTCOME  REASON
                        2026-01-31T11:00:00Z  -      192.0.2.7  stopApp     web  3      refused  401: no token
                        2026-01-31T11:30:00Z  ci     192.0.2.8  AppStopped  web  1      allowed  web: stopped
                        """);
    }

    @Test
    void selects_refusals_and_exports_page_by_page() {
        api.answers(
                "GET /api/v1/audit?app=web&actor=ci&outcome=refused&limit=1000&after=0",
                200,
                "{\"entries\":[%s]}".formatted(REFUSED));

        assertThat(
                        session.run(
                                        "audit",
                                        "--app",
                                        "web",
                                        "--actor",
                                        "ci",
                                        "--refused",
                                        "--export")
                                .out())
                .isEqualTo(REFUSED + "\n");
    }
}
