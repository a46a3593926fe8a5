/*
 * How one controller at a time leads, and why Docker is only called for a start that survives a
 * failover of the database. docs/architecture.md (Leadership, Writes and the standby) describes the
 * protocol. LeadershipModelIT checks this model with spin.
 *
 * The model has two controllers, two databases and one slot of an app. Each `atomic` block is one
 * round trip of a controller, or one step of Docker or the databases. Anything else may happen
 * between two such blocks, so a controller may freeze anywhere.
 *
 * The model assumes these facts:
 *   - PostgreSQL ends the session of a silent leader after 1.75 s, and the leader trusts an answer
 *     for 1.5 s. So a session ends by silence only after the trust has ended.
 *   - Promoting the standby takes longer than 1.5 s. So no trust in the old primary is left by then.
 *   - The id of a term is never used twice. An epoch may be used twice, because a failover can lose
 *     the latest epochs.
 *
 * Each of these macros takes one rule or one assumption away, and spin must then find a violation:
 *   NO_FENCE          The leader's writes do not check the term.
 *   FENCE_BY_EPOCH    The leader's writes check the epoch, but not the id.
 *   NO_TRUST          The leader calls Docker without checking that it still trusts its term.
 *   LONG_TRUST        The leader trusts an answer for longer than PostgreSQL keeps its session.
 *   FAST_PROMOTION    The standby may be promoted while the leader still trusts the old primary.
 *   NO_STANDBY_WAIT   The leader calls Docker before the standby has the claim.
 *   NO_SECOND_CLAIM   A new leader resumes a start without claiming it again.
 *   NO_LATE_CALL      Asserts that Docker never obeys a call after the term of the call has ended.
 *                     It can, which is the known gap: nothing can stop a call that is on its way
 *                     when the term ends. The deterministic name of the container and the next
 *                     leader's pass make such a call harmless.
 */

#define CONTROLLERS 2
#define NONE 255
#define FAILOVERS 1
#define TERMS 3
#define OCCUPANTS 2

/* The two databases. Only the primary takes writes and grants the lock. */
byte primary = 0;
byte epoch[2];
byte term[2];     /* the id of the newest term */
byte claim[2];    /* the occupant whose start is claimed; 0 if the slot is empty */
byte failovers = 0;

/* The lock of the primary, and each controller's session and trust. */
byte holder = NONE;
bool trusts[CONTROLLERS];
byte leads[CONTROLLERS];  /* the id of the term in which the controller believes it leads; 0 for none */

/* Docker: the slot's container, and the call that is on its way from each controller. */
byte container = 0;
bool explained;  /* whether a claim of a current term named the container when Docker created it */
byte calling[CONTROLLERS];
bool late[CONTROLLERS];  /* whether the term of the call has ended while the call is on its way */

byte nextTerm = 1;
byte nextOccupant = 1;

#define standby (1 - primary)

inline end_session(who) {
    if
    :: holder == who -> holder = NONE
    :: else
    fi
}

inline fence_holds(who, epochOfTerm) {
#if defined(NO_FENCE)
    holds = true
#elif defined(FENCE_BY_EPOCH)
    holds = epoch[primary] == epochOfTerm
#else
    holds = epoch[primary] == epochOfTerm && term[primary] == leads[who]
#endif
}

proctype Controller(byte me) {
    byte myEpoch, at, occupant;
    bool holds, mine;

away:
    leads[me] = 0;
    mine = false;
    /* The controller takes the lock and writes its term. */
    atomic { holder == NONE && nextTerm <= TERMS -> holder = me }
    atomic {
        if
        :: holder == me ->
            epoch[primary]++;
            term[primary] = nextTerm;
            leads[me] = nextTerm;
            myEpoch = epoch[primary];
            nextTerm++;
            trusts[me] = true
        :: else -> goto away
        fi
    }

lead:
    if
    :: atomic { !trusts[me] -> end_session(me); late[me] = calling[me] != 0; goto away }
    :: atomic { holder != me -> trusts[me] = false; late[me] = calling[me] != 0; goto away }
    /* The answer to the leader's query renews its trust. */
    :: atomic { holder == me && term[primary] == leads[me] -> trusts[me] = true; goto lead }
    /* The leader claims the start of an empty slot. */
    :: atomic {
        claim[primary] == 0 && container == 0 && nextOccupant <= OCCUPANTS ->
        fence_holds(me, myEpoch);
        if
        :: holds ->
            assert(term[primary] == leads[me]); /* a leader that lost its term commits nothing */
            claim[primary] = nextOccupant;
            nextOccupant++;
            at = primary; occupant = claim[primary]; mine = true
        :: else -> trusts[me] = false; goto lead
        fi
       }
       goto committed
    /* Or it resumes a start that an earlier leader claimed. */
    :: atomic {
        claim[primary] != 0 && container == 0 && !mine ->
#ifdef NO_SECOND_CLAIM
        occupant = claim[primary]; mine = true;
        goto call
#else
        fence_holds(me, myEpoch);
        if
        :: holds ->
            assert(term[primary] == leads[me]);
            at = primary; occupant = claim[primary]; mine = true
        :: else -> trusts[me] = false; goto lead
        fi
#endif
       }
       goto committed
    /* Or it gives up a start of which Docker has no container. */
    :: atomic {
        claim[primary] != 0 && container == 0 && calling[me] == 0 ->
        fence_holds(me, myEpoch);
        if
        :: holds ->
            assert(term[primary] == leads[me]);
            claim[primary] = 0; mine = false
        :: else -> trusts[me] = false
        fi
       }
       goto lead
    /* A leader that trusts its term removes a container that has no claim. */
    :: atomic {
        container != 0 && claim[primary] != container && trusts[me] -> container = 0
       }
       goto lead
    fi;

committed:
#ifndef NO_STANDBY_WAIT
    /* The leader waits until the standby of the database that committed has the write. */
    if
    :: atomic { primary == at && claim[standby] == occupant }
    /* After a failover, no database knows whether the standby had the write. */
    :: atomic { primary != at -> trusts[me] = false; goto lead }
    :: atomic { !trusts[me]; goto lead }
    fi;
#endif

call:
    /* The leader checks its trust, then calls Docker. Nothing can stop a call on its way. */
    atomic {
#ifndef NO_TRUST
        if
        :: !trusts[me] -> goto lead
        :: trusts[me]
        fi;
#endif
        assert(term[primary] == leads[me]); /* no other term has begun while this controller trusts its own */
        calling[me] = occupant;
        late[me] = false
    }
    goto lead
}

/* Docker obeys a call some time later. It permits only one container with the name of the slot. */
active proctype Docker() {
    byte who;
    do
    :: atomic {
        calling[0] != 0 || calling[1] != 0 ->
        if
        :: calling[0] != 0 -> who = 0
        :: calling[1] != 0 -> who = 1
        fi;
        if
        :: container == 0 ->
            container = calling[who];
            explained = claim[primary] == container && !late[who] && term[primary] == leads[who];
            /* A claim names the container, unless the call's term ended while it was on its way. */
#ifdef NO_LATE_CALL
            assert(claim[primary] == container)
#else
            assert(explained || late[who] || term[primary] != leads[who])
#endif
        :: else
        fi;
        calling[who] = 0; late[who] = false
       }
    od
}

/* Time passes, sessions end, the standby receives the log, and the databases fail over. */
active proctype World() {
    byte i;
    do
    :: atomic { trusts[0] -> trusts[0] = false }
    :: atomic { trusts[1] -> trusts[1] = false }
    /* PostgreSQL ends the session of a silent leader. */
#ifdef LONG_TRUST
    :: atomic { holder != NONE -> holder = NONE }
#else
    :: atomic { holder != NONE && !trusts[holder] -> holder = NONE }
#endif
    :: atomic {
        claim[standby] != claim[primary] || epoch[standby] != epoch[primary] || term[standby] != term[primary] ->
        epoch[standby] = epoch[primary]; term[standby] = term[primary];
        claim[standby] = claim[primary]
       }
    /* The primary dies. Its sessions, its lock and the writes that the standby lacks are lost. */
#ifdef FAST_PROMOTION
    :: atomic {
        failovers < FAILOVERS ->
#else
    :: atomic {
        failovers < FAILOVERS && !trusts[0] && !trusts[1] ->
#endif
        failovers++;
        holder = NONE;
        primary = standby;
        assert(container == 0 || !explained || claim[primary] == container);
        /* When the old primary returns as the standby, it discards the writes that only it had. */
        epoch[standby] = epoch[primary]; term[standby] = term[primary];
        claim[standby] = claim[primary]
       }
    od
}

init {
    atomic { run Controller(0); run Controller(1) }
}
